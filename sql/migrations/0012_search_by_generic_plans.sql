-- The same searches with generic plans: each statement has the bounds of its range as literals, so that one plan for each
-- session uses the right index for any words. And a title that very many share is found in order of votes.
SET ROLE movie_hub_owner;

-- Ranks The Heat before Heat for "the heat": titles with an article, by all their letters.
CREATE INDEX title_texts_plain ON movie_hub.title_texts (plain, title_type, num_votes DESC, title_id) WHERE plain <> key;

-- Each word includes the type, so that hidden rows are never visited, however common a word is.
CREATE FUNCTION movie_hub.words_with_type(title_type integer, words tsvector) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
-- As text, each word is in quotes after a space; normalise() leaves no quote within one.
RETURN replace(' ' || words::text, ' ''', ' ''' || title_type::text || '.')::tsvector;
COMMENT ON FUNCTION movie_hub.words_with_type(integer, tsvector) IS
  'Prefixes each word with the number of a type: ''love'' of type 1 is ''1.love''. For the indexes of title_texts.';
CREATE FUNCTION movie_hub.query_with_types(asked tsquery, entitled integer[]) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT string_agg('(' || regexp_replace(asked::text, '''([^'']*)''', '''' || t || '.\1''', 'g') || ')', ' | ')::tsquery
  FROM unnest(entitled) AS t
);
COMMENT ON FUNCTION movie_hub.query_with_types(tsquery, integer[]) IS
  'A query for the same words in any of these types, in the form of words_with_type(). For popular_texts().';
REVOKE ALL ON FUNCTION movie_hub.words_with_type(integer, tsvector), movie_hub.query_with_types(tsquery, integer[]) FROM PUBLIC;

DROP FUNCTION movie_hub.popular_texts(tsquery, integer, integer[], integer);
DO $$
DECLARE
  floors integer[] := '{100000, 10000, 1000, 100, 1, 0}';
  parts text := '';
BEGIN
  FOR i IN 1..6 LOOP
    EXECUTE format('DROP INDEX movie_hub.title_texts_words_%s', floors[i]);
    EXECUTE format('CREATE INDEX title_texts_words_%1$s ON movie_hub.title_texts
      USING gin ((ARRAY[start_year]), movie_hub.words_with_type(title_type, words)) WHERE num_votes BETWEEN %1$s AND %2$s',
      floors[i], COALESCE(floors[i - 1] - 1, 2147483647));
    -- Two statements: one plan for both, with or without a year, would not use the index.
    parts := parts || format($part$
  IF asked_year IS NULL THEN
    RETURN QUERY
    SELECT DISTINCT ON (x.num_votes, x.title_id) x.title_id, x.num_votes, x.start_year
    FROM movie_hub.title_texts x
    WHERE movie_hub.words_with_type(x.title_type, x.words) @@ of_types AND x.num_votes BETWEEN %1$s AND %2$s
    ORDER BY x.num_votes DESC, x.title_id
    LIMIT wanted;
  ELSE
    RETURN QUERY
    SELECT DISTINCT ON (x.num_votes, x.title_id) x.title_id, x.num_votes, x.start_year
    FROM movie_hub.title_texts x
    WHERE movie_hub.words_with_type(x.title_type, x.words) @@ of_types AND x.num_votes BETWEEN %1$s AND %2$s
      AND ARRAY[x.start_year] && ARRAY[asked_year]
    ORDER BY x.num_votes DESC, x.title_id
    LIMIT wanted;
  END IF;
  GET DIAGNOSTICS returned = ROW_COUNT;
  wanted := wanted - returned;
  -- Titles with few votes only when there is nothing more popular: they are the majority, and the slowest to search.
  IF wanted <= 0 OR min_votes >= %1$s OR (popular_only AND %1$s <= 100 AND wanted < max_results) THEN
    RETURN;
  END IF;
$part$, floors[i], COALESCE(floors[i - 1] - 1, 2147483647));
  END LOOP;
  EXECUTE format($function$
    CREATE FUNCTION movie_hub.popular_texts(asked tsquery, asked_year integer, entitled integer[], max_results integer, popular_only boolean, min_votes integer)
    RETURNS TABLE (title_id integer, num_votes integer, start_year integer)
    LANGUAGE plpgsql STABLE ROWS 10
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan
    AS %L $function$, format($body$
#variable_conflict use_column
DECLARE
  wanted integer := max_results;
  returned integer;
  of_types tsquery;
BEGIN
  IF max_results <= 0 OR numnode(asked) = 0 OR cardinality(entitled) = 0 THEN
    RETURN;
  END IF;
  of_types := movie_hub.query_with_types(asked, entitled);
%s
END
$body$, parts));
END
$$;

