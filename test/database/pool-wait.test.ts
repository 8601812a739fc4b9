import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { checkDatabase, createPool, runQuery, withEntitlements } from 'movie-hub';
import pg, { type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { messageOf } from '../support/messages';
import { seed } from '../support/seed';
import { openGate } from './gate';
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

  const read = (pool: Pool, timeoutMs = connectionTimeoutMs) =>
    withEntitlements(pool, movies, (scope) => runQuery(scope, titles, {}), {
      connectionTimeoutMs: timeoutMs,
    });
  /** What succeeds may take its time. */
  const patiently = 10_000;
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
        if (isChecked) expect(await read(pool, patiently)).toEqual([{ title_id: 1 }]);
        const held = await Promise.all(Array.from({ length: max }, () => pool.connect()));
        await expect(read(pool)).rejects.toEqual(
          expect.objectContaining({
            code: 'database_busy',
            message: messageOf.database_busy,
          }),
        );
        await expect(checkDatabase(pool, { role: 'movie_hub_reader', connectionTimeoutMs })).rejects.toEqual(
          ofCode('database_busy'),
        );
        for (const client of held) client.release();
        await expect.poll(() => state(pool)).toEqual([max, max, 0]);
        expect(await read(pool, patiently)).toEqual([{ title_id: 1 }]);
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
      await expect.poll(() => state(pool)).toEqual([0, 0, 0]);
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

  describe.each(kinds)('a connection that cannot be made leaves no socket open, on a %s pool', (kind) => {
    const calls = 5;
    const fails = async (pool: Pool, made: () => number, open: () => number) => {
      onTestFinished(() => pool.end());
      const ends = await Promise.allSettled(Array.from({ length: calls }, () => read(pool)));
      expect(ends.map(({ status }) => status)).toEqual(Array(calls).fill('rejected'));
      expect(made()).toBeGreaterThan(0);
      await expect.poll(open).toBe(0);
      await expect.poll(() => state(pool)).toEqual([0, 0, 0]);
    };
    const configure = (config: pg.PoolConfig) => {
      const max = 2;
      return kind === 'plain' ? new pg.Pool({ max, ...config }) : createPool({ max, ...config });
    };

    const no = new Error('no password');
    test.each<[what: string, config: pg.PoolConfig]>([
      ['a password function that throws', { password: () => Promise.reject(no) }],
      [
        'one that throws at once',
        {
          password: () => {
            throw no;
          },
        },
      ],
      ['one that returns no text', { password: (() => 7) as never }],
      ['one that returns nothing', { password: (() => undefined) as never }],
      ['no password', { password: '' }],
      ['a wrong password', { password: 'wrong' }],
      ['a setting that the server refuses', { options: '-c work_mem=much' }],
      ['a database that is not there', { database: 'nowhere' }],
      ['TLS that the server does not have', { ssl: true }],
    ])('%s', async (_, config) => {
      const gate = await openGate(database.urls.reader);
      onTestFinished(gate.close);
      const { hostname, port, username, password, pathname } = new URL(gate.url);
      const right = {
        host: hostname,
        port: Number(port),
        user: username,
        password: decodeURIComponent(password),
        database: pathname.slice(1),
      };
      await fails(configure({ ...right, ...config }), gate.made, gate.connections);
      const pool = configure(right);
      expect(await read(pool, patiently)).toEqual([{ title_id: 1 }]);
      await pool.end();
    });

    const authentication = (code: number, ...rest: number[]) =>
      Buffer.from([0x52, 0, 0, 0, 8 + rest.length, 0, 0, 0, code, ...rest]);
    test.each<[what: string, answer: Buffer | undefined, config: pg.PoolConfig]>([
      ['a server that says nothing', undefined, {}],
      ['one that says nothing about TLS', undefined, { ssl: true }],
      ['one that begins TLS and goes no further', Buffer.from('S'), { ssl: true }],
      ['one that speaks another protocol', Buffer.from('S'), { ssl: { ciphers: 'none' } }],
      ['one that asks for GSSAPI', authentication(7), {}],
      ['one that knows no mechanism of ours', authentication(10, ...Buffer.from('OTHER\0\0')), {}],
      ['one that refuses and does not leave', Buffer.from('E\0\0\0\x10SFATAL\0Mno\0\0', 'latin1'), {}],
    ])('%s', async (_, answer, config) => {
      const silent = await openSilence(answer);
      onTestFinished(silent.close);
      // A plain pool has no limit of its own: the scope's is taken.
      const limit = kind === 'plain' ? {} : { connectionTimeoutMillis: connectionTimeoutMs };
      const pool = configure({ connectionString: silent.url, ...limit, ...config });
      await fails(pool, silent.made, silent.connections);
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
    await expect.poll(() => state(pool)).toEqual([1, 1, 0]);
    expect(await read(pool, patiently)).toEqual([{ title_id: 1 }]);
  });

  test.each([0, -1, 1.5, Number.NaN])('a limit of %s is refused', async (limit) => {
    const call = withEntitlements(database.pools.reader, movies, async () => 1, {
      connectionTimeoutMs: limit,
    });
    await expect(call).rejects.toEqual(ofCode('invalid_argument'));
  });
});

interface Silence {
  readonly url: string;
  close(): Promise<void>;
  /** How many connections were made, and how many are open. */
  made(): number;
  connections(): number;
}

/** Opens a server that takes connections and never answers, or says one thing and no more. */
async function openSilence(answer?: Buffer): Promise<Silence> {
  const sockets = new Set<Socket>();
  let made = 0;
  const server = createServer((socket) => {
    made += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.once('data', () => answer && socket.write(answer));
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `postgresql://nobody:nothing@127.0.0.1:${address.port}/nothing`,
    made: () => made,
    connections: () => sockets.size,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
