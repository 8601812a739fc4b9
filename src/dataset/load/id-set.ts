/** A set of ids, a bit for each number, in pages of 65,536. */
export class IdSet {
  readonly #pages: (Uint8Array | undefined)[] = [];

  /** Adds an id; returns whether it is new. */
  add(id: number): boolean {
    const page = this.#pages[id >>> 16] ?? new Uint8Array(8192);
    this.#pages[id >>> 16] = page;
    const at = (id & 0xffff) >>> 3;
    const bit = 1 << (id & 7);
    if (((page[at] as number) & bit) !== 0) return false;
    page[at] = (page[at] as number) | bit;
    return true;
  }
}
