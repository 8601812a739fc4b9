-- The same searches without planning at each call: every statement below has the bounds of its range in its text, so that its plan, made once
-- for a session, finds the right index for any words. And a title that very many share is found in the order of votes.
SET ROLE movie_hub_owner;

-- "The Heat" before Heat for "the heat": titles with an article, by all of their letters.
CREATE INDEX title_texts_plain ON movie_hub.title_texts (plain, title_type, num_votes DESC, title_id) WHERE plain <> key;

-- The type stands in each word: what others may see is not even passed over, however common it is.
CREATE FUNCTION movie_hub.words_of_type(title_type integer, words tsvector) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
-- The text of words holds each in quotes, after a space; normalise() leaves no quote within one.
RETURN replace(' ' || words::text, ' ''', ' ''' || title_type::text || '.')::tsvector;
COMMENT ON FUNCTION movie_hub.words_of_type(integer, tsvector) IS
  'Words with the number of a type before each: ''love'' of type 1 is ''1.love''. For the indexes of title_texts.';
CREATE FUNCTION movie_hub.query_of_types(asked tsquery, entitled integer[]) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT string_agg('(' || regexp_replace(asked::text, '''([^'']*)''', '''' || t || '.\1''', 'g') || ')', ' | ')::tsquery
  FROM unnest(entitled) AS t
);
COMMENT ON FUNCTION movie_hub.query_of_types(tsquery, integer[]) IS
  'A query for the same words in any of these types, as words_of_type() has them. For popular_texts().';
REVOKE ALL ON FUNCTION movie_hub.words_of_type(integer, tsvector), movie_hub.query_of_types(tsquery, integer[]) FROM PUBLIC;

DROP FUNCTION movie_hub.popular_texts(tsquery, integer, integer[], integer);
DO $$
DECLARE
  floors integer[] := '{100000, 10000, 1000, 100, 1, 0}';
  parts text := '';
BEGIN
  FOR i IN 1..6 LOOP
    EXECUTE format('DROP INDEX movie_hub.title_texts_words_%s', floors[i]);
    EXECUTE format('CREATE INDEX title_texts_words_%1$s ON movie_hub.title_texts
      USING gin ((ARRAY[start_year]), movie_hub.words_of_type(title_type, words)) WHERE num_votes BETWEEN %1$s AND %2$s',
      floors[i], COALESCE(floors[i - 1] - 1, 2147483647));
    -- Two statements: a plan for any year, or none, would use the index for neither.
    parts := parts || format($part$
  IF asked_year IS NULL THEN
    RETURN QUERY
    SELECT DISTINCT ON (x.num_votes, x.title_id) x.title_id, x.num_votes, x.start_year
    FROM movie_hub.title_texts x
    WHERE movie_hub.words_of_type(x.title_type, x.words) @@ of_types AND x.num_votes BETWEEN %1$s AND %2$s
    ORDER BY x.num_votes DESC, x.title_id
    LIMIT wanted;
  ELSE
    RETURN QUERY
    SELECT DISTINCT ON (x.num_votes, x.title_id) x.title_id, x.num_votes, x.start_year
    FROM movie_hub.title_texts x
    WHERE movie_hub.words_of_type(x.title_type, x.words) @@ of_types AND x.num_votes BETWEEN %1$s AND %2$s
      AND ARRAY[x.start_year] && ARRAY[asked_year]
    ORDER BY x.num_votes DESC, x.title_id
    LIMIT wanted;
  END IF;
  GET DIAGNOSTICS told = ROW_COUNT;
  wanted := wanted - told;
  -- What nearly nobody knows is told when there is nothing better known: it is most of all there is, and takes most of the time.
  IF wanted <= 0 OR least_known >= %1$s OR (best_known AND %1$s <= 100 AND wanted < most) THEN
    RETURN;
  END IF;
$part$, floors[i], COALESCE(floors[i - 1] - 1, 2147483647));
  END LOOP;
  EXECUTE format($function$
    CREATE FUNCTION movie_hub.popular_texts(asked tsquery, asked_year integer, entitled integer[], most integer, best_known boolean, least_known integer)
    RETURNS TABLE (title_id integer, num_votes integer, start_year integer)
    LANGUAGE plpgsql STABLE ROWS 10
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan
    AS %L $function$, format($body$
#variable_conflict use_column
DECLARE
  wanted integer := most;
  told integer;
  of_types tsquery;
BEGIN
  IF most <= 0 OR numnode(asked) = 0 OR cardinality(entitled) = 0 THEN
    RETURN;
  END IF;
  of_types := movie_hub.query_of_types(asked, entitled);
%s
END
$body$, parts));
END
$$;

