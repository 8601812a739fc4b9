import {
  createPool,
  defineEntitlements,
  defineQuery,
  runQuery,
  type Scope,
  withEntitlements,
} from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { openScopeDatabase, type ScopeDatabase } from './scope-database';

/** Who a query runs as, and what it may see. */
const who = defineQuery<{ role: string; types: string }>({
  name: 'who',
  sql: `SELECT current_user::text AS role, current_setting('rls.types', true) AS types`,
  parameters: [],
});
const fails = defineQuery<object>({ name: 'fails', sql: 'SELECT 1 / 0', parameters: [] });
const as = (types: string) =>
  defineEntitlements({ role: 'movie_hub_reader', settings: { 'rls.types': types } });

describe.each(databaseKinds)('queries that work leaves behind, on %s', (kind) => {
  let opened: ScopeDatabase;
  const pools: [name: string, pool: () => Pool][] = [['a plain pool', () => opened.one.reader]];
  let pipelined: Pool | undefined;
  if (kind === 'server') pools.push(['createPool', () => pipelined ?? opened.one.reader]);

  beforeAll(async () => {
    opened = await openScopeDatabase(kind);
    if (kind === 'server') pipelined = createPool({ connectionString: opened.database.urls.reader, max: 1 });
  });
  afterAll(async () => {
    await pipelined?.end();
    await opened.close();
  });

  const works: [
    what: string,
    work: (scope: Scope, left: (query: Promise<unknown>) => void) => Promise<unknown>,
  ][] = [
    [
      'one of several fails',
      (scope, left) => {
        const several = Array.from({ length: 6 }, () => runQuery(scope, who, {}));
        several.forEach(left);
        return Promise.all([runQuery(scope, fails, {}), ...several]);
      },
    ],
    [
      'the first of several is enough',
      (scope, left) => {
        const several = Array.from({ length: 6 }, () => runQuery(scope, who, {}));
        several.forEach(left);
        return Promise.race(several);
      },
    ],
    [
      'work throws',
      async (scope, left) => {
        for (let i = 0; i < 6; i += 1) left(runQuery(scope, who, {}));
        throw new Error('mine');
      },
    ],
    [
      'nobody waits',
      async (scope, left) => {
        for (let i = 0; i < 6; i += 1) left(runQuery(scope, who, {}));
      },
    ],
  ];

  describe.each(pools)('on %s', (_, poolOfName) => {
    test.each(works)('run as their own scope says or not at all: %s', async (_what, work) => {
      const pool = poolOfName();
      const left: Promise<unknown>[] = [];
      const first = withEntitlements(pool, as('{1}'), (scope) =>
        work(scope, (query) => left.push(query.catch((error: { code?: string }) => error.code))),
      ).catch(() => undefined);
      const next = await Promise.all(
        Array.from({ length: 4 }, () =>
          withEntitlements(pool, as('{5}'), (scope) => runQuery(scope, who, {})),
        ),
      );
      await first;
      expect(next).toEqual(Array(4).fill([{ role: 'movie_hub_reader', types: '{5}' }]));
      const own = JSON.stringify([{ role: 'movie_hub_reader', types: '{1}' }]);
      expect(left.length).toBe(6);
      for (const outcome of await Promise.all(left))
        expect([own, '"internal"', '"query_failed"']).toContain(JSON.stringify(outcome));
    });
  });
});
