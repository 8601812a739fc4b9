import { writeFileSync } from 'node:fs';
import { loadImdb } from 'movie-hub/dataset';
import { describe, expect, test } from 'vitest';
import type { LoadedFile } from '../../src/dataset/load-imdb';
import { databaseKinds } from '../support/databases';
import { type ImdbLines, imdbFolder } from './imdb-folder';
import { title, useLoadDatabase } from './load-database';

const tableOf: Record<keyof ImdbLines, [table: string, ofLine: string]> = {
  'title.basics': ['titles', 'title_id = 2'],
  'name.basics': ['names', 'name_id = 2'],
  'title.principals': ['principals', 'ordering = 2'],
  'title.ratings': ['ratings', 'title_id = 2'],
  'title.akas': ['akas', 'ordering = 2'],
  'title.episode': ['episodes', 'title_id = 2'],
  'title.crew': ['crew', 'title_id = 2'],
};

describe.each(databaseKinds)('lines that loadImdb cannot use on %s', (kind) => {
  const { database, load, rowsOf, titles, counts } = useLoadDatabase(kind);

  /** A line's number, and the column that is at fault. */
  const at = (line: number, column: string) =>
    expect.stringMatching(new RegExp(`^${line}: .*\\b${column}\\b`));

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
        'tt0000009 | radioPlay | A | A | 0 | \\N | \\N | \\N | \\N',
        'tt0000009 | movie | A | A | 2 | \\N | \\N | \\N | \\N',
        'tt0000010 | movie | NUL \u0000 | A | 0 | \\N | \\N | \\N | \\N',
        'tt0000011 | movie | No original title |  | 0 | \\N | \\N | \\N | \\N',
      ],
      'name.basics': [good.person, 'nm0000002 |  | \\N | \\N | \\N | \\N'],
      'title.principals': [
        'tt0000001 | 1 | nm0000001 | actor | \\N | ["fine"]',
        'tt0000001 | \\N | nm0000001 | actor | \\N | \\N',
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
      'title.akas': [
        'tt0000001 | 1 |  | \\N | \\N | \\N | \\N | 0',
        'tt0000001 | 2 | A | \\N | \\N | \\N | \\N | 0',
      ],
      'title.episode': ['tt0000001 | \\N | 1 | 1', 'tt0000001 | tt0000011 | 1 | 1'],
      'title.crew': ['Ann | nm0000001 | \\N', 'tt0000001 | nm0000001 | \\N'],
    });
    const loaded = Object.fromEntries((await load(folder)).map((file) => [file.file, file]));
    const rejects = (file: string) =>
      (loaded[file] as LoadedFile).rejects.map(({ line, reason }) => `${line}: ${reason}`);
    expect(rejects('title.basics')).toEqual([
      at(3, 'columns'),
      at(4, 'columns'),
      at(5, 'tconst'),
      at(6, 'tconst'),
      at(7, 'tconst'),
      at(8, 'tconst'),
      at(9, 'primaryTitle'),
      at(10, 'primaryTitle'),
      at(11, 'titleType'),
      at(12, 'isAdult'),
      at(13, 'primaryTitle'),
    ]);
    expect(rejects('name.basics')).toEqual([at(3, 'primaryName')]);
    expect(rejects('title.principals')).toEqual([at(3, 'ordering'), at(4, 'category')]);
    expect(rejects('title.ratings')).toEqual([
      at(2, 'averageRating'),
      at(3, 'averageRating'),
      at(4, 'averageRating'),
      at(5, 'numVotes'),
      at(6, 'numVotes'),
      at(7, 'averageRating'),
    ]);
    expect(rejects('title.akas')).toEqual([at(2, 'title')]);
    expect(rejects('title.episode')).toEqual([at(2, 'parentTconst')]);
    expect(rejects('title.crew')).toEqual([at(2, 'tconst')]);
    for (const { lines, loaded: used, rejected, rejects: listed, incomplete } of Object.values(loaded))
      expect({ rejected, used, incomplete }).toEqual({
        rejected: listed.length,
        used: lines - listed.length,
        incomplete: 0,
      });
    expect(await counts()).toEqual([
      { titles: 2, genres: 1, names: 1, principals: 1, ratings: 1, akas: 1, episodes: 1, crew: 1 },
    ]);
    expect(await titles()).toEqual(['Title 1', 'No original title']);
  });

  test.each<[file: keyof ImdbLines, line: string, fields: string, column: string, kept: unknown]>([
    [
      'title.basics',
      `tt0000002 | movie | A | ${'o'.repeat(2001)} | 0 | \\N | \\N | \\N | \\N`,
      'originalTitle',
      'original_title',
      'A',
    ],
    [
      'title.basics',
      'tt0000002 | movie | A | A | 0 | soon | \\N | \\N | \\N',
      'startYear',
      'start_year',
      null,
    ],
    [
      'title.basics',
      'tt0000002 | movie | A | A | 0 | 19999 | \\N | \\N | \\N',
      'startYear',
      'start_year',
      null,
    ],
    [
      'title.basics',
      'tt0000002 | movie | A | A | 0 | 1999 | 1999.5 | \\N | \\N',
      'endYear',
      'end_year',
      null,
    ],
    [
      'title.basics',
      'tt0000002 | movie | A | A | 0 | 1999 | \\N | 90 min | \\N',
      'runtimeMinutes',
      'runtime_minutes',
      null,
    ],
    [
      'title.basics',
      `tt0000002 | movie | A | A | 0 | x | y | \\N | ${'g'.repeat(2001)}`,
      'startYear .*endYear .*genres',
      '(SELECT count(*)::int FROM movie_hub.genres g WHERE g.title_id = 2)',
      0,
    ],
    [
      'title.basics',
      'tt0000002 | movie | A | A | 0 | 1999 | \\N | \\N | Drama\u0000',
      'genres',
      '(SELECT count(*)::int FROM movie_hub.genres g WHERE g.title_id = 2)',
      0,
    ],
    ['name.basics', 'nm0000002 | Bob | about 1950 | \\N | \\N | \\N', 'birthYear', 'birth_year', null],
    ['name.basics', 'nm0000002 | Bob | 1950 | -1 | \\N | \\N', 'deathYear', 'death_year', null],
    ['name.basics', 'nm0000002 | Bob | 1950 | \\N | \u0000 | \\N', 'primaryProfession', 'professions', []],
    [
      'title.principals',
      'tt0000001 | 2 | nm0000001 | actor | \\N | "[""X""]"',
      'characters',
      'characters',
      null,
    ],
    [
      'title.principals',
      'tt0000001 | 2 | nm0000001 | actor | \\N | not json',
      'characters',
      'characters',
      null,
    ],
    [
      'title.principals',
      'tt0000001 | 2 | nm0000001 | actor | \\N | {"a": 1}',
      'characters',
      'characters',
      null,
    ],
    ['title.principals', 'tt0000001 | 2 | nm0000001 | actor | \\N | [1]', 'characters', 'characters', null],
    [
      'title.principals',
      'tt0000001 | 2 | nm0000001 | actor | \\N | ["NUL \\u0000"]',
      'characters',
      'characters',
      null,
    ],
    [
      'title.principals',
      'tt0000001 | 2 | nm0000001 | actor | \\N | ["half \\ud83c"]',
      'characters',
      'characters',
      null,
    ],
    ['title.principals', 'tt0000001 | 2 | nm0000001 | actor | a\u0000b | ["X"]', 'job', 'job', null],
    ['title.akas', 'tt0000001 | 2 | A | \u0000 | de | tv | new | 0', 'region', 'region', null],
    ['title.akas', 'tt0000001 | 2 | A | DE | de | tv\u0000 | new | 0', 'types', 'types', []],
    [
      'title.akas',
      'tt0000001 | 2 | A | DE | de | tv | new | maybe',
      'isOriginalTitle',
      'is_original_title',
      false,
    ],
    ['title.episode', 'tt0000002 | tt0000001 | one | 7', 'seasonNumber', 'season_number', null],
    ['title.episode', 'tt0000002 | tt0000001 | 1 | 12345678901', 'episodeNumber', 'episode_number', null],
    ['title.crew', 'tt0000002 | nm0000001,Ann | \\N', 'directors', 'name_id', 1],
    ['title.crew', 'tt0000002 | nm0000001 | \u0000', 'writers', 'name_id', 1],
  ])(
    'a line of %s is loaded without a field that it can do without: %j',
    async (file, line, fields, column, kept) => {
      const folder = imdbFolder({
        'title.basics': [title(1), file === 'title.basics' ? line : title(2)],
        'name.basics': ['nm0000001 | Ann | \\N | \\N | \\N | \\N', ...(file === 'name.basics' ? [line] : [])],
        ...(!['title.basics', 'name.basics'].includes(file) && { [file]: [line] }),
      });
      const loaded = (await load(folder)).find((each) => each.file === file);
      expect(loaded).toMatchObject({ loaded: loaded?.lines, rejected: 0, leftOut: 0, incomplete: 1 });
      expect(loaded?.rejects.map((each) => each.reason)).toEqual([
        expect.stringMatching(new RegExp(`\\b${fields}\\b.*loaded without`)),
      ]);
      const [table, where] = tableOf[file];
      expect(await rowsOf(`SELECT ${column} AS kept FROM movie_hub.${table} WHERE ${where}`)).toEqual([
        { kept },
      ]);
    },
  );

  test('bytes that are no UTF-8 cost the field that they are in, or the line where it cannot do without that', async () => {
    const folder = imdbFolder(
      { 'title.basics': [title(1), title(2), title(3).replace('Drama', 'D\u0001'), title(4, 'T\u0001')] },
      (path, text) => {
        const bytes = Buffer.from(text);
        writeFileSync(
          path,
          bytes.map((byte) => (byte === 1 ? 0xff : byte)),
        );
      },
    );
    expect(await load(folder)).toMatchObject([
      {
        loaded: 3,
        rejected: 1,
        incomplete: 1,
        rejects: [
          { line: 4, reason: expect.stringMatching(/genres .*UTF-8: loaded without/) },
          { line: 5, reason: expect.stringMatching(/primaryTitle .*UTF-8$/) },
        ],
      },
    ]);
    expect(await titles()).toEqual(['Title 1', 'Title 2', 'Title 3']);
  });

  describe('a load fails when a file gave nothing', () => {
    const good = { 'title.basics': [title(1)], 'name.basics': ['nm0000001 | Ann | \\N | \\N | \\N | \\N'] };
    const bad = {
      'name.basics': 'xx0000002 | Ann | \\N | \\N | \\N | \\N',
      'title.principals': 'tt0000001 | 1 | nm0000099 | actor | \\N | \\N',
      'title.ratings': 'tt0000001 | "5.0" | 5',
      'title.akas': 'tt0000099 | 1 | A | \\N | \\N | \\N | \\N | 0',
      'title.episode': 'tt0000099 | tt0000001 | 1 | 1',
      'title.crew': 'tt0000099 | nm0000001 | \\N',
    };
    const nothingOf = (file: string, lines: number) => ({
      code: 'invalid_argument',
      message: expect.stringMatching(
        new RegExp(`^All ${lines} lines of ${file} were rejected, line 2 because \\w`),
      ),
    });
    test.each(Object.entries(bad))('%s, each time, and the others are loaded', async (file, line) => {
      const folder = imdbFolder({ ...good, [file]: [line, line] });
      for (const rebuild of [false, false, true])
        await expect(loadImdb(database().admin, folder, { rebuild })).rejects.toMatchObject(
          nothingOf(file, 2),
        );
      expect(await titles()).toEqual(['Title 1']);
      expect(await rowsOf('SELECT FROM movie_hub_load.loads')).toEqual([]);
    });

    test.each([false, true])(
      'title.basics, and no other file is read then (rebuild: %j)',
      async (rebuild) => {
        const folder = imdbFolder({ ...good, 'title.basics': [title(1).replace('movie', '"movie"')] });
        const files: string[] = [];
        const options = { rebuild, onFile: ({ file }: LoadedFile) => files.push(file) };
        await expect(loadImdb(database().admin, folder, options)).rejects.toMatchObject(
          nothingOf('title.basics', 1),
        );
        expect(files).toEqual(['title.basics']);
        expect(await rowsOf('SELECT FROM movie_hub.names')).toEqual([]);
        expect(await rowsOf('SELECT FROM movie_hub_load.loads')).toEqual([]);
        expect((await load(imdbFolder(good))).length).toBe(2);
      },
    );

    test.each([
      ['title.basics', {}],
      ['title.ratings', { minVotes: 1 }],
    ])('%s with a header only, before anything is changed', async (file, options) => {
      const folder = imdbFolder({ ...good, [file]: [] });
      await expect(loadImdb(database().admin, folder, options)).rejects.toMatchObject({
        code: 'invalid_argument',
        message: expect.stringContaining(`${file}.tsv`),
      });
      expect(await titles()).toEqual([]);
      expect(await rowsOf('SELECT FROM movie_hub_load.loads')).toEqual([]);
    });

    test('not where lines were left out on purpose, nor for a file without lines that others may do without', async () => {
      const folder = imdbFolder({ ...good, 'title.ratings': ['tt0000001 | 5 | 5'], 'title.akas': [] });
      for (const options of [{ only: ['tvMovie'] }, { minVotes: 6 }]) {
        const loaded = await loadImdb(database().admin, folder, options);
        expect(loaded.map((each) => [each.lines, each.loaded, each.leftOut, each.rejected])).toEqual([
          [1, 0, 1, 0],
          [1, 0, 1, 0],
          [1, 0, 1, 0],
          [0, 0, 0, 0],
        ]);
      }
      expect(await titles()).toEqual([]);
    });
  });

  test('of many bad lines all are counted, and the first hundred told', async () => {
    const folder = imdbFolder({ 'title.basics': [...Array(150).fill('bad'), title(1)] });
    const [file] = await load(folder);
    expect(file).toMatchObject({ lines: 151, loaded: 1, rejected: 150 });
    expect(file?.rejects.length).toBe(100);
    expect(file?.rejects[99]?.line).toBe(101);
  });

  test('rows that name a title or a person there is not are left out, and counted', async () => {
    const folder = imdbFolder({
      'title.basics': [title(1), title(2)],
      'name.basics': ['nm0000001 | Ann | \\N | \\N | \\N | \\N'],
      'title.principals': [
        'tt0000001 | 1 | nm0000001 | actor | \\N | \\N',
        'tt0000001 | 2 | nm0000099 | actor | \\N | \\N',
        'tt0000099 | 1 | nm0000001 | actor | \\N | \\N',
      ],
      'title.ratings': ['tt0000001 | 5 | 5', 'tt0000099 | 5 | 5'],
      'title.akas': [
        'tt0000001 | 1 | A | \\N | \\N | \\N | \\N | 0',
        'tt0000099 | 1 | A | \\N | \\N | \\N | \\N | 0',
      ],
      'title.episode': [
        'tt0000099 | tt0000001 | 1 | 1',
        'tt0000001 | tt0000099 | 1 | 1',
        'tt0000001 | tt0000002 | 1 | 1',
      ],
      'title.crew': ['tt0000001 | nm0000099 | nm0000001', 'tt0000099 | nm0000001 | \\N'],
    });
    const absent = (column: string, from: string) => expect.stringMatching(`^${column}\\b.*\\b${from}`);
    const missing = absent('tconst', 'title.basics');
    expect(
      (await load(folder)).map(({ file, rejects }) => [file, ...rejects.map(({ reason }) => reason)]),
    ).toEqual([
      ['title.basics'],
      ['name.basics'],
      ['title.principals', absent('nconst', 'name.basics'), missing],
      ['title.ratings', missing],
      ['title.akas', absent('titleId', 'title.basics')],
      ['title.episode', missing, absent('parentTconst', 'title.basics')],
      ['title.crew', expect.stringMatching(/name\.basics: loaded without/), missing],
    ]);
    expect(await counts()).toEqual([
      { titles: 2, genres: 2, names: 1, principals: 1, ratings: 1, akas: 1, episodes: 1, crew: 1 },
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
});
