-- Suggestions from trigram indexes over ranges of votes: comparing 10,000 titles one by one took 0.1 s. Similarity is computed
-- as before, for at most 1,000 titles or 2,000 people that the index returns.
DO $$
DECLARE
  -- pg_trgm may already be installed in another schema. Every call names its schema, so no search_path can change it.
  extension_schema text := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm');
  floors integer[] := '{1000, 100, 1}';
  parts text := '';
BEGIN
  SET LOCAL ROLE movie_hub_owner;
  FOR i IN 1..3 LOOP
    EXECUTE format('CREATE INDEX title_texts_letters_%1$s ON movie_hub.title_texts
      USING gin ((ARRAY[title_type]), key %3$I.gin_trgm_ops) WHERE num_votes BETWEEN %1$s AND %2$s',
      floors[i], COALESCE(floors[i - 1] - 1, 2147483647), extension_schema);
    parts := parts || format($part$
    %1$s
    SELECT x.title_id, x.num_votes FROM movie_hub.title_texts x
    WHERE x.key OPERATOR(%4$I.%%>) asked_key AND ARRAY[x.title_type] && entitled
      AND x.num_votes BETWEEN %2$s AND %3$s AND min_votes <= %2$s$part$,
      CASE WHEN i > 1 THEN 'UNION' ELSE '' END, floors[i], COALESCE(floors[i - 1] - 1, 2147483647), extension_schema);
  END LOOP;
  EXECUTE format($function$
    CREATE OR REPLACE FUNCTION movie_hub.suggest_titles(words text, max_results integer) RETURNS TABLE (title_id integer, rank integer)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET max_parallel_workers_per_gather = 0
    SET enable_seqscan = off
    SET jit = off
    -- A part of a title counts 0.8, so anything less similar than this cannot reach the limit below.
    SET pg_trgm.word_similarity_threshold = 0.39
    AS %L $function$, format($body$
#variable_conflict use_column
DECLARE
  entitled integer[] := ARRAY(SELECT DISTINCT unnest(movie_hub.entitled_types()));
  -- A longer text finds nothing more, and each letter costs time.
  asked text := left(movie_hub.search_key((movie_hub.split_year(left(words, 500)))[1]), 100);
  asked_key text := replace(asked, ' ', '');
  min_votes integer;
BEGIN
  -- The highest limit that at least 2,000 visible titles reach. It does not depend on hidden titles.
  FOREACH min_votes IN ARRAY ARRAY[1000, 100, 1] LOOP
    EXIT WHEN 2000 <= (
      SELECT count(*) FROM (
        SELECT FROM unnest(entitled) AS e (title_type)
        CROSS JOIN LATERAL (
          SELECT FROM movie_hub.ratings r WHERE r.title_type = e.title_type AND r.num_votes >= min_votes LIMIT 2000
        ) r
        LIMIT 2000
      ) s
    );
  END LOOP;
  RETURN QUERY
  WITH near AS MATERIALIZED (
    SELECT s.title_id, s.num_votes FROM (%s
    ) s
    ORDER BY s.num_votes DESC, s.title_id
    LIMIT 1000
  )
  SELECT p.title_id, row_number() OVER (ORDER BY n.similarity DESC, p.num_votes DESC, p.title_id)::integer
  FROM near p
  JOIN movie_hub.titles t ON t.title_id = p.title_id
  CROSS JOIN LATERAL (
    VALUES (greatest(
      movie_hub.text_similarity(asked, t.primary_key_text),
      CASE WHEN t.original_key_text <> t.primary_key_text THEN movie_hub.text_similarity(asked, t.original_key_text) END
    ))
  ) AS n (similarity)
  WHERE n.similarity > 0.39
  ORDER BY 2
  LIMIT least(greatest(max_results, 0), 100);
END
$body$, parts));
  EXECUTE $comment$
    COMMENT ON FUNCTION movie_hub.suggest_titles(text, integer) IS
      'Ids of the titles whose primary or original title is spelled most like this, nearest first; at most 100. Considers, of the types in rls.types, titles with 1000 votes or more; with 100, or with any, where there are not 2000 of those. Join the ids to titles.'
  $comment$;
  RESET ROLE;
