-- The titles made last, for the casting form: ids ascend.
SELECT t.title_id, t.primary_title, t.start_year, y.label AS type_label
FROM movie_hub.titles AS t
JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
ORDER BY t.title_id DESC
LIMIT 50
