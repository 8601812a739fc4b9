import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  defineQuery,
  demoDataFolder,
  type LoadedFile,
  loadImdb,
  movieEntitlements,
  openEmbeddedDatabase,
  runQuery,
  withEntitlements,
} from 'movie-hub';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { emptyFolder, imdbFolder } from './imdb-folder';

const files = [
  'title.basics',
  'name.basics',
  'title.principals',
  'title.ratings',
  'title.akas',
  'title.episode',
  'title.crew',
] as const;

describe.each(databaseKinds)('loadImdb on %s', (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase(kind);
  });
  beforeEach(async () => {
    await database.admin.query('DELETE FROM movie_hub.titles');
    await database.admin.query('DELETE FROM movie_hub.names');
  });
  afterAll(() => database.close());

  const load = (folder: string) => loadImdb(database.admin, folder);
  const rowsOf = async (sql: string): Promise<unknown[]> => (await database.admin.query(sql)).rows;
  const titles = async () =>
    (await rowsOf('SELECT primary_title FROM movie_hub.titles ORDER BY title_id')).map(
      (row) => (row as { primary_title: string }).primary_title,
    );
  const counts = () =>
    rowsOf(
      `SELECT ${['titles', 'genres', 'names', 'principals', 'ratings', 'akas', 'episodes', 'crew']
        .map((table) => `(SELECT count(*)::int FROM movie_hub.${table}) AS ${table}`)
        .join(', ')}`,
    );

  test('every column of every file arrives', async () => {
    const folder = imdbFolder({
      'title.basics': [
        'tt0000001 | tvSeries | Primary | Original | 0 | 1990 | 1999 | 45 | Drama,Comedy',
        'tt0000002 | tvEpisode | Part | Part | 1 | \\N | \\N | \\N | \\N',
      ],
      'name.basics': [
        'nm0000001 | Ann | 1950 | 2020 | actress,writer | tt0000001',
        'nm0000002 | Bob | \\N | \\N | \\N | \\N',
      ],
      'title.principals': [
        'tt0000001 | 1 | nm0000001 | actress | \\N | ["One","Two"]',
        'tt0000001 | 2 | nm0000002 | writer | based on a dream | \\N',
      ],
      'title.ratings': ['tt0000001 | 8.7 | 1234567'],
      'title.akas': [
        'tt0000001 | 1 | Anderswo | DE | de | imdbDisplay\u0002tv | short title\u0002new | 0',
        'tt0000001 | 2 | Primary | \\N | \\N | original | \\N | 1',
      ],
      'title.episode': ['tt0000002 | tt0000001 | 2 | \\N'],
      'title.crew': ['tt0000001 | nm0000002,nm0000001 | nm0000001', 'tt0000002 | \\N | \\N'],
    });
    const loaded = await load(folder);
    expect(loaded.map(({ file, lines, rejected }) => [file, lines, rejected])).toEqual([
      ['title.basics', 2, 0],
      ['name.basics', 2, 0],
      ['title.principals', 2, 0],
      ['title.ratings', 1, 0],
      ['title.akas', 2, 0],
      ['title.episode', 1, 0],
      ['title.crew', 2, 0],
    ]);
    expect(
      await rowsOf(
        `SELECT title_id, title_type, primary_title, original_title, is_adult, start_year, end_year, runtime_minutes,
           ARRAY(SELECT genre FROM movie_hub.genres g WHERE g.title_id = t.title_id AND g.title_type = t.title_type ORDER BY 1) AS genres
         FROM movie_hub.titles t ORDER BY 1`,
      ),
    ).toEqual([
      {
        title_id: 1,
        title_type: 3,
        primary_title: 'Primary',
        original_title: 'Original',
        is_adult: false,
        start_year: 1990,
        end_year: 1999,
        runtime_minutes: 45,
        genres: ['Comedy', 'Drama'],
      },
      {
        title_id: 2,
        title_type: 4,
        primary_title: 'Part',
        original_title: 'Part',
        is_adult: true,
        start_year: null,
        end_year: null,
        runtime_minutes: null,
        genres: [],
      },
    ]);
    expect(
      await rowsOf(
        'SELECT name_id, primary_name, birth_year, death_year, professions, title_types FROM movie_hub.names ORDER BY 1',
      ),
    ).toEqual([
      {
        name_id: 1,
        primary_name: 'Ann',
        birth_year: 1950,
        death_year: 2020,
        professions: ['actress', 'writer'],
        title_types: [3],
      },
      {
        name_id: 2,
        primary_name: 'Bob',
        birth_year: null,
        death_year: null,
        professions: [],
        title_types: [3],
      },
    ]);
    expect(await rowsOf('SELECT * FROM movie_hub.principals ORDER BY ordering')).toEqual([
      {
        title_id: 1,
        ordering: 1,
        title_type: 3,
        name_id: 1,
        category: 'actress',
        job: null,
        characters: ['One', 'Two'],
      },
      {
        title_id: 1,
        ordering: 2,
        title_type: 3,
        name_id: 2,
        category: 'writer',
        job: 'based on a dream',
        characters: null,
      },
    ]);
    expect(await rowsOf('SELECT * FROM movie_hub.ratings')).toEqual([
      { title_id: 1, title_type: 3, average_rating: '8.7', num_votes: 1_234_567 },
    ]);
    expect(
      await rowsOf(
        'SELECT ordering, title_type, title, region, language, types, attributes, is_original_title FROM movie_hub.akas ORDER BY 1',
      ),
    ).toEqual([
      {
        ordering: 1,
        title_type: 3,
        title: 'Anderswo',
        region: 'DE',
        language: 'de',
        types: ['imdbDisplay', 'tv'],
        attributes: ['short title', 'new'],
        is_original_title: false,
      },
      {
        ordering: 2,
        title_type: 3,
        title: 'Primary',
        region: null,
        language: null,
        types: ['original'],
        attributes: [],
        is_original_title: true,
      },
    ]);
    expect(await rowsOf('SELECT * FROM movie_hub.episodes')).toEqual([
      {
        title_id: 2,
        title_type: 4,
        parent_title_id: 1,
        parent_title_type: 3,
        season_number: 2,
        episode_number: null,
      },
    ]);
    expect(
      await rowsOf('SELECT role, ordering, name_id, title_type FROM movie_hub.crew ORDER BY 1, 2'),
    ).toEqual([
      { role: 'director', ordering: 1, name_id: 2, title_type: 3 },
      { role: 'director', ordering: 2, name_id: 1, title_type: 3 },
      { role: 'writer', ordering: 1, name_id: 1, title_type: 3 },
    ]);
  });

  test.each<[what: string, title: string]>([
    ['quotes', `"Quoted" 'single' \`back\``],
    ['an opening quote alone', '"Heroes'],
    ['backslashes', 'C:\\new\\table\\'],
    ['what looks like null', '\\N in the middle'],
    ['the end mark of COPY', '\\.'],
    ['other languages and emoji', 'Amélie 千と千尋 Ёлки 🎬'],
    ['a combining accent', 'Ame\u0301lie'],
    ['line separators that are no line ends', 'a\u2028b\u2029c\u0085d\u000be'],
    ['spaces around it', '  spaced  '],
    ['braces and commas', '{1,"x",NULL}'],
    ['SQL', `'); DROP TABLE movie_hub.titles; --`],
    ['markup', '<b>&amp;</b>'],
    ['the word NULL', 'NULL'],
  ])('a field with %s is kept as it is', async (_, value) => {
    const folder = imdbFolder({
      'title.basics': [
        `tt0000001 | movie | ${value} | ${value} | 0 | 2000 | \\N | \\N | ${value.replaceAll(',', ';')}`,
      ],
      'name.basics': [`nm0000001 | ${value} | \\N | \\N | ${value.replaceAll(',', ';')} | \\N`],
      'title.principals': [
        `tt0000001 | 1 | nm0000001 | actor | ${value} | ${JSON.stringify([value, value])}`,
      ],
      'title.akas': [`tt0000001 | 1 | ${value} | \\N | \\N | ${value} | ${value} | 0`],
    });
    expect((await load(folder)).map((file) => file.rejects)).toEqual([[], [], [], []]);
    const list = [value.replaceAll(',', ';')];
    expect(
      await rowsOf(
        `SELECT primary_title, original_title, genre, primary_name, professions, job, characters, title, types, attributes
         FROM movie_hub.titles JOIN movie_hub.genres USING (title_id) JOIN movie_hub.principals USING (title_id)
           JOIN movie_hub.names USING (name_id) JOIN movie_hub.akas USING (title_id)`,
      ),
    ).toEqual([
      {
        primary_title: value,
        original_title: value,
        genre: list[0],
        primary_name: value,
        professions: list,
        job: value,
        characters: [value, value],
        title: value,
        types: [value],
        attributes: [value],
      },
    ]);
  });

  const title = (id: number, name = `Title ${id}`) =>
    `tt000000${id} | movie | ${name} | ${name} | 0 | 2000 | \\N | 90 | Drama`;

  test('a line that cannot be used is counted with its number and the reason, and the others are loaded', async () => {
    const good = { movie: title(1), person: 'nm0000001 | Ann | \\N | \\N | \\N | \\N' };
    const folder = imdbFolder({
      'title.basics': [
        good.movie,
        'tt0000002 | movie | Too few columns',
        `${title(3)} | too many`,
        'xx0000004 | movie | A | A | 0 | \\N | \\N | \\N | \\N',
        'tt000000x | movie | A | A | 0 | \\N | \\N | \\N | \\N',
        'tt99999999999 | movie | A | A | 0 | \\N | \\N | \\N | \\N',
        '\\N | movie | A | A | 0 | \\N | \\N | \\N | \\N',
        'tt0000005 | movie | \\N | A | 0 | \\N | \\N | \\N | \\N',
        'tt0000006 | movie |  | A | 0 | \\N | \\N | \\N | \\N',
        'tt0000007 | movie | A | A | 0 | soon | \\N | \\N | \\N',
        'tt0000008 | movie | A | A | 0 | 1999.5 | \\N | \\N | \\N',
        'tt0000009 | radioPlay | A | A | 0 | \\N | \\N | \\N | \\N',
        'tt0000010 | movie | NUL \u0000 | A | 0 | \\N | \\N | \\N | \\N',
        'tt0000011 | movie | No original title |  | 0 | \\N | \\N | \\N | \\N',
      ],
      'name.basics': [good.person, 'nm0000002 |  | \\N | \\N | \\N | \\N'],
      'title.principals': [
        'tt0000001 | 1 | nm0000001 | actor | \\N | ["fine"]',
        'tt0000001 | \\N | nm0000001 | actor | \\N | \\N',
        'tt0000001 | 3 | nm0000001 | actor | \\N | not json',
        'tt0000001 | 4 | nm0000001 | actor | \\N | {"a": 1}',
        'tt0000001 | 5 | nm0000001 | actor | \\N | [1]',
        'tt0000001 | 6 | nm0000001 | actor | \\N | ["NUL \\u0000"]',
        'tt0000001 | 7 | nm0000001 | actor | \\N | ["half a pair \\ud83c"]',
        'tt0000001 | 8 | nm0000001 | \\N | \\N | \\N',
      ],
      'title.ratings': [
        'tt0000001 | good | 5',
        'tt0000001 | 11 | 5',
        'tt0000001 | -1 | 5',
        'tt0000001 | 5.5 | -5',
        'tt0000001 | 5.5 | \\N',
        'tt0000001 | NaN | 5',
        'tt0000001 | 5.5 | 10',
      ],
      'title.akas': ['tt0000001 | 1 |  | \\N | \\N | \\N | \\N | 0'],
      'title.episode': ['tt0000001 | \\N | 1 | 1'],
      'title.crew': ['tt0000001 | nm0000001,Ann | \\N', 'tt0000001 | nm0000001 | \\N'],
    });
    const loaded = Object.fromEntries((await load(folder)).map((file) => [file.file, file]));
    const rejects = (file: string) =>
      (loaded[file] as LoadedFile).rejects.map(({ line, reason }) => `${line}: ${reason}`);
    expect(rejects('title.basics')).toEqual([
      '3: the number of columns is not that of the header',
      '4: the number of columns is not that of the header',
      '5: tconst is not an id such as tt0000001',
      '6: tconst is not an id such as tt0000001',
      '7: tconst is not an id such as tt0000001',
      '8: tconst is missing',
      '9: primaryTitle is missing',
      '10: primaryTitle is missing',
      '11: startYear is not a whole number',
      '12: startYear is not a whole number',
      '13: titleType is not one that the database knows',
      '14: it holds a character that PostgreSQL cannot store',
    ]);
    expect(rejects('name.basics')).toEqual(['3: primaryName is missing']);
    expect(rejects('title.principals')).toEqual([
      '3: ordering is missing',
      '4: characters is not a JSON array of strings',
      '5: characters is not a JSON array of strings',
      '6: characters is not a JSON array of strings',
      '7: it holds a character that PostgreSQL cannot store',
      '8: it holds a character that PostgreSQL cannot store',
      '9: category is missing',
    ]);
    expect(rejects('title.ratings')).toEqual([
      '2: averageRating is not a number from 0 to 10',
      '3: averageRating is not a number from 0 to 10',
      '4: averageRating is not a number from 0 to 10',
      '5: numVotes is negative',
      '6: numVotes is missing',
      '7: averageRating is not a number from 0 to 10',
    ]);
    expect(rejects('title.akas')).toEqual(['2: title is missing']);
    expect(rejects('title.episode')).toEqual(['2: parentTconst is missing']);
    expect(rejects('title.crew')).toEqual(['2: person is not an id such as nm0000001']);
    for (const { rejected, rejects: listed } of Object.values(loaded)) expect(rejected).toBe(listed.length);
    expect(await counts()).toEqual([
      { titles: 2, genres: 1, names: 1, principals: 1, ratings: 1, akas: 0, episodes: 0, crew: 1 },
    ]);
    expect(await titles()).toEqual(['Title 1', 'No original title']);
  });

  test('of many bad lines all are counted, and the first hundred told', async () => {
    const folder = imdbFolder({ 'title.basics': [...Array(150).fill('bad'), title(1)] });
    const [file] = await load(folder);
    expect(file).toMatchObject({ lines: 151, rejected: 150 });
    expect(file?.rejects.length).toBe(100);
    expect(file?.rejects[99]?.line).toBe(101);
  });

  test('rows that name a title or a person there is not are left out', async () => {
    const folder = imdbFolder({
      'title.basics': [title(1), title(2)],
      'name.basics': ['nm0000001 | Ann | \\N | \\N | \\N | \\N'],
      'title.principals': [
        'tt0000001 | 1 | nm0000001 | actor | \\N | \\N',
        'tt0000001 | 2 | nm0000099 | actor | \\N | \\N',
        'tt0000099 | 1 | nm0000001 | actor | \\N | \\N',
      ],
      'title.ratings': ['tt0000001 | 5 | 5', 'tt0000099 | 5 | 5'],
      'title.akas': ['tt0000099 | 1 | A | \\N | \\N | \\N | \\N | 0'],
      'title.episode': ['tt0000099 | tt0000001 | 1 | 1', 'tt0000001 | tt0000099 | 1 | 1'],
      'title.crew': ['tt0000001 | nm0000099 | nm0000001', 'tt0000099 | nm0000001 | \\N'],
    });
    expect((await load(folder)).every((file) => file.rejected === 0)).toBe(true);
    expect(await counts()).toEqual([
      { titles: 2, genres: 2, names: 1, principals: 1, ratings: 1, akas: 0, episodes: 0, crew: 1 },
    ]);
  });

  test('of lines with one key the last counts', async () => {
    const folder = imdbFolder({
      'title.basics': [title(1, 'First'), title(2), title(1, 'Last')],
      'name.basics': ['nm0000001 | Ann | \\N | \\N | \\N | \\N', 'nm0000001 | Anna | \\N | \\N | \\N | \\N'],
      'title.principals': [
        'tt0000001 | 1 | nm0000001 | actor | \\N | ["First"]',
        'tt0000001 | 1 | nm0000001 | actor | \\N | ["Last"]',
      ],
      'title.ratings': ['tt0000001 | 5 | 5', 'tt0000001 | 6 | 6'],
      'title.akas': [
        'tt0000001 | 1 | First | \\N | \\N | \\N | \\N | 0',
        'tt0000001 | 1 | Last | \\N | \\N | \\N | \\N | 0',
      ],
      'title.episode': ['tt0000002 | tt0000001 | 1 | 1', 'tt0000002 | tt0000001 | 1 | 2'],
      'title.crew': ['tt0000001 | nm0000001,nm0000001 | \\N', 'tt0000001 | nm0000001 | \\N'],
    });
    await load(folder);
    expect(await titles()).toEqual(['Last', 'Title 2']);
    expect(
      await rowsOf(
        `SELECT primary_name, characters, num_votes, title, episode_number, crew.ordering FROM movie_hub.names
           JOIN movie_hub.principals USING (name_id) JOIN movie_hub.ratings USING (title_id) JOIN movie_hub.akas USING (title_id)
           JOIN movie_hub.crew USING (title_id) JOIN movie_hub.episodes ON parent_title_id = ratings.title_id`,
      ),
    ).toEqual([
      {
        primary_name: 'Anna',
        characters: ['Last'],
        num_votes: 6,
        title: 'Last',
        episode_number: 2,
        ordering: 1,
      },
    ]);
  });

  test('a second load brings rows up to date, doubles none, and leaves what was made by hand', async () => {
    const people = ['nm0000001 | Ann | \\N | \\N | \\N | \\N'];
    const principals = ['tt0000001 | 1 | nm0000001 | actor | \\N | ["X"]'];
    await load(
      imdbFolder({
        'title.basics': [title(1), title(2)],
        'name.basics': people,
        'title.principals': principals,
      }),
    );
    const [{ title_id: made }] = (await rowsOf(
      `INSERT INTO movie_hub.titles (title_type, primary_title, original_title) VALUES (1, 'By hand', 'By hand') RETURNING title_id`,
    )) as [{ title_id: number }];
    await rowsOf(`INSERT INTO movie_hub.names (primary_name) VALUES ('Hand') RETURNING name_id`);
    await rowsOf(
      `INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category) VALUES (${made}, 1, 1, 1, 'actor')`,
    );
    const before = await counts();
    const again = imdbFolder({
      'title.basics': [title(1, 'Renamed').replace('movie', 'tvMovie'), title(2)],
      'name.basics': people,
      'title.principals': principals,
    });
    await load(again);
    await load(again);
    expect(await counts()).toEqual(before);
    expect(await titles()).toEqual(['Renamed', 'Title 2', 'By hand']);
    // The type of a title changed: all that hangs on it followed, and whoever plays in it is seen in both types.
    expect(await rowsOf('SELECT title_type FROM movie_hub.principals ORDER BY title_id')).toEqual([
      { title_type: 5 },
      { title_type: 1 },
    ]);
    expect(await rowsOf('SELECT title_types FROM movie_hub.names ORDER BY name_id')).toEqual([
      { title_types: [1, 5] },
      { title_types: [] },
    ]);
  });

  test.each<[what: string, write: (path: string, text: string) => void]>([
    ['ends its lines with CR LF', (path, text) => writeFileSync(path, text.replaceAll('\n', '\r\n'))],
    ['does not end its last line', (path, text) => writeFileSync(path, text.trimEnd())],
    ['does neither', (path, text) => writeFileSync(path, text.trimEnd().replaceAll('\n', '\r\n'))],
    [
      'is packed',
      (path, text) => {
        writeFileSync(`${path}.gz`, gzipSync(text));
        rmSync(path);
      },
    ],
    [
      'is packed in several members, as large ones may be',
      (path, text) => {
        const half = Math.floor(text.length / 2);
        writeFileSync(
          `${path}.gz`,
          Buffer.concat([gzipSync(text.slice(0, half)), gzipSync(text.slice(half))]),
        );
        rmSync(path);
      },
    ],
    [
      'has its columns in another order',
      (path, text) =>
        writeFileSync(
          path,
          text
            .split('\n')
            .map((line) => line.split('\t').reverse().join('\t'))
            .join('\n'),
        ),
    ],
  ])('a file that %s is read all the same', async (_, write) => {
    const folder = imdbFolder({ 'title.basics': [title(1, 'Amélie'), title(2, 'Ünder 🎬')] }, write);
    expect(await load(folder)).toEqual([{ file: 'title.basics', lines: 2, rejected: 0, rejects: [] }]);
    expect(await titles()).toEqual(['Amélie', 'Ünder 🎬']);
    expect(await rowsOf('SELECT DISTINCT genre FROM movie_hub.genres')).toEqual([{ genre: 'Drama' }]);
  });

  test('characters that are cut by the edge of a piece that is read stay whole', async () => {
    const long = 'é🎬千'.repeat(100);
    const lines = Array.from(
      { length: 500 },
      (_, i) =>
        `tt${String(i).padStart(7, '0')} | movie | ${'x'.repeat(i % 7)}${long} | ${long} | 0 | \\N | \\N | \\N | \\N`,
    );
    expect(await load(imdbFolder({ 'title.basics': lines }))).toMatchObject([{ lines: 500, rejected: 0 }]);
    expect(
      await rowsOf(`SELECT count(*)::int AS whole FROM movie_hub.titles WHERE original_title = '${long}'`),
    ).toEqual([{ whole: 500 }]);
  });

  test('a file with a header only gives nothing', async () => {
    expect(await load(imdbFolder({ 'title.basics': [] }))).toEqual([
      { file: 'title.basics', lines: 0, rejected: 0, rejects: [] },
    ]);
  });

  test.each([
    ['no folder', () => join(emptyFolder(), 'missing')],
    ['an empty folder', emptyFolder],
  ])('%s is an error that says which file is looked for', async (_, folder) => {
    await expect(load(folder())).rejects.toMatchObject({
      code: 'not_found',
      message: 'The folder has no title.basics.tsv and no title.basics.tsv.gz.',
    });
  });

  test('a damaged file is named, nothing of the load is kept, and the next one works', async () => {
    const folder = imdbFolder({
      'title.basics': [title(1)],
      'name.basics': ['nm0000001 | Ann | \\N | \\N | \\N | \\N'],
    });
    const packed = gzipSync(readFileSync(join(folder, 'name.basics.tsv')));
    rmSync(join(folder, 'name.basics.tsv'));
    writeFileSync(join(folder, 'name.basics.tsv.gz'), packed.subarray(0, packed.length - 12));
    await expect(load(folder)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'The file name.basics.tsv.gz is damaged or cannot be read.',
    });
    expect(await titles()).toEqual([]);
    writeFileSync(join(folder, 'name.basics.tsv.gz'), packed);
    expect((await load(folder)).length).toBe(2);
    expect(await titles()).toEqual(['Title 1']);
  });

  test('what was read is told file by file', async () => {
    const told: LoadedFile[] = [];
    const folder = imdbFolder({ 'title.ratings': ['tt0000001 | 5 | 5'], 'title.basics': [title(1)] });
    const loaded = await loadImdb(database.admin, folder, { onFile: (file) => told.push(file) });
    expect(told).toEqual(loaded);
    expect(told.map((file) => file.file)).toEqual(['title.basics', 'title.ratings']);
  });

  test('nobody loads by way of a pool that serves', async () => {
    if (kind === 'embedded') return;
    const folder = imdbFolder({ 'title.basics': [title(1)] });
    for (const pool of Object.values(database.pools)) {
      await expect(loadImdb(pool, folder)).rejects.toMatchObject({ code: 'query_failed' });
    }
    expect(await titles()).toEqual([]);
  });

  test('readers see at once what was loaded, and just their types', async () => {
    await load(imdbFolder({ 'title.basics': [title(1), title(2).replace('movie', 'tvMovie')] }));
    const found = defineQuery<{ title_id: number }>({
      name: 'found',
      sql: `SELECT title_id FROM movie_hub.search_titles('title', 10) JOIN movie_hub.titles USING (title_id)`,
      parameters: [],
    });
    const seen = (titleTypes: number[]) =>
      withEntitlements(database.pools.reader, movieEntitlements({ titleTypes }), (scope) =>
        runQuery(scope, found, {}),
      );
    expect(await seen([1])).toEqual([{ title_id: 1 }]);
    expect(await seen([5])).toEqual([{ title_id: 2 }]);
  });
});

