-- Cast and crew of a title, in billing order.
SELECT p.ordering, p.name_id, n.primary_name, n.birth_year, p.category, p.job, COALESCE(p.characters, '[]') AS characters
FROM movie_hub.principals AS p JOIN movie_hub.names AS n ON n.name_id = p.name_id
WHERE p.title_id = :title_id
ORDER BY p.ordering
