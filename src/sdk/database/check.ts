import type { Pool } from 'pg';
import { MovieHubError } from '../errors';
import { type CheckedTool, problemsOfTools } from './check-tools';
import { type ConnectOptions, connect } from './connect';
import { databaseError } from './database-error';
import { type DatabaseFacts, readFacts } from './database-facts';
import { oldestVersion, type Problem, problemsOf } from './database-problems';
import { isEmbedded } from './embedded-connection';
import { SilenceWatch } from './silence-watch';

/** The catalogs answer in a few ms; a server that takes longer than this for them has fallen silent. */
const checkTimeoutMs = 5_000;

/** What `checkDatabase` takes. */
export interface CheckDatabaseOptions {
  /** Role that the pool's scope runs as: one of Movie Hub's, or one of your own that `defineEntitlements` names. */
  role: string;
  /**
   * Tables and views that the role may read without a policy, because what they hold is for everybody: names with their
   * schema, as in `shop.countries`.
   */
  lookupTables?: readonly string[];
  /** Tools whose SQL is parsed and planned as the role; nothing is executed. */
  tools?: readonly CheckedTool[];
}

/**
 * Refuses a database that row-level security would not protect. Reads catalogs only, so it costs the same at any size.
 *
 * The scopes on data, `withEntitlements` and `withEditor`, do so by themselves, before their first transaction on a pool and
 * again while they are used, but for the tools; call it when your app starts to learn of it then. All that is wrong is
 * reported at once, a line for each problem, with the SQL that puts it right.
 *
 * @throws MovieHubError `database_not_ready` when the server is older than PostgreSQL 15, the schema or the role is missing, the
 *   login may not become the role, or the role is `movie_hub_editor` or `movie_hub_accounts` and the server takes no changes, as
 *   a replica does, or is `movie_hub_editor` and a load that rebuilds the tables is under way or was broken off; and when a tool's
 *   SQL lacks a table, a column, a right or the type of a parameter, or its columns are not those of its rows.
 *   `database_unsafe` when the login or the role has anything beyond its own work: an attribute (SUPERUSER, BYPASSRLS,
 *   CREATEROLE, CREATEDB, REPLICATION), a membership but for the login's in the role, CREATE on the database or a schema of
 *   another owner; the login a right of its own on a table; the role TRUNCATE, TRIGGER, REFERENCES or MAINTAIN. So too when the
 *   role may read or write a table without row-level security or without a policy, a table that it owns, or a view that runs as
 *   its owner, or when row-level security is forced on the owner of Movie Hub's tables (which would blind the search
 *   functions). The one login of an embedded database, a superuser, is not looked at.
 *   `database_busy` and `database_unavailable` when it cannot be reached.
 */
export async function checkDatabase(
  pool: Pool,
  options: CheckDatabaseOptions & ConnectOptions,
): Promise<void> {
  const { role, lookupTables = [], tools = [] } = options;
  const client = await connect(pool, options);
  // A connection may break while it is held; without a listener that would end the process.
  const onLost = () => undefined;
  client.on('error', onLost);
  let isLost = false;
  try {
    const watch = new SilenceWatch(client, checkTimeoutMs);
    const facts = await watch.await(readFacts(client, role, lookupTables, isEmbedded(client)));
    const problems = problemsOf(facts, role);
    if (tools.length > 0 && isServable(facts)) {
      isLost = true;
      problems.push(...(await problemsOfTools(client, watch, role, tools)));
      isLost = false;
    }
    refuse(problems);
  } catch (cause) {
    throw databaseError(cause, { client });
  } finally {
    client.off('error', onLost);
    client.release(isLost);
  }
}

/** Whether the role can be taken, so that the SQL of tools can be looked at. */
function isServable({ version, role_exists, is_member }: DatabaseFacts): boolean {
  return version >= oldestVersion && role_exists && is_member;
}

function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length === 1)
    throw first.isLoading ? new StillLoading(first.text) : refusal(first.code, first.text);
  const code = problems.some((each) => each.code === 'database_unsafe') ? 'database_unsafe' : first.code;
  const lines = problems.map(({ text }) => `- ${text}`);
  throw refusal(code, `${problems.length} problems:\n${lines.join('\n')}`);
}

/** A load that rebuilds the tables is under way, or was broken off; nothing else is wrong. */
export class StillLoading extends MovieHubError {
  constructor(message: string) {
    super('database_not_ready', message);
  }
}

function refusal(code: Problem['code'], message: string): MovieHubError {
  return new MovieHubError(code, message);
}
