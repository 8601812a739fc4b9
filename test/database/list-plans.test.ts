import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineQuery, movieEntitlements, runQuery, withEntitlements } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { creditOrder } from '../../src/ui/data/find-person';
import { orderSql, type PageStart } from '../../src/ui/data/list-order';
import { orderOf, type Sort } from '../../src/ui/data/title-filters';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { addManyTitles, busiest } from '../support/many-titles';
import { oldSearchSql } from '../support/old-search';

const users = { jim: [1], test2: [1, 5], vlad: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] };
const queries = join(import.meta.dirname, '../../sql/hub/queries');

/** A node of a plan, as PostgreSQL tells it. */
interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

const sorts: Record<Exclude<Sort, 'match'>, { key: number | string; id: number }> = {
  votes: { key: 5, id: 100_000 },
  title: { key: 'moon', id: 100_000 },
  year: { key: 2001, id: 100_000 },
  rating: { key: 550_000_010, id: 100_000 },
};
const filters = {
  none: {},
  'a type': { type: 'movie' },
  'a common genre': { genre: 'Drama' },
  'a rare genre': { genre: 'Film-Noir' },
  'a genre that movies seldom have': { genre: 'Game-Show' },
  'one year': { from_year: 2001, to_year: 2001 },
  'early years': { from_year: 1, to_year: 1905 },
  'years to come': { from_year: 2060 },
  'a genre and years': { genre: 'Comedy', from_year: 1990, to_year: 1999 },
};

