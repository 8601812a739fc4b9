import { Reject, tooScattered } from './fields';

/** Ids are looked up in pages of so many: IMDb's numbers go to several times their count, and with gaps. */
const pageSize = 1 << 16;
const leftOut = 255;
/** Pages that may be begun: for 67 million numbers, 200 MB. */
const mostPages = 1024;

/** Most types of titles that a database may know for a load. */
export const mostTypes = 30;

/**
 * What the lines about a title need to know of it, for every title of the files: its type, and its year. Takes three bytes for each
 * number, in pages of 65,536: about 120 MB for IMDb's own 40 million numbers, 33 MB for eleven million without gaps.
 */
export class TitleIndex {
  readonly #types: number[] = [];
  readonly #typePages: (Uint8Array | undefined)[] = [];
  readonly #yearPages: (Uint16Array | undefined)[] = [];
  readonly #votes: VoteIndex;
  #pageCount = 0;

  constructor(votes: VoteIndex) {
    this.#votes = votes;
  }

  /**
   * @param type Its id in the database; undefined when the title is in the files and was not asked for.
   * @throws Reject for a number that lies apart from too many others.
   */
  set(id: number, type: number | undefined, year: number): void {
    const page = id >>> 16;
    if (this.#typePages[page] === undefined) {
      if (this.#pageCount === mostPages) throw new Reject(tooScattered);
      this.#pageCount += 1;
      this.#typePages[page] = new Uint8Array(pageSize);
      this.#yearPages[page] = new Uint16Array(pageSize);
    }
    (this.#typePages[page] as Uint8Array)[id & 0xffff] = type === undefined ? leftOut : this.#indexOf(type);
    (this.#yearPages[page] as Uint16Array)[id & 0xffff] = year;
  }

  /** Returns the type; undefined for a title that no line told of, `false` for one that was not asked for. */
  typeOf(id: number): number | false | undefined {
    const index = this.#typePages[id >>> 16]?.[id & 0xffff] ?? 0;
    return index === 0 ? undefined : index === leftOut ? false : this.#types[index - 1];
  }

  /** Returns the year, 0 when not known. */
  yearOf(id: number): number {
    return this.#yearPages[id >>> 16]?.[id & 0xffff] ?? 0;
  }

  /** Returns the votes, 0 for none. */
  votesOf(id: number): number {
    return this.#votes.of(id);
  }

  #indexOf(type: number): number {
    const index = this.#types.indexOf(type);
    return index >= 0 ? index + 1 : this.#types.push(type);
  }
}

/** The votes of the titles that have some, sorted: eight bytes each. */
export class VoteIndex {
  #ids = new Int32Array(1 << 16);
  #votes = new Int32Array(1 << 16);
  #count = 0;
  #isSorted = true;

  /** A title may be told of again: the last counts. */
  set(id: number, votes: number): void {
    if (this.#count === this.#ids.length) {
      this.#ids = grown(this.#ids);
      this.#votes = grown(this.#votes);
    }
    if (this.#count > 0 && id <= (this.#ids[this.#count - 1] as number)) this.#isSorted = false;
    this.#ids[this.#count] = id;
    this.#votes[this.#count] = votes;
    this.#count += 1;
  }

  /** Returns the votes of a title, 0 for none. */
  of(id: number): number {
    if (!this.#isSorted) this.#sort();
    let low = 0;
    let high = this.#count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.#ids[middle] as number;
      if (found === id) return this.#votes[middle] as number;
      if (found < id) low = middle + 1;
      else high = middle - 1;
    }
    return 0;
  }

  #sort(): void {
    const ids = this.#ids;
    const order = Uint32Array.from({ length: this.#count }, (_, i) => i);
    order.sort((a, b) => (ids[a] as number) - (ids[b] as number) || a - b);
    const votes = this.#votes;
    const sorted = { ids: new Int32Array(ids.length), votes: new Int32Array(ids.length) };
    let count = 0;
    for (const at of order) {
      if (count > 0 && sorted.ids[count - 1] === ids[at]) count -= 1;
      sorted.ids[count] = ids[at] as number;
      sorted.votes[count] = votes[at] as number;
      count += 1;
    }
    this.#ids = sorted.ids;
    this.#votes = sorted.votes;
    this.#count = count;
    this.#isSorted = true;
  }
}

function grown(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
