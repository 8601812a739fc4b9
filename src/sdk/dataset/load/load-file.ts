import type { PGlite } from '@electric-sql/pglite';
import type { Pool, PoolClient } from 'pg';
import { withAdministrator } from '../../database/administrator';
import { copyPieces } from './copy-pieces';
import type { ImdbFile } from './imdb-file';
import { holdLoad, type LoadState } from './load-state';
import { mergeSql, shortenSql, stageOf, stageSql, withoutSql } from './merge-sql';
import { type LineCounts, type LoadContext, type OpenFile, openFile } from './read-lines';
import type { RejectsFile } from './rejects-file';
import type { RowWriter } from './row-writer';
import { type LoadTable, loadTables } from './tables';

/** Rows that are sent, and kept, together: what is lost at most when a load is broken off. */
const rowsTogether = { rebuild: 1_000_000, merge: 50_000 };

/** How a file is loaded. */
export interface LoadFileOptions {
  readonly pool: Pool;
  readonly embedded: PGlite | undefined;
  readonly context: LoadContext;
  readonly path: string;
  readonly state: LoadState;
  /** Where lines that cannot be used are noted; nowhere when they were noted before. */
  readonly rejects: RejectsFile | undefined;
  readonly onRead: (bytes: number, counts: LineCounts) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Loads a file, so many rows to a transaction, in which it is also noted how far the load is.
 *
 * @returns What was read.
 */
export async function loadFile(file: ImdbFile, options: LoadFileOptions): Promise<LineCounts> {
  const { pool, embedded, context, path, state, rejects, onRead, signal } = options;
  const { rebuilds } = state;
  const before = await linesBefore(pool, file);
  const opened: OpenFile = openFile(
    file,
    {
      ...context,
      // Lines that were loaded before are read again for what the lines after them need to know.
      writesTitle: (id) => opened.counts.lines > before && context.writesTitle(id),
      writesName: (id) => opened.counts.lines > before && context.writesName(id),
    },
    {
      path,
      onRead: (bytes) => onRead(bytes, opened.counts),
      onReject: (line, reason) => {
        if (opened.counts.lines > before) rejects?.write(file.name, line, reason);
      },
      signal,
    },
  );
  const steps = opened.pieces[Symbol.asyncIterator]();
  const tables = file.tables.map((table) => loadTables[table]);
  const most = rebuilds && embedded === undefined ? rowsTogether.rebuild : rowsTogether.merge;
  let isAtEnd = before === Number.POSITIVE_INFINITY;
  if (isAtEnd) for await (const _ of opened.pieces);
  async function* rowsOf(writer: RowWriter): AsyncGenerator<Buffer> {
    const first = writer.rows;
    while (!isAtEnd && writer.rows - first < most) {
      isAtEnd = (await steps.next()).done === true;
      yield* writer.takeFull();
    }
    yield* writer.takeAll();
  }
  try {
    while (!isAtEnd) {
      await withAdministrator(pool, async (client) => {
        // The embedded database copies from what it takes for a file, which its superuser alone may read.
        if (embedded === undefined) await client.query('SET LOCAL ROLE movie_hub_owner');
        await client.query('SET LOCAL synchronous_commit = off');
        if (!rebuilds) for (const table of tables) await client.query(stageSql(table));
        for (const [i, table] of tables.entries()) {
          const target = rebuilds ? `movie_hub.${table.name}` : stageOf(table);
          const writer = opened.writers[i] as RowWriter;
          const pieces = i === 0 ? rowsOf(writer) : writer.takeAll();
          await copyPieces(client, embedded, `${target} (${table.columns.join(', ')})`, pieces);
        }
        if (!rebuilds) await merge(client, tables);
        await holdLoad(client, state);
        await note(client, file, opened.counts, isAtEnd, (await rejects?.flush()) ?? 0);
      });
    }
  } finally {
    await steps.return?.();
  }
  return opened.counts;
}

/** Returns how many lines are in the database already: all, for a file that is done. */
async function linesBefore(pool: Pool, file: ImdbFile): Promise<number> {
  const { rows } = await pool.query<{ lines: string; is_done: boolean }>(
    'SELECT lines, is_done FROM movie_hub_load.files WHERE file = $1',
    [file.name],
  );
  return rows[0]?.is_done ? Number.POSITIVE_INFINITY : Number(rows[0]?.lines ?? 0);
}

async function merge(client: PoolClient, tables: readonly LoadTable[]): Promise<void> {
  for (const table of tables) {
    await client.query(`ANALYZE ${stageOf(table)}`);
    await client.query(mergeSql(table));
    if (table.key.includes('ordering')) await client.query(shortenSql(table));
    if (table.name === 'genres') await client.query(withoutSql(table, loadTables.titles));
    if (table.name === 'crew') await client.query(withoutSql(table, table));
  }
}

async function note(
  client: PoolClient,
  file: ImdbFile,
  { lines, rejected, leftOut }: LineCounts,
  isDone: boolean,
  rejectsBytes: number,
): Promise<void> {
  await client.query(
    `INSERT INTO movie_hub_load.files (file, lines, rejected, left_out, is_done, rejects_bytes) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (file) DO UPDATE SET lines = excluded.lines, rejected = excluded.rejected, left_out = excluded.left_out,
       is_done = excluded.is_done, rejects_bytes = excluded.rejects_bytes`,
    [file.name, lines, rejected, leftOut, isDone, rejectsBytes],
  );
}
