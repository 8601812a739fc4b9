import { Reject, tooScattered } from './fields';

/** Types are bits of a page's entries; the highest says that the person is in the files, the next that some title has asked for him. */
const pageSize = 1 << 16;
/** Pages that may be begun: for 33 million numbers, 134 MB. */
const mostPages = 512;
const isThere = 0x8000_0000;
const isAsked = 0x4000_0000;

/** Which people the files have, and in titles of which types they are shown. Takes four bytes for each number, in pages. */
export class NameIndex {
  readonly #types: number[] = [];
  readonly #pages: (Uint32Array | undefined)[] = [];
  #pageCount = 0;

  /** @throws Reject for a number that lies apart from too many others. */
  add(id: number): void {
    const page = this.#page(id);
    page[id & 0xffff] = (page[id & 0xffff] as number) | isThere;
  }

  has(id: number): boolean {
    return ((this.#pages[id >>> 16]?.[id & 0xffff] ?? 0) & isThere) !== 0;
  }

  /** Notes that a title that is loaded names the person. */
  ask(id: number): void {
    const page = this.#page(id);
    page[id & 0xffff] = (page[id & 0xffff] as number) | isAsked;
  }

  isAsked(id: number): boolean {
    return ((this.#pages[id >>> 16]?.[id & 0xffff] ?? 0) & isAsked) !== 0;
  }

  /** Notes that a title of this type shows the person. */
  show(id: number, type: number): void {
    let index = this.#types.indexOf(type);
    if (index < 0) index = this.#types.push(type) - 1;
    const page = this.#page(id);
    page[id & 0xffff] = (page[id & 0xffff] as number) | (1 << index);
  }

  /** Returns the types of the titles that show the person, ascending. */
  typesOf(id: number): number[] {
    const bits = this.#pages[id >>> 16]?.[id & 0xffff] ?? 0;
    return this.#types.filter((_, index) => (bits & (1 << index)) !== 0).sort((a, b) => a - b);
  }

  #page(id: number): Uint32Array {
    const page = this.#pages[id >>> 16];
    if (page !== undefined) return page;
    if (this.#pageCount === mostPages) throw new Reject(tooScattered);
    this.#pageCount += 1;
    const made = new Uint32Array(pageSize);
    this.#pages[id >>> 16] = made;
    return made;
  }
}
