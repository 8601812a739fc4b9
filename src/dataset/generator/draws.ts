/** IMDb's mark for a missing value. */
export const missing = '\\N';

export const tconst = (title: number) => `tt${String(title + 1).padStart(7, '0')}`;
export const nconst = (person: number) => `nm${String(person + 1).padStart(7, '0')}`;

/**
 * Random numbers that depend on a seed, a purpose and a number only: the lines of a title do not depend on those before them, so
 * each file can be generated without the others.
 */
export class Draws {
  readonly #seed: number;
  #state = 0;

  constructor(seed: number, purpose: number) {
    // A seed may have more than 32 bits.
    const high = Math.floor(seed / 4_294_967_296);
    this.#seed = mix(mix(seed ^ Math.imul(high, 0xcc9e2d51)) ^ Math.imul(purpose, 0x9e3779b1));
  }

  /** Restarts with the draws of one number. */
  of(number: number): this {
    this.#state = mix(this.#seed ^ Math.imul(number + 1, 0x85ebca6b));
    return this;
  }

  /** Returns a number from 0, less than 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** Returns a whole number below `count`, small ones more often: a skew of 1 is even, 3 gives the first eighth half of all. */
  skewed(count: number, skew: number): number {
    return Math.floor(count * this.next() ** skew);
  }

  /** Returns a rank below `count` by Zipf and Mandelbrot's law of words: a rank is drawn about as often as 1 / (rank + head). */
  ranked(count: number, head: number): number {
    return Math.min(count - 1, Math.floor(head * ((count + head) / head) ** this.next() - head));
  }

  /** Returns a number of the standard normal distribution (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** Picks an item, one of the first more often if there is a skew. */
  pick<Item>(items: readonly Item[], skew?: number): Item {
    return items[skew === undefined ? this.below(items.length) : this.skewed(items.length, skew)] as Item;
  }

  /** Draws `count` items and returns the distinct ones as a list in IMDb's format. */
  list(count: number, draw: () => string, first: readonly string[] = []): string {
    const found = new Set(first);
    for (let left = count; left > 0; left -= 1) found.add(draw());
    return found.size === 0 ? missing : [...found].join(',');
  }
}

/** The final step of MurmurHash3: each bit of the number affects every bit of the result. */
function mix(number: number): number {
  let mixed = number | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
