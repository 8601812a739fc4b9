-- Titles and their child tables. Every child row has title_type, maintained by its foreign key, so that each policy is one
-- flat comparison: a policy that looked up the title would run a subplan for every row.
SET ROLE movie_hub_owner;

CREATE TABLE movie_hub.title_types (
  title_type_id integer PRIMARY KEY,
  name text NOT NULL UNIQUE,
  label text NOT NULL
);
COMMENT ON TABLE movie_hub.title_types IS 'The kinds of titles, and the unit of entitlement: readers see the types granted to them.';
COMMENT ON COLUMN movie_hub.title_types.title_type_id IS 'Number used by titles.title_type and by entitlements: 1 is movie, 5 is TV movie. Never NULL.';
COMMENT ON COLUMN movie_hub.title_types.name IS 'IMDb''s name, as in title.basics.tsv: movie, tvMovie, tvEpisode. Never NULL.';
COMMENT ON COLUMN movie_hub.title_types.label IS 'Display name: Movie, TV movie, TV episode. Never NULL.';
INSERT INTO movie_hub.title_types (title_type_id, name, label) VALUES
  (1, 'movie', 'Movie'), (2, 'short', 'Short'), (3, 'tvSeries', 'TV series'), (4, 'tvEpisode', 'TV episode'),
  (5, 'tvMovie', 'TV movie'), (6, 'tvMiniSeries', 'TV mini series'), (7, 'tvSpecial', 'TV special'),
  (8, 'tvShort', 'TV short'), (9, 'video', 'Video'), (10, 'videoGame', 'Video game'), (11, 'tvPilot', 'TV pilot');
ALTER TABLE movie_hub.title_types ENABLE ROW LEVEL SECURITY;
CREATE POLICY title_types_reader ON movie_hub.title_types FOR SELECT TO movie_hub_reader
  USING (title_type_id = ANY ((SELECT movie_hub.entitled_types())::integer[]));
CREATE POLICY title_types_editor ON movie_hub.title_types FOR SELECT TO movie_hub_editor USING (true);
GRANT SELECT ON movie_hub.title_types TO movie_hub_reader, movie_hub_editor;

-- Random, because sequential ids would reveal how many hidden titles or people were created between two visible ones.
CREATE FUNCTION movie_hub.new_id() RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  id integer;
BEGIN
  LOOP
    -- The first eight digits of a random UUID are random. IMDb's numbers stay far below 1,000,000,000.
    id := 1000000000 + ('x' || left(gen_random_uuid()::text, 8))::bit(32)::bigint % 1147483648;
    EXIT WHEN NOT EXISTS (SELECT FROM movie_hub.titles WHERE title_id = id)
      AND NOT EXISTS (SELECT FROM movie_hub.names WHERE name_id = id);
  END LOOP;
  RETURN id;
END
$$;
COMMENT ON FUNCTION movie_hub.new_id() IS
  'Returns a random unused id from 1000000000 up, for a title or a person created here. It reveals nothing about others.';
REVOKE ALL ON FUNCTION movie_hub.new_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION movie_hub.new_id() TO movie_hub_editor;

CREATE TABLE movie_hub.titles (
  title_id integer PRIMARY KEY DEFAULT movie_hub.new_id(),
  title_type integer NOT NULL REFERENCES movie_hub.title_types (title_type_id),
  primary_title text NOT NULL CHECK (primary_title <> ''),
  original_title text NOT NULL CHECK (original_title <> ''),
  is_adult boolean NOT NULL DEFAULT false,
  start_year integer,
  end_year integer,
  runtime_minutes integer,
  created_at timestamptz,
  search tsvector NOT NULL GENERATED ALWAYS AS (
    to_tsvector('simple', movie_hub.normalise(primary_title) || ' ' || movie_hub.normalise(original_title))
  ) STORED,
  primary_key_text text NOT NULL GENERATED ALWAYS AS (movie_hub.search_key(primary_title)) STORED,
  original_key_text text NOT NULL GENERATED ALWAYS AS (movie_hub.search_key(original_title)) STORED,
  UNIQUE (title_id, title_type)
);
-- Each of these indexes includes the type, so that a search does not visit hidden rows: their number would show in its
-- duration. Exact matches ignore spaces: "walle" is WALL·E.
CREATE INDEX titles_search ON movie_hub.titles USING gin ((ARRAY[title_type]), search);
CREATE INDEX titles_primary_exact ON movie_hub.titles (replace(primary_key_text, ' ', ''), title_type);
CREATE INDEX titles_original_exact ON movie_hub.titles (replace(original_key_text, ' ', ''), title_type)
  WHERE original_key_text <> primary_key_text;
