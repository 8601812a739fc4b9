-- People for an editor: by number, by the whole name, or by words, the last of which may be a beginning.
WITH asked AS (
  SELECT
    movie_hub.typed_words(:words) AS words,
    NULLIF(replace(movie_hub.normalise(left(:words, 500)), ' ', ''), '') AS key
),
exact AS (
  SELECT name_id FROM movie_hub.names WHERE name_id = :name_id::integer
  UNION
  SELECT name_id FROM movie_hub.names WHERE replace(key_text, ' ', '') = (SELECT key FROM asked)
),
-- Planned without the limit, or PostgreSQL would rather read the whole table until it has enough.
worded AS MATERIALIZED (
  SELECT name_id FROM movie_hub.names WHERE search @@ (SELECT words FROM asked)
),
found AS (
  SELECT name_id, true AS is_exact FROM exact
  UNION ALL
  -- Of a word that stands in very many names not all are weighed.
  (SELECT name_id, false FROM worded LIMIT 2000)
),
best AS (
  SELECT f.name_id, bool_or(f.is_exact) AS is_exact, COALESCE(max(v.votes), -1) AS votes
  FROM found AS f
  -- By the most voted of the first titles that name them: those of a busy person are not all weighed either.
  LEFT JOIN LATERAL (
    SELECT max(r.num_votes) AS votes
    FROM (SELECT p.title_id FROM movie_hub.principals AS p WHERE p.name_id = f.name_id ORDER BY p.title_id LIMIT 50) AS p
    JOIN movie_hub.ratings AS r ON r.title_id = p.title_id
  ) AS v ON true
  GROUP BY f.name_id
  ORDER BY 2 DESC, 3 DESC, 1
  LIMIT :most
)
SELECT n.name_id, n.primary_name, n.birth_year, k.known_for
FROM best AS b
JOIN movie_hub.names AS n ON n.name_id = b.name_id
LEFT JOIN LATERAL (
  SELECT t.primary_title AS known_for
  FROM (SELECT p.title_id FROM movie_hub.principals AS p WHERE p.name_id = n.name_id ORDER BY p.title_id LIMIT 50) AS p
  JOIN movie_hub.titles AS t ON t.title_id = p.title_id
  LEFT JOIN movie_hub.ratings AS r ON r.title_id = p.title_id
  ORDER BY r.num_votes DESC NULLS LAST, p.title_id
  LIMIT 1
) AS k ON true
ORDER BY b.is_exact DESC, b.votes DESC, b.name_id
