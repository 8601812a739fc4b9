import { checkDatabase, createPool, runQuery, type Scope, withEntitlements } from 'movie-hub';
import pg, { type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccountScope, withAccounts } from '../../src/ui/scopes';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { messageOf } from '../support/messages';
import { seed } from '../support/seed';
import { type Gate, openGate } from './gate';
import { poolOf } from './pool-of';
import { movies, ofCode, sql, titles } from './scope-database';

describe.runIf(databaseKinds.includes('server'))('a scope whose server misbehaves', () => {
  let database: TestDatabase;
  let pool: Pool;
  let gate: Gate;
  const unavailable = expect.objectContaining({
    code: 'database_unavailable',
    message: messageOf.database_unavailable,
  });
  const pid = sql<{ pid: number }>('SELECT pg_backend_pid() AS pid');

  beforeAll(async () => {
    database = await openDatabase('server');
    await seed(database.admin, [{ id: 1, type: 1, title: 'Seen' }]);
    gate = await openGate(database.urls.reader);
    pool = poolOf(gate.url, 1);
  });
  afterAll(async () => {
    await pool.end();
    await gate.close();
    await database.close();
  });

  const terminateOwn = async (scope: Scope): Promise<void> => {
    const [own] = await runQuery(scope, pid, {});
    const { rows } = await database.admin.query<{ gone: boolean }>(
      'SELECT pg_terminate_backend($1, 10000) AS gone',
      [own?.pid],
    );
    expect(rows).toEqual([{ gone: true }]);
  };
  const worksAgain = async () => {
    expect(await withEntitlements(pool, movies, (scope) => runQuery(scope, titles, {}))).toEqual([
      { title_id: 1 },
    ]);
    expect(pool.totalCount).toBe(1);
  };

  const of = (change: (url: URL) => void) => {
    const url = new URL(database.urls.reader);
    change(url);
    return url.href;
  };
  const thrown = new Error('of the caller');
  test.each<[what: string, config: () => pg.PoolConfig]>([
    [
      'no such host',
      () => ({ connectionString: of((url) => Object.assign(url, { hostname: 'no.invalid' })) }),
    ],
    ['nothing on the port', () => ({ connectionString: of((url) => Object.assign(url, { port: '1' })) })],
    ['no such socket', () => ({ connectionString: 'postgresql:///films?host=/nowhere' })],
    ['a wrong password', () => ({ connectionString: of((url) => Object.assign(url, { password: 'x' })) })],
    ['no password', () => ({ connectionString: of((url) => Object.assign(url, { password: '' })) })],
    ['no such login', () => ({ connectionString: of((url) => Object.assign(url, { username: 'nobody' })) })],
    [
      'no such database',
      () => ({ connectionString: of((url) => Object.assign(url, { pathname: '/nowhere' })) }),
    ],
    ['a server without TLS', () => ({ connectionString: database.urls.reader, ssl: true })],
    [
      'a password that is none',
      () => ({
        connectionString: of((url) => Object.assign(url, { password: '' })),
        password: () => 5 as never,
      }),
    ],
    [
      'a password function that throws',
      () => ({
        connectionString: of((url) => Object.assign(url, { password: '' })),
        password: () => {
          throw thrown;
        },
      }),
    ],
  ])('cannot be reached: %s', async (_, config) => {
    const away = createPool({ ...config(), max: 1 });
    const given = withEntitlements(away, movies, (scope) => runQuery(scope, titles, {}));
    await expect(given).rejects.toEqual(unavailable);
    await expect(checkDatabase(away, { role: movies.role })).rejects.toEqual(unavailable);
    await away.end();
    await expect(checkDatabase(away, { role: movies.role }), 'a pool that has ended').rejects.toEqual(
      unavailable,
    );
    await worksAgain();
  });

  test('a limit of the driver for an answer is a query that takes too long', async () => {
    const limited = createPool({ connectionString: database.urls.reader, max: 1, query_timeout: 200 });
    const sleep = sql<object>('SELECT FROM pg_sleep(600)');
    const slow = withEntitlements(limited, movies, (scope) => runQuery(scope, sleep, {}));
    await expect(slow).rejects.toEqual(ofCode('query_timeout'));
    await limited.end();
  });

  test.each<[what: string, work: (scope: Scope) => Promise<unknown>, thrown: unknown]>([
    ['before a query', (scope) => terminateOwn(scope).then(() => runQuery(scope, titles, {})), unavailable],
    ['before the end', terminateOwn, unavailable],
    [
      'and the failure is swallowed',
      (scope) => terminateOwn(scope).then(() => runQuery(scope, titles, {}).catch(() => 'done')),
      unavailable,
    ],
    [
      'and work throws its own error',
      (scope) => terminateOwn(scope).then(() => Promise.reject(new Error('mine'))),
      new Error('mine'),
    ],
  ])('a connection that is lost %s never goes back to the pool', async (_, work, thrown) => {
    await worksAgain();
    await expect(withEntitlements(pool, movies, work)).rejects.toEqual(thrown);
    expect(pool.totalCount).toBe(0);
    await worksAgain();
  });

  test('a statement that takes too long is ended by the server, and its connection stays', async () => {
    const [before] = await withEntitlements(pool, movies, (scope) => runQuery(scope, pid, {}));
    const sleep = sql<object>(`SELECT pg_sleep(60), 'secret'`);
    await expect(
      withEntitlements(pool, movies, (scope) => runQuery(scope, sleep, {}), { statementTimeoutMs: 50 }),
    ).rejects.toEqual(
      expect.objectContaining({
        code: 'query_timeout',
        message: messageOf.query_timeout,
      }),
    );
    expect(await withEntitlements(pool, movies, (scope) => runQuery(scope, pid, {}))).toEqual([before]);
  });

  test("the driver's own limit is told as a timeout too, and its connection does not come back", async () => {
    const hasty = new pg.Pool({ connectionString: database.urls.reader, max: 1, query_timeout: 200 });
    hasty.on('error', () => undefined);
    const sleep = sql<object>('SELECT pg_sleep(60)');
    await expect(withEntitlements(hasty, movies, (scope) => runQuery(scope, sleep, {}))).rejects.toEqual(
      ofCode('query_timeout'),
    );
    expect(hasty.totalCount).toBe(0);
    expect(await withEntitlements(hasty, movies, (scope) => runQuery(scope, titles, {}))).toEqual([
      { title_id: 1 },
    ]);
    await hasty.end();
  });

  test('a database that goes away is told, and used again when it is back', async () => {
    await worksAgain();
    const during = withEntitlements(pool, movies, async (scope) => {
      await gate.shut();
      return runQuery(scope, titles, {});
    });
    await expect(during).rejects.toEqual(unavailable);
    for (let i = 0; i < 3; i += 1) {
      await expect(withEntitlements(pool, movies, (scope) => runQuery(scope, titles, {}))).rejects.toEqual(
        unavailable,
      );
    }
    await gate.open();
    await worksAgain();
  });

  test('a connection that broke while idle is replaced', async () => {
    await worksAgain();
    const lost = new Promise((resolve) => pool.once('error', resolve));
    await gate.shut();
    await lost;
    await gate.open();
    await worksAgain();
  });

  test.each<[what: string, change: (url: URL) => void]>([
    ['nobody listens', (url) => Object.assign(url, { port: '1' })],
    ['the password is wrong', (url) => Object.assign(url, { password: 'secret' })],
    ['the login is unknown', (url) => Object.assign(url, { username: 'secret' })],
    ['the database is unknown', (url) => Object.assign(url, { pathname: '/secret' })],
    ['the host is unknown', (url) => Object.assign(url, { hostname: 'secret.invalid' })],
  ])('where %s, the message is the same and the cause says why', async (_, change) => {
    const url = new URL(database.urls.reader);
    change(url);
    const elsewhere = poolOf(url.href, 1);
    const error = await withEntitlements(elsewhere, movies, async () => 1).catch((cause: Error) => cause);
    expect(error).toEqual(unavailable);
    expect((error as Error).cause).toBeInstanceOf(Error);
    await elsewhere.end();
  });

  test('a pool without a free connection is told as busy, one that has ended as unavailable', async () => {
    const busy = new pg.Pool({
      connectionString: database.urls.reader,
      max: 1,
      connectionTimeoutMillis: 200,
    });
    const held = await busy.connect();
    await expect(withEntitlements(busy, movies, async () => 1)).rejects.toEqual(ofCode('database_busy'));
    held.release();
    expect(await withEntitlements(busy, movies, async () => 1)).toBe(1);
    await busy.end();
    await expect(withEntitlements(busy, movies, async () => 1)).rejects.toEqual(unavailable);
  });

  test('a login that may not become the role gets nothing', async () => {
    const wrong = (work: (scope: AccountScope) => Promise<unknown>) =>
      withAccounts(database.pools.reader, work);
    await expect(wrong(async () => 1)).rejects.toEqual(
      expect.objectContaining({
        code: 'database_not_ready',
        cause: expect.objectContaining({ code: '42501' }),
      }),
    );
    expect(await withAccounts(database.pools.accounts, async () => 1)).toBe(1);
  });
});
