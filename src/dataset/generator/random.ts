/**
 * Draws that depend on a seed, a purpose and a number alone: what is generated for a title does not depend on what was generated
 * before it, so that each file can be made without the others.
 */
export class Draws {
  readonly #seed: number;
  #state = 0;

  constructor(seed: number, purpose: number) {
    // A seed may have more bits than one number of 32 takes.
    const high = Math.floor(seed / 4_294_967_296);
    this.#seed = mix(mix(seed ^ Math.imul(high, 0xcc9e2d51)) ^ Math.imul(purpose, 0x9e3779b1));
  }

  /** Begins the draws of one number anew. */
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

  /** Returns a whole number from 0, less than `count`. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** Returns a whole number below `count`, small ones more often: `skew` 1 is even, 3 gives the first eighth half of all. */
  skewed(count: number, skew: number): number {
    return Math.floor(count * this.next() ** skew);
  }

  /**
   * Returns a rank below `count` as words have them (Zipf and Mandelbrot): a rank is drawn about as often as 1 / (rank + head), so
   * that the first few are common and there is no end of rare ones.
   */
  ranked(count: number, head: number): number {
    return Math.min(count - 1, Math.floor(head * ((count + head) / head) ** this.next() - head));
  }

  /** Returns a number of the normal distribution around 0 (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  /** Picks one of the first items more often. */
  pickSkewed<Item>(items: readonly Item[], skew = 2): Item {
    return items[this.skewed(items.length, skew)] as Item;
  }
}

/** The end of MurmurHash3: every bit of the number decides on every bit of the answer. */
function mix(number: number): number {
  let mixed = number | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
