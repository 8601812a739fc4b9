import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkDatabase, loadImdb, runQuery, withEditor } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { failingPool } from './failing-pool';
import { emptyFolder, type ImdbLines, imdbFolder } from './imdb-folder';
import { editor, sql } from './kept-true';
import { allRows, empty, inSmallPieces, shapeOf, untrueAfterLoad } from './loaded-rows';

const older: ImdbLines = {
  'title.basics': [1, 2, 3, 4].map(
    (id) => `tt000000${id} | movie | T${id} | T${id} | 0 | 2000 | \\N | 90 | Drama`,
  ),
  'name.basics': [1, 2].map((id) => `nm000000${id} | P${id} | \\N | \\N | \\N | \\N`),
  'title.principals': [1, 2, 3, 4].map(
    (id) => `tt000000${id} | 1 | nm000000${1 + (id % 2)} | actor | \\N | \\N`,
  ),
};
const newer: ImdbLines = {
  'title.basics': [
    ...[1, 2, 3, 4, 5, 6, 7].map(
      (id) => `tt000000${id} | tvMovie | N${id} | N${id} | 0 | 2001 | \\N | 90 | War`,
    ),
    'spoiled',
    'tt0000005 | movie | Again | Again | 0 | 2001 | \\N | 90 | Drama',
  ],
  'name.basics': [1, 2, 3, 4, 5]
    .map((id) => `nm000000${id} | P${id} | 1950 | \\N | \\N | \\N`)
    .concat('spoiled'),
  'title.principals': [1, 2, 5, 6, 7].flatMap((id) =>
    [1, 2, 9].map((person) => `tt000000${id} | ${person} | nm000000${person} | actor | \\N | \\N`),
  ),
  'title.ratings': [1, 2, 5, 6, 7].map((id) => `tt000000${id} | 7.5 | ${id}00`),
  'title.akas': [1, 5, 6, 7].map((id) => `tt000000${id} | 1 | Aka ${id} | DE | \\N | \\N | \\N | 0`),
  'title.crew': ['tt0000006 | nm0000001 | nm0000003', 'tt0000006 | nm0000004 | \\N'],
};

describe.runIf(databaseKinds.includes('server'))('a load that is broken off', () => {
  let database: TestDatabase;
  let shape: unknown[];
  beforeAll(async () => {
    database = await openDatabase('server');
    shape = await shapeOf(database);
  });
  afterAll(() => database.close());

  const breakOff = async (n: number, folder: string, options: { rebuild: boolean; rejects?: string }) => {
    const { pool, asked } = failingPool(database.urls.admin, n);
    const done = await loadImdb(pool, folder, options).then(
      () => true,
      () => false,
    );
    await pool.end();
    return { done, asked: asked() };
  };

  test.each([{ rebuild: false }, { rebuild: true }])(
    'goes on from wherever it was to the same end: %o',
    async ({ rebuild }) => {
      inSmallPieces();
      const rejects = join(emptyFolder(), 'rejects.tsv');
      const folder = imdbFolder(newer);
      const first = imdbFolder(older);
      const prepare = async () => {
        await empty(database);
        await loadImdb(database.admin, first);
      };
      await prepare();
      const { done, asked } = await breakOff(Number.POSITIVE_INFINITY, folder, { rebuild, rejects });
      expect(done).toBe(true);
      const rows = await allRows(database);
      const told = readFileSync(rejects, 'utf8');
      expect(told.split('\n').length).toBeGreaterThan(6);
      await prepare();
      const loaded = await loadImdb(database.admin, folder, { rebuild });
      // Every so many statements, each time at other ones.
      const step = Math.ceil(asked / 12);
      for (let n = 2; n < asked; n += step) {
        await prepare();
        expect((await breakOff(n, folder, { rebuild, rejects })).done, `statement ${n}`).toBe(false);
        expect(await loadImdb(database.admin, folder, { rebuild, rejects }), `statement ${n}`).toEqual(
          loaded,
        );
        expect(await untrueAfterLoad(database), `statement ${n}`).toEqual([]);
        expect(await allRows(database), `statement ${n}`).toEqual(rows);
        expect(readFileSync(rejects, 'utf8'), `statement ${n}`).toBe(told);
        expect(await shapeOf(database)).toEqual(shape);
      }
    },
  );

  test('as a rebuild makes way for other files, wherever it was, and editors wait for that', async () => {
    inSmallPieces();
    const folder = imdbFolder(newer);
    await empty(database);
    await loadImdb(database.admin, folder);
    const rows = await allRows(database);
    await empty(database);
    const { asked } = await breakOff(Number.POSITIVE_INFINITY, imdbFolder(older), { rebuild: true });
    for (const share of [0.2, 0.4, 0.6, 0.8, 0.95]) {
      await empty(database);
      await breakOff(Math.round(asked * share), imdbFolder(older), { rebuild: true });
      await expect(checkDatabase(database.pools.editor, { role: 'movie_hub_editor' })).rejects.toMatchObject({
        code: 'database_not_ready',
        message: expect.stringContaining('run movie-hub db load again'),
      });
      await checkDatabase(database.pools.reader, { role: 'movie_hub_reader' });
      const write = sql(`DELETE FROM movie_hub.titles`);
      await expect(
        withEditor(database.pools.editor, editor, (scope) => runQuery(scope, write, {})),
      ).rejects.toMatchObject({
        code: 'database_not_ready',
        message: 'Data is being loaded, and nothing can be edited meanwhile. Try again later.',
      });
      await loadImdb(database.admin, folder);
      expect(await untrueAfterLoad(database), `at ${share}`).toEqual([]);
      expect(await allRows(database), `at ${share}`).toEqual(rows);
      expect(await shapeOf(database)).toEqual(shape);
      await checkDatabase(database.pools.editor, { role: 'movie_hub_editor' });
    }
  });
});
