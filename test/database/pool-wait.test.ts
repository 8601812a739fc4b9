import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { checkDatabase, createPool, runQuery, withEntitlements } from 'movie-hub';
import pg, { type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { poolOf } from './pool-of';
import { movies, ofCode, titles } from './scope-database';

const connectionTimeoutMs = 200;
const makers = {
  plain: poolOf,
  pipelining: (url: string, max = 1) => createPool({ connectionString: url, max }),
};
const kinds = Object.keys(makers) as (keyof typeof makers)[];

describe.runIf(databaseKinds.includes('server'))('waiting for a connection', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase('server');
    await seed(database.admin, [{ id: 1, type: 1, title: 'Seen' }]);
  });
  afterAll(() => database.close());

  const read = (pool: Pool) =>
    withEntitlements(pool, movies, (scope) => runQuery(scope, titles, {}), { connectionTimeoutMs });
  const state = (pool: Pool) => [pool.totalCount, pool.idleCount, pool.waitingCount];

  describe.each(kinds)('on a %s pool', (kind) => {
    test.each([
      ['that was checked', 1, true],
      ['that was checked', 2, true],
      ['that was not', 1, false],
    ] as const)(
      '%s, of %s: all in use is busy, and the connection that comes later goes back',
      async (_, max, isChecked) => {
        const pool = makers[kind](database.urls.reader, max);
        onTestFinished(() => pool.end());
        if (isChecked) expect(await read(pool)).toEqual([{ title_id: 1 }]);
        const held = await Promise.all(Array.from({ length: max }, () => pool.connect()));
        await expect(read(pool)).rejects.toEqual(
          expect.objectContaining({
            code: 'database_busy',
            message: 'The database is busy. Try again in a moment.',
          }),
        );
        await expect(checkDatabase(pool, { role: 'movie_hub_reader', connectionTimeoutMs })).rejects.toEqual(
          ofCode('database_busy'),
        );
        for (const client of held) client.release();
        await expect.poll(() => state(pool), { timeout: 10_000 }).toEqual([max, max, 0]);
        expect(await read(pool)).toEqual([{ title_id: 1 }]);
      },
    );
  });

  describe.each(kinds)('for a server that accepts and says nothing, on a %s pool', (kind) => {
    test.each([1, 3])('of %s, it is unavailable', async (max) => {
      const silent = await openSilence();
      const pool = makers[kind](silent.url, max);
      const both = await Promise.allSettled([read(pool), read(pool)]);
      expect(both).toEqual(
        Array.from({ length: 2 }, () => ({ status: 'rejected', reason: ofCode('database_unavailable') })),
      );
      await silent.close();
      // What was waited for fails later, which is nobody's error any more.
      await expect.poll(() => state(pool), { timeout: 10_000 }).toEqual([0, 0, 0]);
      await pool.end();
    });

    test("the pool's own limit tells the same", async () => {
      const silent = await openSilence();
      onTestFinished(silent.close);
      const pool = new pg.Pool({
        connectionString: silent.url,
        max: 1,
        connectionTimeoutMillis: 100,
        pipeline: kind === 'pipelining',
      });
      pool.on('error', () => undefined);
      await expect(read(pool)).rejects.toEqual(ofCode('database_unavailable'));
      await pool.end();
    });
  });

  test('a connection in the making that comes too late goes back to the pool, unused', async () => {
    const pool = poolOf(database.urls.reader, 1);
    onTestFinished(() => pool.end());
    let make: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      make = resolve;
    });
    Object.assign(pool.options, { onConnect: () => late });
    await expect(read(pool)).rejects.toEqual(ofCode('database_busy'));
    make();
    await expect.poll(() => state(pool), { timeout: 10_000 }).toEqual([1, 1, 0]);
    expect(await read(pool)).toEqual([{ title_id: 1 }]);
  });

  test.each([0, -1, 1.5, Number.NaN])('a limit of %s is refused', async (limit) => {
    const call = withEntitlements(database.pools.reader, movies, async () => 1, {
      connectionTimeoutMs: limit,
    });
    await expect(call).rejects.toEqual(ofCode('invalid_argument'));
  });
});

/** Opens a server that takes connections and never answers. */
async function openSilence(): Promise<{ url: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `postgresql://nobody:nothing@127.0.0.1:${address.port}/nothing`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
