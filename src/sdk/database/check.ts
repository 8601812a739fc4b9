import type { Pool, PoolClient } from 'pg';
import { isMovieHubError, MovieHubError } from '../errors';
import { ResponseTimeout } from './cancel-query';
import { type DatabaseFacts, readFacts } from './check-facts';
import { oldestVersion, type Problem, problemsOf } from './check-problems';
import { type ConnectOptions, connect, isEmbedded } from './connect';
import { databaseError, sqlStateOf } from './database-error';
import { describeStatement, planStatement } from './describe-statement';
import { limitedText, type Query } from './query';
import { localSettings } from './settings';

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
    const responses = new ResponseTimeout(client, checkTimeoutMs);
    const facts = await responses.await(readFacts(client, role, lookupTables, isEmbedded(client)));
    const problems = problemsOf(facts, role);
    if (tools.length > 0 && isServable(facts)) {
      isLost = true;
      problems.push(...(await problemsOfTools(client, responses, role, tools)));
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

/** What the check needs of a tool; `defineQueryTool` makes it. */
export interface CheckedTool {
  readonly name: string;
  readonly query: Query;
  /** The columns that the tool reads of a row. */
  readonly columns: readonly { readonly name: string; readonly isRequired: boolean }[];
}

/**
 * Parses and plans the SQL of tools as a role, in read-only transactions that are rolled back. Nothing is executed: neither a row
 * is read nor are arguments or entitlements needed.
 *
 * @returns A problem for each tool that PostgreSQL would refuse to serve, with the line of its SQL.
 * @throws whatever the driver throws when the connection breaks; it is then still in a transaction.
 */
export async function problemsOfTools(
  client: PoolClient,
  responses: ResponseTimeout,
  role: string,
  tools: readonly CheckedTool[],
): Promise<Problem[]> {
  const problems: Problem[] = [];
  // A generic plan keeps every part of the statement, also what no row could reach for these arguments.
  const settings = localSettings({ role, settings: { plan_cache_mode: 'force_generic_plan' } }, {});
  let isOpen = false;
  for (const tool of tools) {
    if (!isOpen) {
      await responses.await(client.query('BEGIN READ ONLY'));
      await responses.await(client.query(settings));
      isOpen = true;
    }
    const reason = await reasonAgainst(client, responses, tool).catch((cause: unknown) => {
      isOpen = false;
      return reasonOf(cause, tool, role);
    });
    if (!isOpen) await responses.await(client.query('ROLLBACK'));
    if (reason !== undefined)
      problems.push({ code: 'database_not_ready', text: `The tool ${tool.name}: ${reason}` });
  }
  if (isOpen) await responses.await(client.query('ROLLBACK'));
  return problems;
}

/** Any limit does: it is behind the text whose lines are counted. */
const textOf = ({ query }: CheckedTool) => limitedText(query, 1);

async function reasonAgainst(
  client: PoolClient,
  responses: ResponseTimeout,
  tool: CheckedTool,
): Promise<string | undefined> {
  const { columns } = await responses.await(describeStatement(client, textOf(tool)));
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  const missing = tool.columns.filter((each) => each.isRequired && !names.includes(each.name));
  const unknown = names.filter((name) => !tool.columns.some((each) => each.name === name));
  const reasons = [
    ...(twice === undefined ? [] : [`Two columns have the name ${twice}: give one another with AS.`]),
    ...missing.map(({ name }) => `Its rows need the column ${name}, which the SQL does not return.`),
    ...unknown.map((name) => `The SQL returns the column ${name}, which its rows do not describe.`),
  ];
  if (reasons.length > 0) return reasons.join(' ');
  const { length } = tool.query.parameterNames;
  await responses.await(planStatement(client, textOf(tool), length)).catch((cause: unknown) => {
    // Planning runs functions of policies, which may need settings that only a user's entitlements have.
    if (sqlStateOf(cause) === '42501' || sqlStateOf(cause) === undefined) throw cause;
    // The transaction is over all the same.
    throw new Planned();
  });
  return undefined;
}

/** The statement was parsed, and its rights are in order as far as the plan could be made. */
class Planned extends Error {}

/** @throws the cause itself when it does not speak against the tool: a lost connection, a time limit. */
function reasonOf(cause: unknown, tool: CheckedTool, role: string): string | undefined {
  if (cause instanceof Planned) return undefined;
  const state = sqlStateOf(cause);
  if (isMovieHubError(cause) || state === undefined) throw cause;
  const { code } = databaseError(cause);
  if (code === 'database_unavailable' || code === 'query_timeout') throw cause;
  const { message, position } = cause as { readonly message: string; readonly position?: string };
  const words = withNames(message, tool);
  const where = position === undefined ? '' : `, in ${lineAt(tool, Number(position))}`;
  return `${words}${where} (as ${role}).${adviceFor(state, words)}`;
}

function adviceFor(state: string, words: string): string {
  const parameter = /:(\w+)/.exec(words)?.[1];
  return parameter !== undefined && (state === '42P08' || state === '42P18')
    ? ` Write its type, as in :${parameter}::integer.`
    : '';
}

/** PostgreSQL counts characters, from 1, in the statement that the tool's SQL was put into. */
function lineAt(tool: CheckedTool, position: number): string {
  const before = [...textOf(tool)].slice(0, position - 1).join('');
  // The first line is that of the statement around.
  const line = before.split('\n').length - 1;
  return `line ${line} of its SQL: ${withNames(tool.query.text.split('\n')[line - 1]?.trim() ?? '', tool)}`;
}

function withNames(text: string, { query }: CheckedTool): string {
  return text.replace(/\$(\d+)/g, (_, number) => `:${query.parameterNames[Number(number) - 1]}`);
}
