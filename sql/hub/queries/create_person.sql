INSERT INTO movie_hub.names (primary_name, birth_year, death_year, professions)
VALUES (:name, :birth_year, :death_year, :professions::text[])
RETURNING name_id
