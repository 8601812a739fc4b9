INSERT INTO movie_hub.names (primary_name, birth_year, death_year, professions, created_at)
VALUES (:name, :birth_year, :death_year, :professions::text[], now())
RETURNING name_id
