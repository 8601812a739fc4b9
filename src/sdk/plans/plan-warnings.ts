import { nodesOf, type PlanNode } from './plan-tree';

/** Below these nobody waits: reading a small table whole is what a good plan does. */
const manyRows = 1_000;
const manyPages = 32;
/** How many times as many rows make a step wasteful, or an estimate wrong. */
const farMore = 100;

/** Says in words what makes a plan slow, the worst first; nothing when nothing does. */
export function warningsOf(root: PlanNode, tables: readonly TableRow[]): string[] {
  const whole = nodesThatEnd(root);
  const warnings = nodesOf(root).flatMap((node) => {
    const lost = node.rowsRemoved > manyRows ? lostIndexes(node, tables) : [];
    return [
      ...lost.map((index) => [node.actualRows + node.rowsRemoved, ofLostIndex(node, index)] as const),
      ...ofSequentialScan(node, lost, root),
      ...(lost.length > 0 ? [] : ofRemovedRows(node)),
      ...ofEstimate(node, whole.has(node)),
      ...ofSpill(node),
    ];
  });
  const sorted = warnings.toSorted(([a], [b]) => b - a).map(([, text]) => text);
  return [...new Set(sorted)];
}

/** How many rows it is about, and what is said. */
type Warning = readonly [rows: number, text: string];

function ofLostIndex(node: PlanNode, { relation, index, key, operator }: LostIndex): string {
  return (
    `Lost index: ${relation} has the index ${index}, but row-level security keeps PostgreSQL from using it for ` +
    `${key} ${operator}: what compares there is not leakproof, so the policy comes first. ` +
    `${count(node.rowsRemoved, 'row')} were read and thrown away. Way out: a SECURITY DEFINER function that searches with the ` +
    'index and proposes ids, which the query joins to the table; see docs/explanation/row-level-security.md.'
  );
}

function ofSequentialScan(node: PlanNode, lost: readonly LostIndex[], root: PlanNode): Warning[] {
  const read = node.actualRows + node.rowsRemoved;
  if (node.type !== 'Seq Scan' || read <= manyRows || pagesOf(node) <= manyPages) return [];
  const rounds = node.rounds > 1 ? `, in ${number(node.rounds)} rounds` : '';
  return [
    [
      read,
      `Sequential scan: ${node.relation ?? node.alias} is read row by row, ${number(read)} rows in ${number(pagesOf(node))} pages of 8 kB${rounds}, ` +
        `and ${number(node.actualRows)} of them kept. ${adviceFor(node, lost, root)}`,
    ],
  ];
}

function adviceFor(node: PlanNode, lost: readonly LostIndex[], root: PlanNode): string {
  if (lost.length > 0) return 'The lost index is why.';
  const partner = joinedFunction(node, root);
  if (partner !== undefined)
    return (
      `It is joined with what ${partner.function}() gives: ${number(partner.actualRows)} rows, where PostgreSQL expected ${number(partner.expectedRows)}. ` +
      "Say ROWS in the function's definition, or put a LIMIT around its call, and the join can use an index."
    );
  if (node.actualRows * 2 > node.rowsRemoved || node.filter === undefined)
    return 'Much of it is kept, so no index helps: let the query ask for less.';
  return `An index on what its filter compares would read only those: ${shortened(node.filter)}`;
}

/** The function that a table is joined with, where its rows were expected to be far more than they are. */
function joinedFunction(node: PlanNode, root: PlanNode): PlanNode | undefined {
  return nodesOf(root)
    .filter(({ type }) => / Join|Nested Loop/.test(type))
    .map(joinedIn)
    .filter((nodes) => nodes.includes(node))
    .toReversed()
    .flat()
    .find(
      ({ function: name, rounds, expectedRows, actualRows }) =>
        name !== undefined && rounds > 0 && expectedRows > farMore * Math.max(1, actualRows),
    );
}

/** The nodes below, without those that only give a value to it. */
function joinedIn(node: PlanNode): PlanNode[] {
  const inputs = node.children.filter(({ subplan }) => subplan === undefined);
  return inputs.flatMap((each) => [each, ...joinedIn(each)]);
}

function ofRemovedRows(node: PlanNode): Warning[] {
  const { rowsRemoved, actualRows, filter, joinFilter } = node;
  // Of a sequential scan more is said, or it is too small to say anything.
  if (node.type === 'Seq Scan' || rowsRemoved <= manyRows || rowsRemoved <= farMore * Math.max(1, actualRows))
    return [];
  const by = shortened(joinFilter ?? filter ?? 'a second look at what the index gave');
  return [
    [
      rowsRemoved,
      `Rows thrown away: ${stepOf(node)} kept ${number(actualRows)} of ${count(actualRows + rowsRemoved, 'row')} that it had read. ` +
        `Thrown away by ${by}. An index that has this too would not read them.`,
    ],
  ];
}

