import { createPool, type ReadScope, runQuery, withEntitlements } from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ScopeOptions } from '../../src/sdk/database/scope';
import { withEditor } from '../../src/ui/scopes';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { messageOf } from '../support/messages';
import { seed } from '../support/seed';
import { openCancelGate } from './cancel-gate';
import { pgBouncerPath, startPgBouncer } from './pgbouncer';
import { poolOf } from './pool-of';
import { admin, movies, sql, titles } from './scope-database';
import { makeSleeper } from './sleeper';

const pid = sql<{ pid: number }>('SELECT pg_backend_pid() AS pid');
const cancelled = expect.objectContaining({ code: 'cancelled', message: messageOf.cancelled });

const ways = ['directly', ...(pgBouncerPath === undefined ? [] : ['through PgBouncer'])] as const;
const paths = ways.flatMap((way) => (['plain', 'pipelining'] as const).map((kind) => ({ way, kind })));

describe.runIf(databaseKinds.includes('server'))('cancelling', () => {
  let database: TestDatabase;
  let bouncer: Awaited<ReturnType<typeof startPgBouncer>> | undefined;

  beforeAll(async () => {
    database = await openDatabase('server');
    await seed(database.admin, [{ id: 1, type: 1, title: 'Seen' }]);
    if (pgBouncerPath !== undefined) bouncer = await startPgBouncer(database.urls.reader);
  });
  afterAll(async () => {
    await bouncer?.stop();
    await database.close();
  });

  const open = (kind: 'plain' | 'pipelining', url = database.urls.reader, max = 1): Pool => {
    const pool = kind === 'plain' ? poolOf(url, max) : createPool({ connectionString: url, max });
    onTestFinished(() => pool.end());
    return pool;
  };
  const read = <Result>(pool: Pool, work: (scope: ReadScope) => Promise<Result>, options?: ScopeOptions) =>
    withEntitlements(pool, movies, work, options);
  const ownTitles = (pool: Pool) => read(pool, (scope) => runQuery(scope, titles, {}));
  const ownPid = async (pool: Pool) => (await read(pool, (scope) => runQuery(scope, pid, {})))[0]?.pid;

  describe.each(paths)('$way, on a $kind pool of one', ({ way, kind }) => {
    const openPath = () => open(kind, way === 'directly' ? database.urls.reader : bouncer?.url);

    test('ends the query in PostgreSQL, and the next call works, on another connection', async () => {
      const pool = openPath();
      const sleeper = makeSleeper(database.admin);
      const before = await ownPid(pool);
      const controller = new AbortController();
      const call = read(pool, (scope) => runQuery(scope, sleeper.query, {}), { signal: controller.signal });
      await sleeper.started();
      const ended = expect(call).rejects.toEqual(cancelled);
      controller.abort();
      await Promise.all([sleeper.gone(), ended]);
      expect(await ownTitles(pool)).toEqual([{ title_id: 1 }]);
      if (way === 'directly') expect(await ownPid(pool)).not.toBe(before);
      expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0]);
    });

    test('ends it for the one who cancels only', async () => {
      const pool = open(kind, way === 'directly' ? database.urls.reader : bouncer?.url, 2);
      const [one, other] = [makeSleeper(database.admin), makeSleeper(database.admin)];
      const [controller, later] = [new AbortController(), new AbortController()];
      const calls = [
        read(pool, (scope) => runQuery(scope, one.query, {}), { signal: controller.signal }),
        read(pool, (scope) => runQuery(scope, other.query, {}), { signal: later.signal }),
      ];
      const ended = Promise.all(calls.map((call) => expect(call).rejects.toEqual(cancelled)));
      await Promise.all([one.started(), other.started()]);
      controller.abort();
      await one.gone();
      expect(await other.count()).toBe(1);
      later.abort();
      await Promise.all([other.gone(), ended]);
    });

    test('ends it for work that does not wait for its query', async () => {
      const pool = openPath();
      const sleeper = makeSleeper(database.admin);
      const { signal, abort } = controlled();
      const call = read(
        pool,
        async (scope) => {
          const query = runQuery(scope, sleeper.query, {});
          query.catch(() => undefined);
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('mine'))));
        },
        { signal },
      );
      await sleeper.started();
      const ended = expect(call).rejects.toEqual(cancelled);
      abort();
      await Promise.all([sleeper.gone(), ended]);
      expect(await ownTitles(pool)).toEqual([{ title_id: 1 }]);
    });
  });

  test.each(['plain', 'pipelining'] as const)(
    'ends a query that reaches the server after the request to cancel, on a %s pool',
    async (kind) => {
      const gate = await openCancelGate(database.urls.reader, { startup: 150 });
      onTestFinished(() => gate.close());
      const pool = open(kind, gate.url);
      expect(await ownTitles(pool)).toEqual([{ title_id: 1 }]);
      const sleeper = makeSleeper(database.admin);
      const { signal, abort } = controlled();
      const call = read(
        pool,
        (scope) => {
          const query = runQuery(scope, sleeper.query, {});
          setTimeout(abort, 20);
          return query;
        },
        { signal },
      );
      await expect(call).rejects.toEqual(cancelled);
      await sleeper.gone();
      expect(gate.beginnings).toContain('cancel');
    },
  );

  test('waits until the server has taken the request: poolers drop one whose sender is gone', async () => {
    const gate = await openCancelGate(database.urls.reader, { cancel: 100 });
    onTestFinished(() => gate.close());
    const pool = open('plain', gate.url);
    const sleeper = makeSleeper(database.admin);
    const { signal, abort } = controlled();
    const call = read(pool, (scope) => runQuery(scope, sleeper.query, {}), { signal });
    await sleeper.started();
    const ended = expect(call).rejects.toEqual(cancelled);
    abort();
    await Promise.all([sleeper.gone(), ended]);
    expect([gate.beginnings.includes('cancel'), gate.withdrawn]).toEqual([true, 0]);
  });

  describe('before a connection is had', () => {
    test.each([true, false])(
      'nothing is run, and the connection that comes later goes back; database checked before: %s',
      async (isChecked) => {
        const pool = open('plain');
        if (isChecked) await ownTitles(pool);
        const held = await pool.connect();
        let hasRun = false;
        const { signal, abort } = controlled();
        const call = read(
          pool,
          async () => {
            hasRun = true;
          },
          { signal, connectionTimeoutMs: 5_000 },
        );
        const ended = expect(call).rejects.toEqual(cancelled);
        await expect.poll(() => pool.waitingCount).toBe(1);
        abort();
        await ended;
        held.release();
        await expect.poll(() => [pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0]);
        expect(hasRun).toBe(false);
        expect(await ownTitles(pool)).toEqual([{ title_id: 1 }]);
      },
    );

    test('a signal that is aborted already takes none', async () => {
      const pool = open('plain');
      const before = await ownPid(pool);
      const work = async () => {
        throw new Error('not run');
      };
      await expect(read(pool, work, { signal: AbortSignal.abort() })).rejects.toEqual(cancelled);
      expect(await ownPid(pool)).toBe(before);
      const unused = open('plain');
      await expect(read(unused, work, { signal: AbortSignal.abort() })).rejects.toEqual(cancelled);
      expect(unused.totalCount).toBe(0);
    });

    test.each([1, 2, 3, 4, 5, 6])(
      'nor is one missed that comes with the connection, %s turns later',
      async (turns) => {
        const pool = open('plain');
        await ownTitles(pool);
        const { signal, abort } = controlled();
        pool.once('acquire', async () => {
          for (let turn = 0; turn < turns; turn += 1) await undefined;
          abort();
        });
        await expect(read(pool, (scope) => runQuery(scope, titles, {}), { signal })).rejects.toEqual(
          cancelled,
        );
        expect(await ownTitles(pool)).toEqual([{ title_id: 1 }]);
      },
    );
  });

  test('after the end does nothing: the connection stays', async () => {
    const pool = open('plain');
    const { signal, abort } = controlled();
    const [own] = await read(pool, (scope) => runQuery(scope, pid, {}), { signal });
    abort();
    expect(await ownPid(pool)).toBe(own?.pid);
  });

  test('between two queries, none follows, and what the work wrote is not kept', async () => {
    const pool = open('plain', database.urls.editor);
    const { signal, abort } = controlled();
    const insert = sql<object>(
      `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title) VALUES (2, 1, 'New', 'New')`,
    );
    const edit = (before: () => void, options: ScopeOptions) =>
      withEditor(
        pool,
        admin,
        async (scope) => {
          await runQuery(scope, insert, {});
          before();
          return runQuery(scope, titles, {});
        },
        options,
      );
    await expect(edit(abort, { signal })).rejects.toEqual(cancelled);
    expect(await ownTitles(database.pools.reader)).toEqual([{ title_id: 1 }]);
    expect(await edit(() => undefined, {})).toEqual([{ title_id: 1 }, { title_id: 2 }]);
    await database.admin.query('DELETE FROM movie_hub.titles WHERE title_id = 2');
  });
});

function controlled(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
