import fc from 'fast-check';
import { isMovieHubError, runQuery } from 'movie-hub';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type EditScope, withEditor } from '../../src/ui/scopes';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { editor, expectKeptTrue, sql } from './kept-true';

/** Titles 1 to 4 and people 1 to 3: few, so that the changes meet. */
const title = fc.integer({ min: 1, max: 4 });
const person = fc.integer({ min: 1, max: 3 });
const place = fc.integer({ min: 1, max: 3 });
const type = fc.constantFrom(1, 2, 3, 5);
const role = fc.constantFrom('director', 'writer');

const cast = (t: number, p: number, n: number) =>
  `INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category)
   SELECT title_id, ${n}, title_type, ${p}, 'actor' FROM movie_hub.titles WHERE title_id = ${t}`;

/** Everything that may change which types a person is seen in. */
const change: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(title, person, place).map(([t, p, n]) => cast(t, p, n)) },
  {
    weight: 2,
    arbitrary: fc.tuple(title, person, role).map(
      ([t, p, r]) => `INSERT INTO movie_hub.crew (title_id, title_type, role, ordering, name_id)
        SELECT title_id, title_type, '${r}', 1, ${p} FROM movie_hub.titles WHERE title_id = ${t}`,
    ),
  },
  fc.tuple(title, person).map(
    ([t, p]) => `INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category)
      SELECT title_id, 10 + n, title_type, n, 'self' FROM movie_hub.titles, generate_series(1, ${p}) n WHERE title_id >= ${t}
      ON CONFLICT (title_id, ordering) DO UPDATE SET category = excluded.category`,
  ),
  fc
    .tuple(person, title, place)
    .map(
      ([p, t, n]) =>
        `UPDATE movie_hub.principals SET name_id = ${p} WHERE title_id = ${t} AND ordering <= ${n}`,
    ),
  fc
    .tuple(title, place)
    .map(([t, n]) => `DELETE FROM movie_hub.principals WHERE title_id = ${t} AND ordering >= ${n}`),
  person.map((p) => `DELETE FROM movie_hub.principals WHERE name_id = ${p}`),
  person.map((p) => `UPDATE movie_hub.crew SET name_id = ${p}`),
  role.map((r) => `DELETE FROM movie_hub.crew WHERE role = '${r}'`),
  fc
    .tuple(title, type)
    .map(([t, y]) => `UPDATE movie_hub.titles SET title_type = ${y} WHERE title_id = ${t}`),
  fc
    .tuple(title, type)
    .map(([t, y]) => `UPDATE movie_hub.titles SET title_type = ${y} WHERE title_id >= ${t}`),
  title.map((t) => `UPDATE movie_hub.titles SET title_id = title_id + 100 WHERE title_id = ${t}`),
  title.map((t) => `DELETE FROM movie_hub.titles WHERE title_id % 100 = ${t}`),
  title.map(
    (t) =>
      `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title) VALUES (${t}, 1, 'T', 'T')`,
  ),
  person.map((p) => `DELETE FROM movie_hub.names WHERE name_id = ${p}`),
  person.map((p) => `INSERT INTO movie_hub.names (name_id, primary_name) VALUES (${p}, 'N')`),
);

describe.each(databaseKinds)('names.title_types on %s', (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase(kind);
  });
  beforeEach(() => refill(database));
  afterAll(() => database.close());

  test('is always the set of types of the titles that show the person', async () => {
    await expectKeptTrue(database, { refill, untrue, change, numRuns: 40, fewest: 100 });
  });

  test('is found out by this test when it is not', async () => {
    await database.admin.query('UPDATE movie_hub.names SET title_types = ARRAY[7] WHERE name_id = 2');
    expect(await untrue(database)).toEqual([{ name_id: 2 }]);
    await database.admin.query('ALTER TABLE movie_hub.principals DISABLE TRIGGER principals_inserted');
    await refill(database);
    await withEditor(database.pools.editor, editor, (scope) => runQuery(scope, sql(cast(1, 3, 1)), {}));
    expect(await untrue(database)).toEqual([{ name_id: 3 }]);
    await database.admin.query('ALTER TABLE movie_hub.principals ENABLE TRIGGER principals_inserted');
  });

  test('is not for an editor to write', async () => {
    const write = sql('UPDATE movie_hub.names SET title_types = ARRAY[1]');
    await expect(
      withEditor(database.pools.editor, editor, (scope) => runQuery(scope, write, {})),
    ).rejects.toEqual(expect.objectContaining({ cause: expect.objectContaining({ code: '42501' }) }));
  });
});

