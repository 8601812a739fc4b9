-- The searches on title_texts and name_texts: from the most popular range down until there are enough matches.
SET ROLE movie_hub_owner;

CREATE FUNCTION movie_hub.popular_texts(asked tsquery, asked_year integer, entitled integer[], max_results integer)
RETURNS TABLE (title_id integer, num_votes integer, start_year integer)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  lowest integer;
  highest integer := 2147483647;
  wanted integer := max_results;
  returned integer;
BEGIN
  FOREACH lowest IN ARRAY ARRAY[100000, 10000, 1000, 100, 1, 0] LOOP
    EXIT WHEN wanted <= 0;
    RETURN QUERY
    SELECT DISTINCT x.title_id, x.num_votes, x.start_year
    FROM movie_hub.title_texts x
    WHERE x.words @@ asked AND ARRAY[x.title_type] && entitled AND x.num_votes BETWEEN lowest AND highest
      AND (asked_year IS NULL OR ARRAY[x.start_year] && ARRAY[asked_year])
    ORDER BY x.num_votes DESC, x.title_id
    LIMIT wanted;
    GET DIAGNOSTICS returned = ROW_COUNT;
    wanted := wanted - returned;
    highest := lowest - 1;
  END LOOP;
END
$$;
COMMENT ON FUNCTION movie_hub.popular_texts(tsquery, integer, integer[], integer) IS
  'The titles of these types, and of this year if any, with the most votes among those that hold these words. For search_titles().';

