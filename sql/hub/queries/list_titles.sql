-- One page of titles. {key}, {key_type}, {order} and {beyond} are filled in from the fixed orders in list-order.ts. Each
-- type is read from the index of this order up to the end of the page, so that every page costs the same, however deep.
-- The policy on title_types limits the types to those that the user may see.
SELECT
  page.sort_key,
  t.title_id,
  t.primary_title,
  t.original_title,
  t.start_year,
  t.end_year,
  y.label AS type_label,
  r.average_rating,
  r.num_votes
FROM (
  SELECT l.title_id, l.sort_key
  FROM movie_hub.title_types AS y
  CROSS JOIN LATERAL (
    SELECT l.title_id, l.{key} AS sort_key
    FROM movie_hub.title_lists AS l
    WHERE l.genre = :genre
      AND l.title_type = y.title_type_id
      AND (:from_year::integer IS NULL OR l.start_year >= :from_year::integer)
      AND (:to_year::integer IS NULL OR l.start_year <= :to_year::integer)
      AND (:cursor_id::integer IS NULL OR (l.{key}, l.title_id) {beyond} (:cursor_key::{key_type}, :cursor_id::integer))
    ORDER BY l.{key} {order}, l.title_id {order}
    LIMIT :max_results::integer + :skip::integer
  ) AS l
  WHERE :type::text IS NULL OR y.name = :type::text
  ORDER BY l.sort_key {order}, l.title_id {order}
  LIMIT :max_results::integer OFFSET :skip::integer
) AS page
JOIN movie_hub.titles AS t ON t.title_id = page.title_id
JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
LEFT JOIN movie_hub.ratings AS r ON r.title_id = t.title_id
ORDER BY page.sort_key {order}, page.title_id {order}
