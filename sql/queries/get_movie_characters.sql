-- The cast of the best match for :title, with the other matches. One row for each character, in billing order; one row without
-- person when the title has no cast, or none after the first :skip. When nothing matches, one row without title, with suggestions.
WITH found AS MATERIALIZED (
  SELECT m.rank, t.title_id, t.primary_title, t.original_title, t.start_year, y.name AS type_name
  FROM movie_hub.search_titles(:title, :max_matches) AS m
  JOIN movie_hub.titles AS t ON t.title_id = m.title_id
  JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
),
best AS (
  SELECT * FROM found ORDER BY rank LIMIT 1
),
suggested AS (
  SELECT jsonb_agg(
    jsonb_strip_nulls(jsonb_build_object(
      'title_id', t.title_id, 'title', t.primary_title, 'type', y.name, 'year', t.start_year
    ))
    ORDER BY m.rank
  ) AS suggestions
  FROM movie_hub.suggest_titles(:title, :max_matches) AS m
  JOIN movie_hub.titles AS t ON t.title_id = m.title_id
  JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
  WHERE NOT EXISTS (SELECT FROM found)
)
SELECT
  b.title_id,
  b.primary_title,
  b.original_title,
  b.start_year,
  b.type_name,
  l.actor,
  l.category,
  l.character,
  CASE
    WHEN row_number() OVER (ORDER BY l.ordering, l.character_number) = 1 THEN (
      SELECT jsonb_agg(
        jsonb_strip_nulls(jsonb_build_object(
          'title_id', o.title_id, 'title', o.primary_title, 'type', o.type_name, 'year', o.start_year
        ))
        ORDER BY o.rank
      )
      FROM found AS o
      WHERE o.title_id <> b.title_id
    )
  END AS other_matches,
  s.suggestions
FROM suggested AS s
LEFT JOIN best AS b ON true
LEFT JOIN LATERAL (
  SELECT n.primary_name AS actor, p.category, c.name AS character, p.ordering, c.character_number
  FROM movie_hub.principals AS p
  LEFT JOIN movie_hub.names AS n ON n.name_id = p.name_id
  LEFT JOIN LATERAL jsonb_array_elements_text(p.characters) WITH ORDINALITY AS c (name, character_number) ON true
  WHERE p.title_id = b.title_id AND p.category IN ('actor', 'actress', 'self', 'archive_footage')
  ORDER BY p.ordering, c.character_number
  OFFSET coalesce(:skip::integer, 0)
) AS l ON true
ORDER BY l.ordering, l.character_number
