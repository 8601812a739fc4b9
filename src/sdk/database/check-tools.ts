import type { PoolClient } from 'pg';
import { isMovieHubError } from '../errors';
import { databaseError, sqlStateOf } from './database-error';
import type { Problem } from './database-problems';
import { describeStatement, planStatement } from './describe-statement';
import { localSettings } from './local-settings';
import { limitedText, type Query } from './query';
import type { SilenceWatch } from './silence-watch';

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
  watch: SilenceWatch,
  role: string,
  tools: readonly CheckedTool[],
): Promise<Problem[]> {
  const problems: Problem[] = [];
  // A generic plan keeps every part of the statement, also what no row could reach for these arguments.
  const settings = localSettings({ role, settings: { plan_cache_mode: 'force_generic_plan' } }, {});
  let isOpen = false;
  for (const tool of tools) {
    if (!isOpen) {
      await watch.await(client.query('BEGIN READ ONLY'));
      await watch.await(client.query(settings));
      isOpen = true;
    }
    const reason = await reasonAgainst(client, watch, tool).catch((cause: unknown) => {
      isOpen = false;
      return reasonOf(cause, tool, role);
    });
    if (!isOpen) await watch.await(client.query('ROLLBACK'));
    if (reason !== undefined)
      problems.push({ code: 'database_not_ready', text: `The tool ${tool.name}: ${reason}` });
  }
  if (isOpen) await watch.await(client.query('ROLLBACK'));
  return problems;
}

/** Any limit does: it is behind the text whose lines are counted. */
const textOf = ({ query }: CheckedTool) => limitedText(query, 1);

async function reasonAgainst(
  client: PoolClient,
  watch: SilenceWatch,
  tool: CheckedTool,
): Promise<string | undefined> {
  const { columns } = await watch.await(describeStatement(client, textOf(tool)));
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
  await watch.await(planStatement(client, textOf(tool), length)).catch((cause: unknown) => {
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
