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

const lineFeed = 10;
const empty = Buffer.alloc(0);

/** Bytes of a line; longer ones are skipped. */
export const maxLineBytes = 1024 * 1024;

/** IMDb's null. */
export const nullValue = '\\N';

/** Reads the lines of a tab-separated file one by one. */
export class LineReader {
  /** Fields of the current line. */
  values: string[] = [];
  /** Whether the line was skipped for its length. */
  isTooLong = false;
  /** Whether lines near the current one have characters that cannot be stored; `faultOf` finds which. */
  mayHaveFaults = false;
  #lines: string[] = [];
  #at = 0;
  #rest: Buffer = empty;
  #isValid = true;
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
    const end = bytes.lastIndexOf(lineFeed);
    this.#begin(bytes.subarray(0, Math.max(end, 0)), end >= 0);
    this.#isSkipping ||= bytes.length - end > maxLineBytes;
    // A copy, so that the piece can be freed.
    this.#rest = this.#isSkipping ? empty : Buffer.from(bytes.subarray(end + 1));
  }

  /** Makes what follows the last line feed a line. */
  finish(): void {
    this.#hasSkipped = this.#isSkipping;
    this.#begin(this.#rest, this.#rest.length > 0);
    this.#rest = empty;
    this.#isSkipping = false;
  }

  /** Moves to the next line; returns false when there is none yet. */
  next(): boolean {
    this.isTooLong = this.#hasSkipped;
    if (this.#hasSkipped) {
      this.#hasSkipped = false;
      this.values = [];
      return true;
    }
    const line = this.#lines[this.#at];
    if (line === undefined) return false;
    this.#at += 1;
    this.isTooLong = line.length > maxLineBytes;
    this.values = (line.endsWith('\r') ? line.slice(0, -1) : line).split('\t');
    return true;
  }

  /** Returns why a field cannot be stored, undefined when it can. */
  faultOf(field: number): string | undefined {
    const value = this.values[field] ?? '';
    if (value.includes('\0')) return cannotStore;
    // What Node puts in place of bytes that are not UTF-8.
    return !this.#isValid && value.includes('\uFFFD') ? 'holds bytes that are not UTF-8' : undefined;
  }

  #begin(bytes: Buffer, hasLines: boolean): void {
    this.#isValid = isUtf8(bytes);
    this.mayHaveFaults = !this.#isValid || bytes.includes(0);
    this.#lines = hasLines ? bytes.toString().split('\n') : [];
    this.#at = 0;
  }
}

/** The reason given for a zero byte, or for half a surrogate pair. */
export const cannotStore = 'holds a character that PostgreSQL cannot store';