CREATE INDEX titles_title_type ON movie_hub.titles (title_type, title_id);
CREATE INDEX titles_created_at ON movie_hub.titles (created_at, title_id) WHERE created_at IS NOT NULL;
COMMENT ON TABLE movie_hub.titles IS 'One row for each film, series, episode, short, game or other title.';
COMMENT ON COLUMN movie_hub.titles.title_id IS 'Number of the title: IMDb''s tconst without "tt"; from 1000000000 on, and random, for titles created here. Never NULL.';
COMMENT ON COLUMN movie_hub.titles.title_type IS 'Kind of title, see title_types; decides who may see the row. Never NULL.';
COMMENT ON COLUMN movie_hub.titles.primary_title IS 'The more popular title, used on posters. Never NULL or empty. To search by user input use search_titles().';
COMMENT ON COLUMN movie_hub.titles.original_title IS 'The title in the original language; the same as primary_title where there is no other. Never NULL.';
COMMENT ON COLUMN movie_hub.titles.is_adult IS 'True for adult titles. Never NULL.';
COMMENT ON COLUMN movie_hub.titles.start_year IS 'Year of release, of first broadcast for series (YYYY). NULL: not known or not yet released.';
COMMENT ON COLUMN movie_hub.titles.end_year IS 'Only for series: the year of the last broadcast (YYYY). NULL: still running, not known, or not a series.';
COMMENT ON COLUMN movie_hub.titles.runtime_minutes IS 'Length in minutes. NULL: not known.';
COMMENT ON COLUMN movie_hub.titles.created_at IS 'When the title was created in the hub. NULL: loaded.';
COMMENT ON COLUMN movie_hub.titles.search IS 'Words of both titles, normalised, without stemming or stop words. Query with: search @@ plainto_tsquery(''simple'', movie_hub.normalise(''words'')). Under row-level security its index is not used: use search_titles(). Never NULL.';
COMMENT ON COLUMN movie_hub.titles.primary_key_text IS 'search_key(primary_title), for exact matches. Never NULL.';
COMMENT ON COLUMN movie_hub.titles.original_key_text IS 'search_key(original_title), for exact matches. Never NULL.';
ALTER TABLE movie_hub.titles ENABLE ROW LEVEL SECURITY;
CREATE POLICY titles_reader ON movie_hub.titles FOR SELECT TO movie_hub_reader
  USING (title_type = ANY ((SELECT movie_hub.entitled_types())::integer[]));
CREATE POLICY titles_editor ON movie_hub.titles FOR ALL TO movie_hub_editor USING (true) WITH CHECK (true);
GRANT SELECT ON movie_hub.titles TO movie_hub_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON movie_hub.titles TO movie_hub_editor;

