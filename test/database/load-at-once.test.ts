import { loadImdb } from 'movie-hub/dataset';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LoadImdbOptions } from '../../src/dataset/load-imdb';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { imdbFolder } from './imdb-folder';
import { allRows, empty, inSmallPieces, shapeOf, untrueAfterLoad } from './loaded-rows';
import { poolOf } from './pool-of';

const folderOf = (word: string) =>
  imdbFolder({
    'title.basics': [1, 2, 3, 4, 5, 6].map(
      (id) => `tt000000${id} | movie | ${word} ${id} | ${word} ${id} | 0 | 2000 | \\N | 90 | Drama`,
    ),
    'name.basics': [1, 2, 3, 4].map((id) => `nm000000${id} | Person ${id} | \\N | \\N | \\N | \\N`),
    'title.principals': [1, 2, 3, 4].map((id) => `tt000000${id} | 1 | nm000000${id} | actor | \\N | \\N`),
  });

describe.runIf(databaseKinds.includes('server'))('of two loads at once', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase('server');
  });
  afterAll(() => database.close());

  /** Begins a load, and waits with all that follows its first file until other work is done. */
  async function overtake(folder: string, options: LoadImdbOptions, work: () => Promise<unknown>) {
    const pool = poolOf(database.urls.admin);
    const connect = pool.connect.bind(pool) as (...args: unknown[]) => unknown;
    let other: Promise<unknown> | undefined;
    Object.assign(pool, {
      // The pool itself connects with a callback, for single statements.
      connect: (...args: unknown[]) =>
        args.length > 0 ? connect(...args) : Promise.resolve(other).then(() => connect()),
    });
    const onFile = () => {
      other ??= work();
    };
    const ended = await loadImdb(pool, folder, { ...options, onFile }).catch((error: unknown) => error);
    await pool.end();
    expect(other).toBeDefined();
    await other;
    return ended;
  }

  test.each([
    { rebuild: false, second: 'the same files' },
    { rebuild: true, second: 'the same files' },
    { rebuild: false, second: 'other files' },
    { rebuild: true, second: 'other files' },
  ])('the second takes the place of the first: %o', async ({ rebuild, second }) => {
    inSmallPieces();
    const folder = folderOf('First');
    const next = second === 'the same files' ? folder : folderOf('Second');
    await empty(database);
    const shape = await shapeOf(database);
    await loadImdb(database.admin, next, { rebuild });
    const truth = await allRows(database);

    await empty(database);
    const ended = await overtake(folder, { rebuild }, () => loadImdb(database.admin, next, { rebuild }));
    expect(ended).toMatchObject({ code: 'conflict', message: expect.stringContaining('load') });
    expect(await allRows(database)).toEqual(truth);
    expect(await untrueAfterLoad(database)).toEqual([]);
    expect(await shapeOf(database)).toEqual(shape);
  });

  test('neither is refused when the first waits for something else', async () => {
    await empty(database);
    const ended = await overtake(folderOf('First'), {}, () => database.admin.query('SELECT 1'));
    expect(ended).toHaveLength(3);
  });
});
