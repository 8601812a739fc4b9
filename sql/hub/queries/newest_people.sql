-- The people made last, or those made before one of them: ids ascend.
SELECT name_id, primary_name, birth_year, NULL::text AS known_for
FROM movie_hub.names
WHERE :before::integer IS NULL OR name_id < :before::integer
ORDER BY name_id DESC
LIMIT :most
