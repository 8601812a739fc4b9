UPDATE movie_hub.names
SET primary_name = :name, birth_year = :birth_year, death_year = :death_year, professions = :professions::text[]
WHERE name_id = :name_id
