-- A title, for the form.
SELECT
  t.title_id,
  t.title_type,
  t.primary_title,
  t.original_title,
  t.start_year,
  t.end_year,
  t.runtime_minutes,
  ARRAY(SELECT g.genre FROM movie_hub.genres AS g WHERE g.title_id = t.title_id ORDER BY g.genre) AS genres
FROM movie_hub.titles AS t
WHERE t.title_id = :title_id
