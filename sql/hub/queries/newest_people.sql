-- People created in the hub, newest first, then loaded ones by descending id; with :before those after that one.
WITH last AS (
  SELECT created_at FROM movie_hub.names WHERE name_id = :before::integer
),
newest AS (
  (
    SELECT name_id, created_at
    FROM movie_hub.names
    WHERE created_at IS NOT NULL
      AND (:before::integer IS NULL OR (created_at, name_id) < ((SELECT created_at FROM last), :before::integer))
    ORDER BY created_at DESC, name_id DESC
    LIMIT :max_results
  )
  UNION ALL
  (
    SELECT name_id, NULL
    FROM movie_hub.names
    WHERE created_at IS NULL
      AND (:before::integer IS NULL OR name_id < :before::integer OR EXISTS (SELECT FROM last WHERE created_at IS NOT NULL))
    ORDER BY name_id DESC
    LIMIT :max_results
  )
)
SELECT p.name_id, p.primary_name, p.birth_year, NULL::text AS known_for
FROM newest AS n
JOIN movie_hub.names AS p ON p.name_id = n.name_id
ORDER BY n.created_at DESC NULLS LAST, n.name_id DESC
LIMIT :max_results
