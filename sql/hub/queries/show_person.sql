-- A person; no row when the reader may see no such person.
SELECT name_id, primary_name, birth_year, death_year, professions FROM movie_hub.names WHERE name_id = :name_id
