import type { Pool } from 'pg';
import { MovieHubError } from '../errors';
import { accountsRole, runTable } from '../installed-schema';
import { defineQuery } from './query';
import { runQuery } from './run-query';
import { type Scope, withRole } from './scope';
import type { TransactionOptions } from './settings';

/** Where runs are kept. */
export interface RunStoreOptions extends TransactionOptions {
  /** The role that reads and writes the table; `movie_hub_accounts` unless given. */
  role?: string;
  /** The table with its schema; that of the hub, `movie_hub_app.run_entries`, unless given. */
  table?: string;
}

/** A name, or a schema and a name, that needs no quotes. */
const tableName = /^[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62})?$/;

/**
 * Makes a store of runs in PostgreSQL, for `runAgent` and `resumeRun`. Its pool is that of the accounts, which no tool uses: entries
 * hold what tools returned to whoever asked.
 *
 * Its methods throw what `withRole` does, and `conflict` where another process goes on with the run.
 *
 * @throws MovieHubError `invalid_argument` for a table whose name needs quotes.
 */
export function createRunStore(pool: Pool, options: RunStoreOptions = {}) {
  const { role = accountsRole, table = runTable, ...limits } = options;
  if (!tableName.test(table))
    throw new MovieHubError('invalid_argument', 'The table of runs must be a plain name, or schema.name.');
  const load = defineQuery<{ entry: string }, { run_id: string }>({
    name: 'load_run',
    sql: `SELECT entry FROM ${table} WHERE run_id = :run_id ORDER BY position`,
    parameters: ['run_id'],
  });
  const append = defineQuery<object, { run_id: string; first: number; entries: readonly string[] }>({
    name: 'append_to_run',
    sql: `INSERT INTO ${table} (run_id, position, entry)
          SELECT :run_id, :first::integer + (ordinality - 1)::integer, entry
          FROM unnest(:entries::text[]) WITH ORDINALITY AS given (entry, ordinality)`,
    parameters: ['run_id', 'first', 'entries'],
  });
  const remove = defineQuery<object, { run_id: string }>({
    name: 'remove_run',
    sql: `DELETE FROM ${table} WHERE run_id = :run_id`,
    parameters: ['run_id'],
  });
  const as = { role, isUnchecked: true };
  const inScope = <Result>(work: (scope: Scope<'runs'>) => Promise<Result>) =>
    withRole<'runs', Result>(pool, as, work, limits);
  return {
    load: (runId: string): Promise<readonly unknown[]> =>
      inScope(async (scope) => {
        const rows = await runQuery(scope, load, { run_id: runId });
        return rows.map(({ entry }) => JSON.parse(entry) as unknown);
      }),
    append: (runId: string, from: number, entries: readonly object[]): Promise<void> =>
      inScope(async (scope) => {
        const texts = entries.map((entry) => JSON.stringify(entry));
        await runQuery(scope, append, { run_id: runId, first: from, entries: texts });
      }),
    remove: (runId: string): Promise<void> =>
      inScope(async (scope) => {
        await runQuery(scope, remove, { run_id: runId });
      }),
  };
}
