import { nothing } from './ids';
import { Draws } from './random';

/** Stands for bytes that are no UTF-8, until text becomes bytes. */
export const brokenBytes = '\uE000';

/** Where a file has what can be messy; the id is always the first column. */
export interface MessyColumns {
  /** Text that may be anything. */
  readonly text?: number;
  /** Text that must be there. */
  readonly needed?: number;
  readonly number?: number;
  readonly type?: number;
  readonly json?: number;
  /** An id of another file. */
  readonly reference?: number;
}

/** Changes lines now and then, each time in one of the ways that a loader has to be ready for. */
export class Mess {
  readonly #draws: Draws;
  readonly #share: number;
  readonly #spoiling: readonly Way[];
  readonly #odd: readonly Way[];
  #spoiled = 0;
  #oddities = 0;

  /** @param share Of the calls of `of` with lines, those that spoil one; as many make one odd. */
  constructor(seed: number, file: number, share: number, columns: MessyColumns) {
    this.#draws = new Draws(seed, 100 + file);
    this.#share = share;
    const fitting = (ways: readonly OptionalWay[]) => ways.flatMap((way) => waysIn(way, columns));
    this.#spoiling = fitting(spoiling);
    this.#odd = fitting(oddities);
  }

  /** Lines so far that nobody can load. */
  get spoiled(): number {
    return this.#spoiled;
  }

  /** Lines so far that can be loaded, by who is ready for them. */
  get odd(): number {
    return this.#oddities;
  }

  /** @param lines Whole lines; one of them may be changed. */
  of(number: number, lines: string): string {
    if (lines === '') return lines;
    const draws = this.#draws.of(number);
    const drawn = draws.next();
    if (drawn >= this.#share * 2) return lines;
    const isSpoiled = drawn < this.#share;
    if (isSpoiled) this.#spoiled += 1;
    else this.#oddities += 1;
    const all = lines.slice(0, -1).split('\n');
    const at = draws.below(all.length);
    const columns = (all[at] as string).split('\t');
    const changed = draws.pick(isSpoiled ? this.#spoiling : this.#odd)(columns, draws);
    return `${all.with(at, changed.join('\t')).join('\n')}\n`;
  }
}

type Way = (columns: string[], draws: Draws) => string[];
/** A way to change a line, or a value where a file has it. */
type OptionalWay = Way | readonly [keyof MessyColumns, (value: string, draws: Draws) => string];

function waysIn(way: OptionalWay, columns: MessyColumns): Way[] {
  if (typeof way === 'function') return [way];
  const [kind, change] = way;
  const at = columns[kind];
  if (at === undefined) return [];
  return [(values, draws) => values.with(at, change(values[at] as string, draws))];
}

const spoiling: readonly OptionalWay[] = [
  // A column too few, and one too many.
  (columns) => columns.slice(0, -1),
  (columns) => [...columns, nothing],
  // No number where the id is, one that no column holds, and no id at all.
  ([id = '', ...rest]) => [`${id.slice(0, 2)}x${id.slice(3)}`, ...rest],
  ([id = '', ...rest]) => [`${id.slice(0, 2)}99999999999`, ...rest],
  ([, ...rest]) => [nothing, ...rest],
  // A character that PostgreSQL does not take.
  (columns, draws) => columns.with(draws.below(columns.length), 'a\0b'),
  ['needed', () => ''],
  ['needed', () => nothing],
  ['number', () => 'unknown'],
  ['number', () => '99999999999'],
  ['type', () => 'tvUnheardOf'],
  ['json', () => '["Half a nam'],
  ['json', () => '{"no": "list"}'],
];

const oddities: readonly OptionalWay[] = [
  // The line ends as on Windows, or comes twice.
  (columns) => columns.with(-1, `${columns.at(-1)}\r`),
  (columns) => [...columns.slice(0, -1), `${columns.at(-1)}\n${columns[0]}`, ...columns.slice(1)],
  // Bytes that are no UTF-8, blanks, a quote without its other, a line end that is none, and as much text as there ever is.
  ['text', (value) => `${value} ${brokenBytes}`],
  ['text', (value) => `  ${value}  `],
  ['text', (value) => `"${value}`],
  ['text', (value) => `${value}\u2028${value}`],
  ['text', (value) => `${value} `.repeat(20)],
  // Somebody, or something, that no file has.
  [
    'reference',
    (value, draws) =>
      `${value === nothing ? 'nm' : value.slice(0, 2)}${900_000_000 + draws.below(1_000_000)}`,
  ],
];
