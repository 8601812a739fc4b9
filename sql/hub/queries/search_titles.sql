-- One page of the titles that match a search text, with its last word as a prefix, and the number of matches before
-- filters. {key}, {key_type}, {order} and {beyond} are filled in from the fixed orders in list-order.ts.
SELECT
  l.{key} AS sort_key,
  l.matches,
  t.title_id,
  t.primary_title,
  t.original_title,
  t.start_year,
  t.end_year,
  y.label AS type_label,
  r.average_rating,
  r.num_votes
FROM (
  SELECT m.rank, m.matches, o.*
  FROM (
    SELECT s.title_id, s.rank, count(*) OVER ()::integer AS matches
    FROM movie_hub.search_titles(:words, :max_matches, true) AS s
  ) AS m
  JOIN movie_hub.title_lists AS o ON o.title_id = m.title_id AND o.genre = :genre
) AS l
JOIN movie_hub.titles AS t ON t.title_id = l.title_id
JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
LEFT JOIN movie_hub.ratings AS r ON r.title_id = t.title_id
WHERE (:type::text IS NULL OR y.name = :type::text)
  AND (:from_year::integer IS NULL OR l.start_year >= :from_year::integer)
  AND (:to_year::integer IS NULL OR l.start_year <= :to_year::integer)
  AND (:cursor_id::integer IS NULL OR (l.{key}, l.title_id) {beyond} (:cursor_key::{key_type}, :cursor_id::integer))
ORDER BY l.{key} {order}, l.title_id {order}
LIMIT :max_results
