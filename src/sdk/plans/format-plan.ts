import type { QueryPlan } from './explain-query-tool';
import { nodesOf, type PlanNode } from './plan-tree';

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
