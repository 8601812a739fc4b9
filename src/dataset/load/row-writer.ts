import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PGlite } from '@electric-sql/pglite';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { LineReader } from './line-reader';

/** Rows are handed over in pieces of about this many bytes. */
const pieceSize = 256 * 1024;
/** Spare room for the row that completes a piece. */
const spare = 64 * 1024;

const tab = 9;
const lineFeed = 10;
const backslash = 0x5c;
const carriageReturn = 13;
const quote = 0x22;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const nullText = Buffer.from('\\N');

/** Writes rows in COPY's text format, from the bytes of a file's fields. */
export class RowWriter {
  #bytes = Buffer.allocUnsafe(pieceSize + spare);
  #length = 0;
  #rowStart = 0;
  #isFirst = true;
  #full: Buffer[] = [];
  /** Number of complete rows. */
  rows = 0;

  /** Writes a complete row. */
  row(...values: (number | string | null)[]): void {
    for (const value of values) {
      if (typeof value === 'string') this.text(value);
      else this.numbers(value);
    }
    this.endRow();
  }

  /** Copies fields of a line, null or not. */
  fields(line: LineReader, ...fields: number[]): void {
    for (const field of fields) {
      if (line.isNull(field)) this.#null();
      else this.#copy(line.bytes, line.starts[field] as number, line.ends[field] as number);
    }
  }

  /** @param text Without tabs and line feeds, as all fields of a file. */
  text(text: string): void {
    const bytes = Buffer.from(text);
    this.#copy(bytes, 0, bytes.length);
  }

  boolean(value: boolean): void {
    this.#begin(1);
    this.#bytes[this.#length++] = value ? 0x74 : 0x66;
  }

  numbers(...numbers: (number | null)[]): void {
    for (const number of numbers) {
      if (number === null) this.#null();
      else this.#number(number);
    }
  }

  /** Writes a field as an array of texts, without empty ones; null as an empty array. */
  list(line: LineReader, field: number, separator: ',' | '\u0002'): void {
    const from = line.bytes;
    const start = line.starts[field] as number;
    const end = line.isNull(field) ? start : (line.ends[field] as number);
    const separatorByte = separator.charCodeAt(0);
    this.#begin(5 * (end - start) + 4);
    const to = this.#bytes;
    let length = this.#length;
    let isInPart = false;
    to[length++] = openBrace;
    for (let at = start; at < end; at += 1) {
      const byte = from[at] as number;
      if (byte === separatorByte) {
        if (isInPart) to[length++] = quote;
        isInPart = false;
        continue;
      }
      if (!isInPart) {
        if (to[length - 1] !== openBrace) to[length++] = comma;
        to[length++] = quote;
        isInPart = true;
      }
      // The array escapes quotes and backslashes by a backslash, and COPY doubles each backslash.
      if (byte === quote || byte === backslash) {
        to[length++] = backslash;
        to[length++] = backslash;
        if (byte === backslash) to[length++] = backslash;
      } else if (byte === carriageReturn) to[length++] = backslash;
      to[length++] = byte === carriageReturn ? 0x72 : byte;
    }
    if (isInPart) to[length++] = quote;
    to[length++] = closeBrace;
    this.#length = length;
  }

  endRow(): void {
    this.#bytes[this.#length++] = lineFeed;
    this.#isFirst = true;
    this.rows += 1;
    this.#rowStart = this.#length;
    if (this.#length >= pieceSize) this.#cut();
  }

  /** Discards the incomplete row. */
  undo(): void {
    this.#length = this.#rowStart;
    this.#isFirst = true;
  }

  /** Returns, and forgets, the full pieces. */
  takeFull(): Buffer[] {
    const full = this.#full;
    if (full.length > 0) this.#full = [];
    return full;
  }

  /** Returns, and forgets, all complete rows. */
  takeAll(): Buffer[] {
    if (this.#rowStart > 0) this.#cut();
    return this.takeFull();
  }

  #cut(): void {
    this.#full.push(this.#bytes.subarray(0, this.#rowStart));
    this.#bytes = Buffer.allocUnsafe(pieceSize + spare);
    this.#length = 0;
    this.#rowStart = 0;
  }

  #copy(from: Buffer, start: number, end: number): void {
    this.#begin(2 * (end - start));
    const to = this.#bytes;
    let length = this.#length;
    for (let at = start; at < end; at += 1) {
      const byte = from[at] as number;
      to[length++] = byte;
      if (byte === backslash) to[length++] = byte;
      // IMDb's lines end with a line feed: a carriage return inside is text.
      else if (byte === carriageReturn) {
        to[length - 1] = backslash;
        to[length++] = 0x72;
      }
    }
    this.#length = length;
  }

  #number(number: number): void {
    this.#begin(16);
    if (number < 0 || number > 999_999_999) {
      this.#length += this.#bytes.write(String(number), this.#length, 'latin1');
      return;
    }
    // Digit by digit, which is faster than by way of a string.
    let length = 1;
    for (let rest = number; rest > 9; rest = Math.trunc(rest / 10)) length += 1;
    let rest = number;
    for (let at = this.#length + length - 1; at >= this.#length; at -= 1) {
      const tens = Math.trunc(rest / 10);
      this.#bytes[at] = 48 + rest - tens * 10;
      rest = tens;
    }
    this.#length += length;
  }

  #null(): void {
    this.#begin(2);
    this.#length += nullText.copy(this.#bytes, this.#length);
  }

  /** Makes room for a value, after a tab unless it is the first of its row. */
  #begin(length: number): void {
    const needed = this.#length + length + 2;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * needed);
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    if (this.#isFirst) this.#isFirst = false;
    else this.#bytes[this.#length++] = tab;
  }
}

/** Bytes that may wait for the connection while more rows are made. */
const highWaterMark = 4 * 1024 * 1024;

/**
 * Sends rows into a table with COPY, in the connection's open transaction.
 *
 * @param embedded The embedded database behind the connection, if it is one: its connection has no COPY, so it reads a file.
 * @param target The table with its columns: `stage (a, b)`.
 */
export async function copyRows(
  client: PoolClient,
  embedded: PGlite | undefined,
  target: string,
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<void> {
  if (embedded === undefined) {
    const copy = client.query(copyFrom(`COPY ${target} FROM STDIN`, { highWaterMark }));
    await pipeline(Readable.from(pieces, { objectMode: true, highWaterMark: 1 }), copy);
    return;
  }
  const parts: Buffer<ArrayBuffer>[] = [];
  for await (const piece of pieces) parts.push(Buffer.from(piece));
  if (parts.length > 0)
    await embedded.query(`COPY ${target} FROM '/dev/blob'`, [], { blob: new Blob(parts) });
}
