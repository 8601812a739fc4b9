-- A person, for the form.
SELECT name_id, primary_name, birth_year, death_year, professions FROM movie_hub.names WHERE name_id = :name_id
