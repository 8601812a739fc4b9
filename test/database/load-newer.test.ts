import { runQuery } from 'movie-hub';
import { loadImdb } from 'movie-hub/dataset';
import { describe, expect, test } from 'vitest';
import { withEditor } from '../../src/ui/scopes';
import { databaseKinds } from '../support/databases';
import { type ImdbLines, imdbFolder } from './imdb-folder';
import { editor, sql } from './kept-true';
import { useLoadDatabase } from './load-database';
import { untrueAfterLoad } from './loaded-rows';

const movie = (id: number, name: string, { type = 'movie', genres = 'Drama' } = {}) =>
  `tt000000${id} | ${type} | ${name} | ${name} | 0 | 2000 | \\N | 90 | ${genres}`;
const person = (id: number, name: string) => `nm000000${id} | ${name} | 1950 | \\N | actor | \\N`;
const part = (id: number, ordering: number, name: number) =>
  `tt000000${id} | ${ordering} | nm000000${name} | actor | \\N | ["X"]`;
const aka = (id: number, ordering: number, name: string) =>
  `tt000000${id} | ${ordering} | ${name} | DE | \\N | \\N | \\N | 0`;

const older: ImdbLines = {
  'title.basics': [
    movie(1, 'Renamed'),
    movie(2, 'Retyped'),
    movie(3, 'Voted'),
    movie(4, 'Same', { genres: 'Drama,War' }),
    movie(5, 'Edited'),
    movie(6, 'Given a cast'),
    movie(7, 'Gone'),
    movie(9, 'Shorter', { genres: 'Comedy,Drama' }),
  ],
  'name.basics': [person(1, 'Ann'), person(2, 'Bob'), person(3, 'Cid'), person(5, 'Eve')],
  'title.principals': [
    part(2, 1, 2),
    part(3, 1, 2),
    part(4, 1, 1),
    part(6, 1, 3),
    part(9, 1, 3),
    part(9, 2, 5),
  ],
  'title.ratings': ['tt0000003 | 5.0 | 10', 'tt0000004 | 6.0 | 40', 'tt0000005 | 7.0 | 50'],
  'title.akas': [aka(4, 1, 'Gleich'), aka(9, 1, 'Kurz'), aka(9, 2, 'Lang')],
  'title.crew': ['tt0000004 | nm0000001 | \\N', 'tt0000009 | nm0000003 | nm0000005'],
};
const newer: ImdbLines = {
  'title.basics': [
    movie(1, 'New name'),
    movie(2, 'Retyped', { type: 'tvMovie' }),
    movie(3, 'Voted'),
    movie(4, 'Same', { genres: 'Drama,War' }),
    movie(5, 'From the files', { type: 'tvMovie', genres: 'War' }),
    movie(6, 'From the files'),
    movie(8, 'Added'),
    movie(9, 'Shorter', { genres: 'War' }),
  ],
  'name.basics': [
    person(1, 'Ann'),
    person(2, 'Bob'),
    person(3, 'From the files'),
    person(4, 'Dan'),
    person(5, 'Eve'),
  ],
  'title.principals': [
    part(2, 1, 2),
    part(3, 1, 2),
    part(4, 1, 1),
    part(6, 1, 4),
    part(8, 1, 4),
    part(9, 1, 3),
  ],
  'title.ratings': ['tt0000003 | 8.0 | 500', 'tt0000004 | 6.0 | 40', 'tt0000005 | 9.0 | 900'],
  'title.akas': [aka(4, 1, 'Gleich'), aka(9, 2, 'Länger')],
  'title.crew': ['tt0000004 | nm0000001 | \\N', 'tt0000009 | nm0000004 | \\N'],
};
const edits = [
  `UPDATE movie_hub.titles SET primary_title = 'By an editor' WHERE title_id = 5`,
  `INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category) VALUES (6, 7, 1, 1, 'self')`,
  `UPDATE movie_hub.names SET primary_name = 'By an editor' WHERE name_id = 3`,
  `INSERT INTO movie_hub.titles (title_type, primary_title, original_title) VALUES (1, 'By hand', 'By hand')`,
  `INSERT INTO movie_hub.names (primary_name) VALUES ('By hand')`,
];

/** Rows with what wrote them: a row that was written anew has another one. */
const written = (where: string, people: string) =>
  [
    ...['titles', 'genres', 'principals', 'ratings', 'akas', 'crew', 'title_lists', 'title_texts'].map(
      (table) =>
        `SELECT '${table}' AS of, title_id AS id, ctid::text, xmin::text FROM movie_hub.${table} ${where}`,
    ),
    ...['names', 'name_texts'].map(
      (table) => `SELECT '${table}', name_id, ctid::text, xmin::text FROM movie_hub.${table} ${people}`,
    ),
  ].join(' UNION ALL ');

