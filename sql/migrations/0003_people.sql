-- People and their credits. A person is visible when at least one visible title credits them: names.title_types holds the
-- types of those titles, maintained by triggers that run as the owner, so the policy on names is flat too.
SET ROLE movie_hub_owner;

CREATE TABLE movie_hub.names (
  name_id integer PRIMARY KEY DEFAULT movie_hub.new_id(),
  primary_name text NOT NULL CHECK (primary_name <> ''),
  birth_year integer,
  death_year integer,
  professions text[] NOT NULL DEFAULT '{}',
  created_at timestamptz,
  title_types integer[] NOT NULL DEFAULT '{}',
  search tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', movie_hub.normalise(primary_name))) STORED,
  key_text text NOT NULL GENERATED ALWAYS AS (movie_hub.normalise(primary_name)) STORED
);
-- Includes the types, so that a search does not visit hidden people. Exact matches ignore spaces.
CREATE INDEX names_search ON movie_hub.names USING gin (title_types, search);
CREATE INDEX names_exact ON movie_hub.names (replace(key_text, ' ', ''));
CREATE INDEX names_created_at ON movie_hub.names (created_at, name_id) WHERE created_at IS NOT NULL;
COMMENT ON TABLE movie_hub.names IS 'People: actors, directors, writers and everyone else who is credited. Several people may share a name.';
COMMENT ON COLUMN movie_hub.names.name_id IS 'Number of the person: IMDb''s nconst without "nm"; from 1000000000 on, and random, for people created here. Never NULL.';
COMMENT ON COLUMN movie_hub.names.primary_name IS 'The name most often credited. Never NULL or empty. To search by user input use search_names().';
COMMENT ON COLUMN movie_hub.names.birth_year IS 'Year of birth (YYYY). NULL: not known.';
COMMENT ON COLUMN movie_hub.names.death_year IS 'Year of death (YYYY). NULL: alive or not known.';
COMMENT ON COLUMN movie_hub.names.professions IS 'Up to three, most important first: actor, director, writer. Empty: not known. Never NULL.';
COMMENT ON COLUMN movie_hub.names.created_at IS 'When the person was created in the hub. NULL: loaded.';
COMMENT ON COLUMN movie_hub.names.title_types IS 'Types of the titles that credit this person, ascending; decides who may see the row. Maintained by triggers. Empty: no credits, so no reader sees the person. Never NULL.';
COMMENT ON COLUMN movie_hub.names.search IS 'Words of the name, normalised. Query with: search @@ plainto_tsquery(''simple'', movie_hub.normalise(''words'')). Under row-level security its index is not used: use search_names(). Never NULL.';
COMMENT ON COLUMN movie_hub.names.key_text IS 'normalise(primary_name), for exact matches. Never NULL; empty for a name of punctuation only.';
ALTER TABLE movie_hub.names ENABLE ROW LEVEL SECURITY;
CREATE POLICY names_reader ON movie_hub.names FOR SELECT TO movie_hub_reader
  USING (title_types && (SELECT movie_hub.entitled_types())::integer[]);
CREATE POLICY names_editor ON movie_hub.names FOR ALL TO movie_hub_editor USING (true) WITH CHECK (true);
-- title_types also reveals hidden titles, so readers get every column but that.
GRANT SELECT (name_id, primary_name, birth_year, death_year, professions, search, key_text) ON movie_hub.names TO movie_hub_reader;
GRANT SELECT, DELETE, INSERT (name_id, primary_name, birth_year, death_year, professions, created_at),
  UPDATE (primary_name, birth_year, death_year, professions) ON movie_hub.names TO movie_hub_editor;

