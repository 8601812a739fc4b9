import { Reject } from './fields';

/** Bits of ids that number within a page. */
const pageBits = 16;
const pageSize = 1 << pageBits;
const inPage = pageSize - 1;

/** Numbers by id, 0 unless set, in pages of 65,536: IMDb's ids have gaps and go to several times their count. */
class Pages {
  readonly #pages: (Uint8Array | Uint16Array | Uint32Array | undefined)[] = [];
  readonly #create: () => Uint8Array | Uint16Array | Uint32Array;
  readonly #max: number;
  #count = 0;

  constructor(create: () => Uint8Array | Uint16Array | Uint32Array, max: number) {
    this.#create = create;
    this.#max = max;
  }

  get(id: number): number {
    return this.#pages[id >>> pageBits]?.[id & inPage] ?? 0;
  }

  /** @throws Reject for an id that is far from too many others, which would take too much memory. */
  set(id: number, value: number): void {
    let page = this.#pages[id >>> pageBits];
    if (page === undefined) {
      if (this.#count === this.#max) throw new Reject('its id is too far from those of the lines before');
      this.#count += 1;
      page = this.#create();
      this.#pages[id >>> pageBits] = page;
    }
    page[id & inPage] = value;
  }
}

/** Types of titles that a load can tell apart: each is a bit of a number that also holds two flags. */
export const maxTypes = 30;
const leftOut = 255;

/** Type and year of each title in the files: three bytes an id, 120 MB for IMDb's 40 million ids. */
export class TitleIndex {
  readonly #known: number[] = [];
  readonly #types = new Pages(() => new Uint8Array(pageSize), 1024);
  readonly #years = new Pages(() => new Uint16Array(pageSize), 1024);

  /** @param type Its id in the database; undefined for a title that the filter leaves out. */
  set(id: number, type: number | undefined, year: number): void {
    const index = type === undefined ? leftOut : this.#known.indexOf(type) + 1 || this.#known.push(type);
    this.#types.set(id, index);
    this.#years.set(id, year);
  }

  /** Returns the type; undefined for an unknown title, `false` for one that the filter leaves out. */
  typeOf(id: number): number | false | undefined {
    const index = this.#types.get(id);
    return index === leftOut ? false : this.#known[index - 1];
  }

  /** Returns the year, 0 when unknown. */
  yearOf(id: number): number {
    return this.#years.get(id);
  }
}

const exists = 0x8000_0000;
const isNeeded = 0x4000_0000;

/** The people in the files, and the types of titles that show them: four bytes an id. */
export class NameIndex {
  readonly #types: number[] = [];
  readonly #bits = new Pages(() => new Uint32Array(pageSize), 512);

  add(id: number): void {
    this.#bits.set(id, this.#bits.get(id) | exists);
  }

  has(id: number): boolean {
    return (this.#bits.get(id) & exists) !== 0;
  }

  /** Notes that a loaded title credits the person. */
  need(id: number): void {
    this.#bits.set(id, this.#bits.get(id) | isNeeded);
  }

  isNeeded(id: number): boolean {
    return (this.#bits.get(id) & isNeeded) !== 0;
  }

  /** Notes that a title of this type shows the person. */
  show(id: number, type: number): void {
    let index = this.#types.indexOf(type);
    if (index < 0) index = this.#types.push(type) - 1;
    this.#bits.set(id, this.#bits.get(id) | (1 << index));
  }

  /** Returns the types of the titles that show the person, ascending. */
  typesOf(id: number): number[] {
    const bits = this.#bits.get(id);
    return this.#types.filter((_, index) => (bits & (1 << index)) !== 0).sort((a, b) => a - b);
  }
}

/** A set of ids, one bit each. */
export class IdSet {
  readonly #pages: (Uint8Array | undefined)[] = [];

  /** Adds an id; returns whether it is new. */
  add(id: number): boolean {
    const page = this.#pages[id >>> pageBits] ?? new Uint8Array(pageSize / 8);
    this.#pages[id >>> pageBits] = page;
    const at = (id & inPage) >>> 3;
    const bit = 1 << (id & 7);
    const isNew = ((page[at] as number) & bit) === 0;
    page[at] = (page[at] as number) | bit;
    return isNew;
  }
}
