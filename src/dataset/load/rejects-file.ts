import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { MovieHubError } from 'movie-hub';

/** Lines of each file that are told of at the end of a load. */
const mostTold = 100;
/** Bytes that wait to be written. */
const mostWaiting = 64 * 1024;

/** A line that cannot be used, or not whole. */
export interface RejectedLine {
  readonly line: number;
  readonly reason: string;
}

/** What a load that goes on has noted so far. */
export interface RejectsBefore {
  /** Bytes of the file of rejects. */
  readonly bytes: number;
  readonly count: number;
  readonly first: ReadonlyMap<string, readonly RejectedLine[]>;
}

/** Where lines that cannot be used, or not whole, are noted: file, number of the line, reason, parted by tabs. */
export class RejectsFile {
  readonly #path: string | undefined;
  readonly #file: number | undefined;
  readonly #most: number;
  #bytes: number;
  #count: number;
  #waiting = '';
  readonly #first: Map<string, RejectedLine[]>;

  /**
   * @param path Undefined counts only.
   * @param before The rest of the file is cut off.
   * @param most How many lines may be noted.
   * @throws MovieHubError `file_unavailable` when the file cannot be written.
   */
  constructor(path: string | undefined, before: RejectsBefore, most = 100_000) {
    this.#path = path;
    this.#most = most;
    this.#count = before.count;
    this.#first = new Map([...before.first].map(([file, lines]) => [file, [...lines]]));
    this.#bytes = 0;
    if (path === undefined) return;
    try {
      this.#file = openSync(path, 'a');
      this.#bytes = Math.min(fstatSync(this.#file).size, before.bytes);
      ftruncateSync(this.#file, this.#bytes);
    } catch (cause) {
      throw cannotBeWritten(path, cause);
    }
  }

  /** @throws MovieHubError `invalid_argument` when there are more than may be. */
  write(file: string, line: number, reason: string): void {
    this.#count += 1;
    if (this.#count > this.#most) {
      throw new MovieHubError(
        'invalid_argument',
        `More than ${this.#most} lines cannot be used, or not whole; the last is line ${line} of ${file}: ${reason}. What was loaded so far stays. If that is as it should be, run the same load again and allow more rejects: it goes on from there.`,
      );
    }
    const first = this.#first.get(file) ?? [];
    this.#first.set(file, first);
    if (first.length < mostTold) first.push({ line, reason });
    if (this.#file === undefined) return;
    this.#waiting += `${file}\t${line}\t${reason}\n`;
    if (this.#waiting.length > mostWaiting) this.flush();
  }

  /** Returns the first lines that were noted of a file. */
  of(file: string): readonly RejectedLine[] {
    return this.#first.get(file) ?? [];
  }

  /** Writes all that was noted, so that it is there however the process ends; returns the size of the file. */
  flush(): number {
    if (this.#file === undefined) return this.#bytes;
    try {
      for (let rest = Buffer.from(this.#waiting); rest.length > 0; ) {
        const written = writeSync(this.#file, rest);
        this.#bytes += written;
        rest = rest.subarray(written);
      }
    } catch (cause) {
      throw cannotBeWritten(this.#path, cause);
    }
    this.#waiting = '';
    return this.#bytes;
  }

  close(): void {
    if (this.#file === undefined) return;
    this.flush();
    closeSync(this.#file);
  }
}

function cannotBeWritten(path: string | undefined, cause: unknown): MovieHubError {
  const message = `The file ${path} for rejected lines cannot be written.`;
  return new MovieHubError('file_unavailable', message, { cause });
}