END
$$;

DO $$
DECLARE
  extension_schema text := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm');
  floors bigint[] := '{100000, 10000, 1000}';
  parts text := '';
BEGIN
  SET LOCAL ROLE movie_hub_owner;
  FOR i IN 1..3 LOOP
    -- The words of a name in the order of a tsvector: order does not change the similarity of two names.
    EXECUTE format('CREATE INDEX name_texts_letters_%1$s ON movie_hub.name_texts
      USING gin ((ARRAY[title_type]), (replace(words::text, '''''''', '''')) %3$I.gin_trgm_ops) WHERE num_votes BETWEEN %1$s AND %2$s',
      floors[i], COALESCE(floors[i - 1] - 1, 9223372036854775807), extension_schema);
    parts := parts || format($part$
      SELECT x.name_id, x.num_votes FROM movie_hub.name_texts x
      WHERE replace(x.words::text, '''', '') OPERATOR(%3$I.%%>) asked AND ARRAY[x.title_type] && entitled
        AND x.num_votes BETWEEN %1$s AND %2$s AND min_votes BETWEEN 1 AND %1$s
      UNION ALL$part$, floors[i], COALESCE(floors[i - 1] - 1, 9223372036854775807), extension_schema);
  END LOOP;
  EXECUTE format($function$
    CREATE FUNCTION movie_hub.suggest_names(words text, max_results integer) RETURNS TABLE (name_id integer, rank integer)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET max_parallel_workers_per_gather = 0
    SET enable_seqscan = off
    SET jit = off
    SET pg_trgm.word_similarity_threshold = 0.39
    AS %L $function$, format($body$
#variable_conflict use_column
DECLARE
  entitled integer[] := ARRAY(SELECT DISTINCT unnest(movie_hub.entitled_types()));
  asked text := left(movie_hub.normalise(movie_hub.asked_name(left(words, 500))), 100);
  min_votes integer;
BEGIN
  -- The highest limit that at least 200 visible titles reach; otherwise the people in the most popular titles.
  FOREACH min_votes IN ARRAY ARRAY[100000, 10000, 1000, 0] LOOP
    EXIT WHEN 200 <= (
      SELECT count(*) FROM (
        SELECT FROM unnest(entitled) AS e (title_type)
        CROSS JOIN LATERAL (
          SELECT FROM movie_hub.ratings r WHERE r.title_type = e.title_type AND r.num_votes >= min_votes LIMIT 200
        ) r
        LIMIT 200
      ) s
    );
  END LOOP;
  RETURN QUERY
  WITH near AS MATERIALIZED (
    SELECT s.name_id, sum(s.num_votes) AS votes FROM (%s
      SELECT c.name_id, c.num_votes FROM (
        SELECT DISTINCT c.name_id, p.title_id, p.num_votes
        FROM movie_hub.popular_titles(500) p JOIN movie_hub.principals c ON c.title_id = p.title_id
        WHERE min_votes = 0
      ) c
    ) s
    GROUP BY s.name_id
    ORDER BY 2 DESC, 1
    LIMIT 2000
  )
  SELECT n.name_id, row_number() OVER (ORDER BY l.similarity DESC, k.votes DESC, n.name_id)::integer
  FROM near k
  JOIN movie_hub.names n ON n.name_id = k.name_id
  CROSS JOIN LATERAL (VALUES (movie_hub.text_similarity(asked, n.key_text))) AS l (similarity)
  WHERE l.similarity > 0.39
  ORDER BY 2
  LIMIT least(greatest(max_results, 0), 100);
END
$body$, parts));
  COMMENT ON FUNCTION movie_hub.suggest_names(text, integer) IS
    'Ids of the people whose name is spelled most like this, nearest first; at most 100. Considers, of the types in rls.types, people whose titles have 100000 votes or more; with 10000, or 1000, where fewer than 200 titles have so many; else those of the 500 titles with the most votes. Join the ids to names.';
  REVOKE ALL ON FUNCTION movie_hub.suggest_names(text, integer) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION movie_hub.suggest_names(text, integer) TO movie_hub_reader;
  RESET ROLE;
END
$$;
