-- Keyset pagination for lists of titles and of a person's credits: narrow rows with the sort keys, and an index for each
-- order. All keys are integers or text and never NULL, so that their comparisons are leakproof.
SET ROLE movie_hub_owner;

CREATE TABLE movie_hub.title_lists (
  title_id integer NOT NULL,
  genre text COLLATE "C" NOT NULL,
  title_type integer NOT NULL,
  sort_title text COLLATE "C" NOT NULL,
  start_year integer NOT NULL,
  num_votes integer NOT NULL,
  rating integer NOT NULL,
  PRIMARY KEY (title_id, genre)
);
-- Each includes the year, so that rows of other years are skipped in the index.
CREATE INDEX title_lists_votes ON movie_hub.title_lists (genre, title_type, num_votes, title_id) INCLUDE (start_year);
CREATE INDEX title_lists_rating ON movie_hub.title_lists (genre, title_type, rating, title_id) INCLUDE (start_year);
CREATE INDEX title_lists_title ON movie_hub.title_lists (genre, title_type, sort_title, title_id) INCLUDE (start_year);
CREATE INDEX title_lists_year ON movie_hub.title_lists (genre, title_type, start_year, title_id) INCLUDE (num_votes, rating);
COMMENT ON TABLE movie_hub.title_lists IS 'Sort keys of titles, for paged lists: one row for each title with the genre '''', and one more for each of its genres. Maintained by triggers on titles, genres and ratings. Use it only to order lists; read the data from those tables.';
COMMENT ON COLUMN movie_hub.title_lists.title_id IS 'The title. Never NULL.';
COMMENT ON COLUMN movie_hub.title_lists.genre IS 'The genre whose list this row belongs to, or '''' for the list of all titles. Never NULL.';
COMMENT ON COLUMN movie_hub.title_lists.title_type IS 'Kind of the title, copied from titles for the policy. Never NULL.';
COMMENT ON COLUMN movie_hub.title_lists.sort_title IS 'The first 60 characters of titles.primary_key_text, compared byte by byte. Never NULL.';
COMMENT ON COLUMN movie_hub.title_lists.start_year IS 'titles.start_year; 0 when not known. Never NULL.';
COMMENT ON COLUMN movie_hub.title_lists.num_votes IS 'ratings.num_votes; -1 without votes. Never NULL.';
COMMENT ON COLUMN movie_hub.title_lists.rating IS 'Average rating in tenths times ten million, plus the number of votes (at most 9999999), so that equal ratings sort by votes; -1 without votes. Never NULL.';
ALTER TABLE movie_hub.title_lists ENABLE ROW LEVEL SECURITY;
CREATE POLICY title_lists_reader ON movie_hub.title_lists FOR SELECT TO movie_hub_reader
  USING (title_type = ANY ((SELECT movie_hub.entitled_types())::integer[]));
GRANT SELECT ON movie_hub.title_lists TO movie_hub_reader;