CREATE FUNCTION movie_hub.search_titles(words text, max_results integer, is_prefix boolean, popular_only boolean)
RETURNS TABLE (title_id integer, rank integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0
SET enable_seqscan = off
SET jit = off AS $$
DECLARE
  entitled integer[] := ARRAY(SELECT DISTINCT unnest(movie_hub.entitled_types()));
  wanted integer := least(greatest(max_results, 0), 1000);
  -- No title is longer, and each character costs time.
  question text := left(words, 500);
  parts text[] := movie_hub.split_year(question);
  asked_year integer := parts[2]::integer;
  -- Without the year, and "Godfather, The" as "The Godfather".
  asked text := regexp_replace(parts[1], '^(.+),\s*(the|an?|le|la|les|der|das|el|los|las|il)\s*$', '\2 \1', 'i');
  asked_normal text := movie_hub.normalise(asked);
  -- The year may be part of a title: Blade Runner 2049.
  whole text := CASE WHEN asked_year IS NULL THEN asked ELSE question END;
  whole_normal text := CASE WHEN asked_year IS NULL THEN asked_normal ELSE movie_hub.normalise(question) END;
  asked_words tsquery := movie_hub.words_to_query(asked_normal, false);
  whole_words tsquery := movie_hub.words_to_query(whole_normal, is_prefix);
  asked_plain text := replace(asked_normal, ' ', '');
  asked_key text := replace(movie_hub.search_key_of(asked, asked_normal), ' ', '');
  whole_plain text := replace(whole_normal, ' ', '');
  whole_key text := CASE WHEN asked_year IS NULL THEN asked_key
    ELSE replace(movie_hub.search_key_of(whole, whole_normal), ' ', '') END;
  -- An exact match ranks below another only if that has over 100 times its votes, so at least 100.
  min_votes integer := CASE WHEN popular_only AND asked_year IS NULL AND EXISTS (
    SELECT FROM movie_hub.title_texts x WHERE x.key IN (whole_key, whole_plain) AND x.key <> '' AND x.title_type = ANY (entitled)
  ) THEN 100 ELSE 0 END;
BEGIN
  -- `wanted` rows of each kind are enough: a row after those cannot be among the first `wanted` overall.
  RETURN QUERY
  WITH asked_for AS (
    SELECT whole_key AS key, whole_plain AS plain, NULL::integer AS year
    UNION ALL
    SELECT whole_key, whole_plain, asked_year WHERE asked_year IS NOT NULL
    UNION ALL
    SELECT asked_key, asked_plain, asked_year WHERE asked_year IS NOT NULL
  ),
  entitled_to AS (
    SELECT unnest(entitled) AS title_type
  ),
  exact AS (
    -- "heat" matches both Heat and The Heat exactly; for "the heat", The Heat is the better match.
    SELECT x.title_id, x.num_votes, x.start_year, CASE WHEN q.key = q.plain OR x.plain = q.plain THEN 2 ELSE 1 END AS degree
    FROM asked_for q
    CROSS JOIN LATERAL (SELECT q.key UNION SELECT q.plain) AS k (key)
    CROSS JOIN entitled_to e
    CROSS JOIN LATERAL (
      SELECT DISTINCT ON (x.num_votes, x.title_id) x.num_votes, x.title_id, x.start_year, x.plain
      FROM movie_hub.title_texts x
      WHERE x.key = k.key AND x.title_type = e.title_type AND (q.year IS NULL OR x.start_year = q.year)
      ORDER BY x.num_votes DESC, x.title_id
      LIMIT wanted
    ) x
    WHERE k.key <> ''
    UNION ALL
    SELECT x.title_id, x.num_votes, x.start_year, 2
    FROM asked_for q
    CROSS JOIN entitled_to e
    CROSS JOIN LATERAL (
      SELECT DISTINCT ON (x.num_votes, x.title_id) x.num_votes, x.title_id, x.start_year
      FROM movie_hub.title_texts x
      WHERE x.plain = q.plain AND x.plain <> x.key AND x.key = q.key AND x.title_type = e.title_type
        AND (q.year IS NULL OR x.start_year = q.year)
      ORDER BY x.num_votes DESC, x.title_id
      LIMIT wanted
    ) x
    WHERE q.plain <> q.key AND q.plain <> ''
  ),
  found AS (
    SELECT x.title_id, x.num_votes, x.start_year, x.degree FROM exact x
    UNION ALL
    SELECT w.title_id, w.num_votes, w.start_year, 0
    FROM movie_hub.popular_texts(
      -- `&&` with an empty query returns the other query.
      CASE WHEN asked_year IS NULL THEN whole_words WHEN numnode(asked_words) = 0 THEN asked_words
        ELSE asked_words && whole_words END,
      NULL, entitled, wanted, popular_only AND asked_year IS NULL, min_votes) w
    UNION ALL
    SELECT w.title_id, w.num_votes, w.start_year, 0
    FROM movie_hub.popular_texts(asked_words, asked_year, entitled, wanted, false, 0) w
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

CREATE OR REPLACE FUNCTION movie_hub.search_titles(words text, max_results integer, is_prefix boolean)
RETURNS TABLE (title_id integer, rank integer)
LANGUAGE sql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT s.title_id, s.rank FROM movie_hub.search_titles(words, max_results, is_prefix, false) s;
END;
CREATE OR REPLACE FUNCTION movie_hub.search_titles(words text, max_results integer) RETURNS TABLE (title_id integer, rank integer)
LANGUAGE sql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT s.title_id, s.rank FROM movie_hub.search_titles(words, max_results, false, true) s;
END;
COMMENT ON FUNCTION movie_hub.search_titles(text, integer) IS
  'Ids of the titles that hold all these words in their primary, original or another title, best first: exact titles, then by votes; at most 1000. Titles with fewer than 100 votes are returned only if they match exactly or nothing else matches. A year at the end that is not part of the title restricts the result to that year. Considers only the types in rls.types. Join the ids to titles.';
COMMENT ON FUNCTION movie_hub.search_titles(text, integer, boolean) IS
  'Like search_titles(words, max_results), but includes titles with few votes; with is_prefix the last word is a prefix: "the godf" finds The Godfather. Join the ids to titles.';
COMMENT ON FUNCTION movie_hub.search_titles(text, integer, boolean, boolean) IS
  'Called by the shorter forms. popular_only leaves out titles with few votes, as search_titles(words, max_results) does. Join the ids to titles.';
COMMENT ON FUNCTION movie_hub.popular_texts(tsquery, integer, integer[], integer, boolean, integer) IS
  'The titles of these types, and of this year if any, with the most votes among those that hold these words; for search_titles(). With popular_only titles with fewer than 100 votes are returned only if there are no others; with min_votes none below that.';
REVOKE ALL ON FUNCTION movie_hub.search_titles(text, integer, boolean, boolean),
  movie_hub.popular_texts(tsquery, integer, integer[], integer, boolean, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION movie_hub.search_titles(text, integer, boolean, boolean) TO movie_hub_reader;

-- By default PostgreSQL expects 1,000 rows from a function: enough to choose a sequential scan.
ALTER FUNCTION movie_hub.suggest_titles(text, integer) ROWS 10;
-- Popular titles are few, so a sequential scan never pays.
ALTER FUNCTION movie_hub.suggest_titles(text, integer) SET enable_seqscan = off;

RESET ROLE;
