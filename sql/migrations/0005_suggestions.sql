-- The nearest titles and people for a search without a match. Like the search functions they run as the owner, return ids
-- and ranks only, and do not depend on hidden rows.
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA movie_hub;

-- pg_trgm may already be installed in another schema. The function names its schema, so no search_path can change it.
DO $$
DECLARE
  extension_schema text := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm');
BEGIN
  EXECUTE format(
    $function$
      CREATE FUNCTION movie_hub.text_similarity(asked text, name text) RETURNS real
      LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN greatest(
        %1$I.similarity(asked, name),
        0.8 * %1$I.word_similarity(asked, name),
        0.8 * %1$I.word_similarity(replace(asked, ' ', ''), replace(name, ' ', ''))
      )
    $function$,
    extension_schema
  );
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO movie_hub_owner', extension_schema);
END
$$;
ALTER FUNCTION movie_hub.text_similarity(text, text) OWNER TO movie_hub_owner;

SET ROLE movie_hub_owner;

COMMENT ON FUNCTION movie_hub.text_similarity(text, text) IS
  'Trigram similarity of two normalised texts, from 0 to 1. Similarity of the first to a part of the second counts 0.8.';

CREATE FUNCTION movie_hub.popular_titles(max_results integer) RETURNS TABLE (title_id integer, num_votes integer)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  -- Type by type, each from its index, so that hidden rows are never visited.
  SELECT r.title_id, r.num_votes
  FROM (SELECT DISTINCT unnest(movie_hub.entitled_types())) AS e (title_type)
  CROSS JOIN LATERAL (
    SELECT o.title_id, o.num_votes
    FROM movie_hub.ratings o
    WHERE o.title_type = e.title_type AND o.num_votes > 0
    ORDER BY o.num_votes DESC, o.title_id
    LIMIT max_results
  ) r
  ORDER BY r.num_votes DESC, r.title_id
  LIMIT max_results;
END;
COMMENT ON FUNCTION movie_hub.popular_titles(integer) IS
  'The titles with the most votes among the types in rls.types. For suggest_titles() and suggest_names().';

CREATE FUNCTION movie_hub.suggest_titles(words text, max_results integer) RETURNS TABLE (title_id integer, rank integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  asked text := movie_hub.search_key((movie_hub.split_year(words))[1]);
BEGIN
  RETURN QUERY
  SELECT p.title_id, row_number() OVER (ORDER BY n.similarity DESC, p.num_votes DESC, p.title_id)::integer
  FROM movie_hub.popular_titles(10000) p
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
$$;
COMMENT ON FUNCTION movie_hub.suggest_titles(text, integer) IS
  'Ids of the titles whose primary or original title is spelled most like this, nearest first; at most 100. Considers the 10000 titles with the most votes among the types in rls.types. Join the ids to titles.';

REVOKE ALL ON FUNCTION movie_hub.text_similarity(text, text), movie_hub.popular_titles(integer),
  movie_hub.suggest_titles(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION movie_hub.suggest_titles(text, integer) TO movie_hub_reader;

RESET ROLE;