CREATE FUNCTION movie_hub.refresh_title_lists(changed integer[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
  -- Lock first and read in later statements, so that the second of two transactions that change a title sees the first's change.
  PERFORM FROM movie_hub.titles t WHERE t.title_id = ANY (changed) ORDER BY t.title_id FOR NO KEY UPDATE;
  DELETE FROM movie_hub.title_lists l
  WHERE l.title_id = ANY (changed) AND NOT EXISTS (
    SELECT FROM movie_hub.titles t
    WHERE t.title_id = l.title_id
      AND (l.genre = '' OR EXISTS (SELECT FROM movie_hub.genres g WHERE g.title_id = l.title_id AND g.genre = l.genre))
  );
  INSERT INTO movie_hub.title_lists AS l (title_id, genre, title_type, sort_title, start_year, num_votes, rating)
  SELECT t.title_id, g.genre, t.title_type, left(t.primary_key_text, 60), COALESCE(t.start_year, 0),
    COALESCE(r.num_votes, -1), COALESCE((r.average_rating * 100000000)::integer + least(r.num_votes, 9999999), -1)
  FROM movie_hub.titles t
  LEFT JOIN movie_hub.ratings r ON r.title_id = t.title_id
  CROSS JOIN LATERAL (SELECT '' UNION ALL SELECT o.genre FROM movie_hub.genres o WHERE o.title_id = t.title_id) AS g (genre)
  WHERE t.title_id = ANY (changed)
  ON CONFLICT (title_id, genre) DO UPDATE SET title_type = excluded.title_type, sort_title = excluded.sort_title,
    start_year = excluded.start_year, num_votes = excluded.num_votes, rating = excluded.rating
  WHERE (l.title_type, l.sort_title, l.start_year, l.num_votes, l.rating)
    IS DISTINCT FROM (excluded.title_type, excluded.sort_title, excluded.start_year, excluded.num_votes, excluded.rating);
END
$$;
COMMENT ON FUNCTION movie_hub.refresh_title_lists(integer[]) IS
  'Recomputes the rows of these titles in title_lists from titles, genres and ratings. Called by triggers on those.';

CREATE FUNCTION movie_hub.title_lists_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM movie_hub.refresh_title_lists(ARRAY(SELECT DISTINCT title_id FROM changed_rows));
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION movie_hub.title_lists_changed() IS 'Trigger: updates title_lists after every change of titles, genres and ratings.';

-- The year of the title in every credit, to order a person's credits.
ALTER TABLE movie_hub.principals ADD COLUMN title_year integer NOT NULL DEFAULT 0;
ALTER TABLE movie_hub.crew ADD COLUMN title_year integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN movie_hub.principals.title_year IS 'start_year of the title, 0 when not known: orders a person''s credits. Maintained by triggers. Never NULL.';
COMMENT ON COLUMN movie_hub.crew.title_year IS 'start_year of the title, 0 when not known: orders a person''s credits. Maintained by triggers. Never NULL.';

CREATE FUNCTION movie_hub.title_years_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Check first: an update of no rows would fire this trigger again, without end.
  IF TG_TABLE_NAME <> 'crew' AND EXISTS (
    SELECT FROM (SELECT DISTINCT title_id FROM changed_rows) c
    JOIN movie_hub.titles t ON t.title_id = c.title_id
    JOIN movie_hub.principals p ON p.title_id = c.title_id
    WHERE p.title_year <> COALESCE(t.start_year, 0)
  ) THEN
    UPDATE movie_hub.principals p SET title_year = COALESCE(t.start_year, 0)
    FROM movie_hub.titles t
    WHERE t.title_id = p.title_id AND p.title_id IN (SELECT title_id FROM changed_rows)
      AND p.title_year <> COALESCE(t.start_year, 0);
  END IF;
  IF TG_TABLE_NAME <> 'principals' AND EXISTS (
    SELECT FROM (SELECT DISTINCT title_id FROM changed_rows) c
    JOIN movie_hub.titles t ON t.title_id = c.title_id
    JOIN movie_hub.crew w ON w.title_id = c.title_id
    WHERE w.title_year <> COALESCE(t.start_year, 0)
  ) THEN
    UPDATE movie_hub.crew w SET title_year = COALESCE(t.start_year, 0)
    FROM movie_hub.titles t
    WHERE t.title_id = w.title_id AND w.title_id IN (SELECT title_id FROM changed_rows)
      AND w.title_year <> COALESCE(t.start_year, 0);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION movie_hub.title_years_changed() IS 'Trigger: updates principals.title_year and crew.title_year.';

REVOKE ALL ON FUNCTION movie_hub.refresh_title_lists(integer[]), movie_hub.title_lists_changed(),
  movie_hub.title_years_changed() FROM PUBLIC;

-- Fill the columns for existing rows. The other triggers need not run: who is credited in what does not change.
SELECT movie_hub.refresh_title_lists(ARRAY(SELECT title_id FROM movie_hub.titles));
ALTER TABLE movie_hub.principals DISABLE TRIGGER USER;
ALTER TABLE movie_hub.crew DISABLE TRIGGER USER;
UPDATE movie_hub.principals p SET title_year = t.start_year FROM movie_hub.titles t WHERE t.title_id = p.title_id AND t.start_year <> 0;
UPDATE movie_hub.crew w SET title_year = t.start_year FROM movie_hub.titles t WHERE t.title_id = w.title_id AND t.start_year <> 0;
ALTER TABLE movie_hub.principals ENABLE TRIGGER USER;
ALTER TABLE movie_hub.crew ENABLE TRIGGER USER;

-- Each starts with the columns of the index that it replaces.
CREATE INDEX principals_credits ON movie_hub.principals (name_id, title_type, title_year, title_id);
CREATE INDEX crew_credits ON movie_hub.crew (name_id, title_type, title_year, title_id);
DROP INDEX movie_hub.principals_name_id, movie_hub.crew_name_id;

DO $$
DECLARE
  source text;
BEGIN
  FOREACH source IN ARRAY ARRAY['titles', 'genres', 'ratings'] LOOP
    EXECUTE format('CREATE TRIGGER %1$s_lists_in AFTER INSERT ON movie_hub.%1$s
      REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.title_lists_changed()', source);
    EXECUTE format('CREATE TRIGGER %1$s_lists_out AFTER DELETE ON movie_hub.%1$s
      REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.title_lists_changed()', source);
    EXECUTE format('CREATE TRIGGER %1$s_lists_from AFTER UPDATE ON movie_hub.%1$s
      REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.title_lists_changed()', source);
    EXECUTE format('CREATE TRIGGER %1$s_lists_to AFTER UPDATE ON movie_hub.%1$s
      REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.title_lists_changed()', source);
  END LOOP;
  FOREACH source IN ARRAY ARRAY['titles', 'principals', 'crew'] LOOP
    IF source <> 'titles' THEN
      EXECUTE format('CREATE TRIGGER %1$s_year_in AFTER INSERT ON movie_hub.%1$s
        REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.title_years_changed()', source);
    END IF;
    EXECUTE format('CREATE TRIGGER %1$s_year_to AFTER UPDATE ON movie_hub.%1$s
      REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.title_years_changed()', source);
  END LOOP;
END
$$;

RESET ROLE;