test('a database without the schema is told as such', async () => {
  const { pool, close } = await openEmbeddedDatabase();
  onTestFinished(close);
  await expect(loadImdb(pool, demoDataFolder())).rejects.toMatchObject({
    code: 'database_not_ready',
    message: expect.stringContaining('movie-hub db install'),
  });
});

describe.each(databaseKinds)('the demo data on %s', (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase(kind, 'demo');
  });
  afterAll(() => database.close());
  const rowsOf = async <Row>(sql: string, values: unknown[] = []): Promise<Row[]> =>
    (await database.admin.query(sql, values)).rows;

  test('every line is used, and a second load changes nothing', async () => {
    const tables = {
      'title.basics': 'titles',
      'name.basics': 'names',
      'title.principals': 'principals',
      'title.ratings': 'ratings',
      'title.akas': 'akas',
      'title.episode': 'episodes',
    };
    const loaded = await loadImdb(database.admin, demoDataFolder());
    expect(loaded.map((file) => file.file)).toEqual(files);
    for (const { file, lines, rejects } of loaded) {
      expect(rejects, file).toEqual([]);
      const text = readFileSync(join(demoDataFolder(), `${file}.tsv`), 'utf8');
      expect(lines, file).toBe(text.trimEnd().split('\n').length - 1);
      const table = tables[file as keyof typeof tables];
      if (table === undefined) continue;
      const [row] = await rowsOf<{ count: number }>(`SELECT count(*)::int AS count FROM movie_hub.${table}`);
      expect(row?.count, table).toBe(lines);
    }
  });

  test.each<[title: string, type: string, year: number | null, original?: string]>([
    ['Star Wars: Episode IV - A New Hope', 'movie', 1977, 'Star Wars'],
    ['Star Wars: Episode V - The Empire Strikes Back', 'movie', 1980],
    ['Star Wars: Episode VI - Return of the Jedi', 'movie', 1983],
    ['The Godfather', 'movie', 1972],
    ['The Godfather Part II', 'movie', 1974],
    ['The Godfather Part III', 'movie', 1990],
    ['It', 'tvMiniSeries', 1990],
    ['It', 'movie', 2017],
    ['Us', 'movie', 2019],
    ['Her', 'movie', 2013],
    ['Up', 'movie', 2009],
    ['M', 'movie', 1931],
    ['9', 'movie', 2009],
    ['1917', 'movie', 2019],
    ['Amélie', 'movie', 2001, `Le fabuleux destin d'Amélie Poulain`],
    ['WALL·E', 'movie', 2008],
    ['Se7en', 'movie', 1995],
    ['Fargo', 'movie', 1996],
    ['Fargo', 'tvSeries', 2014],
  ])('%s, a %s of %s, is there with its cast', async (primary, type, year, original) => {
    const found = await rowsOf<{ original_title: string; cast_size: number }>(
      `SELECT t.original_title, count(p.*)::int AS cast_size FROM movie_hub.titles t
         JOIN movie_hub.title_types y ON y.title_type_id = t.title_type LEFT JOIN movie_hub.principals p USING (title_id)
       WHERE t.primary_title = $1 AND y.name = $2 AND t.start_year = $3 GROUP BY 1`,
      [primary, type, year],
    );
    expect(found.length).toBe(1);
    if (original !== undefined) expect(found[0]?.original_title).toBe(original);
    expect(found[0]?.cast_size).toBeGreaterThan(0);
  });

  test('there are about 120 titles, some of every type, and episodes with their series', async () => {
    const types = await rowsOf<{ name: string; count: number }>(
      `SELECT y.name, count(t.*)::int AS count FROM movie_hub.title_types y
         LEFT JOIN movie_hub.titles t ON t.title_type = y.title_type_id GROUP BY 1`,
    );
    expect(types.length).toBe(11);
    for (const { name, count } of types) expect(count, name).toBeGreaterThan(0);
    expect(types.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(120);
    const orphans = await rowsOf(
      'SELECT title_id FROM movie_hub.titles WHERE title_type = 4 AND title_id NOT IN (SELECT title_id FROM movie_hub.episodes)',
    );
    expect(orphans).toEqual([]);
  });

  test('one actor has several characters in Dr. Strangelove', async () => {
    expect(
      await rowsOf(
        `SELECT n.primary_name, p.characters FROM movie_hub.principals p JOIN movie_hub.names n USING (name_id)
           JOIN movie_hub.titles t USING (title_id) WHERE t.primary_title LIKE 'Dr. Strangelove%' AND jsonb_array_length(p.characters) > 1`,
      ),
    ).toEqual([
      {
        primary_name: 'Peter Sellers',
        characters: ['Group Capt. Lionel Mandrake', 'President Merkin Muffley', 'Dr. Strangelove'],
      },
    ]);
  });

  test.each([
    ['two people of one name', 'SELECT FROM movie_hub.names GROUP BY primary_name HAVING count(*) > 1'],
    [
      'people as themselves',
      `SELECT FROM movie_hub.principals WHERE category = 'self' AND characters ? 'Self'`,
    ],
    ['titles without a year', 'SELECT FROM movie_hub.titles WHERE start_year IS NULL'],
    [
      'titles without votes',
      'SELECT FROM movie_hub.titles WHERE title_id NOT IN (SELECT title_id FROM movie_hub.ratings)',
    ],
    ['series that have ended', 'SELECT FROM movie_hub.titles WHERE end_year IS NOT NULL AND title_type = 3'],
    ['people in titles of several types', 'SELECT FROM movie_hub.names WHERE cardinality(title_types) > 1'],
  ])('there are %s', async (_, sql) => {
    expect((await rowsOf(sql)).length).toBeGreaterThan(0);
  });
});
