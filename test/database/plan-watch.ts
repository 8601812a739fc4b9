import { defineQuery, movieEntitlements, runQuery, withEntitlements } from 'movie-hub';
import type { TestDatabase } from '../support/databases';

/** The users of the demo, with the types that each may see. */
export const users = { jim: [1], test2: [1, 5], vlad: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] };
export type User = keyof typeof users;
export const userNames = Object.keys(users) as User[];

/** A node of a plan, as PostgreSQL tells it. */
export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/** Runs a query as a user would, and returns the nodes of its plan. */
export async function planOf(
  database: TestDatabase,
  user: User,
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

/** Tables that were read from beginning to end. */
export const scanned = (nodes: readonly PlanNode[]) =>
  nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']);
/** Rows that were read, with those that a filter threw away. */
export const read = (nodes: readonly PlanNode[]) =>
  nodes
    .filter((node) => node['Node Type'].includes('Scan'))
    .reduce(
      (sum, node) =>
        sum + (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
      0,
    );

/** Of each table, how many rows a statement reads, also inside functions, and how often from its beginning to its end. */
export const readBy = (
  database: TestDatabase,
  text: string,
  user: User,
  values: Record<string, string | number | null>,
) =>
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
      defineQuery<object, Record<string, string | number | null>>({
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
