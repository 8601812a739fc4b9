-- Searches that ask the popular first: narrow rows of what titles and people can be found by, with an index for each range of
-- votes. Ranges are asked from the top until there are enough matches. That is exact, because whatever lies in a lower
-- range ranks lower; so a word that stands in a third of all titles costs what a rare one does. Nobody but the owner reads
-- these rows: the search functions propose ids from them, and the policies of titles and names dispose.
SET ROLE movie_hub_owner;

CREATE TABLE movie_hub.title_texts (
  title_id integer NOT NULL,
  text_number integer NOT NULL,
  title_type integer NOT NULL,
  num_votes integer NOT NULL,
  start_year integer NOT NULL,
  key text NOT NULL,
  plain text NOT NULL,
  words tsvector,
  PRIMARY KEY (title_id, text_number)
);
COMMENT ON TABLE movie_hub.title_texts IS 'What a title can be found by: its primary, original and other titles, each different one once. For search_titles() alone; kept by triggers on titles, akas and ratings, never written by hand.';
COMMENT ON COLUMN movie_hub.title_texts.title_id IS 'The title. Never NULL.';
COMMENT ON COLUMN movie_hub.title_texts.text_number IS 'Number of the row within the title, from 1. Never NULL.';
COMMENT ON COLUMN movie_hub.title_texts.title_type IS 'Kind of the title, copied from titles: searches consider only rows of types that may be seen. Never NULL.';
COMMENT ON COLUMN movie_hub.title_texts.num_votes IS 'ratings.num_votes; 0 when nobody has voted. Never NULL.';
COMMENT ON COLUMN movie_hub.title_texts.start_year IS 'titles.start_year; 0 when not known. Never NULL.';
COMMENT ON COLUMN movie_hub.title_texts.key IS 'search_key() of the text without spaces, for exact matches. Never NULL.';
COMMENT ON COLUMN movie_hub.title_texts.plain IS 'normalise() of the text without spaces: with its article, to tell The Heat from Heat. Never NULL.';
COMMENT ON COLUMN movie_hub.title_texts.words IS 'Words of the text; of the primary title with those of the original one. NULL: the first row of the title has them all.';
-- Nobody has a right to read it; the policy would hold if somebody were given one.
ALTER TABLE movie_hub.title_texts ENABLE ROW LEVEL SECURITY;
CREATE POLICY title_texts_reader ON movie_hub.title_texts FOR SELECT TO movie_hub_reader
  USING (title_type = ANY ((SELECT movie_hub.entitled_types())::integer[]));

CREATE TABLE movie_hub.name_texts (
  name_id integer NOT NULL,
  title_type integer NOT NULL,
  num_votes bigint NOT NULL,
  birth_year integer NOT NULL,
  key text NOT NULL,
  words tsvector NOT NULL,
  PRIMARY KEY (name_id, title_type)
);
COMMENT ON TABLE movie_hub.name_texts IS 'What a person can be found by, once for each type of the titles that show the person, with the votes of those. For search_names() alone; kept by triggers on names, principals, crew and ratings, never written by hand.';
COMMENT ON COLUMN movie_hub.name_texts.name_id IS 'The person. Never NULL.';
COMMENT ON COLUMN movie_hub.name_texts.title_type IS 'A type of titles that show the person: searches consider only rows of types that may be seen. Never NULL.';
COMMENT ON COLUMN movie_hub.name_texts.num_votes IS 'Sum of the votes of the titles of this type that show the person. Never NULL.';
COMMENT ON COLUMN movie_hub.name_texts.birth_year IS 'names.birth_year; 0 when not known. Never NULL.';
COMMENT ON COLUMN movie_hub.name_texts.key IS 'names.key_text without spaces, for exact matches. Never NULL.';
COMMENT ON COLUMN movie_hub.name_texts.words IS 'Words of the name. Never NULL.';
ALTER TABLE movie_hub.name_texts ENABLE ROW LEVEL SECURITY;
CREATE POLICY name_texts_reader ON movie_hub.name_texts FOR SELECT TO movie_hub_reader
  USING (title_type = ANY ((SELECT movie_hub.entitled_types())::integer[]));

