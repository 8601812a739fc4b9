import type { PGlite } from '@electric-sql/pglite';
import type { Pool, PoolClient } from 'pg';
import { asLoader } from './as-loader';
import { copyPieces } from './copy-pieces';
import type { ImdbFile } from './imdb-file';
import { loadSizes } from './load-sizes';
import { checkHeld, holdLoad, type LoadState } from './load-state';
import { mergeSql, stageOf, stageSql, unmarkSql, withoutSql } from './merge-sql';
import { type LineCounts, type LoadContext, type OpenFile, openFile } from './read-lines';
import type { RejectsFile } from './rejects-file';
import type { RowWriter } from './row-writer';
import { type LoadTable, loadTables } from './tables';

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
  const before = await linesBefore(pool, file, state);
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
  const most = rebuilds && embedded === undefined ? loadSizes.rowsOfRebuild : loadSizes.rowsOfMerge;
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
      await asLoader(pool, async (client) => {
        // Before rows meet those of the other load, which would be told as a clash of data.
        await checkHeld(client, state);
        if (!rebuilds) for (const table of tables) await client.query(stageSql(table));
        for (const [i, table] of tables.entries()) {
          const target = rebuilds ? `movie_hub.${table.name}` : stageOf(table);
          const writer = opened.writers[i] as RowWriter;
          const pieces = i === 0 ? rowsOf(writer) : writer.takeAll();
          await copyPieces(client, embedded, `${target} (${table.columns.join(', ')})`, pieces);
        }
        if (!rebuilds) await merge(client, tables);
        await holdLoad(client, state);
        await note(client, file, opened.counts, { isDone: isAtEnd, state, rejects });
      });
    }
  } finally {
    await steps.return?.();
  }
  return opened.counts;
}

/** Returns how many lines are in the database already: all, for a file that is done. */
async function linesBefore(pool: Pool, file: ImdbFile, { reading }: LoadState): Promise<number> {
  const { rows } = await asLoader(pool, (client) =>
    client.query<{ lines: number; is_done: boolean }>(
      'SELECT lines::float8 AS lines, is_done FROM movie_hub_load.files WHERE reading = $1 AND file = $2',
      [reading, file.name],
    ),
  );
  return rows[0]?.is_done ? Number.POSITIVE_INFINITY : (rows[0]?.lines ?? 0);
}

async function merge(client: PoolClient, tables: readonly LoadTable[]): Promise<void> {
  for (const table of tables) {
    await client.query(`ANALYZE ${stageOf(table)}`);
    if (table.mark) await client.query(unmarkSql(table));
    await client.query(mergeSql(table));
    if (table.mark) await client.query(withoutSql(table));
  }
}

async function note(
  client: PoolClient,
  file: ImdbFile,
  { lines, rejected, incomplete, leftOut, marks }: LineCounts,
  { isDone, state, rejects }: { isDone: boolean; state: LoadState; rejects: RejectsFile | undefined },
): Promise<void> {
  await client.query(
    `INSERT INTO movie_hub_load.files (reading, file, lines, rejected, incomplete, left_out, marks, first_rejects, is_done)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (reading, file) DO UPDATE SET lines = excluded.lines, rejected = excluded.rejected, incomplete = excluded.incomplete,
       left_out = excluded.left_out, marks = excluded.marks, first_rejects = excluded.first_rejects, is_done = excluded.is_done`,
    [
      state.reading,
      file.name,
      lines,
      rejected,
      incomplete,
      leftOut,
      marks,
      JSON.stringify(rejects?.of(file.name) ?? []),
      isDone,
    ],
  );
  if (rejects !== undefined)
    await client.query('UPDATE movie_hub_load.loads SET rejects_bytes = $1', [rejects.flush()]);
}
