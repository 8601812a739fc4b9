import { createPool, runQuery, withEntitlements } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { movies, sql } from './scope-database';

describe.runIf(databaseKinds.includes('server'))('a login with settings of its own', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase('server');
  });
  afterAll(() => database.close());

  test('changes nothing of how values are written, and keeps its settings', async () => {
    const pool = createPool({
      connectionString: database.urls.reader,
      options: '-c datestyle=SQL,DMY -c extra_float_digits=-3',
      max: 1,
    });
    const values = `SELECT '2024-02-29'::date AS day, 0.1::float8 + 0.2::float8 AS sum`;
    expect((await pool.query(values.replace('::date', '::date::text'))).rows).toEqual([
      { day: '29/02/2024', sum: 0.3 },
    ]);
    expect(await withEntitlements(pool, movies, (scope) => runQuery(scope, sql(values), {}))).toEqual([
      { day: '2024-02-29', sum: 0.1 + 0.2 },
    ]);
    expect((await pool.query('SHOW datestyle')).rows).toEqual([{ DateStyle: 'SQL, DMY' }]);
    await pool.end();
  });
});
