import fc from 'fast-check';
import { defineQuery, movieEntitlements, runQuery, withEntitlements } from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { type SeedTitle, seed } from '../support/seed';
import { poolOf } from './pool-of';

const types = [1, 3, 4, 5];
/** Two titles of each type with a person of their own; person 99 is in all of them. */
const titles: readonly SeedTitle[] = types.flatMap((type) =>
  [0, 1].map((i) => ({
    id: type * 10 + i,
    type,
    title: `The ${type} ${i}`,
    votes: 100 * type + i,
    genres: ['Drama'],
    cast: [
      { id: type * 10 + i, name: `Ann ${type} ${i}`, characters: ['X'] },
      { id: 99, name: 'Ann Everywhere', characters: ['Y'] },
    ],
  })),
);

/** Queries that would give rows of every type, did no policy hold; each tells the types of what it shows. */
const queries = {
  titles: 'SELECT title_type AS type, title_id AS id FROM movie_hub.titles',
  search: `SELECT t.title_type AS type, t.title_id AS id FROM movie_hub.search_titles('the', 100) s JOIN movie_hub.titles t USING (title_id)`,
  proposed: `SELECT title_id / 10 AS type, title_id AS id FROM movie_hub.search_titles('the', 100)`,
  credits:
    'SELECT DISTINCT p.title_type AS type, p.title_id AS id FROM movie_hub.names n JOIN movie_hub.principals p USING (name_id)',
  people: 'SELECT name_id / 10 AS type, name_id AS id FROM movie_hub.names WHERE name_id <> 99',
  ratings: 'SELECT title_type AS type, title_id AS id FROM movie_hub.ratings',
} as const;

interface Call {
  /** Whose call it is. */
  titleTypes: number[];
  query: keyof typeof queries;
  /** What the work does beside its query. */
  mishap: 'none' | 'throws' | 'fails' | 'swallows' | 'two queries';
}

const aCall: fc.Arbitrary<Call> = fc.record({
  titleTypes: fc.subarray(types),
  query: fc.constantFrom(...(Object.keys(queries) as (keyof typeof queries)[])),
  mishap: fc.constantFrom('none', 'none', 'none', 'throws', 'fails', 'swallows', 'two queries'),
});

/** A sequence of bursts: the calls of one run at the same time. */
const bursts = fc.array(fc.array(aCall, { minLength: 1, maxLength: 6 }), { minLength: 4, maxLength: 8 });

describe.each(databaseKinds)('on %s', (kind) => {
  let database: TestDatabase;
  const pools: Pool[] = [];

  beforeAll(async () => {
    database = await openDatabase(kind);
    await seed(database.admin, titles);
    if (kind === 'embedded') pools.push(database.pools.reader);
    else for (const max of [1, 2, 3]) pools.push(poolOf(database.urls.reader, max));
  });
  afterAll(async () => {
    if (kind === 'server') await Promise.all(pools.map((pool) => pool.end()));
    await database.close();
  });

  test('whoever calls, in whatever order and whatever goes wrong, gets his own rows and all of them', async () => {
    let calls = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(), bursts, async (choice, sequence) => {
        const pool = pools[choice % pools.length] as Pool;
        for (const burst of sequence) {
          calls += burst.length;
          const answers = await Promise.all(burst.map((each) => answer(pool, each)));
          expect(answers).toEqual(burst.map((each) => expectedOf(each)));
        }
      }),
      { numRuns: 20 },
    );
    expect(calls).toBeGreaterThan(250);
  });
});

function expectedOf({ titleTypes, mishap }: Call): unknown {
  if (mishap === 'throws') return 'mine';
  // Work without any right runs no query, so none can fail.
  if ((mishap === 'fails' || mishap === 'swallows') && titleTypes.length > 0) return 'query_failed';
  return titles.filter((title) => titleTypes.includes(title.type)).map((title) => title.id);
}

async function answer(pool: Pool, call: Call): Promise<unknown> {
  const query = defineQuery<{ type: number; id: number }>({
    name: call.query,
    sql: `${queries[call.query]} ORDER BY 1, 2`,
    parameters: [],
  });
  const failing = defineQuery({ name: 'failing', sql: 'SELECT 1 / 0', parameters: [] });
  try {
    return await withEntitlements(pool, movieEntitlements({ titleTypes: call.titleTypes }), async (scope) => {
      if (call.mishap === 'fails') await runQuery(scope, failing, {});
      if (call.mishap === 'two queries') await runQuery(scope, query, {});
      const rows = await runQuery(scope, query, {});
      if (call.mishap === 'swallows') await runQuery(scope, failing, {}).catch(() => undefined);
      if (call.mishap === 'throws') throw new Error('mine');
      return rows.map((row) => row.id);
    });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code ?? message;
  }
}
