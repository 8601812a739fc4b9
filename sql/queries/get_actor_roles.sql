-- The roles of the person whom :actor means, most popular title first, with the other people matched. One row for each
-- character; one row without title when the person has no acting role, or none after the first :skip. When nobody matches, one row without person, with
-- the people whose names are nearest.
WITH found AS MATERIALIZED (
  SELECT m.place, n.name_id, n.primary_name, n.birth_year, n.key_text
  FROM movie_hub.search_names(:actor, :most_matches) AS m
  JOIN movie_hub.names AS n ON n.name_id = m.name_id
),
best AS (
  -- Of several people of one name whoever acts, before one who is better known for something else: roles are asked for.
  SELECT f.*
  FROM found AS f
  WHERE f.key_text = (SELECT key_text FROM found ORDER BY place LIMIT 1)
  ORDER BY
    EXISTS (
      SELECT FROM movie_hub.principals AS a
      WHERE a.name_id = f.name_id AND a.category IN ('actor', 'actress', 'self', 'archive_footage')
    ) DESC,
    f.place
  LIMIT 1
),
suggested AS (
  SELECT jsonb_agg(
    jsonb_strip_nulls(jsonb_build_object(
      'person_id', n.name_id, 'name', n.primary_name, 'birth_year', n.birth_year
    ))
    ORDER BY m.place
  ) AS suggestions
  FROM movie_hub.suggest_names(:actor, :most_matches) AS m
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
  CASE
    WHEN row_number() OVER (ORDER BY l.num_votes DESC NULLS LAST, l.title_id, l.ordering, l.place) = 1 THEN (
      SELECT jsonb_agg(
        jsonb_strip_nulls(jsonb_build_object(
          'person_id', o.name_id, 'name', o.primary_name, 'birth_year', o.birth_year
        ))
        ORDER BY o.place
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
    c.place,
    r.num_votes
  FROM movie_hub.principals AS p
  JOIN movie_hub.titles AS t ON t.title_id = p.title_id
  JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
  LEFT JOIN movie_hub.ratings AS r ON r.title_id = t.title_id
  LEFT JOIN LATERAL jsonb_array_elements_text(p.characters) WITH ORDINALITY AS c (name, place) ON true
  WHERE p.name_id = b.name_id AND p.category IN ('actor', 'actress', 'self', 'archive_footage')
  ORDER BY r.num_votes DESC NULLS LAST, t.title_id, p.ordering, c.place
  OFFSET coalesce(:skip::integer, 0)
) AS l ON true
ORDER BY l.num_votes DESC NULLS LAST, l.title_id, l.ordering, l.place
