/** How far a load is. */
export interface LoadProgress {
  /** What is done now: files are fetched, looked through, loaded; then indexes and search texts are built. */
  readonly step: 'download' | 'look' | 'load' | 'build';
  /** The file, or what is built. */
  readonly label: string;
  /** Bytes of the file as it is packed, or steps of the building, that are done; and how many there are, where that is known. */
  readonly done: number;
  readonly total: number | undefined;
  /** Lines of the file so far; 0 for what is no file. */
  readonly lines: number;
  /** How many of these lines cannot be used. */
  readonly rejected: number;
  /** Of the whole load, from 0 to 1. */
  readonly share: number;
}

/** Lines of a file so far. */
export type ReadLines = Pick<LoadProgress, 'lines' | 'rejected'>;

/** Turns what was read and built into shares of the whole. */
export class LoadMeter {
  readonly #tell: ((progress: LoadProgress) => void) | undefined;
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #total: number;
  readonly #readShare: number;
  #read = 0;
  #label = '';
  #ofFile = 0;
  #last = 0;

  constructor(
    tell: ((progress: LoadProgress) => void) | undefined,
    sizes: ReadonlyMap<string, number>,
    rebuilds: boolean,
  ) {
    this.#tell = tell;
    this.#sizes = sizes;
    const sum = [...sizes.values()].reduce((all, size) => all + size, 0);
    // Votes and people are read twice.
    this.#total = sum + (sizes.get('title.ratings') ?? 0) + (rebuilds ? (sizes.get('name.basics') ?? 0) : 0);
    // At the size of IMDb itself reading took half of the time.
    this.#readShare = rebuilds ? 0.5 : 1;
  }

  /** Notes bytes that were read of a file, and tells of them now and then. */
  readonly read = (file: string, bytes: number, isSurvey: boolean, { lines, rejected }: ReadLines): void => {
    const label = `${isSurvey} ${file}`;
    if (label !== this.#label) this.#ofFile = 0;
    this.#label = label;
    this.#ofFile += bytes;
    this.#read += bytes;
    const total = this.#sizes.get(file);
    const now = Date.now();
    if (now - this.#last < 100 && this.#ofFile !== total) return;
    this.#last = now;
    this.#tell?.({
      step: isSurvey ? 'look' : 'load',
      label: file,
      done: this.#ofFile,
      total,
      lines,
      rejected,
      share: Math.min(1, this.#read / this.#total) * this.#readShare,
    });
  };

  readonly build = (label: string, done: number, total: number): void => {
    this.#tell?.({
      step: 'build',
      label,
      done,
      total,
      lines: 0,
      rejected: 0,
      share: this.#readShare + (1 - this.#readShare) * (total === 0 ? 1 : done / total),
    });
  };
}
