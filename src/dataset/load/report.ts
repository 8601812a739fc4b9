import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { isMovieHubError, MovieHubError } from 'movie-hub';

/** Progress of a load. */
export interface LoadProgress {
  /** Files are downloaded, looked through and loaded; then indexes and search texts are built. */
  readonly step: 'download' | 'look' | 'load' | 'build';
  /** The file, or what is built. */
  readonly label: string;
  /** Bytes of the file on disk, or steps of the building, that are done; and of how many, if known. */
  readonly done: number;
  readonly total: number | undefined;
  /** Lines of the file so far, and how many of them were rejected; 0 for what is not a file. */
  readonly lines: number;
  readonly rejected: number;
  /** Completed share of the whole load, from 0 to 1. */
  readonly share: number;
}

/** Reports progress as shares of the whole load. */
export class Progress {
  readonly #report: (progress: LoadProgress) => void;
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #total: number;
  readonly #readShare: number;
  #read = 0;
  #label = '';
  #readOfFile = 0;
  #reported = 0;

  constructor(
    report: ((progress: LoadProgress) => void) | undefined,
    sizes: ReadonlyMap<string, number>,
    rebuilds: boolean,
  ) {
    this.#report = report ?? (() => undefined);
    this.#sizes = sizes;
    const sum = [...sizes.values()].reduce((all, size) => all + size, 0);
    // Votes, and in a rebuild people, are read twice.
    this.#total = sum + (sizes.get('title.ratings') ?? 0) + (rebuilds ? (sizes.get('name.basics') ?? 0) : 0);
    // At IMDb's size reading takes half of the time of a rebuild.
    this.#readShare = rebuilds ? 0.5 : 1;
  }

  /** Adds bytes that were read of a file. */
  readonly read = (
    file: string,
    bytes: number,
    isSurvey: boolean,
    { lines, rejected }: Pick<LoadProgress, 'lines' | 'rejected'>,
  ): void => {
    const label = `${isSurvey} ${file}`;
    if (label !== this.#label) this.#readOfFile = 0;
    this.#label = label;
    this.#readOfFile += bytes;
    this.#read += bytes;
    const done = this.#readOfFile;
    const total = this.#sizes.get(file);
    if (Date.now() - this.#reported < 100 && done !== total) return;
    this.#reported = Date.now();
    const share = Math.min(1, this.#read / this.#total) * this.#readShare;
    this.#report({ step: isSurvey ? 'look' : 'load', label: file, done, total, lines, rejected, share });
  };

  readonly build = (label: string, done: number, total: number): void => {
    const share = this.#readShare + (1 - this.#readShare) * (total === 0 ? 1 : done / total);
    this.#report({ step: 'build', label, done, total, lines: 0, rejected: 0, share });
  };
}

/** Lines of each file that a load reports at its end. */
const maxReported = 100;
const maxWaiting = 64 * 1024;

export interface RejectedLine {
  readonly line: number;
  readonly reason: string;
}

/** What an interrupted load has noted so far. */
export interface RejectsBefore {
  /** Size of the file of rejects. */
  readonly bytes: number;
  readonly count: number;
  readonly first: ReadonlyMap<string, readonly RejectedLine[]>;
}

/** Notes lines that are rejected or incomplete, in a file if wanted: file, line number and reason, separated by tabs. */
export class RejectLog {
  readonly #path: string | undefined;
  readonly #max: number;
  readonly #first: Map<string, RejectedLine[]>;
  #file: number | undefined;
  #bytes = 0;
  #count: number;
  #waiting = '';

  /**
   * @param path Undefined to only count.
   * @param before Where to resume; the rest of the file is removed.
   * @param max Number of lines that may be noted.
   * @throws MovieHubError `file_unavailable` when the file cannot be written, `invalid_argument` when it holds anything else.
   */
  constructor(path: string | undefined, before: RejectsBefore, max = 100_000) {
    this.#path = path;
    this.#max = max;
    this.#count = before.count;
    this.#first = new Map([...before.first].map(([file, lines]) => [file, [...lines]]));
    if (path === undefined) return;
    this.#write(() => {
      const file = openSync(path, 'a+');
      this.#file = file;
      const { size } = fstatSync(file);
      if (size > 0 && !isRejectLog(file)) {
        closeSync(file);
        const message = `The file ${path} holds something else than rejected lines, and is left as it is. Name another.`;
        throw new MovieHubError('invalid_argument', message);
      }
      this.#bytes = Math.min(size, before.bytes);
      ftruncateSync(file, this.#bytes);
    });
  }

  /** @throws MovieHubError `invalid_argument` for one line too many. */
  write(file: string, line: number, reason: string): void {
    this.#count += 1;
    if (this.#count > this.#max) {
      const message = `More than ${this.#max} lines are rejected or incomplete; the last is line ${line} of ${file}: ${reason}. What is loaded stays. To accept that, run the same load again with a higher limit: it resumes.`;
      throw new MovieHubError('invalid_argument', message);
    }
    const first = this.#first.get(file) ?? [];
    this.#first.set(file, first);
    if (first.length < maxReported) first.push({ line, reason });
    if (this.#file === undefined) return;
    this.#waiting += `${file}\t${line}\t${reason}\n`;
    if (this.#waiting.length > maxWaiting) this.flush();
  }

  /** Returns the first lines that were noted of a file. */
  of(file: string): readonly RejectedLine[] {
    return this.#first.get(file) ?? [];
  }

  /** Writes what was noted, so that it survives the process; returns the size of the file. */
  flush(): number {
    const file = this.#file;
    if (file === undefined) return 0;
    this.#write(() => {
      for (let rest = Buffer.from(this.#waiting); rest.length > 0; ) {
        const written = writeSync(file, rest);
        this.#bytes += written;
        rest = rest.subarray(written);
      }
    });
    this.#waiting = '';
    return this.#bytes;
  }

  close(): void {
    if (this.#file === undefined) return;
    this.flush();
    closeSync(this.#file);
  }

  #write(work: () => void): void {
    try {
      work();
    } catch (cause) {
      if (isMovieHubError(cause)) throw cause;
      const message = `The file ${this.#path} for rejected lines cannot be written.`;
      throw new MovieHubError('file_unavailable', message, { cause });
    }
  }
}

/** Whether a file begins as a log of rejected lines does: with a file's name, a line's number and a reason. */
function isRejectLog(file: number): boolean {
  const start = Buffer.alloc(256);
  return /^[^\t\n]+\t\d+\t/.test(start.toString('utf8', 0, readSync(file, start, 0, start.length, 0)));
}
