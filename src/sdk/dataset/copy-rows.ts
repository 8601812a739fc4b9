import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PGlite } from '@electric-sql/pglite';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** A value of a row to copy. */
export type CopyValue = string | number | boolean | null | readonly string[];

/** Rows are sent in pieces of about this many characters. */
const pieceLength = 64 * 1024;

/**
 * Sends rows into a table with COPY, in the connection's open transaction.
 *
 * @param embedded The embedded database behind the connection, if it is one: it does not speak COPY over its connection
 *   and takes the same bytes as a file instead.
 * @param target The table with its columns, such as `stage (a, b)`.
 */
export async function copyRows(
  client: PoolClient,
  embedded: PGlite | undefined,
  target: string,
  rows: AsyncIterable<readonly CopyValue[]>,
): Promise<void> {
  if (embedded === undefined) {
    await pipeline(Readable.from(pieces(rows)), client.query(copyFrom(`COPY ${target} FROM STDIN`)));
    return;
  }
  const parts: string[] = [];
  for await (const piece of pieces(rows)) parts.push(piece);
  await embedded.query(`COPY ${target} FROM '/dev/blob'`, [], { blob: new Blob(parts) });
}

async function* pieces(rows: AsyncIterable<readonly CopyValue[]>): AsyncGenerator<string> {
  let piece = '';
  for await (const row of rows) {
    piece += `${row.map(encode).join('\t')}\n`;
    if (piece.length >= pieceLength) {
      yield piece;
      piece = '';
    }
  }
  if (piece !== '') yield piece;
}

/** PostgreSQL's text format of COPY. */
function encode(value: CopyValue): string {
  if (value === null) return '\\N';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (typeof value === 'number') return String(value);
  return escapeText(typeof value === 'string' ? value : arrayLiteral(value));
}

function arrayLiteral(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/[\\"]/g, '\\$&')}"`).join(',')}}`;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escapeText(text: string): string {
  return text.replace(/[\\\t\n\r]/g, (character) => escapes[character] ?? character);
}
