import type { PlanNode } from './plan-tree';
import { nodesOf } from './plan-tree';

/** A key of an index, as the catalogs tell; none of its members is set for a table without an index. */
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
