-- The roles of the best match for :actor, most popular title first, with the other matches. One row for each character; one row
-- without title when the person has no acting role, or none after the first :skip. When nobody matches, one row without person,
-- with suggestions.
WITH found AS MATERIALIZED (
  SELECT m.rank, n.name_id, n.primary_name, n.birth_year, n.key_text
  FROM movie_hub.search_names(:actor, :max_matches) AS m
  JOIN movie_hub.names AS n ON n.name_id = m.name_id
),
best AS (
  -- Among people with the same name, one who acts goes first: the question is about roles.
  SELECT f.*
  FROM found AS f
  WHERE f.key_text = (SELECT key_text FROM found ORDER BY rank LIMIT 1)
  ORDER BY
    EXISTS (
      SELECT FROM movie_hub.principals AS a
      WHERE a.name_id = f.name_id AND a.category IN ('actor', 'actress', 'self', 'archive_footage')
    ) DESC,
    f.rank
  LIMIT 1
),
suggested AS (
  SELECT jsonb_agg(
    jsonb_strip_nulls(jsonb_build_object(
      'person_id', n.name_id, 'name', n.primary_name, 'birth_year', n.birth_year
    ))
    ORDER BY m.rank
  ) AS suggestions
  FROM movie_hub.suggest_names(:actor, :max_matches) AS m
  JOIN movie_hub.names AS n ON n.name_id = m.name_id
  WHERE NOT EXISTS (SELECT FROM found)
)
SELECT
  b.name_id,
  b.primary_name,
  b.birth_year,
  l.title_id,
  l.primary_title,
  l.start_year,
  l.type_name,
  l.category,
  l.character,
  l.is_cut,
  CASE
    WHEN row_number() OVER (ORDER BY l.title_votes DESC, l.title_id, l.ordering, l.character_number) = 1 THEN (
      SELECT jsonb_agg(
        jsonb_strip_nulls(jsonb_build_object(
          'person_id', o.name_id, 'name', o.primary_name, 'birth_year', o.birth_year
        ))
        ORDER BY o.rank
      )
      FROM found AS o
      WHERE o.name_id <> b.name_id
    )
  END AS other_matches,
  s.suggestions
FROM suggested AS s
LEFT JOIN best AS b ON true
LEFT JOIN LATERAL (
  SELECT
    t.title_id,
    t.primary_title,
    t.start_year,
    y.name AS type_name,
    p.category,
    p.ordering,
    c.name AS character,
    c.character_number,
    p.title_votes,
    p.number > coalesce(:skip::integer, 0) + :max_roles::integer AS is_cut
  FROM (
    -- Type by type, each from its index in this order, so that the remaining roles are not read.
    SELECT p.*, count(*) OVER () AS number
    FROM movie_hub.title_types AS k
    CROSS JOIN LATERAL (
      SELECT p.title_id, p.ordering, p.category, p.characters, p.title_votes
      FROM movie_hub.principals AS p
      WHERE p.name_id = b.name_id
        AND p.title_type = k.title_type_id
        AND p.category IN ('actor', 'actress', 'self', 'archive_footage')
      ORDER BY p.title_votes DESC, p.title_id, p.ordering
      LIMIT coalesce(:skip::integer, 0) + :max_roles::integer + 1
    ) AS p
    ORDER BY p.title_votes DESC, p.title_id, p.ordering
    LIMIT coalesce(:skip::integer, 0) + :max_roles::integer + 1
  ) AS p
  JOIN movie_hub.titles AS t ON t.title_id = p.title_id
  JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
  LEFT JOIN LATERAL jsonb_array_elements_text(p.characters) WITH ORDINALITY AS c (name, character_number) ON true
  ORDER BY p.title_votes DESC, p.title_id, p.ordering, c.character_number
  OFFSET coalesce(:skip::integer, 0)
) AS l ON true
ORDER BY l.title_votes DESC, l.title_id, l.ordering, l.character_number
