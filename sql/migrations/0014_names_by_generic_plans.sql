-- The search for people with generic plans, as for titles: each statement has the bounds of its range as literals.
SET ROLE movie_hub_owner;

DO $$
DECLARE
  floors bigint[] := '{1000000, 100000, 10000, 1000, 1, 0}';
  parts text := '';
BEGIN
  FOR i IN 1..6 LOOP
    parts := parts || format($part$
    %1$s lowest = %2$s THEN
      IF asked_year IS NULL THEN
        found := found || ARRAY(
          SELECT DISTINCT x.name_id FROM movie_hub.name_texts x
          WHERE x.words @@ asked_words AND ARRAY[x.title_type] && entitled AND x.num_votes BETWEEN %2$s AND %3$s);
      ELSE
        found := found || ARRAY(
          SELECT DISTINCT x.name_id FROM movie_hub.name_texts x
          WHERE x.words @@ asked_words AND ARRAY[x.title_type] && entitled AND x.num_votes BETWEEN %2$s AND %3$s
            AND ARRAY[x.birth_year] && ARRAY[asked_year]);
      END IF;$part$,
      CASE WHEN i = 1 THEN 'IF' ELSE 'ELSIF' END, floors[i], COALESCE(floors[i - 1] - 1, 9223372036854775807));
  END LOOP;
  EXECUTE format($function$
    CREATE OR REPLACE FUNCTION movie_hub.search_names(words text, max_results integer) RETURNS TABLE (name_id integer, rank integer)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan
    SET max_parallel_workers_per_gather = 0
    SET enable_seqscan = off
    SET jit = off
    AS %L $function$, format($body$
#variable_conflict use_column
DECLARE
  entitled integer[] := ARRAY(SELECT DISTINCT unnest(movie_hub.entitled_types()));
  wanted integer := least(greatest(max_results, 0), 1000);
  -- No name is longer, and each character costs time.
  question text := left(words, 500);
  asked_year integer := (movie_hub.split_year(question))[2]::integer;
  asked text := movie_hub.asked_name(question);
  asked_words tsquery := movie_hub.words_to_query(movie_hub.normalise(asked), false);
  -- After a comma comes the first name: "Sellers, Peter".
  keys text[] := array_remove(ARRAY[
    replace(movie_hub.normalise(asked), ' ', ''),
    replace(movie_hub.normalise(regexp_replace(asked, '^([^,]+),([^,]+)$', '\2 \1')), ' ', '')
  ], '');
  found integer[] := '{}';
  lowest bigint;
BEGIN
  -- Ranked by titles that the caller may see: votes of hidden titles must not count. A person has votes in several
  -- types. Whoever was not found yet has fewer than `lowest` in each, so anyone with `lowest` times the number of types
  -- ranks above them.
  FOREACH lowest IN ARRAY ARRAY[1000000, 100000, 10000, 1000, 1, 0] LOOP
%s
    END IF;
    EXIT WHEN wanted <= (
      SELECT count(*) FROM (
        SELECT FROM movie_hub.name_texts x
        WHERE x.name_id = ANY (found) AND x.title_type = ANY (entitled)
        GROUP BY x.name_id
        HAVING sum(x.num_votes) >= lowest * cardinality(entitled)
      ) s
    );
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
$body$, parts));
END
$$;

RESET ROLE;
