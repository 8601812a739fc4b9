-- Adds a person at the end of the billing.
INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category, characters)
SELECT
  t.title_id,
  (SELECT COALESCE(max(p.ordering), 0) + 1 FROM movie_hub.principals AS p WHERE p.title_id = t.title_id),
  t.title_type,
  :name_id,
  :category,
  jsonb_build_array(:character::text)
FROM movie_hub.titles AS t
WHERE t.title_id = :title_id
RETURNING ordering
