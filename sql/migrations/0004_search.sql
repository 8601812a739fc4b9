-- Full-text operators are not leakproof, so under row-level security PostgreSQL may not use their index. These functions
-- search as the owner, with the index, and return ids and ranks only. The caller joins the ids to a table whose policy
-- checks every row again, so a bug here cannot leak a row. Neither the ids nor their order depend on a hidden row. The
-- duration should not either: the indexes skip hidden rows, and plans use no workers and no sequential scans.
SET ROLE movie_hub_owner;

CREATE FUNCTION movie_hub.split_year(words text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN COALESCE(
  regexp_match(words, '^(.*[^\s,([])[\s,([]+((?:18|19|20)[0-9]{2})[\s)\]]*$', 'i'),
  ARRAY[words, NULL]
);
COMMENT ON FUNCTION movie_hub.split_year(text) IS
  'Splits off the year at the end of a search text: "Fargo (1996)" gives {Fargo,1996}. Without one the year is NULL. A text that is only a year, such as "1917", is not split.';

CREATE FUNCTION movie_hub.search_titles(words text, max_results integer) RETURNS TABLE (title_id integer, rank integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  entitled integer[] := movie_hub.entitled_types();
  asked_year integer := (movie_hub.split_year(words))[2]::integer;
  -- Without the year, and "Godfather, The" as "The Godfather".
  asked text := regexp_replace(
    (movie_hub.split_year(words))[1], '^(.+),\s*(the|an?|le|la|les|der|das|el|los|las|il)\s*$', '\2 \1', 'i');
  -- The year may be part of a title: Blade Runner 2049.
  whole text := CASE WHEN asked_year IS NULL THEN asked ELSE words END;
  asked_words tsquery := plainto_tsquery('simple', movie_hub.normalise(asked));
  whole_words tsquery := plainto_tsquery('simple', movie_hub.normalise(whole));
  asked_key text := replace(movie_hub.search_key(asked), ' ', '');
  whole_key text := replace(movie_hub.search_key(whole), ' ', '');
  asked_plain text := replace(movie_hub.normalise(asked), ' ', '');
  whole_plain text := replace(movie_hub.normalise(whole), ' ', '');
  keys text[] := array_remove(ARRAY[asked_key, whole_key, asked_plain, whole_plain], '');
BEGIN
  RETURN QUERY
  WITH named AS (
    SELECT t.title_id, t.start_year, t.primary_title AS name, replace(t.primary_key_text, ' ', '') AS key
    FROM movie_hub.titles t
    WHERE replace(t.primary_key_text, ' ', '') = ANY (keys) AND t.title_type = ANY (entitled)
    UNION ALL
    SELECT t.title_id, t.start_year, t.original_title, replace(t.original_key_text, ' ', '')
    FROM movie_hub.titles t
    WHERE replace(t.original_key_text, ' ', '') = ANY (keys) AND t.title_type = ANY (entitled)
      AND t.original_key_text <> t.primary_key_text
    UNION ALL
    SELECT a.title_id, t.start_year, a.title, replace(a.key_text, ' ', '')
    FROM movie_hub.akas a JOIN movie_hub.titles t ON t.title_id = a.title_id
    WHERE replace(a.key_text, ' ', '') = ANY (keys) AND a.title_type = ANY (entitled)
  ),
  found AS (
    -- "heat" matches both Heat and The Heat exactly; for "the heat", The Heat is the better match.
    SELECT n.title_id, true AS holds_whole,
      CASE WHEN q.key = q.plain OR replace(movie_hub.normalise(n.name), ' ', '') = q.plain THEN 2 ELSE 1 END AS exact
    FROM named n
    JOIN (VALUES (whole_key, whole_plain, NULL), (asked_key, asked_plain, asked_year)) AS q (key, plain, year)
      ON n.key IN (q.key, q.plain) AND (q.year IS NULL OR q.year = n.start_year)
    UNION ALL
    SELECT t.title_id, t.search @@ whole_words, 0
    FROM movie_hub.titles t
    WHERE t.search @@ asked_words AND ARRAY[t.title_type] && entitled
    UNION ALL
    SELECT a.title_id, a.search @@ whole_words, 0
    FROM movie_hub.akas a
    WHERE a.search @@ asked_words AND ARRAY[a.title_type] && entitled
  ),
  matches AS (
    SELECT f.title_id, max(f.exact) AS exact, bool_or(f.holds_whole) AS holds_whole,
      CASE WHEN asked_year IS NULL THEN false
        ELSE (SELECT t.start_year IS NOT DISTINCT FROM asked_year FROM movie_hub.titles t WHERE t.title_id = f.title_id)
      END AS of_year
    FROM found f
    GROUP BY f.title_id
  ),
  ranked AS (
    -- An exact match wins unless another match has over 100 times its votes.
    SELECT m.title_id, m.of_year, v.votes,
      CASE WHEN greatest(v.votes, 1)::bigint * 100 >= max(v.votes) OVER () THEN m.exact ELSE 0 END AS exact
    FROM matches m
    -- Row by row: a plan that reads all ratings because it expects many matches would reveal the hidden ones by its duration.
    CROSS JOIN LATERAL (
      SELECT COALESCE((SELECT r.num_votes FROM movie_hub.ratings r WHERE r.title_id = m.title_id), 0) AS votes OFFSET 0
    ) v
    WHERE m.holds_whole OR m.of_year
  )
  SELECT j.title_id, row_number() OVER (ORDER BY j.exact DESC, j.of_year DESC, j.votes DESC, j.title_id)::integer
  FROM ranked j
  ORDER BY 2
  LIMIT least(greatest(max_results, 0), 1000);
END
$$;
COMMENT ON FUNCTION movie_hub.search_titles(text, integer) IS
  'Ids of the titles that hold all these words in their primary, original or another title, best first: exact titles, then by votes; at most 1000. A year at the end that is not part of the title restricts the result to that year. Considers only the types in rls.types. Join the ids to titles.';

CREATE FUNCTION movie_hub.asked_name(words text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN (movie_hub.split_year(words))[2] IS NULL THEN words
  ELSE regexp_replace((movie_hub.split_year(words))[1], '[\s,(]+born$', '', 'i') END;
COMMENT ON FUNCTION movie_hub.asked_name(text) IS
  'Removes the year of birth from a search text: "Steve McQueen (born 1930)" gives "Steve McQueen".';

CREATE FUNCTION movie_hub.search_names(words text, max_results integer) RETURNS TABLE (name_id integer, rank integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  entitled integer[] := movie_hub.entitled_types();
  asked_year integer := (movie_hub.split_year(words))[2]::integer;
  asked text := movie_hub.asked_name(words);
  asked_words tsquery := plainto_tsquery('simple', movie_hub.normalise(asked));
  -- After a comma comes the first name: "Sellers, Peter".
  keys text[] := array_remove(ARRAY[
    replace(movie_hub.normalise(asked), ' ', ''),
    replace(movie_hub.normalise(regexp_replace(asked, '^([^,]+),([^,]+)$', '\2 \1')), ' ', '')
  ], '');
BEGIN
  RETURN QUERY
  WITH matches AS (
    SELECT f.name_id, bool_or(f.exact) AS exact
    FROM (
      SELECT n.name_id, n.birth_year, true AS exact
      FROM movie_hub.names n
      WHERE replace(n.key_text, ' ', '') = ANY (keys) AND n.title_types && entitled
      UNION ALL
      SELECT n.name_id, n.birth_year, false
      FROM movie_hub.names n
      WHERE n.search @@ asked_words AND n.title_types && entitled
    ) f
    WHERE asked_year IS NULL OR f.birth_year = asked_year
    GROUP BY f.name_id
  ),
  known AS (
    -- Ranked by titles that the caller may see: votes of hidden titles must not count.
    SELECT m.name_id, m.exact, COALESCE(v.votes, 0) AS votes
    FROM matches m
    CROSS JOIN LATERAL (
      SELECT sum(r.num_votes) AS votes
      FROM (
        SELECT p.title_id FROM movie_hub.principals p WHERE p.name_id = m.name_id AND p.title_type = ANY (entitled)
        UNION
        SELECT c.title_id FROM movie_hub.crew c WHERE c.name_id = m.name_id AND c.title_type = ANY (entitled)
      ) s
      JOIN movie_hub.ratings r ON r.title_id = s.title_id
    ) v
  )
  SELECT k.name_id, row_number() OVER (ORDER BY k.exact DESC, k.votes DESC, k.name_id)::integer
  FROM known k
  ORDER BY 2
  LIMIT least(greatest(max_results, 0), 1000);
END
$$;
COMMENT ON FUNCTION movie_hub.search_names(text, integer) IS
  'Ids of the people whose name holds all these words, in any order, best first: exact names, then by the votes of their titles; at most 1000. A year at the end restricts the result to people born in it. Considers only people and titles of the types in rls.types. Join the ids to names.';

REVOKE ALL ON FUNCTION movie_hub.split_year(text), movie_hub.asked_name(text),
  movie_hub.search_titles(text, integer), movie_hub.search_names(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION movie_hub.search_titles(text, integer), movie_hub.search_names(text, integer) TO movie_hub_reader;

RESET ROLE;
