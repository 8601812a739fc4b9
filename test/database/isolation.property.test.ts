import fc from 'fast-check';
import { createPool } from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { runsOf } from '../support/lane';
import { seed } from '../support/seed';
import { aCall, type Call, outcome, outcomesOf } from './isolation-calls';
import { Clients, type PathOptions, titles } from './isolation-tools';
import { type WatchedPool, watch } from './isolation-watch';
import { pgBouncerPath, startPgBouncer } from './pgbouncer';
import { poolOf } from './pool-of';

/** How calls reach PostgreSQL. */
interface Path extends PathOptions {
  readonly pooler: 'directly' | 'through PgBouncer';
  readonly pool: 'plain' | 'pipelining';
}

const direct = (['plain', 'pipelining'] as const).flatMap((pool) =>
  [false, true].map((preparedStatements): Path => ({ pooler: 'directly', pool, preparedStatements })),
);
// PgBouncer before 1.21 cannot have prepared statements.
const pooled = (['plain', 'pipelining'] as const).map(
  (pool): Path => ({ pooler: 'through PgBouncer', pool, preparedStatements: false }),
);
const paths: readonly Path[] = [...direct, ...(pgBouncerPath === undefined ? [] : pooled)];

const callsOfBurst = 6;
const burstsOfRun = 6;
const poolSizes = [1, 2, 3, 4];
// Once for each size of a pool at least.
const runs = { server: Math.max(runsOf(24), poolSizes.length), embedded: runsOf(8) };
const callsOf = (kind: keyof typeof runs) => runs[kind] * burstsOfRun * callsOfBurst;

/** A sequence of bursts: the calls of one run at the same time. */
const bursts = (canCancel: boolean) =>
  fc.array(fc.array(aCall(canCancel), { minLength: callsOfBurst, maxLength: callsOfBurst }), {
    minLength: burstsOfRun,
    maxLength: burstsOfRun,
  });

/** Makes random calls, and returns how often each outcome came. A failure tells the seed that makes the same calls again. */
async function callAtRandom(
  kind: keyof typeof runs,
  pools: readonly WatchedPool[],
  options: PathOptions,
): Promise<{ calls: number; outcomes: Record<string, number> }> {
  let calls = 0;
  let run = 0;
  const outcomes: Record<string, number> = { rows: 0 };
  const clients = new Map(pools.map(({ pool }) => [pool, new Clients(pool, options)]));
  const check = async (pool: Pool, call: Call) => {
    const made = await outcome({ pool, options, clients: clients.get(pool) as Clients }, call);
    expect(outcomesOf(call), JSON.stringify(call)).toContainEqual(made);
    calls += 1;
    const key = typeof made === 'string' ? made : 'rows';
    outcomes[key] = (outcomes[key] ?? 0) + 1;
  };
  await fc.assert(
    fc.asyncProperty(bursts(kind === 'server'), async (sequence) => {
      // In turn, so that no pool is left out.
      const watched = pools[run++ % pools.length] as WatchedPool;
      for (const burst of sequence) await Promise.all(burst.map((call) => check(watched.pool, call)));
      await watched.lookAtAll();
      expect([...watched.seen].filter((left) => left !== nothingLeft(kind))).toEqual([]);
    }),
    // Calls that ran at the same time do not shrink to fewer that fail.
    { numRuns: runs[kind], endOnFailure: true },
  );
  for (const { seen } of pools) expect([...seen]).toEqual([nothingLeft(kind)]);
  for (const each of clients.values()) await each.close();
  return { calls, outcomes };
}

/** Neither role nor setting, and no transaction open. */
function nothingLeft(kind: keyof typeof runs): string {
  const role = kind === 'server' ? 'movie_hub_reader_login' : 'postgres';
  return JSON.stringify({ role, types: '', name: '', timeout: '0', readOnly: 'off', isFresh: true });
}

describe.runIf(databaseKinds.includes('server'))('whoever calls, whatever goes wrong', () => {
  let database: TestDatabase;
  let bouncer: Awaited<ReturnType<typeof startPgBouncer>> | undefined;
  const open: Pool[] = [];

  beforeAll(async () => {
    database = await openDatabase('server');
    await seed(database.admin, titles);
    if (pgBouncerPath !== undefined) bouncer = await startPgBouncer(database.urls.reader);
  });
  afterAll(async () => {
    await Promise.all(open.map((pool) => pool.end()));
    await bouncer?.stop();
    await database.close();
  });

  test('the calls of all paths are many', () => {
    const calls = callsOf('server') * paths.length;
    process.stderr.write(`Isolation: ${calls} calls over ${paths.length} paths.\n`);
    expect(calls).toBeGreaterThan(runsOf(pgBouncerPath === undefined ? 3_000 : 5_000));
  });

  test.each(paths)(
    '$pooler, on $pool pools of 1 to 4, prepared statements $preparedStatements: he gets his own rows, all of them, and leaves nothing',
    async ({ pooler, pool, preparedStatements }) => {
      const url = pooler === 'directly' ? database.urls.reader : (bouncer?.url ?? '');
      const pools = poolSizes.map((max) =>
        watch(pool === 'plain' ? poolOf(url, max) : createPool({ connectionString: url, max })),
      );
      open.push(...pools.map((watched) => watched.pool));
      const { calls, outcomes } = await callAtRandom('server', pools, { preparedStatements });
      expect(calls).toBe(callsOf('server'));
      // What goes wrong did go wrong, and most did not.
      for (const code of ['cancelled', 'query_timeout', 'query_failed', 'mine'])
        expect(outcomes[code], code).toBeGreaterThan(0);
      expect(outcomes.rows).toBeGreaterThan(calls / 4);
      await expect.poll(() => leftInServer(database)).toEqual([]);
    },
  );
});

test.each(databaseKinds.filter((kind) => kind === 'embedded'))(
  'whoever calls on an %s database, the same',
  async () => {
    const database = await openDatabase('embedded');
    await seed(database.admin, titles);
    const watched = watch(database.pools.reader);
    const { calls } = await callAtRandom('embedded', [watched], { preparedStatements: false });
    expect(calls).toBe(callsOf('embedded'));
    await database.close();
  },
);

/** What runs, or holds a transaction open, in the server itself. */
async function leftInServer(database: TestDatabase): Promise<unknown[]> {
  const { rows } = await database.admin.query(
    `SELECT state, query FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`,
  );
  return rows;
}
