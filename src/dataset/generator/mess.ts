import { Draws, missing } from './draws';

/** Stands for bytes that are not UTF-8, until text becomes bytes. */
export const brokenBytes = '\uE000';

/** Changes a few lines, each in one of the ways that a loader has to be ready for. */
export class Mess {
  readonly #draws: Draws;
  readonly #share: number;
  readonly #spoiling: readonly Change[];
  readonly #oddities: readonly Change[];
  /** Lines so far that cannot be loaded. */
  spoiled = 0;
  /** Lines so far that need care. */
  odd = 0;

  /**
   * @param share Of the calls of `apply` with lines, those that spoil one; as many make one odd.
   * @param columns For each column the ways in which its values can be spoiled.
   */
  constructor(seed: number, file: number, share: number, columns: readonly string[]) {
    this.#draws = new Draws(seed, 100 + file);
    this.#share = share;
    this.#spoiling = changesFor(columns, spoiling);
    this.#oddities = changesFor(columns, oddities);
  }

  /** Returns the lines of a number, one of which may be changed. */
  apply(number: number, lines: string): string {
    if (lines === '') return lines;
    const draws = this.#draws.of(number);
    const drawn = draws.next();
    if (drawn >= this.#share * 2) return lines;
    const isSpoiled = drawn < this.#share;
    if (isSpoiled) this.spoiled += 1;
    else this.odd += 1;
    const all = lines.slice(0, -1).split('\n');
    const at = draws.below(all.length);
    const change = draws.pick(isSpoiled ? this.#spoiling : this.#oddities);
    return `${all.with(at, change((all[at] as string).split('\t'), draws).join('\t')).join('\n')}\n`;
  }
}

/** Changes the columns of a line. */
type Change = (columns: string[], draws: Draws) => string[];
/** Changes one value, in files that have such a column. */
type ValueChange = readonly [way: string, change: (value: string, draws: Draws) => string];

function changesFor(columns: readonly string[], changes: readonly (Change | ValueChange)[]): Change[] {
  return changes.flatMap((change) => {
    if (typeof change === 'function') return [change];
    const at = columns.findIndex((ways) => ways.split(',').includes(change[0]));
    if (at < 0) return [];
    return [(values: string[], draws: Draws) => values.with(at, change[1](values[at] as string, draws))];
  });
}

const spoiling: readonly (Change | ValueChange)[] = [
  // One column too few, or too many.
  (columns) => columns.slice(0, -1),
  (columns) => [...columns, missing],
  // An id that is not a number, one too large for its column, and none.
  ([id = '', ...rest]) => [`${id.slice(0, 2)}x${id.slice(3)}`, ...rest],
  ([id = '', ...rest]) => [`${id.slice(0, 2)}99999999999`, ...rest],
  ([, ...rest]) => [missing, ...rest],
  // PostgreSQL stores no zero byte.
  (columns, draws) => columns.with(draws.below(columns.length), 'a\0b'),
  ['needed', () => ''],
  ['needed', () => missing],
  ['number', () => 'unknown'],
  ['number', () => '99999999999'],
  ['type', () => 'tvUnheardOf'],
  ['json', () => '["Half a nam'],
  ['json', () => '{"no": "list"}'],
];

const oddities: readonly (Change | ValueChange)[] = [
  // A line end of Windows, and a line that comes twice.
  (columns) => columns.with(-1, `${columns.at(-1)}\r`),
  (columns) => [...columns.slice(0, -1), `${columns.at(-1)}\n${columns[0]}`, ...columns.slice(1)],
  // Bytes that are not UTF-8, blanks, a single quote mark, a line separator that ends no line, and a very long text.
  ['text', (value) => `${value} ${brokenBytes}`],
  ['text', (value) => `  ${value}  `],
  ['text', (value) => `"${value}`],
  ['text', (value) => `${value}\u2028${value}`],
  ['text', (value) => `${value} `.repeat(20)],
  // An id that no file has.
  [
    'reference',
    (value, draws) =>
      `${value === missing ? 'nm' : value.slice(0, 2)}${900_000_000 + draws.below(1_000_000)}`,
  ],
];
