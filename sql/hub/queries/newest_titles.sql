-- The titles made last, then those that were loaded, whose ids ascend; or those that follow one of them.
WITH last AS (
  SELECT made_at FROM movie_hub.titles WHERE title_id = :before::integer
),
newest AS (
  (
    SELECT title_id, made_at
    FROM movie_hub.titles
    WHERE made_at IS NOT NULL
      AND (:before::integer IS NULL OR (made_at, title_id) < ((SELECT made_at FROM last), :before::integer))
    ORDER BY made_at DESC, title_id DESC
    LIMIT :most
  )
  UNION ALL
  (
    SELECT title_id, NULL
    FROM movie_hub.titles
    WHERE made_at IS NULL
      AND (:before::integer IS NULL OR title_id < :before::integer OR EXISTS (SELECT FROM last WHERE made_at IS NOT NULL))
    ORDER BY title_id DESC
    LIMIT :most
  )
)
SELECT t.title_id, t.primary_title, t.original_title, t.start_year, y.label AS type_label
FROM newest AS n
JOIN movie_hub.titles AS t ON t.title_id = n.title_id
JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
ORDER BY n.made_at DESC NULLS LAST, n.title_id DESC
LIMIT :most
