-- A person's roles in order of votes, from an index: the busiest people have too many credits to sort for each request.
SET ROLE movie_hub_owner;

ALTER TABLE movie_hub.principals ADD COLUMN title_votes integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN movie_hub.principals.title_votes IS 'ratings.num_votes of the title, 0 without votes: orders a person''s roles. Maintained by triggers. Never NULL.';

CREATE FUNCTION movie_hub.title_votes_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Check first: an update of no rows would fire this trigger again, without end.
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT title_id FROM changed_rows) c
    JOIN movie_hub.principals p ON p.title_id = c.title_id
    LEFT JOIN movie_hub.ratings r ON r.title_id = c.title_id
    WHERE p.title_votes <> COALESCE(r.num_votes, 0)
  ) THEN
    UPDATE movie_hub.principals p SET title_votes = COALESCE(r.num_votes, 0)
    FROM (SELECT DISTINCT title_id FROM changed_rows) c LEFT JOIN movie_hub.ratings r ON r.title_id = c.title_id
    WHERE p.title_id = c.title_id AND p.title_votes <> COALESCE(r.num_votes, 0);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION movie_hub.title_votes_changed() IS 'Trigger: updates principals.title_votes.';

CREATE FUNCTION movie_hub.credits_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  people integer[] := ARRAY(
    SELECT DISTINCT c.name_id
    FROM (
      (SELECT o.title_id, o.title_type, o.name_id FROM old_rows o EXCEPT SELECT n.title_id, n.title_type, n.name_id FROM new_rows n)
      UNION ALL
      (SELECT n.title_id, n.title_type, n.name_id FROM new_rows n EXCEPT SELECT o.title_id, o.title_type, o.name_id FROM old_rows o)
    ) c
  );
BEGIN
  -- A changed year or number of votes updates all credits of a title, but no person's types.
  IF cardinality(people) > 0 THEN
    PERFORM movie_hub.refresh_name_types(people);
    PERFORM movie_hub.refresh_name_texts(people);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION movie_hub.credits_updated() IS
  'Trigger: does what credits_changed() does, only for people whose title or type of title changed.';
REVOKE ALL ON FUNCTION movie_hub.title_votes_changed(), movie_hub.credits_updated() FROM PUBLIC;

-- Fill the column for existing rows. The other triggers need not run: who is credited in what does not change.
ALTER TABLE movie_hub.principals DISABLE TRIGGER USER;
UPDATE movie_hub.principals p SET title_votes = r.num_votes FROM movie_hub.ratings r WHERE r.title_id = p.title_id AND r.num_votes <> 0;
ALTER TABLE movie_hub.principals ENABLE TRIGGER USER;

CREATE INDEX principals_roles ON movie_hub.principals (name_id, title_type, title_votes DESC, title_id, ordering)
  WHERE category IN ('actor', 'actress', 'self', 'archive_footage');

DO $$
DECLARE
  source text;
BEGIN
  FOREACH source IN ARRAY ARRAY['principals', 'crew'] LOOP
    EXECUTE format('DROP TRIGGER %1$s_updated_from ON movie_hub.%1$s', source);
    EXECUTE format('DROP TRIGGER %1$s_updated_to ON movie_hub.%1$s', source);
    EXECUTE format('CREATE TRIGGER %1$s_updated AFTER UPDATE ON movie_hub.%1$s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.credits_updated()', source);
  END LOOP;
  FOREACH source IN ARRAY ARRAY['principals', 'ratings'] LOOP
    EXECUTE format('CREATE TRIGGER %1$s_votes_of_title_in AFTER INSERT ON movie_hub.%1$s
      REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.title_votes_changed()', source);
    EXECUTE format('CREATE TRIGGER %1$s_votes_of_title_to AFTER UPDATE ON movie_hub.%1$s
      REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.title_votes_changed()', source);
  END LOOP;
END
$$;
CREATE TRIGGER ratings_votes_of_title_out AFTER DELETE ON movie_hub.ratings
  REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.title_votes_changed();
CREATE TRIGGER ratings_votes_of_title_from AFTER UPDATE ON movie_hub.ratings
  REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.title_votes_changed();

RESET ROLE;