describe.runIf(databaseKinds.includes('server'))('the plans of lists at 200,000 titles', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase('server');
    await addManyTitles(database.admin, { titles: 200_000, credits: 30_000 });
  }, 300_000);
  afterAll(() => database?.close());

  /** Runs a query as a user would, and returns the nodes of its plan. */
  async function planOf(
    user: keyof typeof users,
    sql: string,
    values: Record<string, number | string | null>,
  ) {
    const query = defineQuery<{ 'QUERY PLAN': unknown }, typeof values>({
      name: 'explain',
      sql: `EXPLAIN (ANALYZE, FORMAT JSON) ${sql.replace(/^--.*\n/gm, '')}`,
      parameters: Object.keys(values),
    });
    const [row] = await withEntitlements(
      database.pools.reader,
      movieEntitlements({ titleTypes: users[user] }),
      (scope) => runQuery(scope, query, values),
    );
    const told = row?.['QUERY PLAN'];
    const [{ Plan }] = (typeof told === 'string' ? JSON.parse(told) : told) as [{ Plan: PlanNode }];
    const nodes: PlanNode[] = [];
    const collect = (node: PlanNode): void => {
      nodes.push(node);
      node.Plans?.forEach(collect);
    };
    collect(Plan);
    return nodes;
  }

  const scanned = (nodes: readonly PlanNode[]) =>
    nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']);
  /** Rows that were read, with those that a filter threw away. */
  const read = (nodes: readonly PlanNode[]) =>
    nodes
      .filter((node) => node['Node Type'].includes('Scan'))
      .reduce(
        (sum, node) =>
          sum + (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
        0,
      );

  const starts: Record<string, (sort: keyof typeof sorts) => PageStart> = {
    first: () => ({}),
    'deep, forward': (sort) => ({ after: sorts[sort] }),
    'deep, back': (sort) => ({ before: sorts[sort] }),
  };

  test.each(Object.keys(sorts) as (keyof typeof sorts)[])(
    'sorted by %s, no page of any filter reads a big table whole',
    async (sort) => {
      const text = readFileSync(join(queries, 'list_titles.sql'), 'utf8');
      for (const user of Object.keys(users) as (keyof typeof users)[]) {
        for (const [what, given] of Object.entries(filters)) {
          for (const [where, start] of Object.entries(starts)) {
            const place = start(sort).after ?? start(sort).before;
            const nodes = await planOf(user, orderSql(text, orderOf(sort), start(sort)), {
              genre: '',
              type: null,
              from_year: null,
              to_year: null,
              place_key: place?.key ?? null,
              place_id: place?.id ?? null,
              most: 51,
              skip: 0,
              ...given,
            });
            const label = `${user}, ${what}, ${where}`;
            expect(
              scanned(nodes).filter((table) => table !== 'title_types'),
              label,
            ).toEqual([]);
            // Narrow years in the order of titles pass over most rows of the small types, in the index alone.
            expect(read(nodes), label).toBeLessThan(100_000);
          }
        }
      }
    },
    60_000,
  );

  test('a page of the busiest person reads no more than of anybody', async () => {
    const text = readFileSync(join(queries, 'list_credits.sql'), 'utf8');
    for (const user of Object.keys(users) as (keyof typeof users)[]) {
      for (const start of [
        {},
        { after: { key: 1990, id: 150_000 } },
        { before: { key: 1990, id: 150_000 } },
      ]) {
        const place = start.after ?? start.before;
        const nodes = await planOf(user, orderSql(text, creditOrder, start), {
          name_id: busiest.nameId,
          place_key: place?.key ?? null,
          place_id: place?.id ?? null,
          most: 51,
        });
        expect(scanned(nodes).filter((table) => table !== 'title_types' && table !== 'crew')).toEqual([]);
        expect(read(nodes)).toBeLessThan(3000);
      }
    }
  });

  const words = [
    'zzyzx',
    'love king',
    'the',
    'love',
    'of the',
    'night 2001',
    'the 2001',
    'episode 1 1',
    't',
    'th',
    'the godf',
  ];
  /** Of each table, how many rows a statement reads, also inside functions, and how often from its beginning to its end. */
  const readBy = (text: string, user: keyof typeof users, values: Record<string, string>) =>
    withEntitlements(database.pools.reader, movieEntitlements({ titleTypes: users[user] }), async (scope) => {
      const counts = defineQuery<{ table: string; scans: number; rows: number }>({
        name: 'counts',
        sql: `SELECT relname::text AS table, seq_scan::int AS scans, (seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS rows
              FROM pg_stat_xact_user_tables WHERE schemaname = 'movie_hub'`,
        parameters: [],
      });
      const before = new Map((await runQuery(scope, counts, {})).map((each) => [each.table, each]));
      await runQuery(
        scope,
        defineQuery<object, Record<string, string>>({
          name: 'asked',
          sql: text,
          parameters: Object.keys(values),
        }),
        values,
      );
      return (await runQuery(scope, counts, {})).map(({ table, scans, rows }) => ({
        table,
        scans: scans - (before.get(table)?.scans ?? 0),
        rows: rows - (before.get(table)?.rows ?? 0),
      }));
    });

  test.each(words)('a search for “%s” reads no table whole, and few rows', async (asked) => {
    for (const user of Object.keys(users) as (keyof typeof users)[]) {
      for (const search of [
        'search_titles(:words, 1000, true)',
        'search_titles(:words, 6)',
        'search_names(:words, 6)',
      ]) {
        const tables = await readBy(`SELECT count(*) FROM movie_hub.${search}`, user, { words: asked });
        const label = `${user}, ${search}, ${JSON.stringify(tables)}`;
        expect(
          tables.filter((table) => table.scans > 0),
          label,
        ).toEqual([]);
        expect(
          tables.reduce((sum, table) => sum + table.rows, 0),
          label,
        ).toBeLessThan(15_000);
      }
    }
  });

  test('a search that ranked every match is found out by this test', async () => {
    await database.admin.query(oldSearchSql());
    await database.admin.query(
      'GRANT USAGE ON SCHEMA old TO movie_hub_reader; ALTER FUNCTION old.search_titles(text, integer) OWNER TO movie_hub_owner',
    );
    const tables = await readBy('SELECT count(*) FROM old.search_titles(:words, 1000)', 'vlad', {
      words: 'the',
    });
    expect(tables.reduce((sum, table) => sum + table.rows, 0)).toBeGreaterThan(50_000);
  });

  test('a query that filters what no index holds is found out by this test', async () => {
    const nodes = await planOf(
      'vlad',
      'SELECT title_id FROM movie_hub.titles WHERE runtime_minutes = :minutes',
      {
        minutes: 90,
      },
    );
    expect(scanned(nodes)).toEqual(['titles']);
    expect(read(nodes)).toBeGreaterThan(100_000);
  });
});
