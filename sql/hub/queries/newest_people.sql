-- The people made last, then those who were loaded, whose ids ascend; or those who follow one of them.
WITH last AS (
  SELECT made_at FROM movie_hub.names WHERE name_id = :before::integer
),
newest AS (
  (
    SELECT name_id, made_at
    FROM movie_hub.names
    WHERE made_at IS NOT NULL
      AND (:before::integer IS NULL OR (made_at, name_id) < ((SELECT made_at FROM last), :before::integer))
    ORDER BY made_at DESC, name_id DESC
    LIMIT :most
  )
  UNION ALL
  (
    SELECT name_id, NULL
    FROM movie_hub.names
    WHERE made_at IS NULL
      AND (:before::integer IS NULL OR name_id < :before::integer OR EXISTS (SELECT FROM last WHERE made_at IS NOT NULL))
    ORDER BY name_id DESC
    LIMIT :most
  )
)
SELECT p.name_id, p.primary_name, p.birth_year, NULL::text AS known_for
FROM newest AS n
JOIN movie_hub.names AS p ON p.name_id = n.name_id
ORDER BY n.made_at DESC NULLS LAST, n.name_id DESC
LIMIT :most
