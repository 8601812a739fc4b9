import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PGlite } from '@electric-sql/pglite';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Rows are handed over in pieces of about this many characters. */
const pieceLength = 256 * 1024;

/** Writes rows in COPY's text format. */
export class RowWriter {
  #text = '';
  #full: Buffer[] = [];
  /** Number of rows. */
  rows = 0;

  /** @param values Texts without tabs and line feeds, as all fields of a file. */
  row(...values: (number | string | boolean | null | readonly string[])[]): void {
    const fields = values.map((value) => {
      if (value === null) return '\\N';
      if (typeof value === 'string') return escapeText(value);
      return typeof value === 'object' ? escapeText(arrayOf(value)) : value;
    });
    this.#text += `${fields.join('\t')}\n`;
    this.rows += 1;
    if (this.#text.length >= pieceLength) this.#cut();
  }

  /** Returns, and forgets, the full pieces. */
  takeFull(): Buffer[] {
    return this.#full.splice(0);
  }

  /** Returns, and forgets, all rows. */
  takeAll(): Buffer[] {
    if (this.#text !== '') this.#cut();
    return this.takeFull();
  }

  #cut(): void {
    this.#full.push(Buffer.from(this.#text));
    this.#text = '';
  }
}

function escapeText(text: string): string {
  if (!text.includes('\\') && !text.includes('\r')) return text;
  return text.replaceAll('\\', '\\\\').replaceAll('\r', '\\r');
}

function arrayOf(items: readonly string[]): string {
  if (items.length === 0) return '{}';
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
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