CREATE TABLE movie_hub.principals (
  title_id integer NOT NULL,
  ordering integer NOT NULL,
  title_type integer NOT NULL,
  name_id integer NOT NULL REFERENCES movie_hub.names (name_id) ON DELETE CASCADE,
  category text NOT NULL CHECK (category <> ''),
  job text,
  characters jsonb CHECK (jsonb_typeof(characters) = 'array'),
  PRIMARY KEY (title_id, ordering),
  FOREIGN KEY (title_id, title_type) REFERENCES movie_hub.titles (title_id, title_type) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX principals_name_id ON movie_hub.principals (name_id, title_id);
COMMENT ON TABLE movie_hub.principals IS 'The main cast and crew of a title: person, category and characters.';
COMMENT ON COLUMN movie_hub.principals.title_id IS 'The title. Never NULL.';
COMMENT ON COLUMN movie_hub.principals.ordering IS 'Billing order, from 1. Never NULL.';
COMMENT ON COLUMN movie_hub.principals.title_type IS 'Kind of the title, copied from titles for the policy and updated with it. Never NULL.';
COMMENT ON COLUMN movie_hub.principals.name_id IS 'The person. Never NULL.';
COMMENT ON COLUMN movie_hub.principals.category IS 'What the person did: actor, actress, self, director, writer, producer, composer and others. Characters are played by actor, actress and self. Never NULL.';
COMMENT ON COLUMN movie_hub.principals.job IS 'The exact job, such as "based on the novel by". NULL: nothing to add.';
COMMENT ON COLUMN movie_hub.principals.characters IS 'JSON array of the characters played, often one, sometimes several: ["Dr. Strangelove", "Group Capt. Lionel Mandrake"]. Expand with jsonb_array_elements_text. NULL: no character, or not known.';
ALTER TABLE movie_hub.principals ENABLE ROW LEVEL SECURITY;
CREATE POLICY principals_reader ON movie_hub.principals FOR SELECT TO movie_hub_reader
  USING (title_type = ANY ((SELECT movie_hub.entitled_types())::integer[]));
CREATE POLICY principals_editor ON movie_hub.principals FOR ALL TO movie_hub_editor USING (true) WITH CHECK (true);
GRANT SELECT ON movie_hub.principals TO movie_hub_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON movie_hub.principals TO movie_hub_editor;

CREATE TABLE movie_hub.crew (
  title_id integer NOT NULL,
  title_type integer NOT NULL,
  role text NOT NULL CHECK (role IN ('director', 'writer')),
  ordering integer NOT NULL,
  name_id integer NOT NULL REFERENCES movie_hub.names (name_id) ON DELETE CASCADE,
  PRIMARY KEY (title_id, role, name_id),
  FOREIGN KEY (title_id, title_type) REFERENCES movie_hub.titles (title_id, title_type) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX crew_name_id ON movie_hub.crew (name_id, title_id);
COMMENT ON TABLE movie_hub.crew IS 'All directors and writers of a title, including those not among its principals.';
COMMENT ON COLUMN movie_hub.crew.title_id IS 'The title. Never NULL.';
COMMENT ON COLUMN movie_hub.crew.title_type IS 'Kind of the title, copied from titles for the policy and updated with it. Never NULL.';
COMMENT ON COLUMN movie_hub.crew.role IS 'director or writer. Never NULL.';
COMMENT ON COLUMN movie_hub.crew.ordering IS 'Order in IMDb''s list, from 1. Never NULL.';
COMMENT ON COLUMN movie_hub.crew.name_id IS 'The person. Never NULL.';
ALTER TABLE movie_hub.crew ENABLE ROW LEVEL SECURITY;
CREATE POLICY crew_reader ON movie_hub.crew FOR SELECT TO movie_hub_reader
  USING (title_type = ANY ((SELECT movie_hub.entitled_types())::integer[]));
CREATE POLICY crew_editor ON movie_hub.crew FOR ALL TO movie_hub_editor USING (true) WITH CHECK (true);
GRANT SELECT ON movie_hub.crew TO movie_hub_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON movie_hub.crew TO movie_hub_editor;

CREATE FUNCTION movie_hub.refresh_name_types(changed integer[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Lock first and read in a later statement, so that two transactions that cast one person do not overwrite each other's type.
  PERFORM FROM movie_hub.names n WHERE n.name_id = ANY (changed) ORDER BY n.name_id FOR NO KEY UPDATE;
  UPDATE movie_hub.names n
  SET title_types = computed.types
  FROM (
    SELECT c.name_id, ARRAY(
      SELECT p.title_type FROM movie_hub.principals p WHERE p.name_id = c.name_id
      UNION
      SELECT w.title_type FROM movie_hub.crew w WHERE w.name_id = c.name_id
      ORDER BY 1
    ) AS types
    FROM unnest(changed) AS c (name_id)
  ) computed
  WHERE n.name_id = computed.name_id AND n.title_types IS DISTINCT FROM computed.types;
END
$$;
COMMENT ON FUNCTION movie_hub.refresh_name_types(integer[]) IS
  'Sets names.title_types of these people to the types of the titles that credit them. Called by triggers on principals and crew.';

CREATE FUNCTION movie_hub.credits_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM movie_hub.refresh_name_types(ARRAY(SELECT DISTINCT name_id FROM changed_rows));
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION movie_hub.credits_changed() IS
  'Trigger: updates names.title_types after every change of principals and crew, including changes cascaded from a title''s type.';

REVOKE ALL ON FUNCTION movie_hub.refresh_name_types(integer[]), movie_hub.credits_changed() FROM PUBLIC;

CREATE TRIGGER principals_inserted AFTER INSERT ON movie_hub.principals
  REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.credits_changed();
CREATE TRIGGER principals_deleted AFTER DELETE ON movie_hub.principals
  REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.credits_changed();
CREATE TRIGGER principals_updated_from AFTER UPDATE ON movie_hub.principals
  REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.credits_changed();
CREATE TRIGGER principals_updated_to AFTER UPDATE ON movie_hub.principals
  REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.credits_changed();
CREATE TRIGGER crew_inserted AFTER INSERT ON movie_hub.crew
  REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.credits_changed();
CREATE TRIGGER crew_deleted AFTER DELETE ON movie_hub.crew
  REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.credits_changed();
CREATE TRIGGER crew_updated_from AFTER UPDATE ON movie_hub.crew
  REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.credits_changed();
CREATE TRIGGER crew_updated_to AFTER UPDATE ON movie_hub.crew
  REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.credits_changed();

RESET ROLE;
