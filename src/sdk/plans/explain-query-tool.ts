import type { Pool } from 'pg';
import functionsSql from '../../../sql/queries/plan_functions.sql';
import tablesSql from '../../../sql/queries/plan_tables.sql';
import type { Entitlements } from '../database/entitlements';
import { defineQuery, limitedText, type ParameterValue, type Query } from '../database/query';
import { runQuery } from '../database/run-query';
import { type ReadScope, type ScopeOptions, withEntitlements } from '../database/scope';
import { MovieHubError } from '../errors';
import { checkLimits, entitlementsOf, limitsOf, type QueryLimits } from '../mcp/call-limits';
import type { QueryTool } from '../tools/define-query-tool';
import { nodesOf, type PlanNode, type RawPlan, readPlan } from './plan-tree';
import { type TableRow, warningsOf } from './plan-warnings';

/** What the server has that the tool is served by. */
export interface ExplainOptions extends Omit<QueryLimits, 'maxCallsAtOnce'>, Pick<ScopeOptions, 'signal'> {}

/** How PostgreSQL answered a call of a tool. */
export interface QueryPlan {
  readonly tool: string;
  /** In ms. */
  readonly planningMilliseconds: number;
  readonly executionMilliseconds: number;
  /** Undefined when the entitlements are empty: then a call runs no query. */
  readonly root: PlanNode | undefined;
  /** The functions in it that run queries of their own, whose plans are not in this one. */
  readonly functions: readonly PlanFunction[];
  /** What makes it slow, in words, the worst first. */
  readonly warnings: readonly string[];
  /** Settings of the planner that are not PostgreSQL's own, as of the login. */
  readonly settings: Readonly<Record<string, string>>;
  /** All that EXPLAIN returned, as JSON. It holds the values that were bound. */
  readonly raw: unknown;
}

/** A function that stands as one step in a plan. */
export interface PlanFunction {
  /** With its schema. */
  readonly name: string;
  /** Its owner, where it runs with the owner's rights (SECURITY DEFINER); undefined where it runs with the caller's. */
  readonly runsAs: string | undefined;
  readonly milliseconds: number;
  /** Pages of 8 kB that it touched, with what it ran. */
  readonly pages: number;
}

/**
 * Runs a call of a tool, and returns how PostgreSQL ran it instead of its rows: EXPLAIN ANALYZE of the very statement of a call, with
 * the arguments looked at and the parameters bound as there, in the same read-only transaction under the entitlements.
 *
 * Use the pool that the tool is served with: the settings of a login belong to the plan. For whoever looks after the
 * database: a plan shows tables, policies and values, so it is no answer for users or models. A statement that is kept
 * prepared may be planned otherwise from its sixth run on.
 *
 * @param args The arguments, as a model would send them.
 * @throws MovieHubError as a call does: `invalid_argument` for the arguments or an option, `invalid_entitlements`, `query_timeout`,
 *   `query_failed`, as for a statement that writes, and what `withEntitlements` throws.
 */
export async function explainQueryTool<Principal>(
  pool: Pool,
  tool: QueryTool<Principal>,
  entitlements: Entitlements<Principal>,
  args: unknown,
  options: ExplainOptions = {},
): Promise<QueryPlan> {
  const { signal, ...limits } = options;
  checkLimits(limits);
  const { principal } = await entitlementsOf(entitlements);
  const parameters = tool.parameters(await tool.readInput(args), principal);
  const { maxRows, options: scopeOptions } = limitsOf(tool, limits);
  const explained = explain(tool.query, maxRows);
  return withEntitlements(
    pool,
    entitlements,
    async (scope) => {
      const [row] = await runQuery(scope, explained, parameters);
      return row === undefined ? nothing(tool.name) : planOf(scope, tool.name, rawPlanOf(row['QUERY PLAN']));
    },
    { ...scopeOptions, preparedStatements: false, signal },
  );
}

type ExplainQuery = Query<Record<string, ParameterValue>, { 'QUERY PLAN': unknown }>;

/** VERBOSE says of which schema a table is, and of which table a column. */
function explain(query: Query, maxRows: number): ExplainQuery {
  return {
    name: `explain_${query.name}`,
    text: `EXPLAIN (ANALYZE, BUFFERS, SETTINGS, VERBOSE, FORMAT JSON)\n${limitedText(query, maxRows)}`,
    parameterNames: query.parameterNames,
  };
}

async function planOf(scope: ReadScope, tool: string, raw: RawPlan): Promise<QueryPlan> {
  const root = readPlan(raw.Plan);
  const nodes = nodesOf(root);
  const tables = await runQuery(scope, tablesQuery, { tables: namesOf(nodes, 'relation') });
  const called = nodes.filter(({ rounds }) => rounds > 0);
  const functions = await runQuery(scope, functionsQuery, { functions: namesOf(called, 'function') });
  return {
    tool,
    planningMilliseconds: Number(raw['Planning Time'] ?? 0),
    executionMilliseconds: Number(raw['Execution Time'] ?? 0),
    root,
    functions: functions.map(({ function_name, runs_as }) => {
      const calls = called.filter((node) => node.function === function_name);
      return {
        name: function_name,
        runsAs: runs_as ?? undefined,
        milliseconds: calls.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
        pages: calls.reduce((sum, { pages }) => sum + pages.hit + pages.read, 0),
      };
    }),
    warnings: warningsOf(root, tables),
    settings: raw.Settings ?? {},
    raw,
  };
}

