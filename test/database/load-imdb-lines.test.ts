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
      '3: the number of columns is not that of the header',
      '4: the number of columns is not that of the header',
      '5: tconst is not an id such as tt0000001',
      '6: tconst is not an id such as tt0000001',
      '7: tconst is not an id such as tt0000001',
      '8: tconst is missing',
      '9: primaryTitle is missing',
      '10: primaryTitle is missing',
      '11: titleType is not one that the database knows',
      '12: isAdult is neither 0 nor 1',
      '13: primaryTitle holds a character that PostgreSQL cannot store',
    ]);
    expect(rejects('name.basics')).toEqual(['3: primaryName is missing']);
    expect(rejects('title.principals')).toEqual(['3: ordering is missing', '4: category is missing']);
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
    expect(rejects('title.crew')).toEqual(['2: tconst is not an id such as tt0000001']);
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

  const notJson = 'characters is not a JSON array of strings: loaded without it';
  const notStored = (field: string) =>
    `${field} holds a character that PostgreSQL cannot store: loaded without it`;
  test.each<[file: keyof ImdbLines, line: string, reason: string, column: string, kept: unknown]>([
    [
      'title.basics',
      `tt0000002 | movie | A | ${'o'.repeat(2001)} | 0 | \\N | \\N | \\N | \\N`,
      'originalTitle is longer than 2000 bytes: loaded without it',
      'original_title',
      'A',
    ],
    [
      'title.basics',
      'tt0000002 | movie | A | A | 0 | soon | \\N | \\N | \\N',
      'startYear is not a whole number: loaded without it',
      'start_year',
      null,
    ],
    [
      'title.basics',
      'tt0000002 | movie | A | A | 0 | 19999 | \\N | \\N | \\N',
      'startYear is not a year: loaded without it',
      'start_year',
      null,
    ],
    [
      'title.basics',
      'tt0000002 | movie | A | A | 0 | 1999 | 1999.5 | \\N | \\N',
      'endYear is not a whole number: loaded without it',
      'end_year',
      null,
    ],
    [
      'title.basics',
      'tt0000002 | movie | A | A | 0 | 1999 | \\N | 90 min | \\N',
      'runtimeMinutes is not a whole number: loaded without it',
      'runtime_minutes',
      null,
    ],
    [
      'title.basics',
      `tt0000002 | movie | A | A | 0 | x | y | \\N | ${'g'.repeat(2001)}`,
      'startYear is not a whole number: loaded without it; endYear is not a whole number: loaded without it; genres is longer than 2000 bytes: loaded without it',
      '(SELECT count(*)::int FROM movie_hub.genres g WHERE g.title_id = 2)',
      0,
    ],
    [
      'title.basics',
      'tt0000002 | movie | A | A | 0 | 1999 | \\N | \\N | Drama\u0000',
      notStored('genres'),
      '(SELECT count(*)::int FROM movie_hub.genres g WHERE g.title_id = 2)',
      0,
    ],
    [
      'name.basics',
      'nm0000002 | Bob | about 1950 | \\N | \\N | \\N',
      'birthYear is not a whole number: loaded without it',
      'birth_year',
      null,
    ],
    [
      'name.basics',
      'nm0000002 | Bob | 1950 | -1 | \\N | \\N',
      'deathYear is not a year: loaded without it',
      'death_year',
      null,
    ],
    [
      'name.basics',
      'nm0000002 | Bob | 1950 | \\N | \u0000 | \\N',
      notStored('primaryProfession'),
      'professions',
      [],
    ],
    ['title.principals', 'tt0000001 | 2 | nm0000001 | actor | \\N | "[""X""]"', notJson, 'characters', null],
    ['title.principals', 'tt0000001 | 2 | nm0000001 | actor | \\N | not json', notJson, 'characters', null],
    ['title.principals', 'tt0000001 | 2 | nm0000001 | actor | \\N | {"a": 1}', notJson, 'characters', null],
    ['title.principals', 'tt0000001 | 2 | nm0000001 | actor | \\N | [1]', notJson, 'characters', null],
    [
      'title.principals',
      'tt0000001 | 2 | nm0000001 | actor | \\N | ["NUL \\u0000"]',
      notStored('characters'),
      'characters',
      null,
    ],
    [
      'title.principals',
      'tt0000001 | 2 | nm0000001 | actor | \\N | ["half \\ud83c"]',
      notStored('characters'),
      'characters',
      null,
    ],
    [
      'title.principals',
      'tt0000001 | 2 | nm0000001 | actor | a\u0000b | ["X"]',
      notStored('job'),
      'job',
      null,
    ],
    ['title.akas', 'tt0000001 | 2 | A | \u0000 | de | tv | new | 0', notStored('region'), 'region', null],
    ['title.akas', 'tt0000001 | 2 | A | DE | de | tv\u0000 | new | 0', notStored('types'), 'types', []],
    [
      'title.akas',
      'tt0000001 | 2 | A | DE | de | tv | new | maybe',
      'isOriginalTitle is neither 0 nor 1: loaded without it',
      'is_original_title',
      false,
    ],
    [
      'title.episode',
      'tt0000002 | tt0000001 | one | 7',
      'seasonNumber is not a whole number: loaded without it',
      'season_number',
      null,
    ],
    [
      'title.episode',
      'tt0000002 | tt0000001 | 1 | 12345678901',
      'episodeNumber is not a whole number: loaded without it',
      'episode_number',
      null,
    ],
    [
      'title.crew',
      'tt0000002 | nm0000001,Ann | \\N',
      'directors has what is not an id such as nm0000001: loaded without it',
      'name_id',
      1,
    ],
    ['title.crew', 'tt0000002 | nm0000001 | \u0000', notStored('writers'), 'name_id', 1],
  ])(
    'a line of %s is loaded without a field that it can do without: %j',
    async (file, line, reason, column, kept) => {
      const folder = imdbFolder({
        'title.basics': [title(1), file === 'title.basics' ? line : title(2)],
        'name.basics': ['nm0000001 | Ann | \\N | \\N | \\N | \\N', ...(file === 'name.basics' ? [line] : [])],
        ...(!['title.basics', 'name.basics'].includes(file) && { [file]: [line] }),
      });
      const loaded = (await load(folder)).find((each) => each.file === file);
      expect(loaded).toMatchObject({ loaded: loaded?.lines, rejected: 0, leftOut: 0, incomplete: 1 });
      expect(loaded?.rejects.map((each) => each.reason)).toEqual([reason]);
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
          { line: 4, reason: 'genres holds bytes that are not UTF-8: loaded without it' },
          { line: 5, reason: 'primaryTitle holds bytes that are not UTF-8' },
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
        message: `The file ${file}.tsv has no lines below its header.`,
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
    const missing = 'tconst is not in title.basics';
    expect(
      (await load(folder)).map(({ file, rejects }) => [file, ...rejects.map(({ reason }) => reason)]),
    ).toEqual([
      ['title.basics'],
      ['name.basics'],
      ['title.principals', 'nconst is not in name.basics', missing],
      ['title.ratings', missing],
      ['title.akas', 'titleId is not in title.basics'],
      ['title.episode', missing, 'parentTconst is not in title.basics'],
      ['title.crew', 'it names people who are not in name.basics: loaded without them', missing],
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
