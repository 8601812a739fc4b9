-- Replaces the genres of a title.
WITH deleted AS (
  DELETE FROM movie_hub.genres WHERE title_id = :title_id AND genre <> ALL (:genres::text[])
)
INSERT INTO movie_hub.genres (title_id, title_type, genre)
SELECT t.title_id, t.title_type, wanted.genre
FROM movie_hub.titles AS t CROSS JOIN unnest(:genres::text[]) AS wanted (genre)
WHERE t.title_id = :title_id
ON CONFLICT (title_id, genre) DO NOTHING
