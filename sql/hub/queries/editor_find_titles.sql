-- Titles for an editor: by id, by a full title (also an alternative one), or by words, with the last word as a prefix.
-- The editor's policy hides nothing, so unlike a reader's queries this one can use the full-text index.
WITH query AS (
  SELECT
    movie_hub.words_to_prefix_query(:words) AS words,
    NULLIF(replace(movie_hub.search_key(left(:words, 500)), ' ', ''), '') AS key
),
exact AS (
  SELECT title_id FROM movie_hub.titles WHERE title_id = :title_id::integer
  UNION
  SELECT title_id FROM movie_hub.title_texts WHERE key = (SELECT key FROM query)
),
-- Materialised, so that the limit below cannot make PostgreSQL scan the whole table.
word_matches AS MATERIALIZED (
  SELECT title_id FROM movie_hub.titles WHERE search @@ (SELECT words FROM query)
),
found AS (
  SELECT title_id, true AS is_exact FROM exact
  UNION ALL
  -- A very common word: only some of its matches are ranked.
  (SELECT title_id, false FROM word_matches LIMIT 5000)
),
best AS (
  SELECT f.title_id, bool_or(f.is_exact) AS is_exact, COALESCE(max(r.num_votes), -1) AS votes
  FROM found AS f LEFT JOIN movie_hub.ratings AS r ON r.title_id = f.title_id
  GROUP BY f.title_id
  ORDER BY 2 DESC, 3 DESC, 1
  LIMIT :max_results
)
SELECT t.title_id, t.primary_title, t.original_title, t.start_year, y.label AS type_label
FROM best AS b
JOIN movie_hub.titles AS t ON t.title_id = b.title_id
JOIN movie_hub.title_types AS y ON y.title_type_id = t.title_type
ORDER BY b.is_exact DESC, b.votes DESC, b.title_id
