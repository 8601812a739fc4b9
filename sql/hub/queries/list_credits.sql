-- One page of the titles that credit a person, newest first, with the person's parts and roles. {order} and {beyond} reverse it.
-- Type by type, each from its index; see list_titles.sql.
SELECT
  page.title_year AS sort_key,
  t.title_id,
  t.primary_title,
  t.start_year,
  t.end_year,
  y.label AS type_label,
  COALESCE((
    SELECT jsonb_agg(
      jsonb_build_object('category', p.category, 'characters', COALESCE(p.characters, '[]')) ORDER BY p.ordering
    )
    FROM movie_hub.principals AS p
    WHERE p.name_id = :name_id AND p.title_type = t.title_type AND p.title_year = page.title_year AND p.title_id = t.title_id
  ), '[]') AS parts,
  ARRAY(
    SELECT c.role
    FROM movie_hub.crew AS c
    WHERE c.name_id = :name_id AND c.title_type = t.title_type AND c.title_year = page.title_year AND c.title_id = t.title_id
    ORDER BY c.role
  ) AS roles
FROM (
  SELECT c.title_id, c.title_year
  FROM movie_hub.title_types AS y
  CROSS JOIN LATERAL (
    (
      SELECT DISTINCT p.title_year, p.title_id
      FROM movie_hub.principals AS p
      WHERE p.name_id = :name_id
        AND p.title_type = y.title_type_id
        AND (:cursor_id::integer IS NULL OR (p.title_year, p.title_id) {beyond} (:cursor_key::integer, :cursor_id::integer))
      ORDER BY p.title_year {order}, p.title_id {order}
      LIMIT :max_results
    )
    UNION
    (
      SELECT DISTINCT w.title_year, w.title_id
      FROM movie_hub.crew AS w
      WHERE w.name_id = :name_id
        AND w.title_type = y.title_type_id
        AND (:cursor_id::integer IS NULL OR (w.title_year, w.title_id) {beyond} (:cursor_key::integer, :cursor_id::integer))
      ORDER BY w.title_year {order}, w.title_id {order}
      LIMIT :max_results
    )
  ) AS c
  ORDER BY c.title_year {order}, c.title_id {order}
  LIMIT :max_results
) AS page
JOIN movie_hub.titles AS t ON t.title_id = page.title_id
JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
ORDER BY page.title_year {order}, page.title_id {order}
