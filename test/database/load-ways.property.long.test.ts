import fc from 'fast-check';
import { runQuery } from 'movie-hub';
import { loadImdb } from 'movie-hub/dataset';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LoadImdbOptions } from '../../src/dataset/load-imdb';
import { withEditor } from '../../src/ui/scopes';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { runsOf } from '../support/lane';
import { type ImdbLines, imdbFolder } from './imdb-folder';
import { imdbLines } from './imdb-lines';
import { editor, sql } from './kept-true';
import { allRows, empty, inSmallPieces, shapeOf, untrueAfterLoad, windowsFolder } from './loaded-rows';

const runs = { embedded: 1, server: runsOf(6) };

describe.each(databaseKinds)('the ways of a load end in the same rows on %s', (kind) => {
  let database: TestDatabase;
  let shape: unknown[];
  beforeAll(async () => {
    database = await openDatabase(kind);
    shape = await shapeOf(database);
  });
  afterAll(() => database.close());

  const load = async (folder: string, options: LoadImdbOptions = {}) => {
    const loaded = await loadImdb(database.admin, folder, options);
    expect(await untrueAfterLoad(database)).toEqual([]);
    return { loaded, rows: await allRows(database) };
  };

  test('in an empty database', async () => {
    inSmallPieces();
    await fc.assert(
      fc.asyncProperty(imdbLines, async (lines) => {
        const folder = imdbFolder(lines);
        await empty(database);
        const merged = await load(folder, { rebuild: false });
        expect(await load(windowsFolder(lines), { rebuild: false })).toEqual(merged);
        await empty(database);
        expect(await load(folder, { rebuild: true })).toEqual(merged);
        expect(await shapeOf(database)).toEqual(shape);
      }),
      { numRuns: runs[kind], endOnFailure: true },
    );
  });

  test('in one that has a part already, and what admins made and changed', async () => {
    inSmallPieces();
    await fc.assert(
      fc.asyncProperty(imdbLines, imdbLines, async (older, newer) => {
        const folder = imdbFolder(newer);
        await prepare(database, older);
        const merged = await load(folder, { rebuild: false });
        await prepare(database, older);
        expect(await load(folder, { rebuild: true })).toEqual(merged);
        expect(await shapeOf(database)).toEqual(shape);
        expect((await load(folder, { rebuild: false })).rows).toEqual(merged.rows);
      }),
      { numRuns: runs[kind], endOnFailure: true },
    );
  });
});

/** Loads files, and then does what admins do. */
async function prepare(database: TestDatabase, lines: ImdbLines): Promise<void> {
  await empty(database);
  await loadImdb(database.admin, imdbFolder(lines));
  const own = 1_000_000_001;
  await withEditor(database.pools.editor, editor, async (scope) => {
    for (const change of [
      `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title) VALUES (${own}, 1, 'Own', 'Own')`,
      `INSERT INTO movie_hub.names (name_id, primary_name) VALUES (${own}, 'Own person')`,
      `INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category)
       SELECT ${own}, 1, 1, name_id, 'actor' FROM movie_hub.names WHERE name_id = 1`,
      `UPDATE movie_hub.titles SET primary_title = 'Changed', title_type = 2 WHERE title_id = 1`,
      `INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category)
       SELECT title_id, 9, title_type, ${own}, 'actor' FROM movie_hub.titles WHERE title_id = 2`,
      `UPDATE movie_hub.names SET primary_name = 'Changed' WHERE name_id = 2`,
    ])
      await runQuery(scope, sql(change), {});
  });
}
