import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import { MovieHubError } from 'movie-hub';
import { isFileError } from '../files';

/** How much is read, sent and committed at once. Tests make it small, so that small files become many pieces. */
export const loadSizes = {
  /** Bytes that are read, and decompressed, at once. */
  bytesRead: 512 * 1024,
  /** Rows of a transaction: the most that an interrupted load loses. */
  rowsOfRebuild: 250_000,
  rowsOfMerge: 50_000,
};

/**
 * Reads a file piece by piece, decompressed if its name ends with `.gz`.
 *
 * @param onRead Called with the number of bytes read from disk.
 * @throws MovieHubError `file_unavailable` when the file cannot be read; `invalid_argument` when it is damaged.
 */
export async function* readPieces(path: string, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  const chunkSize = loadSizes.bytesRead;
  const file = createReadStream(path, { highWaterMark: chunkSize });
  file.on('data', (chunk) => onRead(chunk.length));
  const bytes = path.endsWith('.gz') ? file.pipe(createGunzip({ chunkSize })) : file;
  // `pipe` does not pass errors on.
  if (bytes !== file) file.on('error', (error) => bytes.destroy(error));
  try {
    for await (const piece of bytes as AsyncIterable<Buffer>) yield piece;
  } catch (cause) {
    const name = `The file ${basename(path)}`;
    throw isFileError(cause)
      ? new MovieHubError('file_unavailable', `${name} cannot be read.`, { cause })
      : new MovieHubError('invalid_argument', `${name} is damaged: it cannot be decompressed.`, { cause });
  } finally {
    file.destroy();
  }
}

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const empty = Buffer.alloc(0);

/** Bytes of a line; longer ones are skipped. */
export const maxLineBytes = 1024 * 1024;
/** Fields of a line that are distinguished; IMDb's files have up to nine. */
const maxFields = 64;

/** Reads the lines of a tab-separated file one by one, as offsets into the bytes: only text that is needed becomes a string. */
export class LineReader {
  /** The bytes that `starts` and `ends` point into. */
  bytes: Buffer = empty;
  readonly starts = new Int32Array(maxFields);
  readonly ends = new Int32Array(maxFields);
  /** Number of fields of the line. */
  count = 0;
  /** Whether the line was skipped for its length. */
  isTooLong = false;
  /** Whether a field has bytes that PostgreSQL cannot store; `faultOf` finds which. */
  hasFaults = false;
  #at = 0;
  #end = 0;
  #rest: Buffer = empty;
  #mayHaveFaults = false;
  #isSkipping = false;
  #hasSkipped = false;

  /** Takes the next piece of the file; all lines of the one before must have been read. */
  take(piece: Buffer): void {
    let bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    if (this.#isSkipping) {
      const end = piece.indexOf(lineFeed) + 1;
      this.#isSkipping = end === 0;
      this.#hasSkipped = end > 0;
      bytes = end > 0 ? piece.subarray(end) : empty;
    }
    const end = bytes.lastIndexOf(lineFeed) + 1;
    this.#begin(bytes, end);
    this.#isSkipping ||= bytes.length - end > maxLineBytes;
    // A copy, so that the piece can be freed.
    this.#rest = this.#isSkipping ? empty : Buffer.from(bytes.subarray(end));
  }

  /** Makes what follows the last line feed a line. */
  finish(): void {
    const rest = this.#rest;
    this.#rest = empty;
    this.#hasSkipped = this.#isSkipping;
    this.#isSkipping = false;
    this.#begin(rest, rest.length);
  }

  /** Moves to the next line; returns false when there is none yet. */
  next(): boolean {
    if (this.#hasSkipped) {
      this.#hasSkipped = false;
      this.count = 0;
      this.isTooLong = true;
      this.hasFaults = false;
      return true;
    }
    if (this.#at >= this.#end) return false;
    const { bytes, starts, ends } = this;
    const first = this.#at;
    let at = first;
    let count = 0;
    let start = at;
    for (; at < this.#end; at += 1) {
      const byte = bytes[at] as number;
      if (byte > lineFeed) continue;
      if (byte === tab) {
        if (count < maxFields - 1) {
          starts[count] = start;
          ends[count] = at;
          count += 1;
        }
        start = at + 1;
      } else if (byte === lineFeed) break;
    }
    starts[count] = start;
    ends[count] = at > start && bytes[at - 1] === carriageReturn ? at - 1 : at;
    this.count = count + 1;
    this.#at = at + 1;
    this.isTooLong = at - first > maxLineBytes;
    this.hasFaults = this.#mayHaveFaults && faultIn(bytes.subarray(first, at)) !== undefined;
    return true;
  }

  /** Returns why the bytes of a field cannot be stored, undefined when they can. */
  faultOf(field: number): string | undefined {
    return faultIn(this.bytes.subarray(this.starts[field], this.ends[field]));
  }

  /** Makes a field null. */
  drop(field: number): void {
    this.ends[field] = (this.starts[field] as number) - 1;
  }

  /** Whether a field is IMDb's null, `\N`, or was dropped. */
  isNull(field: number): boolean {
    const start = this.starts[field] as number;
    const length = (this.ends[field] as number) - start;
    return length < 0 || (length === 2 && this.bytes[start] === 0x5c && this.bytes[start + 1] === 0x4e);
  }

  isEmpty(field: number): boolean {
    return this.isNull(field) || this.starts[field] === this.ends[field];
  }

  text(field: number): string {
    return this.bytes.toString('utf8', this.starts[field], this.ends[field]);
  }

  /** Returns a field as a whole number; -1 unless it has 1 to 9 digits and nothing else. */
  digits(field: number, skip = 0): number {
    const start = (this.starts[field] as number) + skip;
    const end = this.ends[field] as number;
    if (end <= start || end - start > 9) return -1;
    let number = 0;
    for (let at = start; at < end; at += 1) {
      const digit = (this.bytes[at] as number) - 48;
      if (digit < 0 || digit > 9) return -1;
      number = number * 10 + digit;
    }
    return number;
  }

  #begin(bytes: Buffer, end: number): void {
    this.bytes = bytes;
    this.#at = 0;
    this.#end = end;
    // Checked for all lines at once, since hardly any has faults.
    this.#mayHaveFaults = faultIn(bytes.subarray(0, end)) !== undefined;
  }
}

/** The reason given for a zero byte, or for half a surrogate pair. */
export const cannotStore = 'holds a character that PostgreSQL cannot store';

function faultIn(bytes: Buffer): string | undefined {
  if (!isUtf8(bytes)) return 'holds bytes that are not UTF-8';
  return bytes.includes(0) ? cannotStore : undefined;
}