CREATE FUNCTION movie_hub.refresh_title_texts(changed integer[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
  -- Locked first and read by a later statement: of two transactions that change one title the second sees what the first did.
  PERFORM FROM movie_hub.titles t WHERE t.title_id = ANY (changed) ORDER BY t.title_id FOR NO KEY UPDATE;
  WITH known AS MATERIALIZED (
    SELECT t.title_id, t.title_type, COALESCE(r.num_votes, 0) AS num_votes, COALESCE(t.start_year, 0) AS start_year,
      t.primary_title, t.original_title, t.primary_key_text, t.original_key_text, t.search
    FROM movie_hub.titles t LEFT JOIN movie_hub.ratings r ON r.title_id = t.title_id
    WHERE t.title_id = ANY (changed)
  ),
  texts AS (
    SELECT k.title_id, 0 AS source, k.primary_key_text AS key, k.primary_title AS text, strip(k.search) AS words FROM known k
    UNION ALL
    SELECT k.title_id, 1, k.original_key_text, k.original_title, NULL FROM known k
    WHERE k.original_key_text <> k.primary_key_text
    UNION ALL
    SELECT k.title_id, 2, a.key_text, a.title,
      CASE WHEN NOT tsvector_to_array(a.search) <@ tsvector_to_array(k.search) THEN strip(a.search) END
    FROM known k JOIN movie_hub.akas a ON a.title_id = k.title_id
  ),
  different AS (
    SELECT s.title_id, min(s.source) AS source, s.key, s.plain, s.words,
      count(*) OVER (PARTITION BY s.title_id, s.key, s.plain) AS of_key
    FROM (
      SELECT x.title_id, x.source, replace(x.key, ' ', '') AS key, replace(movie_hub.normalise(x.text), ' ', '') AS plain, x.words
      FROM texts x
    ) s
    GROUP BY s.title_id, s.key, s.plain, s.words
  ),
  truth AS MATERIALIZED (
    SELECT k.title_id,
      row_number() OVER (PARTITION BY k.title_id ORDER BY d.source, d.key, d.plain, d.words)::integer AS text_number,
      k.title_type, k.num_votes, k.start_year, d.key, d.plain, d.words
    FROM different d JOIN known k ON k.title_id = d.title_id
    WHERE d.words IS NOT NULL OR d.of_key = 1
  ),
  gone AS (
    DELETE FROM movie_hub.title_texts x
    WHERE x.title_id = ANY (changed)
      AND NOT EXISTS (SELECT FROM truth t WHERE t.title_id = x.title_id AND t.text_number = x.text_number)
  )
  INSERT INTO movie_hub.title_texts AS x (title_id, text_number, title_type, num_votes, start_year, key, plain, words)
  -- In the order of popularity: what is asked first then lies together.
  SELECT t.* FROM truth t ORDER BY t.num_votes DESC, t.title_id
  ON CONFLICT (title_id, text_number) DO UPDATE SET title_type = excluded.title_type, num_votes = excluded.num_votes,
    start_year = excluded.start_year, key = excluded.key, plain = excluded.plain, words = excluded.words
  WHERE (x.title_type, x.num_votes, x.start_year, x.key, x.plain, x.words) IS DISTINCT FROM
    (excluded.title_type, excluded.num_votes, excluded.start_year, excluded.key, excluded.plain, excluded.words);
END
$$;
COMMENT ON FUNCTION movie_hub.refresh_title_texts(integer[]) IS
  'Makes the rows of these titles in title_texts what titles, akas and ratings say. Run by triggers on titles and akas.';

CREATE FUNCTION movie_hub.refresh_name_texts(changed integer[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
  PERFORM FROM movie_hub.names n WHERE n.name_id = ANY (changed) ORDER BY n.name_id FOR NO KEY UPDATE;
  WITH truth AS MATERIALIZED (
    SELECT n.name_id, c.title_type, c.num_votes, COALESCE(n.birth_year, 0) AS birth_year, replace(n.key_text, ' ', '') AS key,
      strip(n.search) AS words
    FROM (
      SELECT s.name_id, s.title_type, COALESCE(sum(r.num_votes), 0) AS num_votes
      FROM (
        SELECT p.name_id, p.title_type, p.title_id FROM movie_hub.principals p WHERE p.name_id = ANY (changed)
        UNION
        SELECT w.name_id, w.title_type, w.title_id FROM movie_hub.crew w WHERE w.name_id = ANY (changed)
      ) s
      LEFT JOIN movie_hub.ratings r ON r.title_id = s.title_id
      GROUP BY s.name_id, s.title_type
    ) c
    JOIN movie_hub.names n ON n.name_id = c.name_id
  ),
  gone AS (
    DELETE FROM movie_hub.name_texts x
    WHERE x.name_id = ANY (changed)
      AND NOT EXISTS (SELECT FROM truth t WHERE t.name_id = x.name_id AND t.title_type = x.title_type)
  )
  INSERT INTO movie_hub.name_texts AS x (name_id, title_type, num_votes, birth_year, key, words)
  SELECT t.* FROM truth t ORDER BY t.num_votes DESC, t.name_id
  ON CONFLICT (name_id, title_type) DO UPDATE SET num_votes = excluded.num_votes, birth_year = excluded.birth_year,
    key = excluded.key, words = excluded.words
  WHERE (x.num_votes, x.birth_year, x.key, x.words) IS DISTINCT FROM
    (excluded.num_votes, excluded.birth_year, excluded.key, excluded.words);
END
$$;
COMMENT ON FUNCTION movie_hub.refresh_name_texts(integer[]) IS
  'Makes the rows of these people in name_texts what names, principals, crew and ratings say. Run by triggers on principals and crew.';

CREATE FUNCTION movie_hub.title_texts_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM movie_hub.refresh_title_texts(ARRAY(SELECT DISTINCT title_id FROM changed_rows));
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION movie_hub.title_texts_changed() IS 'Trigger: keeps title_texts after every change of titles and akas.';

CREATE FUNCTION movie_hub.add_votes(titles integer[], votes integer[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  people integer[];
BEGIN
  PERFORM FROM movie_hub.titles t WHERE t.title_id = ANY (titles) ORDER BY t.title_id FOR NO KEY UPDATE;
  UPDATE movie_hub.title_texts x SET num_votes = c.num_votes
  FROM (
    SELECT i.title_id, COALESCE(r.num_votes, 0) AS num_votes
    FROM unnest(titles) AS i (title_id) LEFT JOIN movie_hub.ratings r ON r.title_id = i.title_id
  ) c
  WHERE x.title_id = c.title_id AND x.num_votes <> c.num_votes;

  people := ARRAY(
    SELECT p.name_id FROM movie_hub.principals p WHERE p.title_id = ANY (titles)
    UNION
    SELECT w.name_id FROM movie_hub.crew w WHERE w.title_id = ANY (titles)
  );
  PERFORM FROM movie_hub.names n WHERE n.name_id = ANY (people) ORDER BY n.name_id FOR NO KEY UPDATE;
  UPDATE movie_hub.name_texts x SET num_votes = x.num_votes + c.votes
  FROM (
    SELECT s.name_id, s.title_type, sum(d.votes) AS votes
    FROM unnest(titles, votes) AS d (title_id, votes)
    -- Title by title: nobody's other credits are read.
    CROSS JOIN LATERAL (
      SELECT p.name_id, p.title_type FROM movie_hub.principals p WHERE p.title_id = d.title_id
      UNION
      SELECT w.name_id, w.title_type FROM movie_hub.crew w WHERE w.title_id = d.title_id
    ) s
    GROUP BY s.name_id, s.title_type
  ) c
  WHERE x.name_id = c.name_id AND x.title_type = c.title_type AND c.votes <> 0;
END
$$;
COMMENT ON FUNCTION movie_hub.add_votes(integer[], integer[]) IS
  'Tells title_texts and name_texts that these titles have so many votes more. Run by triggers on ratings.';

CREATE FUNCTION movie_hub.votes_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  titles integer[];
  votes integer[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(n.title_id), array_agg(n.num_votes) INTO titles, votes FROM new_rows n;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(o.title_id), array_agg(-o.num_votes) INTO titles, votes FROM old_rows o;
  ELSE
    SELECT array_agg(c.title_id), array_agg(c.votes) INTO titles, votes
    FROM (
      SELECT b.title_id, sum(b.votes)::integer AS votes
      FROM (SELECT n.title_id, n.num_votes AS votes FROM new_rows n UNION ALL SELECT o.title_id, -o.num_votes FROM old_rows o) b
      GROUP BY b.title_id
      HAVING sum(b.votes) <> 0
    ) c;
  END IF;
  IF titles IS NOT NULL THEN
    PERFORM movie_hub.add_votes(titles, votes);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION movie_hub.votes_changed() IS 'Trigger: keeps the votes in title_texts and name_texts after every change of ratings.';

CREATE FUNCTION movie_hub.name_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE movie_hub.name_texts SET birth_year = COALESCE(NEW.birth_year, 0), key = replace(NEW.key_text, ' ', ''),
    words = strip(NEW.search)
  WHERE name_id = NEW.name_id;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION movie_hub.name_changed() IS 'Trigger: keeps names and years of birth in name_texts after every change of names.';

CREATE OR REPLACE FUNCTION movie_hub.credits_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  people integer[] := ARRAY(SELECT DISTINCT name_id FROM changed_rows);
BEGIN
  PERFORM movie_hub.refresh_name_types(people);
  PERFORM movie_hub.refresh_name_texts(people);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION movie_hub.credits_changed() IS
  'Trigger: keeps names.title_types and name_texts after every change of principals and crew, also those that follow a title''s change of type.';

-- What is there already, and then its indexes. The types and the year stand in each, so that rows of others are not visited.
SELECT movie_hub.refresh_title_texts(ARRAY(SELECT title_id FROM movie_hub.titles));
SELECT movie_hub.refresh_name_texts(ARRAY(SELECT name_id FROM movie_hub.names));

CREATE INDEX title_texts_exact ON movie_hub.title_texts (key, title_type, num_votes DESC, title_id);
CREATE INDEX name_texts_exact ON movie_hub.name_texts (key, title_type);
DO $$
DECLARE
  title_floors bigint[] := '{100000, 10000, 1000, 100, 1, 0}';
  name_floors bigint[] := '{1000000, 100000, 10000, 1000, 1, 0}';
BEGIN
  FOR i IN 1..6 LOOP
    EXECUTE format('CREATE INDEX title_texts_words_%s ON movie_hub.title_texts
      USING gin ((ARRAY[title_type]), (ARRAY[start_year]), words) WHERE num_votes BETWEEN %s AND %s',
      title_floors[i], title_floors[i], COALESCE(title_floors[i - 1] - 1, 2147483647));
    EXECUTE format('CREATE INDEX name_texts_words_%s ON movie_hub.name_texts
      USING gin ((ARRAY[title_type]), (ARRAY[birth_year]), words) WHERE num_votes BETWEEN %s AND %s',
      name_floors[i], name_floors[i], COALESCE(name_floors[i - 1] - 1, 9223372036854775807));
  END LOOP;
END
$$;
DROP INDEX movie_hub.akas_search;
ANALYZE movie_hub.title_texts;
ANALYZE movie_hub.name_texts;

DO $$
DECLARE
  source text;
BEGIN
  FOREACH source IN ARRAY ARRAY['titles', 'akas'] LOOP
    EXECUTE format('CREATE TRIGGER %1$s_texts_in AFTER INSERT ON movie_hub.%1$s
      REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.title_texts_changed()', source);
    EXECUTE format('CREATE TRIGGER %1$s_texts_out AFTER DELETE ON movie_hub.%1$s
      REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.title_texts_changed()', source);
    EXECUTE format('CREATE TRIGGER %1$s_texts_from AFTER UPDATE ON movie_hub.%1$s
      REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.title_texts_changed()', source);
    EXECUTE format('CREATE TRIGGER %1$s_texts_to AFTER UPDATE ON movie_hub.%1$s
      REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.title_texts_changed()', source);
  END LOOP;
END
$$;
CREATE TRIGGER ratings_votes_in AFTER INSERT ON movie_hub.ratings
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.votes_changed();
CREATE TRIGGER ratings_votes_out AFTER DELETE ON movie_hub.ratings
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.votes_changed();
CREATE TRIGGER ratings_votes_to AFTER UPDATE ON movie_hub.ratings
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.votes_changed();
CREATE TRIGGER names_changed AFTER UPDATE OF primary_name, birth_year ON movie_hub.names
  FOR EACH ROW WHEN (OLD.primary_name IS DISTINCT FROM NEW.primary_name OR OLD.birth_year IS DISTINCT FROM NEW.birth_year)
  EXECUTE FUNCTION movie_hub.name_changed();

CREATE FUNCTION movie_hub.popular_texts(asked tsquery, asked_year integer, entitled integer[], most integer)
RETURNS TABLE (title_id integer, num_votes integer, start_year integer)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  lowest integer;
  highest integer := 2147483647;
  wanted integer := most;
  told integer;
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
    GET DIAGNOSTICS told = ROW_COUNT;
    wanted := wanted - told;
    highest := lowest - 1;
  END LOOP;
END
$$;
COMMENT ON FUNCTION movie_hub.popular_texts(tsquery, integer, integer[], integer) IS
  'The titles of these types, and of this year if any, with the most votes among those that hold these words. For search_titles().';

CREATE FUNCTION movie_hub.typed_words(words text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
-- The text of a query holds each word in quotes; what follows the last one belongs to that.
RETURN COALESCE(NULLIF(plainto_tsquery('simple', movie_hub.normalise(words))::text, '') || ':*', '')::tsquery;
COMMENT ON FUNCTION movie_hub.typed_words(text) IS
  'A full-text query for all these words, the last of which may be the beginning of one: "the godf" gives ''the'' & ''godf'':*.';

CREATE FUNCTION movie_hub.search_titles(words text, most integer, is_typing boolean)
RETURNS TABLE (title_id integer, place integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET max_parallel_workers_per_gather = 0
SET enable_seqscan = off
SET jit = off AS $$
DECLARE
  entitled integer[] := movie_hub.entitled_types();
  wanted integer := least(greatest(most, 0), 1000);
  asked_year integer := (movie_hub.split_year(words))[2]::integer;
  -- Without the year, and "Godfather, The" as it is said.
  asked text := regexp_replace(
    (movie_hub.split_year(words))[1], '^(.+),\s*(the|an?|le|la|les|der|das|el|los|las|il)\s*$', '\2 \1', 'i');
  -- The year may be part of a title: Blade Runner 2049.
  whole text := CASE WHEN asked_year IS NULL THEN asked ELSE words END;
  asked_words tsquery := plainto_tsquery('simple', movie_hub.normalise(asked));
  whole_words tsquery := CASE WHEN is_typing THEN movie_hub.typed_words(whole)
    ELSE plainto_tsquery('simple', movie_hub.normalise(whole)) END;
  asked_key text := replace(movie_hub.search_key(asked), ' ', '');
  whole_key text := replace(movie_hub.search_key(whole), ' ', '');
  asked_plain text := replace(movie_hub.normalise(asked), ' ', '');
  whole_plain text := replace(movie_hub.normalise(whole), ' ', '');
BEGIN
  -- The first so many of each kind are enough: what lies behind them has so many before it in the whole, too.
  RETURN QUERY
  WITH exact AS (
    -- Exact are both Heat and The Heat for "heat"; for "the heat", The Heat is more exact than Heat.
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
      -- Of no words and some words && makes the latter.
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
COMMENT ON FUNCTION movie_hub.search_titles(text, integer, boolean) IS
  'Like search_titles(words, most); if is_typing, the last word may be the beginning of one: "the godf" finds The Godfather. Join the ids to titles.';

CREATE OR REPLACE FUNCTION movie_hub.search_titles(words text, most integer) RETURNS TABLE (title_id integer, place integer)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT s.title_id, s.place FROM movie_hub.search_titles(words, most, false) s;
END;

CREATE OR REPLACE FUNCTION movie_hub.search_names(words text, most integer) RETURNS TABLE (name_id integer, place integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET max_parallel_workers_per_gather = 0
SET enable_seqscan = off
SET jit = off AS $$
DECLARE
  entitled integer[] := ARRAY(SELECT DISTINCT unnest(movie_hub.entitled_types()));
  wanted integer := least(greatest(most, 0), 1000);
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
  -- Known for what the caller may see: the votes of hidden titles must not move anybody up. A person has votes in several
  -- types, in each fewer than the lowest that was asked about: who has that number times the types goes before whoever was
  -- not found yet.
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
  movie_hub.name_changed(), movie_hub.popular_texts(tsquery, integer, integer[], integer), movie_hub.typed_words(text),
  movie_hub.search_titles(text, integer, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION movie_hub.search_titles(text, integer, boolean) TO movie_hub_reader;

RESET ROLE;
