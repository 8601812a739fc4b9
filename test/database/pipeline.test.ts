import {
  createPool,
  defineEntitlements,
  defineQuery,
  runLimitedQuery,
  runQuery,
  withEntitlements,
} from 'movie-hub';
import type { Pool, PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { withAccounts, withEditor } from '../../src/ui/scopes';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { poolOf } from './pool-of';
import { admin, broken, movies, ofCode, sql, titles } from './scope-database';

const limits = { maxRows: 5_000, maxBytes: 100, isLast: true };
/** Anybody may read it: it shows whether rows come back, not what a policy does. */
const open = sql<{ n: number }>('SELECT n FROM generate_series(1, 3000) AS n');

describe.runIf(databaseKinds.includes('server'))('a pool that pipelines', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase('server');
    await seed(database.admin, [
      { id: 1, type: 1, title: 'Seen' },
      { id: 5, type: 5, title: 'Hidden' },
    ]);
  });
  afterAll(() => database.close());

  const pipelining = (connectionString = database.urls.reader): Pool => {
    const pool = createPool({ connectionString, max: 1 });
    onTestFinished(() => pool.end());
    return pool;
  };
  const own = (pool: Pool) => withEntitlements(pool, movies, (scope) => runQuery(scope, titles, {}));

  describe('refuses a login for which a failing begin would show everything', () => {
    test.each([
      ['a superuser', 'SUPERUSER'],
      ['one that has BYPASSRLS', 'BYPASSRLS'],
    ])('%s; an ordinary one serves', async (_, attribute) => {
      const name = `movie_hub_test_${attribute.toLowerCase()}`;
      await database.admin.query(
        `CREATE ROLE ${name} LOGIN NOINHERIT PASSWORD 'for-the-test' IN ROLE movie_hub_reader`,
      );
      onTestFinished(async () => {
        await database.admin.query(`DROP ROLE ${name}`);
      });
      const url = Object.assign(new URL(database.urls.reader), { username: name, password: 'for-the-test' });
      const pool = createPool({ connectionString: url.href, max: 1 });
      expect(await own(pool)).toEqual([{ title_id: 1 }]);
      await pool.end();
      await database.admin.query(`ALTER ROLE ${name} ${attribute}`);
      const unsafe = createPool({ connectionString: url.href, max: 1 });
      await expect(own(unsafe)).rejects.toEqual(ofCode('database_unsafe'));
      await unsafe.end();
    });
  });

  describe.each([
    ['begin', /^BEGIN/, 'BEGIN AND FAIL', 'query_failed', '42601'],
    ['settings', /set_config/, 'SELECT 1/0', 'invalid_entitlements', '22012'],
  ])('when the %s fails, nothing is told but that', (_, which, instead, code, state) => {
    const failing = (): Pool => {
      const pool = pipelining();
      pool.on('connect', (client) => rewrite(client, which, instead));
      return pool;
    };
    const first = expect.objectContaining({
      code,
      cause: expect.objectContaining({ code: state }),
    });

    test.each<[what: string, read: (pool: Pool) => Promise<unknown>]>([
      ['rows', (pool) => withEntitlements(pool, movies, (scope) => runQuery(scope, open, {}))],
      [
        'some rows',
        (pool) => withEntitlements(pool, movies, (scope) => runLimitedQuery(scope, open, {}, limits)),
      ],
      [
        'some rows, to work that goes on',
        (pool) =>
          withEntitlements(pool, movies, (scope) =>
            runLimitedQuery(scope, open, {}, { ...limits, isLast: false }),
          ),
      ],
      [
        'rows, to work that swallows it',
        (pool) =>
          withEntitlements(pool, movies, (scope) => runQuery(scope, open, {}).catch(() => 'swallowed')),
      ],
      ['no query', (pool) => withEntitlements(pool, movies, async () => 'done')],
    ])('%s', async (_what, read) => {
      expect(await read(pipelining())).toBeTruthy();
      const pool = failing();
      await expect(read(pool)).rejects.toEqual(first);
      // What could not be rolled back, or was asked to end, does not come back.
      await expect(read(pool)).rejects.toEqual(first);
    });

    test('the work itself is told it by its query', async () => {
      const told: unknown[] = [];
      await expect(
        withEntitlements(failing(), movies, async (scope) => {
          const answer = runLimitedQuery(scope, open, {}, limits);
          // The failure and the rows behind it arrive together.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
          await answer.then(
            (answer) => told.push(answer),
            (error: unknown) => told.push(error),
          );
        }),
      ).rejects.toEqual(first);
      expect(told).toEqual([first]);
    });
  });

  test('a role that is missing is told, not what failed after it', async () => {
    await database.admin.query(
      `CREATE ROLE movie_hub_test_going; CREATE ROLE movie_hub_test_goer LOGIN NOINHERIT PASSWORD 'for-the-test' IN ROLE movie_hub_test_going`,
    );
    const login = { username: 'movie_hub_test_goer', password: 'for-the-test' };
    const pool = pipelining(Object.assign(new URL(database.urls.reader), login).href);
    onTestFinished(async () => {
      await database.admin.query('DROP ROLE movie_hub_test_goer');
    });
    const going = defineEntitlements({ role: 'movie_hub_test_going', settings: {} });
    const count = () => withEntitlements(pool, going, (scope) => runQuery(scope, sql('SELECT 1 AS one'), {}));
    expect(await count()).toEqual([{ one: 1 }]);
    await database.admin.query('DROP ROLE movie_hub_test_going');
    await expect(count()).rejects.toEqual(ofCode('database_not_ready'));
    const { rows } = await pool.query('SELECT 2 AS two');
    expect(rows).toEqual([{ two: 2 }]);
  });

  describe.each(['plain', 'pipelining'] as const)('a scope of several queries, on a %s pool', (kind) => {
    const make = (url = database.urls.reader): Pool => {
      if (kind === 'pipelining') return pipelining(url);
      const pool = poolOf(url);
      onTestFinished(() => pool.end());
      return pool;
    };
    const number = defineQuery<{ n: number }, { n: number }>({
      name: 'number',
      sql: 'SELECT :n::integer AS n',
      parameters: ['n'],
    });

    test('answers each, one after another and together', async () => {
      const answers = await withEntitlements(make(), movies, async (scope) => {
        const one = await runQuery(scope, number, { n: 1 });
        const more = await Promise.all([2, 3, 4].map((n) => runQuery(scope, number, { n })));
        return [one, ...more, await runQuery(scope, titles, {})];
      });
      expect(answers).toEqual([[{ n: 1 }], [{ n: 2 }], [{ n: 3 }], [{ n: 4 }], [{ title_id: 1 }]]);
    });

    test('is told the first failure of those that ran together, and its connection is clean', async () => {
      const pool = make();
      const work = withEntitlements(pool, movies, (scope) =>
        Promise.all([runQuery(scope, titles, {}), runQuery(scope, broken, {}), runQuery(scope, titles, {})]),
      );
      await expect(work).rejects.toEqual(
        expect.objectContaining({ cause: expect.objectContaining({ code: '22012' }) }),
      );
      expect(await own(pool)).toEqual([{ title_id: 1 }]);
      expect(pool.totalCount).toBe(1);
    });

    test('is not done when the failure was swallowed', async () => {
      const pool = make();
      const work = withEntitlements(pool, movies, async (scope) => {
        await runQuery(scope, broken, {}).catch(() => undefined);
        return 'done';
      });
      await expect(work).rejects.toEqual(ofCode('query_failed'));
      const last = withEntitlements(pool, movies, (scope) =>
        runLimitedQuery(scope, broken, {}, limits).catch(() => 'done'),
      );
      await expect(last).rejects.toEqual(ofCode('query_failed'));
      expect(await own(pool)).toEqual([{ title_id: 1 }]);
    });

    test('refuses one that follows the last', async () => {
      const pool = make();
      const work = withEntitlements(pool, movies, async (scope) => {
        await runLimitedQuery(scope, titles, {}, { ...limits, maxBytes: 1_000 });
        return runQuery(scope, titles, {});
      });
      await expect(work).rejects.toEqual(ofCode('internal'));
      expect(await own(pool)).toEqual([{ title_id: 1 }]);
    });

    test('goes on after one that was cut off by its bytes', async () => {
      const both = await withEntitlements(make(), movies, async (scope) => {
        const { truncated } = await runLimitedQuery(scope, open, {}, { ...limits, isLast: false });
        return [truncated, await runQuery(scope, titles, {})];
      });
      expect(both).toEqual(['bytes', [{ title_id: 1 }]]);
    });

    test.each([true, false])(
      'keeps what an editor wrote before one that was cut off; isLast %s',
      async (isLast) => {
        const pool = make(database.urls.editor);
        const insert = sql<object>(
          `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title) VALUES (2, 1, 'New', 'New')`,
        );
        const { truncated } = await withEditor(pool, admin, async (scope) => {
          await runQuery(scope, insert, {});
          return runLimitedQuery(scope, open, {}, { ...limits, isLast });
        });
        expect(truncated).toBe('bytes');
        const { rowCount } = await database.admin.query('DELETE FROM movie_hub.titles WHERE title_id = 2');
        expect(rowCount).toBe(1);
      },
    );
  });

  test('the scope of accounts, which checks no login, sends nothing ahead of its begin', async () => {
    const pool = pipelining(database.urls.accounts);
    const sent: string[] = [];
    pool.on('connect', (client) => rewrite(client, /^BEGIN/, 'BEGIN AND FAIL', sent));
    await expect(withAccounts(pool, (scope) => runQuery(scope, sql('SELECT 1 AS one'), {}))).rejects.toEqual(
      ofCode('query_failed'),
    );
    expect(sent).toEqual(['BEGIN', 'ROLLBACK']);
  });
});

/** Sends other text in place of some, and notes what was to be sent. */
function rewrite(client: PoolClient, which: RegExp, instead: string, sent: string[] = []): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  Object.assign(client, {
    query: (...args: unknown[]) => {
      const text = typeof args[0] === 'string' ? args[0] : (args[0] as { text: string }).text;
      sent.push(text);
      return which.test(text) ? query(instead) : query(...args);
    },
  });
}