CREATE FUNCTION movie_hub.search_titles(words text, most integer, is_typing boolean, best_known boolean)
RETURNS TABLE (title_id integer, place integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET max_parallel_workers_per_gather = 0
SET enable_seqscan = off
SET jit = off AS $$
DECLARE
  entitled integer[] := ARRAY(SELECT DISTINCT unnest(movie_hub.entitled_types()));
  wanted integer := least(greatest(most, 0), 1000);
  -- No title is longer, and what is done with each character costs time.
  question text := left(words, 500);
  parts text[] := movie_hub.split_year(question);
  asked_year integer := parts[2]::integer;
  -- Without the year, and "Godfather, The" as it is said.
  asked text := regexp_replace(parts[1], '^(.+),\s*(the|an?|le|la|les|der|das|el|los|las|il)\s*$', '\2 \1', 'i');
  asked_normal text := movie_hub.normalise(asked);
  -- The year may be part of a title: Blade Runner 2049.
  whole text := CASE WHEN asked_year IS NULL THEN asked ELSE question END;
  whole_normal text := CASE WHEN asked_year IS NULL THEN asked_normal ELSE movie_hub.normalise(question) END;
  asked_words tsquery := movie_hub.query_of_words(asked_normal, false);
  whole_words tsquery := movie_hub.query_of_words(whole_normal, is_typing);
  asked_plain text := replace(asked_normal, ' ', '');
  asked_key text := replace(movie_hub.search_key_of(asked, asked_normal), ' ', '');
  whole_plain text := replace(whole_normal, ' ', '');
  whole_key text := CASE WHEN asked_year IS NULL THEN asked_key
    ELSE replace(movie_hub.search_key_of(whole, whole_normal), ' ', '') END;
  -- An exact match gives way to one of over a hundred times its votes only, so to none of less than a hundred.
  least_known integer := CASE WHEN best_known AND asked_year IS NULL AND EXISTS (
    SELECT FROM movie_hub.title_texts x WHERE x.key IN (whole_key, whole_plain) AND x.key <> '' AND x.title_type = ANY (entitled)
  ) THEN 100 ELSE 0 END;
BEGIN
  -- The first so many of each kind are enough: what lies behind them has so many before it in the whole, too.
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
    -- Exact are both Heat and The Heat for "heat"; for "the heat", The Heat is more exact than Heat.
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
      -- Of no words and some words && makes the latter.
      CASE WHEN asked_year IS NULL THEN whole_words WHEN numnode(asked_words) = 0 THEN asked_words
        ELSE asked_words && whole_words END,
      NULL, entitled, wanted, best_known AND asked_year IS NULL, least_known) w
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
  judged AS (
    -- An exact match wins unless another match has over a hundred times its votes.
    SELECT m.title_id, m.of_year, m.votes,
      CASE WHEN greatest(m.votes, 1)::bigint * 100 >= max(m.votes) OVER () THEN m.exact ELSE 0 END AS exact
    FROM matches m
  )
  SELECT j.title_id, row_number() OVER (ORDER BY j.exact DESC, j.of_year DESC, j.votes DESC, j.title_id)::integer
  FROM judged j
  ORDER BY 2
  LIMIT wanted;
END
$$;

CREATE OR REPLACE FUNCTION movie_hub.search_titles(words text, most integer, is_typing boolean)
RETURNS TABLE (title_id integer, place integer)
LANGUAGE sql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT s.title_id, s.place FROM movie_hub.search_titles(words, most, is_typing, false) s;
END;
CREATE OR REPLACE FUNCTION movie_hub.search_titles(words text, most integer) RETURNS TABLE (title_id integer, place integer)
LANGUAGE sql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT s.title_id, s.place FROM movie_hub.search_titles(words, most, false, true) s;
END;
COMMENT ON FUNCTION movie_hub.search_titles(text, integer) IS
  'Ids of the titles that hold all these words in their primary, original or another title, best first: exact titles, then by votes; at most 1000. Of titles with fewer than 100 votes only the exact ones are told where there is any exact or better known match. A year at the end that is no part of the title leaves the titles of that year. Considers only the types in rls.types. Join the ids to titles.';
COMMENT ON FUNCTION movie_hub.search_titles(text, integer, boolean) IS
  'Like search_titles(words, most), but tells all titles; if is_typing, the last word may be the beginning of one: "the godf" finds The Godfather. Join the ids to titles.';
COMMENT ON FUNCTION movie_hub.search_titles(text, integer, boolean, boolean) IS
  'What the shorter forms call: is_typing as there; best_known leaves out what few know, as search_titles(words, most) does. Join the ids to titles.';
COMMENT ON FUNCTION movie_hub.popular_texts(tsquery, integer, integer[], integer, boolean, integer) IS
  'The titles of these types, and of this year if any, with the most votes among those that hold these words; for search_titles(). With best_known those with fewer than 100 votes only where there is none with more; with least_known none below that.';
REVOKE ALL ON FUNCTION movie_hub.search_titles(text, integer, boolean, boolean),
  movie_hub.popular_texts(tsquery, integer, integer[], integer, boolean, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION movie_hub.search_titles(text, integer, boolean, boolean) TO movie_hub_reader;

-- PostgreSQL expects a thousand rows of a function unless it is told: enough to read a whole table for.
ALTER FUNCTION movie_hub.suggest_titles(text, integer) ROWS 10;
-- The popular are few: reading a whole table for them never pays.
ALTER FUNCTION movie_hub.suggest_titles(text, integer) SET enable_seqscan = off;

RESET ROLE;
