-- Popular titles and people first: narrow rows of searchable texts, with an index for each range of votes. Ranges are
-- searched from the top until there are enough matches. The result is exact, because matches in a lower range rank lower,
-- and a word in a third of all titles costs no more than a rare one. Only the owner reads these rows: the search functions
-- return ids from them, and the policies of titles and names check every row again.
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
COMMENT ON TABLE movie_hub.title_texts IS 'Searchable texts of titles: the primary, original and other titles, without duplicates. For search_titles() only. Maintained by triggers on titles, akas and ratings.';
COMMENT ON COLUMN movie_hub.title_texts.title_id IS 'The title. Never NULL.';
COMMENT ON COLUMN movie_hub.title_texts.text_number IS 'Number of the row within the title, from 1. Never NULL.';
COMMENT ON COLUMN movie_hub.title_texts.title_type IS 'Kind of the title, copied from titles: searches use only rows of entitled types. Never NULL.';
COMMENT ON COLUMN movie_hub.title_texts.num_votes IS 'ratings.num_votes; 0 without votes. Never NULL.';
COMMENT ON COLUMN movie_hub.title_texts.start_year IS 'titles.start_year; 0 when not known. Never NULL.';
COMMENT ON COLUMN movie_hub.title_texts.key IS 'search_key() of the text without spaces, for exact matches. Never NULL.';
COMMENT ON COLUMN movie_hub.title_texts.plain IS 'normalise() of the text without spaces. Includes the article, to distinguish The Heat from Heat. Never NULL.';
COMMENT ON COLUMN movie_hub.title_texts.words IS 'Words of the text; for the primary title also those of the original title. NULL: the first row of the title has them all.';
-- No role is granted access; the policy applies if one ever is.
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
COMMENT ON TABLE movie_hub.name_texts IS 'Searchable names of people: one row for each type of title that credits the person, with the votes of those titles. For search_names() only. Maintained by triggers on names, principals, crew and ratings.';
COMMENT ON COLUMN movie_hub.name_texts.name_id IS 'The person. Never NULL.';
COMMENT ON COLUMN movie_hub.name_texts.title_type IS 'A type of title that credits the person: searches use only rows of entitled types. Never NULL.';
COMMENT ON COLUMN movie_hub.name_texts.num_votes IS 'Total votes of the titles of this type that credit the person. Never NULL.';
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
  -- Lock first and read in a later statement, so that the second of two transactions that change a title sees the first's change.
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
  computed AS MATERIALIZED (
    SELECT k.title_id,
      row_number() OVER (PARTITION BY k.title_id ORDER BY d.source, d.key, d.plain, d.words)::integer AS text_number,
      k.title_type, k.num_votes, k.start_year, d.key, d.plain, d.words
    FROM different d JOIN known k ON k.title_id = d.title_id
    WHERE d.words IS NOT NULL OR d.of_key = 1
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
COMMENT ON FUNCTION movie_hub.refresh_title_texts(integer[]) IS
  'Recomputes the rows of these titles in title_texts from titles, akas and ratings. Called by triggers on titles and akas.';

CREATE FUNCTION movie_hub.refresh_name_texts(changed integer[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
  PERFORM FROM movie_hub.names n WHERE n.name_id = ANY (changed) ORDER BY n.name_id FOR NO KEY UPDATE;
  WITH computed AS MATERIALIZED (
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
  deleted AS (
    DELETE FROM movie_hub.name_texts x
    WHERE x.name_id = ANY (changed)
      AND NOT EXISTS (SELECT FROM computed t WHERE t.name_id = x.name_id AND t.title_type = x.title_type)
  )
  INSERT INTO movie_hub.name_texts AS x (name_id, title_type, num_votes, birth_year, key, words)
  SELECT t.* FROM computed t ORDER BY t.num_votes DESC, t.name_id
  ON CONFLICT (name_id, title_type) DO UPDATE SET num_votes = excluded.num_votes, birth_year = excluded.birth_year,
    key = excluded.key, words = excluded.words
  WHERE (x.num_votes, x.birth_year, x.key, x.words) IS DISTINCT FROM
    (excluded.num_votes, excluded.birth_year, excluded.key, excluded.words);
END
$$;
COMMENT ON FUNCTION movie_hub.refresh_name_texts(integer[]) IS
  'Recomputes the rows of these people in name_texts from names, principals, crew and ratings. Called by triggers on principals and crew.';

CREATE FUNCTION movie_hub.title_texts_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM movie_hub.refresh_title_texts(ARRAY(SELECT DISTINCT title_id FROM changed_rows));
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION movie_hub.title_texts_changed() IS 'Trigger: updates title_texts after every change of titles and akas.';

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
    -- Title by title, so that a person's other credits are not read.
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
  'Adds votes of these titles to title_texts and name_texts. Called by triggers on ratings.';

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
COMMENT ON FUNCTION movie_hub.votes_changed() IS 'Trigger: updates the votes in title_texts and name_texts after every change of ratings.';

CREATE FUNCTION movie_hub.name_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE movie_hub.name_texts SET birth_year = COALESCE(NEW.birth_year, 0), key = replace(NEW.key_text, ' ', ''),
    words = strip(NEW.search)
  WHERE name_id = NEW.name_id;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION movie_hub.name_changed() IS 'Trigger: updates names and years of birth in name_texts after every change of names.';

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
  'Trigger: updates names.title_types and name_texts after every change of principals and crew, including changes cascaded from a title''s type.';

-- Fill the tables first, then create the indexes. Each includes the type and the year, so that other rows are not visited.
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

RESET ROLE;