describe.each(databaseKinds)('newer files on %s', (kind) => {
  const { database, rowsOf } = useLoadDatabase(kind);
  const load = (lines: ImdbLines, rebuild: boolean) =>
    loadImdb(database().admin, imdbFolder(lines), { rebuild });
  const valuesOf = async (query: string) => (await rowsOf(query)).map((row) => Object.values(row as object));

  test.each([{ rebuild: false }, { rebuild: true }])(
    'change what they change, and nothing else: %o',
    async ({ rebuild }) => {
      await load(older, false);
      await withEditor(database().pools.editor, editor, async (scope) => {
        for (const each of edits) await runQuery(scope, sql(each), {});
      });
      const same = written('WHERE title_id = 4', 'WHERE name_id = 1');
      const before = await rowsOf(same);
      const loaded = await load(newer, rebuild);
      expect(loaded.map(({ rejected }) => rejected)).toEqual([0, 0, 0, 0, 0, 0]);
      expect(await untrueAfterLoad(database())).toEqual([]);
      if (!rebuild) expect(await rowsOf(same)).toEqual(before);

      expect(
        await valuesOf(
          `SELECT primary_title, title_type, (SELECT string_agg(genre, ',' ORDER BY genre) FROM movie_hub.genres g WHERE g.title_id = t.title_id)
         FROM movie_hub.titles t ORDER BY title_id`,
        ),
      ).toEqual([
        ['New name', 1, 'Drama'],
        ['Retyped', 5, 'Drama'],
        ['Voted', 1, 'Drama'],
        ['Same', 1, 'Drama,War'],
        ['By an editor', 1, 'Drama'],
        ['Given a cast', 1, 'Drama'],
        ['Gone', 1, 'Drama'],
        ['Added', 1, 'Drama'],
        ['Shorter', 1, 'War'],
        ['By hand', 1, null],
      ]);
      // Who is left without a title is seen by nobody; whose title has another type now is seen with that.
      expect(
        await valuesOf('SELECT primary_name, title_types FROM movie_hub.names ORDER BY name_id'),
      ).toEqual([
        ['Ann', [1]],
        ['Bob', [1, 5]],
        ['By an editor', [1]],
        ['Dan', [1]],
        ['Eve', []],
        ['By hand', []],
      ]);
      expect(
        await valuesOf(
          'SELECT title_id, ordering, title_type, name_id, title_votes FROM movie_hub.principals ORDER BY 1, 2',
        ),
      ).toEqual([
        [2, 1, 5, 2, 0],
        [3, 1, 1, 2, 500],
        [4, 1, 1, 1, 40],
        [6, 1, 1, 3, 0],
        [6, 7, 1, 1, 0],
        [8, 1, 1, 4, 0],
        [9, 1, 1, 3, 0],
      ]);
      expect(
        await valuesOf('SELECT title_id, average_rating, num_votes FROM movie_hub.ratings ORDER BY 1'),
      ).toEqual([
        [3, '8.0', 500],
        [4, '6.0', 40],
        [5, '9.0', 900],
      ]);
      // Votes follow into what sorts by them, also of a title that an editor changed.
      for (const table of ['title_lists', 'title_texts'])
        expect(
          await valuesOf(
            `SELECT DISTINCT title_id, num_votes FROM movie_hub.${table} WHERE title_id IN (3, 5) ORDER BY 1`,
          ),
        ).toEqual([
          [3, 500],
          [5, 900],
        ]);
      expect(await valuesOf('SELECT title_id, ordering, title FROM movie_hub.akas ORDER BY 1, 2')).toEqual([
        [4, 1, 'Gleich'],
        [9, 2, 'Länger'],
      ]);
      expect(await valuesOf('SELECT title_id, role, name_id FROM movie_hub.crew ORDER BY 1, 2, 3')).toEqual([
        [4, 'director', 1],
        [9, 'director', 4],
      ]);
    },
  );

  test('that say the same write no row', async () => {
    await load(older, true);
    const all = written('', '');
    const before = await rowsOf(all);
    expect(before.length).toBeGreaterThan(50);
    await load(older, false);
    expect(await rowsOf(all)).toEqual(before);
    // A change is seen by this: of one title, and of the rows that are made of it.
    await load({ 'title.basics': [movie(1, 'Renamed once more')] }, false);
    const changed = (await rowsOf(all)).filter(
      (row) => !before.some((old) => JSON.stringify(old) === JSON.stringify(row)),
    );
    expect(new Set(changed.map((row) => (row as { id: number }).id))).toEqual(new Set([1]));
  });
});
