import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PGlite } from '@electric-sql/pglite';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Bytes that may wait for the connection while more are made. */
const highWaterMark = 4 * 1024 * 1024;

/**
 * Sends rows in PostgreSQL's text format into a table with COPY, in the connection's open transaction.
 *
 * @param embedded The embedded database behind the connection, if it is one: it does not speak COPY over its connection
 *   and takes the same bytes as a file instead.
 * @param target The table with its columns, such as `stage (a, b)`.
 */
export async function copyPieces(
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
  if (parts.length === 0) return;
  await embedded.query(`COPY ${target} FROM '/dev/blob'`, [], { blob: new Blob(parts) });
}
