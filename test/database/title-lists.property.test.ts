import fc from 'fast-check';
import { runQuery } from 'movie-hub';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withEditor } from '../../src/ui/scopes';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { editor, expectKeptTrue, sql } from './kept-true';
import { untrueLists as untrue } from './untrue';

/** Titles 1 to 4: few, so that the changes meet. */
const title = fc.integer({ min: 1, max: 4 });
const type = fc.constantFrom(1, 2, 5);
const genre = fc.constantFrom('Drama', 'War');
const year = fc.constantFrom('NULL', '1990', '2001');
const votes = fc.constantFrom(0, 7, 20_000_000);
const name = fc.constantFrom(`'The Sea'`, `'Ärger'`, `repeat('x', 70)`);
const on = (table: string, t: number, columns: string, values: string) =>
  `INSERT INTO movie_hub.${table} (title_id, title_type, ${columns})
   SELECT title_id, title_type, ${values} FROM movie_hub.titles WHERE title_id = ${t}`;

/** Everything that may change what title_lists and the years of credits should say. */
const change: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(title, genre).map(([t, g]) => on('genres', t, 'genre', `'${g}'`)),
  fc.tuple(title, votes).map(([t, v]) => on('ratings', t, 'average_rating, num_votes', `8.3, ${v}`)),
  title.map((t) => on('principals', t, 'ordering, name_id, category, title_year', `1, 1, 'actor', 1234`)),
  title.map((t) => on('crew', t, 'role, ordering, name_id', `'writer', 1, 1`)),
  fc
    .tuple(title, type)
    .map(([t, y]) => `UPDATE movie_hub.titles SET title_type = ${y} WHERE title_id >= ${t}`),
  fc
    .tuple(title, year)
    .map(([t, y]) => `UPDATE movie_hub.titles SET start_year = ${y} WHERE title_id <= ${t}`),
  fc
    .tuple(title, name)
    .map(([t, n]) => `UPDATE movie_hub.titles SET primary_title = ${n} WHERE title_id = ${t}`),
  title.map((t) => `UPDATE movie_hub.titles SET title_id = title_id + 100 WHERE title_id = ${t}`),
  title.map((t) => `DELETE FROM movie_hub.titles WHERE title_id % 100 = ${t}`),
  title.map(
    (t) =>
      `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title) VALUES (${t}, 1, 'A', 'A')
       ON CONFLICT (title_id) DO UPDATE SET start_year = 2010, primary_title = 'B'`,
  ),
  fc
    .tuple(title, votes)
    .map(([t, v]) => `UPDATE movie_hub.ratings SET num_votes = ${v} WHERE title_id >= ${t}`),
  title.map((t) => `UPDATE movie_hub.ratings SET average_rating = 10 - ${t} WHERE title_id = ${t}`),
  title.map((t) => `DELETE FROM movie_hub.ratings WHERE title_id = ${t}`),
  genre.map((g) => `UPDATE movie_hub.genres SET genre = 'Sport' WHERE genre = '${g}'`),
  genre.map((g) => `DELETE FROM movie_hub.genres WHERE genre = '${g}'`),
  title.map((t) => `UPDATE movie_hub.principals SET title_year = ${t}`),
);

describe.each(databaseKinds)('title_lists and the years of credits on %s', (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase(kind);
    await database.admin.query(`INSERT INTO movie_hub.names (name_id, primary_name) VALUES (1, 'Ann')`);
  });
  beforeEach(() => refill(database));
  afterAll(() => database.close());

  test('are always what titles, genres and ratings say', async () => {
    await expectKeptTrue(database, { refill, untrue, change, numRuns: 40, fewest: 100 });
  });

  test('are found out by this test when they are not', async () => {
    expect(await untrue(database)).toEqual([]);
    await database.admin.query(`UPDATE movie_hub.title_lists SET num_votes = 3 WHERE title_id = 2`);
    expect(await untrue(database)).toEqual([2, 2]);
    await refill(database);
    await database.admin.query('ALTER TABLE movie_hub.genres DISABLE TRIGGER genres_lists_in');
    await database.admin.query(on('genres', 3, 'genre', `'Drama'`));
    expect(await untrue(database)).toEqual([3]);
    await database.admin.query('ALTER TABLE movie_hub.genres ENABLE TRIGGER genres_lists_in');
  });

  test('are not for an editor to write', async () => {
    const write = sql(`DELETE FROM movie_hub.title_lists`);
    await expect(
      withEditor(database.pools.editor, editor, (scope) => runQuery(scope, write, {})),
    ).rejects.toEqual(expect.objectContaining({ cause: expect.objectContaining({ code: '42501' }) }));
  });
});

describe.runIf(databaseKinds.includes('server'))('title_lists under concurrent changes', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase('server');
  });
  beforeEach(() => refill(database));
  afterAll(() => database.close());

  test('of two who change one title the second waits, and sees what the first did', async () => {
    const waiting = async () => {
      const { rows } = await database.admin.query(
        `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      );
      return rows.length;
    };
    const edit = (text: string, then?: () => void) =>
      withEditor(database.pools.editor, editor, async (scope) => {
        await runQuery(scope, sql(text), {});
        then?.();
        if (then) await expect.poll(waiting).toBe(1);
      });
    let second: Promise<void> | undefined;
    await edit(on('genres', 1, 'genre', `'War'`), () => {
      second = edit(on('ratings', 1, 'average_rating, num_votes', '8, 50'));
    });
    await second;
    expect(await untrue(database)).toEqual([]);
    const { rows } = await database.admin.query(
      'SELECT num_votes FROM movie_hub.title_lists WHERE title_id = 1',
    );
    expect(rows).toEqual([{ num_votes: 50 }, { num_votes: 50 }]);
  });
});

/** Four titles, the second with a genre. */
async function refill({ admin }: TestDatabase): Promise<void> {
  await admin.query('DELETE FROM movie_hub.titles');
  await admin.query(
    `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title, start_year)
     VALUES (1, 1, 'A', 'A', 1990), (2, 2, 'B', 'B', NULL), (3, 5, 'C', 'C', 2000), (4, 5, 'D', 'D', 2001)`,
  );
  await admin.query(on('genres', 2, 'genre', `'Drama'`));
}
