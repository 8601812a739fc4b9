import { isUtf8 } from 'node:buffer';

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;

/** Bytes of a line; a longer one is passed over as it comes. */
export const longestLine = 1024 * 1024;
const empty = Buffer.alloc(0);

/** Most fields of a line that are told apart; IMDb's files have up to nine. */
const mostFields = 64;

/** Lines of a tab-separated file, one at a time, as places in the bytes they came in: no text is made of what only has to be passed on. */
export class LineReader {
  /** The bytes that `starts` and `ends` are places in. */
  bytes: Buffer = Buffer.alloc(0);
  readonly starts = new Int32Array(mostFields);
  readonly ends = new Int32Array(mostFields);
  /** Fields of the line. */
  count = 0;
  /** Whether the line is too long to have been read. */
  isTooLong = false;
  /** Whether some field has bytes that PostgreSQL or UTF-8 does not know; `faultOf` returns which. */
  hasFaults = false;
  #at = 0;
  #end = 0;
  #rest = Buffer.alloc(0);
  #mayHoldFaults = false;
  #isPassing = false;
  #wasPassed = false;

  /** Takes the next piece of the file; the one before must have been read to its end. */
  take(piece: Buffer): void {
    let bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    if (this.#isPassing) {
      const end = piece.indexOf(lineFeed) + 1;
      this.#isPassing = end === 0;
      this.#wasPassed = end > 0;
      bytes = end > 0 ? piece.subarray(end) : empty;
    }
    const last = bytes.lastIndexOf(lineFeed) + 1;
    this.#begin(bytes, last);
    // Copied: a piece is not held for the sake of its last line.
    this.#isPassing ||= bytes.length - last > longestLine;
    this.#rest = this.#isPassing ? empty : Buffer.from(bytes.subarray(last));
  }

  /** Takes what follows the last line feed for a line. */
  finish(): void {
    const rest = this.#rest;
    this.#rest = empty;
    this.#wasPassed = this.#isPassing;
    this.#isPassing = false;
    this.#begin(rest, rest.length);
  }

  /** Goes to the next line; false when there is none yet. */
  next(): boolean {
    if (this.#wasPassed) {
      this.#wasPassed = false;
      this.count = 0;
      this.isTooLong = true;
      this.hasFaults = false;
      return true;
    }
    if (this.#at >= this.#end) return false;
    const { bytes, starts, ends } = this;
    let at = this.#at;
    const first = at;
    let count = 0;
    let start = at;
    for (; at < this.#end; at += 1) {
      const byte = bytes[at] as number;
      if (byte > tab + 1) continue;
      if (byte === tab) {
        if (count < mostFields - 1) {
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
    this.isTooLong = at - first > longestLine;
    this.hasFaults = this.#mayHoldFaults && faultIn(bytes.subarray(first, at)) !== undefined;
    return true;
  }

  /** Returns why the bytes of a field cannot be stored; undefined when they can. */
  faultOf(field: number): string | undefined {
    return faultIn(this.bytes.subarray(this.starts[field], this.ends[field]));
  }

  /** Makes a field nothing. */
  drop(field: number): void {
    this.ends[field] = (this.starts[field] as number) - 1;
  }

  /** Whether a field is `\N`, IMDb's word for nothing, or was dropped. */
  isNull(field: number): boolean {
    const start = this.starts[field] as number;
    const length = (this.ends[field] as number) - start;
    return length < 0 || (length === 2 && this.bytes[start] === 0x5c && this.bytes[start + 1] === 0x4e);
  }

  /** Whether a field is nothing, or has no character. */
  isEmpty(field: number): boolean {
    return this.isNull(field) || this.starts[field] === this.ends[field];
  }

  text(field: number): string {
    return this.bytes.toString('utf8', this.starts[field], this.ends[field]);
  }

  /** Returns the whole number that a field is, -1 when it is none of up to nine digits. */
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
    // The whole piece at once: nearly all have none.
    const lines = bytes.subarray(0, end);
    this.#mayHoldFaults = !isUtf8(lines) || lines.includes(0);
  }
}

function faultIn(bytes: Buffer): string | undefined {
  if (!isUtf8(bytes)) return 'holds bytes that are not UTF-8';
  return bytes.includes(0) ? cannotStore : undefined;
}

/** What is said of a field with a zero byte, or with half a surrogate pair. */
export const cannotStore = 'holds a character that PostgreSQL cannot store';
