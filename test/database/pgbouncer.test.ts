import { createMovieMcpServer, defineQuery, movieEntitlements, runQuery, withEntitlements } from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { call, connect } from '../support/mcp';
import { seed } from '../support/seed';
import { pgBouncerPath, startPgBouncer } from './pgbouncer';
import { poolOf } from './pool-of';

const runs = databaseKinds.includes('server') && pgBouncerPath !== undefined;
if (!runs) {
  const message = 'LEFT OUT: the tests behind PgBouncer: install it (Debian: apt-get install pgbouncer)';
  if (process.env.CI) throw new Error(`In CI nothing may be left out.\n${message}`);
  process.stderr.write(`${message}\n`);
}

describe.runIf(runs)('behind PgBouncer in transaction mode', () => {
  let database: TestDatabase;
  let bouncer: Awaited<ReturnType<typeof startPgBouncer>>;
  let pool: Pool;

  beforeAll(async () => {
    database = await openDatabase('server');
    await seed(database.admin, [
      { id: 1, type: 1, title: 'A Film', cast: [{ id: 1, name: 'Ann', characters: ['X'] }] },
      { id: 5, type: 5, title: 'A TV Film', cast: [{ id: 5, name: 'Bob', characters: ['Y'] }] },
    ]);
    bouncer = await startPgBouncer(database.urls.reader);
    pool = poolOf(bouncer.url, 4);
  });
  afterAll(async () => {
    await pool.end();
    await bouncer.stop();
    await database.close();
  });

  const rows = defineQuery<{ title_id: number; pid: number }>({
    name: 'titles',
    sql: 'SELECT title_id, pg_backend_pid() AS pid FROM movie_hub.titles',
    parameters: [],
  });

  test('two principals share the server connections, and neither ever sees a row of the other', async () => {
    const calls = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 1 : 5));
    const pids = new Map<number, Set<number>>([
      [1, new Set()],
      [5, new Set()],
    ]);
    const answers = await Promise.all(
      calls.map((type, i) =>
        withEntitlements(pool, movieEntitlements({ titleTypes: [type] }), async (scope) => {
          const seen = await runQuery(scope, rows, {});
          for (const { pid } of seen) pids.get(type)?.add(pid);
          if (i % 7 === 0) throw new Error('mine');
          return seen.map((row) => row.title_id);
        }).catch((error: Error) => error.message),
      ),
    );
    expect(answers).toEqual(calls.map((type, i) => (i % 7 === 0 ? 'mine' : [type])));
    const shared = [...(pids.get(1) ?? [])].filter((pid) => pids.get(5)?.has(pid));
    expect(shared.length, 'connections that served both').toBeGreaterThan(0);
  });

  test('nothing is left on any server connection', async () => {
    const clients = await Promise.all([1, 2].map(() => pool.connect()));
    try {
      const left = await Promise.all(
        clients.map(async (client) => {
          await client.query('BEGIN');
          const { rows: found } = await client.query(
            `SELECT pg_backend_pid() AS pid, current_user::text AS role, COALESCE(current_setting('rls.types', true), '') AS types,
               current_setting('statement_timeout') AS timeout`,
          );
          return found[0];
        }),
      );
      const clean = { role: 'movie_hub_reader_login', types: '', timeout: '0' };
      expect(left).toMatchObject([clean, clean]);
      expect(left[0].pid).not.toBe(left[1].pid);
    } finally {
      for (const client of clients) {
        await client.query('ROLLBACK');
        client.release();
      }
    }
  });

  test('statements that are not on the server connection, or are there already, are run without a name', async () => {
    // PgBouncer before 1.21 knows no named statements: each call may meet another connection than the one that prepared them.
    const calls = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 1 : 5));
    const answers = await Promise.all(
      calls.map((type) =>
        withEntitlements(
          pool,
          movieEntitlements({ titleTypes: [type] }),
          async (scope) => [...(await runQuery(scope, rows, {})), ...(await runQuery(scope, rows, {}))],
          { preparedStatements: true },
        ),
      ),
    );
    expect(answers.map((seen) => seen.map((row) => row.title_id))).toEqual(calls.map((type) => [type, type]));
  });

  test('the tools work through it', async () => {
    const client = await connect(createMovieMcpServer(pool, { titleTypes: [1] }));
    const found = async (title: string) =>
      (await call(client, 'get_movie_characters', { title })).structuredContent?.found;
    expect([await found('A Film'), await found('A TV Film')]).toEqual([true, false]);
    await client.close();
  });
});
