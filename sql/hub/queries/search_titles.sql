-- One page of the titles that match what somebody typed, best first, each with the number of matches on all pages.
SELECT
  m.place,
  m.matches,
  t.title_id,
  t.primary_title,
  t.original_title,
  t.start_year,
  t.end_year,
  y.label AS type_label,
  r.average_rating,
  r.num_votes
FROM (
  SELECT title_id, place, count(*) OVER ()::int AS matches
  FROM movie_hub.search_titles(:words, :most_matches)
) AS m
JOIN movie_hub.titles AS t ON t.title_id = m.title_id
JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
LEFT JOIN movie_hub.ratings AS r ON r.title_id = t.title_id
WHERE m.place > :after_place
ORDER BY m.place
LIMIT :most
