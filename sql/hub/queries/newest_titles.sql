-- Titles created in the hub, newest first, then loaded ones by descending id; with :before those after that one.
WITH last AS (
  SELECT created_at FROM movie_hub.titles WHERE title_id = :before::integer
),
newest AS (
  (
    SELECT title_id, created_at
    FROM movie_hub.titles
    WHERE created_at IS NOT NULL
      AND (:before::integer IS NULL OR (created_at, title_id) < ((SELECT created_at FROM last), :before::integer))
    ORDER BY created_at DESC, title_id DESC
    LIMIT :max_results
  )
  UNION ALL
  (
    SELECT title_id, NULL
    FROM movie_hub.titles
    WHERE created_at IS NULL
      AND (:before::integer IS NULL OR title_id < :before::integer OR EXISTS (SELECT FROM last WHERE created_at IS NOT NULL))
    ORDER BY title_id DESC
    LIMIT :max_results
  )
)
SELECT t.title_id, t.primary_title, t.original_title, t.start_year, y.label AS type_label
FROM newest AS n
JOIN movie_hub.titles AS t ON t.title_id = n.title_id
JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
ORDER BY n.created_at DESC NULLS LAST, n.title_id DESC
LIMIT :max_results
