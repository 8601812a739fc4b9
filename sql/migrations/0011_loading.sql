-- For loading IMDb's files: a flag on edited rows, which newer files leave alone, and the progress of a load, from which an
-- interrupted one resumes.
SET ROLE movie_hub_owner;

ALTER TABLE movie_hub.titles ADD COLUMN is_edited boolean NOT NULL DEFAULT false;
ALTER TABLE movie_hub.names ADD COLUMN is_edited boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN movie_hub.titles.is_edited IS 'True once an editor changed the title, its genres, cast, crew or other titles: newer IMDb files then update only its votes. Never NULL.';
COMMENT ON COLUMN movie_hub.names.is_edited IS 'True once an editor changed the person: newer IMDb files then leave the row alone. Never NULL.';

CREATE FUNCTION movie_hub.mark_edited() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.is_edited := true;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION movie_hub.mark_edited() IS 'Trigger: marks a row that an editor writes.';
CREATE TRIGGER titles_edited BEFORE INSERT OR UPDATE ON movie_hub.titles
  FOR EACH ROW WHEN (current_user = 'movie_hub_editor') EXECUTE FUNCTION movie_hub.mark_edited();
CREATE TRIGGER names_edited BEFORE INSERT OR UPDATE ON movie_hub.names
  FOR EACH ROW WHEN (current_user = 'movie_hub_editor') EXECUTE FUNCTION movie_hub.mark_edited();

CREATE FUNCTION movie_hub.mark_titles_edited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE movie_hub.titles t SET is_edited = true
  WHERE t.title_id IN (SELECT c.title_id FROM changed_rows c) AND NOT t.is_edited;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION movie_hub.mark_titles_edited() IS 'Trigger: marks the titles whose genres, cast, crew or other titles an editor writes.';
REVOKE ALL ON FUNCTION movie_hub.mark_edited(), movie_hub.mark_titles_edited() FROM PUBLIC;

DO $$
DECLARE
  source text;
BEGIN
  FOREACH source IN ARRAY ARRAY['genres', 'principals', 'crew', 'akas'] LOOP
    EXECUTE format('CREATE TRIGGER %1$s_edited_in AFTER INSERT ON movie_hub.%1$s REFERENCING NEW TABLE AS changed_rows
      FOR EACH STATEMENT WHEN (current_user = ''movie_hub_editor'') EXECUTE FUNCTION movie_hub.mark_titles_edited()', source);
    EXECUTE format('CREATE TRIGGER %1$s_edited_out AFTER DELETE ON movie_hub.%1$s REFERENCING OLD TABLE AS changed_rows
      FOR EACH STATEMENT WHEN (current_user = ''movie_hub_editor'') EXECUTE FUNCTION movie_hub.mark_titles_edited()', source);
    EXECUTE format('CREATE TRIGGER %1$s_edited_to AFTER UPDATE ON movie_hub.%1$s REFERENCING NEW TABLE AS changed_rows
      FOR EACH STATEMENT WHEN (current_user = ''movie_hub_editor'') EXECUTE FUNCTION movie_hub.mark_titles_edited()', source);
  END LOOP;
END
$$;

-- While a load fills tables without indexes and triggers, nobody else may write to them.
CREATE FUNCTION movie_hub.refuse_during_load() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT pg_has_role(current_user, 'movie_hub_owner', 'MEMBER') THEN
    RAISE EXCEPTION 'a load of IMDb''s files is not finished' USING ERRCODE = '57P03';
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION movie_hub.refuse_during_load() IS 'Trigger: refuses changes by anyone except the loader. It is on the data tables during a load that rebuilds them.';
REVOKE ALL ON FUNCTION movie_hub.refuse_during_load() FROM PUBLIC;

RESET ROLE;

-- A schema of its own: only the loader has access.
CREATE SCHEMA movie_hub_load AUTHORIZATION movie_hub_owner;

SET ROLE movie_hub_owner;

COMMENT ON SCHEMA movie_hub_load IS 'Progress of a running or interrupted load of IMDb files. For the loader only; empty when there is none.';
CREATE TABLE movie_hub_load.loads (
  is_current boolean PRIMARY KEY DEFAULT true CHECK (is_current),
  fingerprint text NOT NULL,
  rebuilds boolean NOT NULL,
  kept_titles integer[],
  kept_names integer[],
  token text NOT NULL,
  rejects_bytes bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE movie_hub_load.loads IS 'The load: its files and filters, whether indexes are created afterwards, and the titles and people that existed before it.';
CREATE TABLE movie_hub_load.files (
  reading integer NOT NULL,
  file text NOT NULL,
  lines bigint NOT NULL,
  rejected bigint NOT NULL,
  incomplete bigint NOT NULL,
  left_out bigint NOT NULL,
  marks bigint NOT NULL,
  first_rejects jsonb NOT NULL,
  is_done boolean NOT NULL,
  PRIMARY KEY (reading, file)
);
COMMENT ON TABLE movie_hub_load.files IS 'Progress of each file, committed with its rows. After a rebuild the files are read again for rows that existed before it.';
CREATE TABLE movie_hub_load.steps (
  step integer PRIMARY KEY,
  phase integer NOT NULL,
  label text NOT NULL,
  statement text NOT NULL
);
CREATE TABLE movie_hub_load.people (
  name_id integer NOT NULL
);
COMMENT ON TABLE movie_hub_load.people IS 'People credited by rows that a rebuild deleted because later lines had the same keys.';
COMMENT ON TABLE movie_hub_load.steps IS 'Remaining statements, such as indexes and constraints.';

RESET ROLE;
