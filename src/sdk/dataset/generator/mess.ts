import { Draws } from './random';
import { nothing } from './title-lines';

/** One in so many lines is not as it should be: IMDb's own files have such lines too. */
const oneIn = 20_000;
/** Stands for bytes that are no UTF-8, until text becomes bytes. */
export const brokenBytes = '\uE000';

/** Spoils a line now and then, each time in one of the ways that a loader has to be ready for. */
export class Mess {
  readonly #draws: Draws;
  #spoiled = 0;

  constructor(seed: number, file: number) {
    this.#draws = new Draws(seed, 100 + file);
  }

  /** Lines that were spoiled so far. */
  get spoiled(): number {
    return this.#spoiled;
  }

  /** @param lines Whole lines; the first of them may be spoiled. */
  of(number: number, lines: string): string {
    const draws = this.#draws.of(number);
    if (lines === '' || draws.below(oneIn) !== 0) return lines;
    this.#spoiled += 1;
    const end = lines.indexOf('\n');
    const columns = lines.slice(0, end).split('\t');
    const spoiled = draws.pick(ways)(columns, draws);
    return `${spoiled.join('\t')}${lines.slice(end)}`;
  }
}

type Way = (columns: string[], draws: Draws) => string[];

const ways: readonly Way[] = [
  // A column too few, and one too many.
  (columns) => columns.slice(0, -1),
  (columns) => [...columns, nothing],
  // No number where the id is.
  ([id = '', ...rest]) => [`${id.slice(0, 2)}x${id.slice(3)}`, ...rest],
  // A number that no column holds.
  ([id = '', ...rest]) => [`${id.slice(0, 2)}99999999999`, ...rest],
  // Bytes that are no UTF-8, and one that PostgreSQL does not take.
  (columns, draws) => columns.with(draws.below(columns.length), `a${brokenBytes}b`),
  (columns, draws) => columns.with(draws.below(columns.length), 'a\0b'),
  // JSON that ends early: the last column of the principals.
  (columns) => columns.with(-1, '["Half a nam'),
];