/** What comes of a table only: of functions and joins PostgreSQL has no statistics that could be renewed. */
function ofEstimate(node: PlanNode, hasEnded: boolean): Warning[] {
  const { relation, rounds, expectedRows, actualRows } = node;
  if (relation === undefined || rounds === 0) return [];
  const more = Math.max(expectedRows, actualRows);
  const less = Math.max(1, Math.min(expectedRows, actualRows));
  if (more <= manyRows || more <= farMore * less || (expectedRows > actualRows && !hasEnded)) return [];
  return [
    [
      0,
      `Wrong estimate: ${stepOf(node)} gave ${count(actualRows, 'row')} where PostgreSQL expected ${number(expectedRows)}. ` +
        `Run ANALYZE ${relation}. If it stays: under row-level security no statistics are used for what is not leakproof.`,
    ],
  ];
}

function ofSpill(node: PlanNode): Warning[] {
  const own = node.pages.tempWritten - node.children.reduce((sum, child) => sum + child.pages.tempWritten, 0);
  if (own <= 0) return [];
  const size = `${number(Math.ceil((own * 8) / 1024))} MB`;
  return [
    [
      node.actualRows,
      `Spilled to disk: ${stepOf(node)} wrote ${size} of temporary files, because ${count(node.actualRows, 'row')} did not fit into work_mem. ` +
        'Let the query ask for less, or give the login more: ALTER ROLE … SET work_mem.',
    ],
  ];
}

/** Nodes that nothing stops early: of others fewer rows than expected say nothing. */
function nodesThatEnd(root: PlanNode, found = new Set<PlanNode>()): Set<PlanNode> {
  found.add(root);
  // What a limit cut off has as many rows as were expected of it.
  const stops =
    (root.type === 'Limit' && root.actualRows >= root.expectedRows) || /^Merge|Semi|Anti/.test(root.type);
  if (stops) return found;
  for (const child of root.children)
    if (!/^(SubPlan|InitPlan)/.test(child.subplan ?? '')) nodesThatEnd(child, found);
  return found;
}

function stepOf({ type, relation, index }: PlanNode): string {
  return `${type}${index ? ` with ${index}` : ''}${relation ? ` on ${relation}` : ''}`;
}

function pagesOf({ pages }: PlanNode): number {
  return pages.hit + pages.read;
}

function shortened(text: string): string {
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}

function count(value: number, what: string): string {
  return `${number(value)} ${what}${value === 1 ? '' : 's'}`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** A key of an index, from the catalogs; none of its members is set for a table without an index. */
export interface TableRow {
  readonly table_name: string;
  /** Whether row-level security binds the role there. */
  readonly is_policed: boolean;
  readonly index_name: string | null;
  /** A column's name, or an expression, as it is written in a query. */
  readonly key: string | null;
  readonly is_expression: boolean | null;
  /** Operators that the index could answer, and that are not leakproof; `~~ ''` where only without a wildcard ahead. */
  readonly operators: readonly string[] | null;
}

/** An index that a condition could use if its operator were leakproof. */
export interface LostIndex {
  readonly relation: string;
  readonly index: string;
  readonly key: string;
  readonly operator: string;
}

/**
 * Finds the indexes that a node's filter could use, on tables where row-level security binds the role: PostgreSQL compares there
 * with the policy first, and with an operator that is not leakproof only what passed.
 */
export function lostIndexes(node: PlanNode, tables: readonly TableRow[]): LostIndex[] {
  const condition = withoutStrings([node.filter, node.joinFilter].filter((each) => each).join(' AND '));
  if (condition === '') return [];
  const scans = nodesOf(node).filter(({ relation }) => relation !== undefined);
  const found = new Map<string, LostIndex>();
  for (const { relation = '', alias = '' } of scans) {
    for (const row of tables) {
      if (row.table_name !== relation || !row.is_policed || row.key === null || row.index_name === null)
        continue;
      const operator = row.operators?.find((each) => compares(condition, alias, row, each));
      if (operator === undefined) continue;
      found.set(`${relation} ${row.key}`, {
        relation,
        index: row.index_name,
        key: row.key,
        operator: operator.replace(/ .*$/, ''),
      });
    }
  }
  return [...found.values()];
}

/** Whether a condition compares the key with the operator, on either side of it. */
function compares(condition: string, alias: string, row: TableRow, operator: string): boolean {
  const [text, key] = row.is_expression
    ? [condition.replaceAll(prefix(alias), ''), literal(withoutStrings(row.key ?? ''))]
    : [condition, `${prefix(alias).source}${literal(row.key ?? '')}(?![\\w$"])`];
  const cast = String.raw`\)*(?:::[\w. "]+(?:\[\])?)?\)*`;
  const named = String.raw`(?:OPERATOR\([\w."]*)?`;
  const own = `(?<![${symbols}])${literal(operator)}(?![${symbols}])`;
  return new RegExp(String.raw`${key}${cast} ${named}${own}|${own}\)? \(*${key}`).test(text);
}

/** What an operator may be made of. */
const symbols = String.raw`+\-*/<>=~!@#%^&|?\x60`;

function prefix(alias: string): RegExp {
  const plain = literal(alias);
  return new RegExp(`(?<![\\w$."])(?:${plain}|"${plain}")\\.`, 'g');
}

/** What is said inside a string is no comparison; what it begins with decides whether a btree can answer a pattern. */
function withoutStrings(condition: string): string {
  return condition.replace(/'([%_^])?(?:[^']|'')*'/g, (_, first = '') => `'${first === '_' ? '%' : first}'`);
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
