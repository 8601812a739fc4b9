-- The titles made last, or those made before one of them: ids ascend.
SELECT t.title_id, t.primary_title, t.original_title, t.start_year, y.label AS type_label
FROM movie_hub.titles AS t
JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
WHERE :before::integer IS NULL OR t.title_id < :before::integer
ORDER BY t.title_id DESC
LIMIT :most
