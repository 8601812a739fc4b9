/** Pages of 8 kB that were touched. */
export interface PlanPages {
  /** Found in PostgreSQL's own memory. */
  readonly hit: number;
  /** Asked of the operating system, and so perhaps of the disk. */
  readonly read: number;
  /** Read from and written to temporary files, because something did not fit into `work_mem`. */
  readonly tempRead: number;
  readonly tempWritten: number;
}

/** One step of a plan. Rows, times and pages are those of all its rounds; times and pages include those of its children. */
export interface PlanNode {
  /** In PostgreSQL's words: `Index Scan`, `Nested Loop`. */
  readonly type: string;
  /** What its parent takes it for, where that is no plain input: `CTE found`, `InitPlan 1`. */
  readonly subplan?: string;
  /** Name with schema of the table that it reads. */
  readonly relation?: string;
  /** The table's, the function's or the CTE's name in the query. */
  readonly alias?: string;
  readonly index?: string;
  /** Name with schema of the function that it calls. */
  readonly function?: string;
  /** Name of the CTE that it reads. */
  readonly cte?: string;
  /** Of a join: `Inner`, `Left`, `Semi`, … */
  readonly join?: string;
  readonly expectedRows: number;
  readonly actualRows: number;
  /** How often it was run; 0 for never. */
  readonly rounds: number;
  readonly milliseconds: number;
  readonly pages: PlanPages;
  /** Rows that it read and did not pass on, by its filter, its join's filter or a second look at what an index gave. */
  readonly rowsRemoved: number;
  /** Its conditions in PostgreSQL's words, with the values that were bound. */
  readonly indexCondition?: string;
  readonly filter?: string;
  readonly joinFilter?: string;
  readonly children: readonly PlanNode[];
}

/** What EXPLAIN gives as JSON. */
export interface RawPlan {
  readonly Plan: RawNode;
  readonly 'Planning Time'?: unknown;
  readonly 'Execution Time'?: unknown;
  readonly Settings?: Readonly<Record<string, string>>;
}

/** A node as EXPLAIN gives it. */
export type RawNode = Readonly<Record<string, unknown>> & { readonly Plans?: readonly RawNode[] };

/** Reads what EXPLAIN with ANALYZE, BUFFERS and VERBOSE gave, of PostgreSQL 15 to 18. */
export function readPlan(raw: RawNode): PlanNode {
  return readNode(raw, 1);
}

/** All nodes of a plan, each before its children. */
export function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...node.children.flatMap(nodesOf)];
}

/** @param processes How many ran it at the same time: their times are one another's. */
function readNode(raw: RawNode, processes: number): PlanNode {
  const type = textOf(raw, 'Node Type') ?? '?';
  const rounds = numberOf(raw, 'Actual Loops');
  const total = (name: string) => Math.round(numberOf(raw, name) * rounds);
  const below = type.startsWith('Gather') ? numberOf(raw, 'Workers Launched') + 1 : processes;
  return {
    type: typeOf(raw, type),
    ...optional('subplan', textOf(raw, 'Subplan Name')?.replace(/ \(returns .*$/, '')),
    ...optional('relation', withSchema(raw, 'Relation Name')),
    ...optional('alias', textOf(raw, 'Alias')),
    ...optional('index', textOf(raw, 'Index Name')),
    ...optional('function', withSchema(raw, 'Function Name')),
    ...optional('cte', textOf(raw, 'CTE Name')),
    ...optional('join', textOf(raw, 'Join Type')),
    expectedRows: Math.round(numberOf(raw, 'Plan Rows') * Math.max(rounds, 1)),
    actualRows: total('Actual Rows'),
    rounds,
    milliseconds: (numberOf(raw, 'Actual Total Time') * rounds) / Math.min(processes, Math.max(rounds, 1)),
    pages: {
      hit: numberOf(raw, 'Shared Hit Blocks'),
      read: numberOf(raw, 'Shared Read Blocks'),
      tempRead: numberOf(raw, 'Temp Read Blocks'),
      tempWritten: numberOf(raw, 'Temp Written Blocks'),
    },
    rowsRemoved:
      total('Rows Removed by Filter') +
      total('Rows Removed by Join Filter') +
      total('Rows Removed by Index Recheck'),
    ...optional('indexCondition', textOf(raw, 'Index Cond')),
    ...optional('filter', textOf(raw, 'Filter')),
    ...optional('joinFilter', textOf(raw, 'Join Filter')),
    children: (raw.Plans ?? []).map((each) => readNode(each, below)),
  };
}

/** In the words of EXPLAIN's text: its JSON has one word for several kinds of node, and another field that distinguishes them. */
function typeOf(raw: RawNode, type: string): string {
  const join = textOf(raw, 'Join Type');
  if (join === undefined || join === 'Inner') return aggregates[`${type} ${textOf(raw, 'Strategy')}`] ?? type;
  return type === 'Nested Loop' ? `Nested Loop ${join} Join` : type.replace(/ Join$/, ` ${join} Join`);
}

const aggregates: Readonly<Record<string, string>> = {
  'Aggregate Hashed': 'HashAggregate',
  'Aggregate Sorted': 'GroupAggregate',
  'Aggregate Mixed': 'MixedAggregate',
};

function withSchema(raw: RawNode, name: string): string | undefined {
  const own = textOf(raw, name);
  const schema = textOf(raw, 'Schema');
  return own === undefined || schema === undefined ? own : `${schema}.${own}`;
}

function textOf(raw: RawNode, name: string): string | undefined {
  const value = raw[name];
  return typeof value === 'string' ? value : undefined;
}

/** A number that a double cannot hold comes as text. */
function numberOf(raw: RawNode, name: string): number {
  const value = Number(raw[name] ?? 0);
  return Number.isFinite(value) ? value : 0;
}

function optional<Name extends string>(name: Name, value: string | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { [Each in Name]?: string };
}
