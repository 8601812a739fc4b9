import type { CopyValue } from './copy-rows';
import { characters, type ImdbFields, id, integer, list, rating, required, text, votes } from './imdb-fields';

/** How one of IMDb's files becomes rows of one table. */
export interface ImdbFile {
  /** Name without ending: `title.basics`. */
  readonly name: string;
  /** Columns of the staging table with their types, in the order of the values of `rows`. */
  readonly stage: string;
  /**
   * Returns the rows of a line (a line of `title.crew` has many).
   *
   * @param titleTypes The title types that the database knows.
   * @throws Error with the reason when the line cannot be used; it is counted, and the load goes on.
   */
  readonly rows: (fields: ImdbFields, titleTypes: ReadonlySet<string>) => CopyValue[][];
  /** Columns of the staging table that say which row it is. */
  readonly key: string;
  /** Moves the staged rows into their tables, adding each title's type and leaving out rows that name nothing there is. */
  readonly merge: readonly string[];
}

/** IMDb's seven files in the order in which they can be loaded: titles and people before what refers to them. */
export const imdbFiles: readonly ImdbFile[] = [
  {
    name: 'title.basics',
    key: 'title_id',
    stage: `title_id integer, type_name text, primary_title text, original_title text, is_adult boolean, start_year integer,
      end_year integer, runtime_minutes integer, genres text[]`,
    rows: (f, titleTypes) => {
      const primary = text(f, 'primaryTitle');
      const type = text(f, 'titleType');
      if (!titleTypes.has(type)) throw new Error('titleType is not one that the database knows');
      return [
        [
          id(f, 'tconst', 'tt'),
          type,
          primary,
          f.originalTitle || primary,
          f.isAdult === '1',
          integer(f, 'startYear'),
          integer(f, 'endYear'),
          integer(f, 'runtimeMinutes'),
          list(f, 'genres'),
        ],
      ];
    },
    merge: [
      `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title, is_adult, start_year, end_year, runtime_minutes)
       SELECT s.title_id, y.title_type_id, s.primary_title, s.original_title, s.is_adult, s.start_year, s.end_year, s.runtime_minutes
       FROM stage s JOIN movie_hub.title_types y ON y.name = s.type_name
       ON CONFLICT (title_id) DO UPDATE SET title_type = excluded.title_type, primary_title = excluded.primary_title,
         original_title = excluded.original_title, is_adult = excluded.is_adult, start_year = excluded.start_year,
         end_year = excluded.end_year, runtime_minutes = excluded.runtime_minutes`,
      `INSERT INTO movie_hub.genres (title_id, title_type, genre)
       SELECT t.title_id, t.title_type, g.genre
       FROM stage s JOIN movie_hub.titles t USING (title_id), unnest(s.genres) AS g (genre)
       ON CONFLICT DO NOTHING`,
    ],
  },
  {
    name: 'name.basics',
    key: 'name_id',
    stage: 'name_id integer, primary_name text, birth_year integer, death_year integer, professions text[]',
    rows: (f) => [
      [
        id(f, 'nconst', 'nm'),
        text(f, 'primaryName'),
        integer(f, 'birthYear'),
        integer(f, 'deathYear'),
        list(f, 'primaryProfession'),
      ],
    ],
    merge: [
      `INSERT INTO movie_hub.names (name_id, primary_name, birth_year, death_year, professions)
       SELECT name_id, primary_name, birth_year, death_year, professions FROM stage
       ON CONFLICT (name_id) DO UPDATE SET primary_name = excluded.primary_name, birth_year = excluded.birth_year,
         death_year = excluded.death_year, professions = excluded.professions`,
    ],
  },
  {
    name: 'title.principals',
    key: 'title_id, ordering',
    stage: 'title_id integer, ordering integer, name_id integer, category text, job text, characters jsonb',
    rows: (f) => [
      [
        id(f, 'tconst', 'tt'),
        required(integer(f, 'ordering'), 'ordering'),
        id(f, 'nconst', 'nm'),
        text(f, 'category'),
        f.job ?? null,
        characters(f),
      ],
    ],
    merge: [
      `INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category, job, characters, title_year)
       SELECT s.title_id, s.ordering, t.title_type, s.name_id, s.category, s.job, s.characters, COALESCE(t.start_year, 0)
       FROM stage s JOIN movie_hub.titles t USING (title_id) JOIN movie_hub.names n USING (name_id)
       ON CONFLICT (title_id, ordering) DO UPDATE SET name_id = excluded.name_id, category = excluded.category,
         job = excluded.job, characters = excluded.characters`,
    ],
  },
  {
    name: 'title.ratings',
    key: 'title_id',
    stage: 'title_id integer, average_rating numeric(3, 1), num_votes integer',
    rows: (f) => [[id(f, 'tconst', 'tt'), rating(f), votes(f)]],
    merge: [
      `INSERT INTO movie_hub.ratings (title_id, title_type, average_rating, num_votes)
       SELECT s.title_id, t.title_type, s.average_rating, s.num_votes FROM stage s JOIN movie_hub.titles t USING (title_id)
       ON CONFLICT (title_id) DO UPDATE SET average_rating = excluded.average_rating, num_votes = excluded.num_votes`,
    ],
  },
  {
    name: 'title.akas',
    key: 'title_id, ordering',
    stage: `title_id integer, ordering integer, title text, region text, language text, types text[], attributes text[],
      is_original_title boolean`,
    rows: (f) => [
      [
        id(f, 'titleId', 'tt'),
        required(integer(f, 'ordering'), 'ordering'),
        text(f, 'title'),
        f.region ?? null,
        f.language ?? null,
        // Several types or attributes are joined by a control character in IMDb's files.
        (f.types ?? '').split('\u0002').filter(Boolean),
        (f.attributes ?? '').split('\u0002').filter(Boolean),
        f.isOriginalTitle === '1',
      ],
    ],
    merge: [
      `INSERT INTO movie_hub.akas (title_id, ordering, title_type, title, region, language, types, attributes, is_original_title)
       SELECT s.title_id, s.ordering, t.title_type, s.title, s.region, s.language, s.types, s.attributes, s.is_original_title
       FROM stage s JOIN movie_hub.titles t USING (title_id)
       ON CONFLICT (title_id, ordering) DO UPDATE SET title = excluded.title, region = excluded.region,
         language = excluded.language, types = excluded.types, attributes = excluded.attributes,
         is_original_title = excluded.is_original_title`,
    ],
  },
  {
    name: 'title.episode',
    key: 'title_id',
    stage: 'title_id integer, parent_title_id integer, season_number integer, episode_number integer',
    rows: (f) => [
      [
        id(f, 'tconst', 'tt'),
        id(f, 'parentTconst', 'tt'),
        integer(f, 'seasonNumber'),
        integer(f, 'episodeNumber'),
      ],
    ],
    merge: [
      `INSERT INTO movie_hub.episodes (title_id, title_type, parent_title_id, parent_title_type, season_number, episode_number)
       SELECT s.title_id, t.title_type, s.parent_title_id, p.title_type, s.season_number, s.episode_number
       FROM stage s JOIN movie_hub.titles t USING (title_id) JOIN movie_hub.titles p ON p.title_id = s.parent_title_id
       ON CONFLICT (title_id) DO UPDATE SET parent_title_id = excluded.parent_title_id,
         parent_title_type = excluded.parent_title_type, season_number = excluded.season_number,
         episode_number = excluded.episode_number`,
    ],
  },
  {
    name: 'title.crew',
    key: 'title_id, role, name_id',
    stage: 'title_id integer, role text, ordering integer, name_id integer',
    rows: (f) =>
      (['directors', 'writers'] as const).flatMap((field) =>
        [...new Set(list(f, field))].map((person, i) => [
          id(f, 'tconst', 'tt'),
          field.slice(0, -1),
          i + 1,
          id({ person }, 'person', 'nm'),
        ]),
      ),
    merge: [
      `INSERT INTO movie_hub.crew (title_id, title_type, role, ordering, name_id, title_year)
       SELECT s.title_id, t.title_type, s.role, s.ordering, s.name_id, COALESCE(t.start_year, 0)
       FROM stage s JOIN movie_hub.titles t USING (title_id) JOIN movie_hub.names n USING (name_id)
       ON CONFLICT (title_id, role, name_id) DO UPDATE SET ordering = excluded.ordering`,
    ],
  },
];