CREATE FUNCTION movie_hub.words_to_query(normalised text, is_prefix boolean) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
-- normalise() leaves no quote within a word. A last word that is repeated is not a prefix.
RETURN (
  SELECT COALESCE(string_agg(
    '''' || w.word || CASE WHEN is_prefix AND w.first_position = w.last_position THEN ''':*' ELSE '''' END, ' & ' ORDER BY w.first_position), '')::tsquery
  FROM (
    SELECT v.lexeme AS word, v.positions[1] AS first_position, max(v.positions[cardinality(v.positions)]) OVER () AS last_position
    FROM unnest(to_tsvector('simple', normalised)) AS v
    ORDER BY 2
    LIMIT 16
  ) w
);
COMMENT ON FUNCTION movie_hub.words_to_query(text, boolean) IS
  'A full-text query for the words of a normalised text, each once, the first 16 of them; with is_prefix the last word is a prefix: "the godf" gives ''the'' & ''godf'':*.';

CREATE FUNCTION movie_hub.words_to_prefix_query(words text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN movie_hub.words_to_query(movie_hub.normalise(left(words, 500)), true);
COMMENT ON FUNCTION movie_hub.words_to_prefix_query(text) IS
  'words_to_query() for text as it is typed: the first 500 characters, with the last word as a prefix. For editors.';

CREATE FUNCTION movie_hub.search_titles(words text, max_results integer, is_prefix boolean)
RETURNS TABLE (title_id integer, rank integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET max_parallel_workers_per_gather = 0
SET enable_seqscan = off
SET jit = off AS $$
DECLARE
  entitled integer[] := movie_hub.entitled_types();
  wanted integer := least(greatest(max_results, 0), 1000);
  asked_year integer := (movie_hub.split_year(words))[2]::integer;
  -- Without the year, and "Godfather, The" as "The Godfather".
  asked text := regexp_replace(
    (movie_hub.split_year(words))[1], '^(.+),\s*(the|an?|le|la|les|der|das|el|los|las|il)\s*$', '\2 \1', 'i');
  -- The year may be part of a title: Blade Runner 2049.
  whole text := CASE WHEN asked_year IS NULL THEN asked ELSE words END;
  asked_words tsquery := plainto_tsquery('simple', movie_hub.normalise(asked));
  whole_words tsquery := CASE WHEN is_prefix THEN movie_hub.words_to_prefix_query(whole)
    ELSE plainto_tsquery('simple', movie_hub.normalise(whole)) END;
  asked_key text := replace(movie_hub.search_key(asked), ' ', '');
  whole_key text := replace(movie_hub.search_key(whole), ' ', '');
  asked_plain text := replace(movie_hub.normalise(asked), ' ', '');
  whole_plain text := replace(movie_hub.normalise(whole), ' ', '');
BEGIN
  -- `wanted` rows of each kind are enough: a row after those cannot be among the first `wanted` overall.
  RETURN QUERY
  WITH exact AS (
    -- "heat" matches both Heat and The Heat exactly; for "the heat", The Heat is the better match.
    SELECT x.title_id, x.num_votes, x.start_year, d.degree
    FROM (
      VALUES (whole_key, whole_plain, NULL), (whole_key, whole_plain, asked_year), (asked_key, asked_plain, asked_year)
    ) AS q (key, plain, year)
    CROSS JOIN LATERAL (SELECT DISTINCT k.key FROM (VALUES (q.key), (q.plain)) AS k (key) WHERE k.key <> '') k
    CROSS JOIN (SELECT DISTINCT unnest(entitled)) AS e (title_type)
    CROSS JOIN (VALUES (1), (2)) AS d (degree)
    CROSS JOIN LATERAL (
      SELECT DISTINCT x.num_votes, x.title_id, x.start_year
      FROM movie_hub.title_texts x
      WHERE x.key = k.key AND x.title_type = e.title_type AND (q.year IS NULL OR x.start_year = q.year)
        AND (d.degree = 1 OR q.key = q.plain OR x.plain = q.plain)
      ORDER BY x.num_votes DESC, x.title_id
      LIMIT wanted
    ) x
    WHERE asked_year IS NOT NULL OR q.year IS NULL
  ),
  found AS (
    SELECT x.title_id, x.num_votes, x.start_year, x.degree FROM exact x
    UNION ALL
    SELECT w.title_id, w.num_votes, w.start_year, 0
    FROM movie_hub.popular_texts(
      -- `&&` with an empty query returns the other query.
      CASE WHEN asked_year IS NULL THEN whole_words WHEN numnode(asked_words) = 0 THEN asked_words
        ELSE asked_words && whole_words END,
      NULL, entitled, wanted) w
    UNION ALL
    SELECT w.title_id, w.num_votes, w.start_year, 0
    FROM movie_hub.popular_texts(asked_words, asked_year, entitled, wanted) w
    WHERE asked_year IS NOT NULL
  ),
  matches AS (
    SELECT f.title_id, f.num_votes AS votes, max(f.degree) AS exact,
      CASE WHEN asked_year IS NULL THEN false ELSE f.start_year = asked_year END AS of_year
    FROM found f
    GROUP BY f.title_id, f.num_votes, f.start_year
  ),
  ranked AS (
    -- An exact match wins unless another match has over 100 times its votes.
    SELECT m.title_id, m.of_year, m.votes,
      CASE WHEN greatest(m.votes, 1)::bigint * 100 >= max(m.votes) OVER () THEN m.exact ELSE 0 END AS exact
    FROM matches m
  )
  SELECT j.title_id, row_number() OVER (ORDER BY j.exact DESC, j.of_year DESC, j.votes DESC, j.title_id)::integer
  FROM ranked j
  ORDER BY 2
  LIMIT wanted;
END
$$;
COMMENT ON FUNCTION movie_hub.search_titles(text, integer, boolean) IS
  'Like search_titles(words, max_results); with is_prefix the last word is a prefix: "the godf" finds The Godfather. Join the ids to titles.';

CREATE OR REPLACE FUNCTION movie_hub.search_titles(words text, max_results integer) RETURNS TABLE (title_id integer, rank integer)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT s.title_id, s.rank FROM movie_hub.search_titles(words, max_results, false) s;
END;

CREATE OR REPLACE FUNCTION movie_hub.search_names(words text, max_results integer) RETURNS TABLE (name_id integer, rank integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET max_parallel_workers_per_gather = 0
SET enable_seqscan = off
SET jit = off AS $$
DECLARE
  entitled integer[] := ARRAY(SELECT DISTINCT unnest(movie_hub.entitled_types()));
  wanted integer := least(greatest(max_results, 0), 1000);
  asked_year integer := (movie_hub.split_year(words))[2]::integer;
  asked text := movie_hub.asked_name(words);
  asked_words tsquery := plainto_tsquery('simple', movie_hub.normalise(asked));
  -- After a comma comes the first name: "Sellers, Peter".
  keys text[] := array_remove(ARRAY[
    replace(movie_hub.normalise(asked), ' ', ''),
    replace(movie_hub.normalise(regexp_replace(asked, '^([^,]+),([^,]+)$', '\2 \1')), ' ', '')
  ], '');
  found integer[] := '{}';
  lowest bigint;
  highest bigint := 9223372036854775807;
BEGIN
  -- Ranked by titles that the caller may see: votes of hidden titles must not count. A person has votes in several
  -- types. Whoever was not found yet has fewer than `lowest` in each, so anyone with `lowest` times the number of types
  -- ranks above them.
  FOREACH lowest IN ARRAY ARRAY[1000000, 100000, 10000, 1000, 1, 0] LOOP
    found := found || ARRAY(
      SELECT DISTINCT x.name_id
      FROM movie_hub.name_texts x
      WHERE x.words @@ asked_words AND ARRAY[x.title_type] && entitled AND x.num_votes BETWEEN lowest AND highest
        AND (asked_year IS NULL OR ARRAY[x.birth_year] && ARRAY[asked_year])
    );
    EXIT WHEN wanted <= (
      SELECT count(*) FROM (
        SELECT FROM movie_hub.name_texts x
        WHERE x.name_id = ANY (found) AND x.title_type = ANY (entitled)
        GROUP BY x.name_id
        HAVING sum(x.num_votes) >= lowest * cardinality(entitled)
      ) s
    );
    highest := lowest - 1;
  END LOOP;
  RETURN QUERY
  WITH matches AS (
    SELECT m.name_id, bool_or(m.exact) AS exact
    FROM (
      SELECT x.name_id, true AS exact
      FROM movie_hub.name_texts x
      WHERE x.key = ANY (keys) AND x.title_type = ANY (entitled) AND (asked_year IS NULL OR x.birth_year = asked_year)
      UNION ALL
      SELECT f.name_id, false FROM unnest(found) AS f (name_id)
    ) m
    GROUP BY m.name_id
  ),
  known AS (
    SELECT m.name_id, m.exact, v.votes
    FROM matches m
    CROSS JOIN LATERAL (
      SELECT sum(x.num_votes) AS votes FROM movie_hub.name_texts x WHERE x.name_id = m.name_id AND x.title_type = ANY (entitled)
    ) v
  )
  SELECT k.name_id, row_number() OVER (ORDER BY k.exact DESC, k.votes DESC, k.name_id)::integer
  FROM known k
  ORDER BY 2
  LIMIT wanted;
END
$$;

REVOKE ALL ON FUNCTION movie_hub.refresh_title_texts(integer[]), movie_hub.refresh_name_texts(integer[]),
  movie_hub.title_texts_changed(), movie_hub.add_votes(integer[], integer[]), movie_hub.votes_changed(),
  movie_hub.name_changed(), movie_hub.popular_texts(tsquery, integer, integer[], integer), movie_hub.words_to_query(text, boolean),
  movie_hub.words_to_prefix_query(text), movie_hub.search_titles(text, integer, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION movie_hub.words_to_prefix_query(text), movie_hub.words_to_query(text, boolean) TO movie_hub_reader, movie_hub_editor;
GRANT EXECUTE ON FUNCTION movie_hub.search_titles(text, integer, boolean) TO movie_hub_reader;

RESET ROLE;