function nothing(tool: string): QueryPlan {
  return {
    tool,
    planningMilliseconds: 0,
    executionMilliseconds: 0,
    root: undefined,
    functions: [],
    warnings: [],
    settings: {},
    raw: null,
  };
}

/** A list of one plan. */
function rawPlanOf(output: unknown): RawPlan {
  const [plan] = (typeof output === 'string' ? JSON.parse(output) : output) as RawPlan[];
  if (plan?.Plan === undefined) throw new MovieHubError('internal', 'PostgreSQL returned no plan.');
  return plan;
}

function namesOf(nodes: readonly PlanNode[], member: 'relation' | 'function'): string[] {
  return [...new Set(nodes.flatMap((node) => node[member] ?? []))];
}

const tablesQuery = defineQuery<TableRow, { tables: readonly string[] }>({
  name: 'plan_tables',
  sql: tablesSql,
  parameters: ['tables'],
});

const functionsQuery = defineQuery<
  { function_name: string; runs_as: string | null },
  { functions: readonly string[] }
>({ name: 'plan_functions', sql: functionsSql, parameters: ['functions'] });

/** Columns that the text of a plan keeps to where it can. */
const width = 100;

/** Writes a plan for people: a line for each step, the sum, and the warnings in words, in about 100 columns. */
export function formatPlan(plan: QueryPlan): string {
  const { root, functions, warnings, settings } = plan;
  if (root === undefined) return 'These entitlements allow nothing, so a call runs no query.\n';
  const { hit, read } = root.pages;
  const changed = Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
  const paragraphs = [
    tableOf(root),
    `Planning ${time(plan.planningMilliseconds)}, execution ${time(plan.executionMilliseconds)}. ` +
      `Pages of 8 kB: ${number(hit)} from memory, ${number(read)} from the system.`,
    ...(changed === '' ? [] : [`Settings that differ from PostgreSQL's own: ${changed}.`]),
    ...functions.map(({ name, runsAs, milliseconds, pages }) => {
      const as = runsAs === undefined ? '' : ` as its owner ${runsAs}, past the policies`;
      return (
        `Inside ${name}(): ${time(milliseconds)}, ${number(pages)} pages. It runs queries of its own${as}; ` +
        'their plans are not shown here.'
      );
    }),
    ...warnings.map((warning) => `Warning: ${warning}`),
    ...(warnings.length === 0 ? ['Nothing to warn of.'] : []),
  ];
  return `${paragraphs.map((each, i) => (i === 0 ? `${each}\n` : wrapped(each))).join('\n')}\n`;
}

function tableOf(root: PlanNode): string {
  const rows = linesOf(root, 0);
  const widths = head.map((name, i) =>
    Math.max(name.length, ...rows.map(({ cells }) => cells[i]?.length ?? 0)),
  );
  return [{ cells: head, step: 'step' }, ...rows]
    .map(({ cells, step }) => [...cells.map((cell, i) => cell.padStart(widths[i] ?? 0)), step].join('  '))
    .join('\n');
}

const head = ['time', 'expected', 'rows', 'pages'] as const;

/** What is written of a step: a cell for each column, and the step, which stands the deeper the further down it is. */
interface Line {
  readonly cells: readonly string[];
  readonly step: string;
}

function linesOf(node: PlanNode, depth: number): Line[] {
  const { milliseconds, expectedRows, actualRows, pages, children } = node;
  const step = `${'  '.repeat(depth)}${stepOf(node)}`;
  if (node.rounds === 0) {
    const below = nodesOf(node).length - 1;
    const more = below === 0 ? '' : `, with ${below} below`;
    return [{ cells: ['-', number(expectedRows), '-', '-'], step: `${step} (never run${more})` }];
  }
  const cells = [
    time(milliseconds),
    number(expectedRows),
    number(actualRows),
    number(pages.hit + pages.read),
  ];
  return [{ cells, step }, ...children.flatMap((child) => linesOf(child, depth + 1))];
}

function stepOf(node: PlanNode): string {
  const { type, subplan, relation, index, alias, cte } = node;
  const name = relation ?? (node.function && `${node.function}()`) ?? cte;
  const parts = [
    subplan && `${subplan}:`,
    type,
    name && `on ${name.replace(/^.*\./, '')}`,
    alias && name && alias !== name.replace(/^.*\.|\(\)$/g, '') && alias,
    index && `by ${index}`,
    node.rowsRemoved > 0 && `(threw away ${number(node.rowsRemoved)})`,
    node.rounds > 1 && `× ${number(node.rounds)}`,
  ];
  return parts.filter((part) => part).join(' ');
}

function time(milliseconds: number): string {
  return `${milliseconds < 100 ? milliseconds.toFixed(2) : number(Math.round(milliseconds))} ms`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** Breaks a paragraph into lines, those after the first indented. */
function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last.trim() !== '' && last.length + 1 + word.length > width) lines.push(`  ${word}`);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.join('\n');
}
