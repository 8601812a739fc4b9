import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkDatabase, runQuery } from 'movie-hub';
import { loadImdb } from 'movie-hub/dataset';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LoadImdbOptions } from '../../src/dataset/load-imdb';
import { withEditor } from '../../src/ui/scopes';
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

const everything = Number.POSITIVE_INFINITY;
const shares = [0.02, 0.3, 0.6, 0.8, 0.98];

async function breakOff(database: TestDatabase, n: number, folder: string, options: LoadImdbOptions) {
  const { pool, asked } = failingPool(database.urls.admin, n);
  const done = await loadImdb(pool, folder, options).then(
    () => true,
    () => false,
  );
  await pool.end();
  return { done, asked: asked() };
}

describe.runIf(databaseKinds.includes('server')).each([{ rebuild: false }, { rebuild: true }])(
  'a load that is broken off goes on to the same end: %o',
  ({ rebuild }) => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await openDatabase('server');
    });
    afterAll(() => database.close());

    test.each(shares)('at %d of its statements', async (share) => {
      inSmallPieces();
      const rejects = join(emptyFolder(), 'rejects.tsv');
      const folder = imdbFolder(newer);
      const prepare = async () => {
        await empty(database);
        await loadImdb(database.admin, imdbFolder(older));
      };
      await prepare();
      const shape = await shapeOf(database);
      const loaded = await loadImdb(database.admin, folder, { rebuild, rejects });
      const truth = { rows: await allRows(database), told: readFileSync(rejects, 'utf8') };
      expect(truth.told.split('\n').length).toBeGreaterThan(6);
      await prepare();
      const { done, asked } = await breakOff(database, everything, folder, { rebuild, rejects });
      expect(done).toBe(true);
      await prepare();
      expect((await breakOff(database, Math.round(asked * share), folder, { rebuild, rejects })).done).toBe(
        false,
      );
      expect(await loadImdb(database.admin, folder, { rebuild, rejects })).toEqual(loaded);
      expect(await untrueAfterLoad(database)).toEqual([]);
      expect({ rows: await allRows(database), told: readFileSync(rejects, 'utf8') }).toEqual(truth);
      expect(await shapeOf(database)).toEqual(shape);
    });
  },
);

describe.runIf(databaseKinds.includes('server'))('a rebuild that is broken off', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase('server');
  });
  afterAll(() => database.close());

  test.each([0.4, 0.95])('at %d of its statements makes way for other files; editors wait', async (share) => {
    inSmallPieces();
    const folder = imdbFolder(newer);
    await empty(database);
    const shape = await shapeOf(database);
    const { asked } = await breakOff(database, everything, imdbFolder(older), { rebuild: true });
    await loadImdb(database.admin, folder);
    const rows = await allRows(database);
    await empty(database);
    await breakOff(database, Math.round(asked * share), imdbFolder(older), { rebuild: true });
    await expect(checkDatabase(database.pools.editor, { role: 'movie_hub_editor' })).rejects.toMatchObject({
      code: 'database_not_ready',
      message: expect.stringContaining('movie-hub db load'),
    });
    await checkDatabase(database.pools.reader, { role: 'movie_hub_reader' });
    const write = sql('DELETE FROM movie_hub.titles');
    await expect(
      withEditor(database.pools.editor, editor, (scope) => runQuery(scope, write, {})),
    ).rejects.toMatchObject({
      code: 'database_not_ready',
      message: expect.stringContaining('loaded'),
    });
    await loadImdb(database.admin, folder);
    expect(await untrueAfterLoad(database)).toEqual([]);
    expect(await allRows(database)).toEqual(rows);
    expect(await shapeOf(database)).toEqual(shape);
    await checkDatabase(database.pools.editor, { role: 'movie_hub_editor' });
  });
});