CREATE TABLE movie_hub.genres (
  title_id integer NOT NULL,
  title_type integer NOT NULL,
  genre text NOT NULL CHECK (genre <> ''),
  PRIMARY KEY (title_id, genre),
  FOREIGN KEY (title_id, title_type) REFERENCES movie_hub.titles (title_id, title_type) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX genres_genre ON movie_hub.genres (genre, title_id);
COMMENT ON TABLE movie_hub.genres IS 'Genres of titles: one row for each title and genre, up to three for a title. No row: genre not known.';
COMMENT ON COLUMN movie_hub.genres.title_id IS 'The title. Never NULL.';
COMMENT ON COLUMN movie_hub.genres.title_type IS 'Kind of the title, copied from titles for the policy and updated with it. Never NULL.';
COMMENT ON COLUMN movie_hub.genres.genre IS 'English word with a capital: Drama, Comedy, Sci-Fi. Never NULL.';
ALTER TABLE movie_hub.genres ENABLE ROW LEVEL SECURITY;
CREATE POLICY genres_reader ON movie_hub.genres FOR SELECT TO movie_hub_reader
  USING (title_type = ANY ((SELECT movie_hub.entitled_types())::integer[]));
CREATE POLICY genres_editor ON movie_hub.genres FOR ALL TO movie_hub_editor USING (true) WITH CHECK (true);
GRANT SELECT ON movie_hub.genres TO movie_hub_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON movie_hub.genres TO movie_hub_editor;

CREATE TABLE movie_hub.ratings (
  title_id integer PRIMARY KEY,
  title_type integer NOT NULL,
  average_rating numeric(3, 1) NOT NULL CHECK (average_rating BETWEEN 0 AND 10),
  num_votes integer NOT NULL CHECK (num_votes >= 0),
  FOREIGN KEY (title_id, title_type) REFERENCES movie_hub.titles (title_id, title_type) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX ratings_num_votes ON movie_hub.ratings (num_votes DESC, title_id);
CREATE INDEX ratings_title_type ON movie_hub.ratings (title_type, num_votes DESC, title_id);
COMMENT ON TABLE movie_hub.ratings IS 'Ratings by IMDb users. No row: no votes. num_votes is the measure of popularity.';
COMMENT ON COLUMN movie_hub.ratings.title_id IS 'The title. Never NULL.';
COMMENT ON COLUMN movie_hub.ratings.title_type IS 'Kind of the title, copied from titles for the policy and updated with it. Never NULL.';
COMMENT ON COLUMN movie_hub.ratings.average_rating IS 'Weighted mean of the votes, 1.0 to 10.0. Never NULL.';
COMMENT ON COLUMN movie_hub.ratings.num_votes IS 'Number of votes. Never NULL.';
ALTER TABLE movie_hub.ratings ENABLE ROW LEVEL SECURITY;
CREATE POLICY ratings_reader ON movie_hub.ratings FOR SELECT TO movie_hub_reader
  USING (title_type = ANY ((SELECT movie_hub.entitled_types())::integer[]));
CREATE POLICY ratings_editor ON movie_hub.ratings FOR ALL TO movie_hub_editor USING (true) WITH CHECK (true);
GRANT SELECT ON movie_hub.ratings TO movie_hub_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON movie_hub.ratings TO movie_hub_editor;

CREATE TABLE movie_hub.akas (
  title_id integer NOT NULL,
  ordering integer NOT NULL,
  title_type integer NOT NULL,
  title text NOT NULL CHECK (title <> ''),
  region text,
  language text,
  types text[] NOT NULL DEFAULT '{}',
  attributes text[] NOT NULL DEFAULT '{}',
  is_original_title boolean NOT NULL DEFAULT false,
  search tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', movie_hub.normalise(title))) STORED,
  key_text text NOT NULL GENERATED ALWAYS AS (movie_hub.search_key(title)) STORED,
  PRIMARY KEY (title_id, ordering),
  FOREIGN KEY (title_id, title_type) REFERENCES movie_hub.titles (title_id, title_type) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX akas_search ON movie_hub.akas USING gin ((ARRAY[title_type]), search);
CREATE INDEX akas_exact ON movie_hub.akas (replace(key_text, ' ', ''), title_type);
COMMENT ON TABLE movie_hub.akas IS 'Other titles by region and language ("also known as"). No row: no other title known.';
COMMENT ON COLUMN movie_hub.akas.title_id IS 'The title. Never NULL.';
COMMENT ON COLUMN movie_hub.akas.ordering IS 'Number of the row within the title. Never NULL.';
COMMENT ON COLUMN movie_hub.akas.title_type IS 'Kind of the title, copied from titles for the policy and updated with it. Never NULL.';
COMMENT ON COLUMN movie_hub.akas.title IS 'The title as used there. Never NULL or empty.';
COMMENT ON COLUMN movie_hub.akas.region IS 'Region code, mostly ISO 3166-1 (DE, US), also XWW for worldwide. NULL: no region.';
COMMENT ON COLUMN movie_hub.akas.language IS 'Language code, mostly ISO 639-1 (de). NULL: not given.';
COMMENT ON COLUMN movie_hub.akas.types IS 'Kinds of other title: alternative, dvd, festival, tv, video, working, original, imdbDisplay. Empty: not given. Never NULL.';
COMMENT ON COLUMN movie_hub.akas.attributes IS 'Free remarks, such as "short title". Empty: none. Never NULL.';
COMMENT ON COLUMN movie_hub.akas.is_original_title IS 'True for the original title. Never NULL.';
COMMENT ON COLUMN movie_hub.akas.search IS 'Words of the title, normalised; see titles.search. Never NULL.';
COMMENT ON COLUMN movie_hub.akas.key_text IS 'search_key(title), for exact matches. Never NULL.';
ALTER TABLE movie_hub.akas ENABLE ROW LEVEL SECURITY;
CREATE POLICY akas_reader ON movie_hub.akas FOR SELECT TO movie_hub_reader
  USING (title_type = ANY ((SELECT movie_hub.entitled_types())::integer[]));
CREATE POLICY akas_editor ON movie_hub.akas FOR ALL TO movie_hub_editor USING (true) WITH CHECK (true);
GRANT SELECT ON movie_hub.akas TO movie_hub_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON movie_hub.akas TO movie_hub_editor;

CREATE TABLE movie_hub.episodes (
  title_id integer PRIMARY KEY,
  title_type integer NOT NULL,
  parent_title_id integer NOT NULL,
  parent_title_type integer NOT NULL,
  season_number integer,
  episode_number integer,
  FOREIGN KEY (title_id, title_type) REFERENCES movie_hub.titles (title_id, title_type) ON UPDATE CASCADE ON DELETE CASCADE,
  FOREIGN KEY (parent_title_id, parent_title_type) REFERENCES movie_hub.titles (title_id, title_type) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX episodes_parent ON movie_hub.episodes (parent_title_id, season_number, episode_number);
COMMENT ON TABLE movie_hub.episodes IS 'Which series an episode belongs to. Visible only to readers who may see both the episode and the series.';
COMMENT ON COLUMN movie_hub.episodes.title_id IS 'The episode. Never NULL.';
COMMENT ON COLUMN movie_hub.episodes.title_type IS 'Kind of the episode''s title, copied for the policy and updated with it. Never NULL.';
COMMENT ON COLUMN movie_hub.episodes.parent_title_id IS 'The series. Never NULL.';
COMMENT ON COLUMN movie_hub.episodes.parent_title_type IS 'Kind of the series'' title, copied for the policy and updated with it. Never NULL.';
COMMENT ON COLUMN movie_hub.episodes.season_number IS 'Season, from 1; 0 for specials. NULL: not known.';
COMMENT ON COLUMN movie_hub.episodes.episode_number IS 'Number within the season. NULL: not known.';
ALTER TABLE movie_hub.episodes ENABLE ROW LEVEL SECURITY;
CREATE POLICY episodes_reader ON movie_hub.episodes FOR SELECT TO movie_hub_reader
  USING (
    title_type = ANY ((SELECT movie_hub.entitled_types())::integer[])
    AND parent_title_type = ANY ((SELECT movie_hub.entitled_types())::integer[])
  );
CREATE POLICY episodes_editor ON movie_hub.episodes FOR ALL TO movie_hub_editor USING (true) WITH CHECK (true);
GRANT SELECT ON movie_hub.episodes TO movie_hub_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON movie_hub.episodes TO movie_hub_editor;

RESET ROLE;
