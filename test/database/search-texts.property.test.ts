import fc from 'fast-check';
import { runQuery } from 'movie-hub';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withEditor } from '../../src/ui/scopes';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { editor, expectKeptTrue, sql } from './kept-true';
import { untrueTexts as untrue } from './untrue';

/** Titles 1 to 4 and people 1 to 3: few, so that the changes meet. */
const title = fc.integer({ min: 1, max: 4 });
const person = fc.integer({ min: 1, max: 3 });
const type = fc.constantFrom(1, 2, 5);
const year = fc.constantFrom('NULL', '1990', '2001');
const votes = fc.constantFrom(0, 7, 2_147_483_647);
const text = fc.constantFrom(
  `'The Sea'`,
  `'Sea'`,
  `'sea, the'`,
  `'Ärger'`,
  `'Ärger The Sea'`,
  `'!'`,
  `repeat('x', 70)`,
);
const on = (table: string, t: number, columns: string, values: string) =>
  `INSERT INTO movie_hub.${table} (title_id, title_type, ${columns})
   SELECT title_id, title_type, ${values} FROM movie_hub.titles WHERE title_id = ${t}`;

/** Everything that may change what title_texts and name_texts should say. */
const change: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(title, text, person).map(([t, x, n]) => on('akas', t, 'ordering, title', `${n}, ${x}`)),
  fc.tuple(title, votes).map(([t, v]) => on('ratings', t, 'average_rating, num_votes', `8.3, ${v}`)),
  fc
    .tuple(title, person)
    .map(([t, p]) => on('principals', t, 'ordering, name_id, category', `${p}, ${p}, 'actor'`)),
  fc.tuple(title, person).map(([t, p]) => on('crew', t, 'role, ordering, name_id', `'writer', 1, ${p}`)),
  fc.tuple(title, text).map(([t, x]) => `UPDATE movie_hub.akas SET title = ${x} WHERE title_id = ${t}`),
  title.map((t) => `DELETE FROM movie_hub.akas WHERE ordering = ${t}`),
  fc
    .tuple(title, type)
    .map(([t, y]) => `UPDATE movie_hub.titles SET title_type = ${y} WHERE title_id >= ${t}`),
  fc
    .tuple(title, year)
    .map(([t, y]) => `UPDATE movie_hub.titles SET start_year = ${y} WHERE title_id <= ${t}`),
  fc
    .tuple(title, text)
    .map(([t, x]) => `UPDATE movie_hub.titles SET primary_title = ${x} WHERE title_id = ${t}`),
  fc
    .tuple(title, text)
    .map(([t, x]) => `UPDATE movie_hub.titles SET original_title = ${x} WHERE title_id <= ${t}`),
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
  fc.tuple(title, votes).map(
    ([t, v]) => `INSERT INTO movie_hub.ratings (title_id, title_type, average_rating, num_votes)
      SELECT title_id, title_type, 5, ${v} FROM movie_hub.titles WHERE title_id >= ${t}
      ON CONFLICT (title_id) DO UPDATE SET num_votes = excluded.num_votes`,
  ),
  title.map((t) => `DELETE FROM movie_hub.ratings WHERE title_id = ${t}`),
  person.map((p) => `UPDATE movie_hub.principals SET name_id = ${p}`),
  person.map((p) => `DELETE FROM movie_hub.principals WHERE name_id = ${p}`),
  person.map((p) => `DELETE FROM movie_hub.crew WHERE name_id = ${p}`),
  fc
    .tuple(person, text)
    .map(([p, x]) => `UPDATE movie_hub.names SET primary_name = ${x} WHERE name_id >= ${p}`),
  fc.tuple(person, year).map(([p, y]) => `UPDATE movie_hub.names SET birth_year = ${y} WHERE name_id = ${p}`),
  person.map((p) => `DELETE FROM movie_hub.names WHERE name_id = ${p}`),
  person.map(
    (p) => `INSERT INTO movie_hub.names (name_id, primary_name) VALUES (${p}, 'N') ON CONFLICT DO NOTHING`,
  ),
);

describe.each(databaseKinds)('title_texts and name_texts on %s', (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase(kind);
  });
  beforeEach(() => refill(database));
  afterAll(() => database.close());

  test('are always what the other tables say', async () => {
    await expectKeptTrue(database, { refill, untrue, change, numRuns: 30, fewest: 60 });
  });

  test('are found out by this test when they are not', async () => {
    expect(await untrue(database)).toEqual([]);
    for (const change of [
      `UPDATE movie_hub.title_texts SET num_votes = 3 WHERE title_id = 2`,
      `DELETE FROM movie_hub.title_texts WHERE words IS NOT NULL AND title_id = 2`,
      `UPDATE movie_hub.title_texts SET plain = 'x' WHERE title_id = 2`,
      `UPDATE movie_hub.name_texts SET num_votes = 3`,
      `DELETE FROM movie_hub.name_texts`,
    ]) {
      await refill(database);
      await database.admin.query(change);
      expect((await untrue(database)).length, change).toBeGreaterThan(0);
    }
  });

  test('are not for an editor to write', async () => {
    for (const table of ['title_texts', 'name_texts']) {
      const write = sql(`DELETE FROM movie_hub.${table}`);
      await expect(
        withEditor(database.pools.editor, editor, (scope) => runQuery(scope, write, {})),
      ).rejects.toEqual(expect.objectContaining({ cause: expect.objectContaining({ code: '42501' }) }));
    }
  });
});

/** Four titles and three people; the second title has another title, votes, and two of the people. */
async function refill({ admin }: TestDatabase): Promise<void> {
  await admin.query(`DELETE FROM movie_hub.titles; DELETE FROM movie_hub.names;
    INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title, start_year)
      VALUES (1, 1, 'A', 'A', 1990), (2, 2, 'The B', 'B', NULL), (3, 5, 'C', 'See', 2000), (4, 5, 'D', 'D', 2001);
    INSERT INTO movie_hub.names (name_id, primary_name, birth_year) VALUES (1, 'Ann', 1950), (2, 'Bo', NULL), (3, 'Cy', NULL);
    ${on('akas', 2, 'ordering, title', `1, 'Das B'`)};
    ${on('ratings', 2, 'average_rating, num_votes', `8.3, 5000`)};
    ${on('principals', 2, 'ordering, name_id, category', `1, 1, 'actor'`)};
    ${on('crew', 2, 'role, ordering, name_id', `'writer', 1, 2`)}`);
}
