-- A person; no row when there is none among those whom the reader may see.
SELECT name_id, primary_name, birth_year, death_year, professions FROM movie_hub.names WHERE name_id = :name_id
