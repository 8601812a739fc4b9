-- The newest credits of a person, with the total number.
SELECT
  p.title_id,
  p.ordering,
  t.primary_title,
  t.start_year,
  y.label AS type_label,
  p.category,
  COALESCE(p.characters, '[]') AS characters,
  count(*) OVER ()::int AS total
FROM movie_hub.principals AS p
JOIN movie_hub.titles AS t ON t.title_id = p.title_id
JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
WHERE p.name_id = :name_id
ORDER BY t.start_year DESC NULLS LAST, p.title_id DESC, p.ordering
LIMIT 100
