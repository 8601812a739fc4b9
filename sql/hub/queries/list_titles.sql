-- One page of the titles, most votes first, titles without votes last. The page goes on behind the last row of the one
-- before it: its votes (-1 for none) and its id.
SELECT
  t.title_id,
  t.primary_title,
  t.original_title,
  t.start_year,
  t.end_year,
  y.label AS type_label,
  r.average_rating,
  r.num_votes
FROM movie_hub.titles AS t
JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
LEFT JOIN movie_hub.ratings AS r ON r.title_id = t.title_id
WHERE :after_votes::integer IS NULL
  OR COALESCE(r.num_votes, -1) < :after_votes::integer
  OR (COALESCE(r.num_votes, -1) = :after_votes::integer AND t.title_id > :after_id::integer)
ORDER BY COALESCE(r.num_votes, -1) DESC, t.title_id
LIMIT :most
