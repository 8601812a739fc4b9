-- Searchable texts are stored once: title_texts has the words and keys of other titles, so akas need not. A view computes
-- the rows of title_texts, another those of title_lists: triggers read them for a few titles, a load for all.
SET ROLE movie_hub_owner;

-- Neither is STRICT, so that PostgreSQL can inline them: a call takes three times as long.
CREATE FUNCTION movie_hub.search_key_of(words text, normalised text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN COALESCE(
  -- "die" is not an article here: Die Hard is not Hard. The space or apostrophe distinguishes "A Quiet Place" from "A.I.".
  CASE WHEN words ~* '^\s*(?:(?:the|a|an|le|la|les|der|das|el|los|las|il)\s+|l[''’])\S' THEN NULLIF(movie_hub.normalise(
    regexp_replace(words, '^\s*(?:(?:the|a|an|le|la|les|der|das|el|los|las|il)\s+|l[''’])(?=\S)', '', 'i')), '') END,
  NULLIF(normalised, ''),
  lower(btrim(words))
);
COMMENT ON FUNCTION movie_hub.search_key_of(text, text) IS 'search_key() of words that are already normalised.';
CREATE OR REPLACE FUNCTION movie_hub.search_key(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN movie_hub.search_key_of(words, movie_hub.normalise(words));
REVOKE ALL ON FUNCTION movie_hub.search_key_of(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION movie_hub.search_key_of(text, text) TO movie_hub_reader, movie_hub_editor;

CREATE VIEW movie_hub.computed_title_texts WITH (security_invoker = true) AS
WITH texts AS (
  SELECT t.title_id, t.title_type, t.start_year, 0 AS source, t.primary_key_text AS key, movie_hub.normalise(t.primary_title) AS plain,
    strip(t.search) AS words
  FROM movie_hub.titles t
  UNION ALL
  SELECT t.title_id, t.title_type, t.start_year, 1, t.original_key_text, movie_hub.normalise(t.original_title), NULL
  FROM movie_hub.titles t
  WHERE t.original_key_text <> t.primary_key_text
  UNION ALL
  SELECT a.title_id, a.title_type, t.start_year, 2, movie_hub.search_key_of(a.title, a.plain), a.plain,
    CASE WHEN NOT tsvector_to_array(to_tsvector('simple', a.plain)) <@ tsvector_to_array(t.search)
      THEN strip(to_tsvector('simple', a.plain)) END
  FROM (
    -- Most are the same in several countries. Grouping them also normalises each text only once.
    SELECT o.title_id, o.title_type, o.title, movie_hub.normalise(o.title) AS plain
    FROM movie_hub.akas o
    GROUP BY o.title_id, o.title_type, o.title
  ) a
  JOIN movie_hub.titles t ON t.title_id = a.title_id
),
different AS (
  SELECT s.title_id, s.title_type, s.start_year, min(s.source) AS source, s.key, s.plain, s.words,
    count(*) OVER (PARTITION BY s.title_id, s.key, s.plain) AS of_key
  FROM (
    SELECT x.title_id, x.title_type, COALESCE(x.start_year, 0) AS start_year, x.source, replace(x.key, ' ', '') AS key,
      replace(x.plain, ' ', '') AS plain, x.words
    FROM texts x
  ) s
  GROUP BY s.title_id, s.title_type, s.start_year, s.key, s.plain, s.words
)
SELECT d.title_id, row_number() OVER (PARTITION BY d.title_id ORDER BY d.source, d.key, d.plain, d.words)::integer AS text_number,
  d.title_type, d.start_year, d.key, d.plain, d.words
FROM different d
WHERE d.words IS NOT NULL OR d.of_key = 1;
COMMENT ON VIEW movie_hub.computed_title_texts IS
  'The rows that title_texts must have, without votes, computed from titles and akas. Query it for a few titles only. For the owner.';

CREATE OR REPLACE FUNCTION movie_hub.refresh_title_texts(changed integer[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
  -- Lock first and read in a later statement, so that the second of two transactions that change a title sees the first's change.
  PERFORM FROM movie_hub.titles t WHERE t.title_id = ANY (changed) ORDER BY t.title_id FOR NO KEY UPDATE;
  WITH computed AS MATERIALIZED (
    SELECT x.title_id, x.text_number, x.title_type, COALESCE(r.num_votes, 0) AS num_votes, x.start_year, x.key, x.plain, x.words
    FROM movie_hub.computed_title_texts x LEFT JOIN movie_hub.ratings r ON r.title_id = x.title_id
    WHERE x.title_id = ANY (changed)
  ),
  deleted AS (
    DELETE FROM movie_hub.title_texts x
    WHERE x.title_id = ANY (changed)
      AND NOT EXISTS (SELECT FROM computed t WHERE t.title_id = x.title_id AND t.text_number = x.text_number)
  )
  INSERT INTO movie_hub.title_texts AS x (title_id, text_number, title_type, num_votes, start_year, key, plain, words)
  -- In order of popularity, so that the rows searched first are stored together.
  SELECT t.* FROM computed t ORDER BY t.num_votes DESC, t.title_id
  ON CONFLICT (title_id, text_number) DO UPDATE SET title_type = excluded.title_type, num_votes = excluded.num_votes,
    start_year = excluded.start_year, key = excluded.key, plain = excluded.plain, words = excluded.words
  WHERE (x.title_type, x.num_votes, x.start_year, x.key, x.plain, x.words) IS DISTINCT FROM
    (excluded.title_type, excluded.num_votes, excluded.start_year, excluded.key, excluded.plain, excluded.words);
END
$$;

DROP INDEX movie_hub.akas_exact;
ALTER TABLE movie_hub.akas DROP COLUMN search, DROP COLUMN key_text;

-- Editors search the same texts as readers.
DROP INDEX movie_hub.titles_primary_exact, movie_hub.titles_original_exact;
CREATE POLICY title_texts_editor ON movie_hub.title_texts FOR SELECT TO movie_hub_editor USING (true);
GRANT SELECT ON movie_hub.title_texts TO movie_hub_editor;
COMMENT ON TABLE movie_hub.title_texts IS 'Searchable texts of titles: the primary, original and other titles, without duplicates. For search_titles() and for editors. Maintained by triggers on titles, akas and ratings.';
COMMENT ON COLUMN movie_hub.titles.search IS 'Words of both titles, normalised, without stemming or stop words. Query with: search @@ plainto_tsquery(''simple'', movie_hub.normalise(''words'')). Under row-level security its index is not used, and other titles are not in it: use search_titles(). Never NULL.';

CREATE VIEW movie_hub.computed_title_lists WITH (security_invoker = true) AS
SELECT t.title_id, g.genre, t.title_type, left(t.primary_key_text, 60) AS sort_title, COALESCE(t.start_year, 0) AS start_year,
  COALESCE(r.num_votes, -1) AS num_votes,
  COALESCE((r.average_rating * 100000000)::integer + least(r.num_votes, 9999999), -1) AS rating
FROM (SELECT i.title_id, '' AS genre FROM movie_hub.titles i UNION ALL SELECT o.title_id, o.genre FROM movie_hub.genres o) g
JOIN movie_hub.titles t ON t.title_id = g.title_id
LEFT JOIN movie_hub.ratings r ON r.title_id = t.title_id;
COMMENT ON VIEW movie_hub.computed_title_lists IS
  'The rows that title_lists must have, computed from titles, genres and ratings. For the owner.';

CREATE OR REPLACE FUNCTION movie_hub.refresh_title_lists(changed integer[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
  -- Lock first and read in later statements, so that the second of two transactions that change a title sees the first's change.
  PERFORM FROM movie_hub.titles t WHERE t.title_id = ANY (changed) ORDER BY t.title_id FOR NO KEY UPDATE;
  DELETE FROM movie_hub.title_lists l
  WHERE l.title_id = ANY (changed) AND NOT EXISTS (
    SELECT FROM movie_hub.titles t
    WHERE t.title_id = l.title_id
      AND (l.genre = '' OR EXISTS (SELECT FROM movie_hub.genres g WHERE g.title_id = l.title_id AND g.genre = l.genre))
  );
  INSERT INTO movie_hub.title_lists AS l (title_id, genre, title_type, sort_title, start_year, num_votes, rating)
  SELECT x.title_id, x.genre, x.title_type, x.sort_title, x.start_year, x.num_votes, x.rating
  FROM movie_hub.computed_title_lists x
  WHERE x.title_id = ANY (changed)
  ON CONFLICT (title_id, genre) DO UPDATE SET title_type = excluded.title_type, sort_title = excluded.sort_title,
    start_year = excluded.start_year, num_votes = excluded.num_votes, rating = excluded.rating
  WHERE (l.title_type, l.sort_title, l.start_year, l.num_votes, l.rating)
    IS DISTINCT FROM (excluded.title_type, excluded.sort_title, excluded.start_year, excluded.num_votes, excluded.rating);
END
$$;

RESET ROLE;
