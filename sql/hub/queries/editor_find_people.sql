-- People for an editor: by id, by the full name, or by words, with the last word as a prefix.
WITH query AS (
  SELECT
    movie_hub.words_to_prefix_query(:words) AS words,
    NULLIF(replace(movie_hub.normalise(left(:words, 500)), ' ', ''), '') AS key
),
exact AS (
  SELECT name_id FROM movie_hub.names WHERE name_id = :name_id::integer
  UNION
  SELECT name_id FROM movie_hub.names WHERE replace(key_text, ' ', '') = (SELECT key FROM query)
),
-- Materialised, so that the limit below cannot make PostgreSQL scan the whole table.
word_matches AS MATERIALIZED (
  SELECT name_id FROM movie_hub.names WHERE search @@ (SELECT words FROM query)
),
found AS (
  SELECT name_id, true AS is_exact FROM exact
  UNION ALL
  -- A very common word: only some of its matches are ranked.
  (SELECT name_id, false FROM word_matches LIMIT 2000)
),
best AS (
  SELECT f.name_id, bool_or(f.is_exact) AS is_exact, COALESCE(max(v.votes), -1) AS votes
  FROM found AS f
  -- By the most popular of 50 of their titles: a busy person may have thousands.
  LEFT JOIN LATERAL (
    SELECT max(r.num_votes) AS votes
    FROM (SELECT p.title_id FROM movie_hub.principals AS p WHERE p.name_id = f.name_id ORDER BY p.title_id LIMIT 50) AS p
    JOIN movie_hub.ratings AS r ON r.title_id = p.title_id
  ) AS v ON true
  GROUP BY f.name_id
  ORDER BY 2 DESC, 3 DESC, 1
  LIMIT :max_results
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