describe.runIf(databaseKinds.includes('server'))('names.title_types under concurrent changes', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase('server');
  });
  beforeEach(() => refill(database));
  afterAll(() => database.close());

  const edit = (work: (scope: EditScope) => Promise<unknown>) =>
    withEditor(database.pools.editor, editor, work);

  const write = `INSERT INTO movie_hub.crew (title_id, title_type, role, ordering, name_id) VALUES (2, 2, 'writer', 1, 1)`;
  const unwrite = 'DELETE FROM movie_hub.crew WHERE name_id = 1';

  test.each<[what: string, first: string, second: string, types: number[]]>([
    ['two cast one person', cast(1, 1, 1), cast(3, 1, 1), [1, 2, 3]],
    ['one casts, one takes away', cast(1, 1, 1), unwrite, [1]],
    ['one takes away, one casts', unwrite, cast(3, 1, 1), [3]],
    [
      'one casts, one changes the type of another title',
      cast(1, 1, 1),
      'UPDATE movie_hub.titles SET title_type = 5 WHERE title_id = 2',
      [1, 5],
    ],
    [
      'one casts, one deletes another title',
      cast(1, 1, 1),
      'DELETE FROM movie_hub.titles WHERE title_id = 2',
      [1],
    ],
  ])('%s: the second waits and sees what the first did', async (_, first, second, types) => {
    await edit((scope) => runQuery(scope, sql(write), {}));
    let waiting: Promise<unknown> | undefined;
    await edit(async (scope) => {
      await runQuery(scope, sql(first), {});
      waiting = edit((other) => runQuery(other, sql(second), {}));
      await untilSomebodyWaits(database);
    });
    await waiting;
    const { rows } = await database.admin.query('SELECT title_types FROM movie_hub.names WHERE name_id = 1');
    expect(rows).toEqual([{ title_types: types }]);
    expect(await untrue(database)).toEqual([]);
  });

  test('many editors at once', async () => {
    const changes = Array.from({ length: 60 }, (_, i) =>
      i % 3 === 0
        ? `DELETE FROM movie_hub.principals WHERE title_id = ${(i % 4) + 1}`
        : cast((i % 4) + 1, (i % 2) + 1, i),
    );
    const outcomes = await Promise.all(
      changes.map((each) =>
        edit((scope) => runQuery(scope, sql(each), {})).then(
          () => 'done',
          (error: unknown) => (isMovieHubError(error) ? error.code : String(error)),
        ),
      ),
    );
    expect(new Set(outcomes)).toEqual(new Set(['done']));
    expect(await untrue(database)).toEqual([]);
  });
});

/** Four titles of the types 1, 2, 3 and 5, three people, no credits. */
async function refill({ admin }: TestDatabase): Promise<void> {
  await admin.query('DELETE FROM movie_hub.titles');
  await admin.query('DELETE FROM movie_hub.names');
  await admin.query(
    `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title)
     VALUES (1, 1, 'A', 'A'), (2, 2, 'B', 'B'), (3, 3, 'C', 'C'), (4, 5, 'D', 'D')`,
  );
  await admin.query(
    `INSERT INTO movie_hub.names (name_id, primary_name) VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cid')`,
  );
}

/** People whose title_types are not what the tables say, asked as the superuser. */
async function untrue({ admin }: TestDatabase): Promise<unknown[]> {
  const { rows } = await admin.query(
    `WITH credits AS (
       SELECT name_id, title_id FROM movie_hub.principals UNION SELECT name_id, title_id FROM movie_hub.crew
     ), truth AS (
       SELECT c.name_id, array_agg(DISTINCT t.title_type ORDER BY t.title_type) AS types
       FROM credits c JOIN movie_hub.titles t USING (title_id) GROUP BY 1
     )
     SELECT n.name_id FROM movie_hub.names n LEFT JOIN truth USING (name_id)
     WHERE n.title_types IS DISTINCT FROM COALESCE(truth.types, '{}') ORDER BY 1`,
  );
  return rows;
}

async function untilSomebodyWaits({ admin }: TestDatabase): Promise<void> {
  for (let waiting = 0; waiting === 0; ) {
    const { rowCount } = await admin.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    waiting = rowCount ?? 0;
  }
}
