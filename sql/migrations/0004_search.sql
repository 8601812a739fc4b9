-- Full-text operators are not leakproof, so under row-level security PostgreSQL may not use their index. These functions
-- search as the owner, with the index, and return ids and places only. They propose; the policy disposes: the caller joins
-- the ids to a table whose policy checks every row again. Nothing that they return depends on a row that the caller may
-- not see, neither the ids nor their order.
SET ROLE movie_hub_owner;

CREATE FUNCTION movie_hub.search_titles(words text, most integer) RETURNS TABLE (title_id integer, place integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  entitled integer[] := movie_hub.entitled_types();
  wanted tsquery := plainto_tsquery('simple', movie_hub.normalise(words));
  wanted_key text := movie_hub.search_key(words);
BEGIN
  RETURN QUERY
  WITH found AS (
    SELECT t.title_id, t.primary_key_text = wanted_key OR t.original_key_text = wanted_key AS exact
    FROM movie_hub.titles t
    WHERE t.search @@ wanted AND t.title_type = ANY (entitled)
    UNION ALL
    SELECT a.title_id, a.key_text = wanted_key
    FROM movie_hub.akas a
    WHERE a.search @@ wanted AND a.title_type = ANY (entitled)
  ),
  matches AS (
    SELECT f.title_id, bool_or(f.exact) AS exact, COALESCE(max(r.num_votes), 0) AS votes
    FROM found f LEFT JOIN movie_hub.ratings r ON r.title_id = f.title_id
    GROUP BY f.title_id
  ),
  judged AS (
    -- An exact match wins unless another match has over a hundred times its votes.
    SELECT m.title_id, m.votes, m.exact AND (m.votes + 1)::bigint * 100 >= max(m.votes) OVER () AS exact_wins
    FROM matches m
  )
  SELECT j.title_id, row_number() OVER (ORDER BY j.exact_wins DESC, j.votes DESC, j.title_id)::integer
  FROM judged j
  ORDER BY 2
  LIMIT least(greatest(most, 0), 1000);
END
$$;
COMMENT ON FUNCTION movie_hub.search_titles(text, integer) IS
  'Ids of the titles that hold all these words in their primary, original or another title, best first: exact titles, then by votes; at most 1000. Considers only the types in rls.types. Join the ids to titles.';

CREATE FUNCTION movie_hub.search_names(words text, most integer) RETURNS TABLE (name_id integer, place integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  entitled integer[] := movie_hub.entitled_types();
  wanted tsquery := plainto_tsquery('simple', movie_hub.normalise(words));
  wanted_key text := movie_hub.normalise(words);
BEGIN
  RETURN QUERY
  WITH matches AS (
    SELECT n.name_id, n.key_text = wanted_key AS exact
    FROM movie_hub.names n
    WHERE n.search @@ wanted AND n.title_types && entitled
  ),
  known AS (
    -- Known for what the caller may see: the votes of hidden titles must not move anybody up.
    SELECT m.name_id, m.exact, COALESCE(sum(r.num_votes), 0) AS votes
    FROM matches m
    LEFT JOIN movie_hub.principals p ON p.name_id = m.name_id AND p.title_type = ANY (entitled)
    LEFT JOIN movie_hub.ratings r ON r.title_id = p.title_id
    GROUP BY m.name_id, m.exact
  )
  SELECT k.name_id, row_number() OVER (ORDER BY k.exact DESC, k.votes DESC, k.name_id)::integer
  FROM known k
  ORDER BY 2
  LIMIT least(greatest(most, 0), 1000);
END
$$;
COMMENT ON FUNCTION movie_hub.search_names(text, integer) IS
  'Ids of the people whose name holds all these words, in any order, best first: exact names, then by the votes of their titles; at most 1000. Considers only people and titles of the types in rls.types. Join the ids to names.';

REVOKE ALL ON FUNCTION movie_hub.search_titles(text, integer), movie_hub.search_names(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION movie_hub.search_titles(text, integer), movie_hub.search_names(text, integer) TO movie_hub_reader;

RESET ROLE;
