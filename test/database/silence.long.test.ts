import { checkDatabase, createPool, runQuery, withEntitlements } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { type Gate, openGate } from './gate';
import { poolOf } from './pool-of';
import { movies, ofCode, sql } from './scope-database';

const one = sql<{ n: number }>('SELECT 1 AS n');

describe.runIf(databaseKinds.includes('server'))('a server that falls silent on a connection', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase('server');
  });
  afterAll(() => database.close());

  const openPool = async (
    make: (url: string) => ReturnType<typeof poolOf>,
  ): Promise<[pool: ReturnType<typeof poolOf>, gate: Gate]> => {
    const gate = await openGate(database.urls.reader);
    const pool = make(gate.url);
    onTestFinished(async () => {
      await gate.close();
      await pool.end();
    });
    return [pool, gate];
  };
  const makers: [name: string, make: (url: string) => ReturnType<typeof poolOf>][] = [
    ['a plain pool', poolOf],
    ['createPool', (url) => createPool({ connectionString: url, max: 1 })],
  ];

  test.each(makers)('holds no call for ever, and the next is answered: %s', async (_, make) => {
    const [pool, gate] = await openPool(make);
    const options = { statementTimeoutMs: 100 };
    const silenced = withEntitlements(
      pool,
      movies,
      (scope) => {
        gate.mute();
        return runQuery(scope, one, {});
      },
      options,
    );
    await expect(silenced).rejects.toEqual(ofCode('database_unavailable'));
    expect(await withEntitlements(pool, movies, (scope) => runQuery(scope, one, {}), options)).toEqual([
      { n: 1 },
    ]);
  });

  test('holds no check of the database for ever either', async () => {
    const [pool, gate] = await openPool(poolOf);
    await pool.query('SELECT 1');
    gate.mute();
    const check = () => checkDatabase(pool, { role: 'movie_hub_reader' });
    await expect(check()).rejects.toEqual(ofCode('database_unavailable'));
    expect(await check()).toBeUndefined();
  });
});
