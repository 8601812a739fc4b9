-- The people made last, for the casting form: ids ascend.
SELECT name_id, primary_name, birth_year FROM movie_hub.names ORDER BY name_id DESC LIMIT 50
