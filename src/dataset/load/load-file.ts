import type { PGlite } from '@electric-sql/pglite';
import type { Pool } from 'pg';
import type { ImdbFile, LoadContext } from './imdb-files';
import { loadSizes } from './line-reader';
import { type LineCounts, type OpenFile, openFile } from './read-file';
import type { RejectLog } from './report';
import { copyRows, type RowWriter } from './row-writer';
import { asOwner, checkCurrent, type LoadState, lockLoad } from './state';
import { loadTables, mergeSql, stageOf, stageSql } from './tables';

export interface LoadFileOptions {
  readonly pool: Pool;
  readonly embedded: PGlite | undefined;
  readonly context: LoadContext;
  readonly path: string;
  readonly state: LoadState;
  /** Undefined when an earlier reading has noted the lines. */
  readonly rejects: RejectLog | undefined;
  readonly onRead: (bytes: number, counts: LineCounts) => void;
  readonly signal: AbortSignal | undefined;
}

/** Loads a file in transactions of many rows, each of which also notes how far the load is. */
export async function loadFile(file: ImdbFile, options: LoadFileOptions): Promise<LineCounts> {
  const { pool, embedded, context, path, state, rejects, onRead, signal } = options;
  const { rebuilds } = state;
  const before = await linesBefore(pool, file, state);
  // Lines that are loaded already are read again for what later lines need to know.
  const isNew = () => opened.counts.lines > before;
  const opened: OpenFile = openFile(
    file,
    {
      ...context,
      writesTitle: (id) => isNew() && context.writesTitle(id),
      writesName: (id) => isNew() && context.writesName(id),
    },
    {
      path,
      onRead: (bytes) => onRead(bytes, opened.counts),
      onReject: (line, reason) => {
        if (isNew()) rejects?.write(file.name, line, reason);
      },
      signal,
    },
  );
  const { counts, pieces, writers } = opened;
  const tables = file.tables.map((table) => loadTables[table]);
  const maxRows = rebuilds && embedded === undefined ? loadSizes.rowsOfRebuild : loadSizes.rowsOfMerge;
  let isAtEnd = before === Number.POSITIVE_INFINITY;
  if (isAtEnd) for await (const _ of pieces);
  async function* rowsOf(writer: RowWriter): AsyncGenerator<Buffer> {
    const first = writer.rows;
    while (!isAtEnd && writer.rows - first < maxRows) {
      isAtEnd = (await pieces.next()).done === true;
      yield* writer.takeFull();
    }
    yield* writer.takeAll();
  }
  try {
    while (!isAtEnd) {
      await asOwner(pool, async (client) => {
        // Rows that meet those of another load would fail as a conflict of data.
        await checkCurrent(client, state);
        if (!rebuilds) for (const table of tables) await client.query(stageSql(table));
        for (const [i, table] of tables.entries()) {
          const target = rebuilds ? `movie_hub.${table.name}` : stageOf(table);
          const writer = writers[i] as RowWriter;
          const rows = i === 0 ? rowsOf(writer) : writer.takeAll();
          await copyRows(client, embedded, `${target} (${table.columns.join(', ')})`, rows);
        }
        if (!rebuilds) for (const statement of tables.flatMap(mergeSql)) await client.query(statement);
        await lockLoad(client, state);
        const { lines, rejected, incomplete, leftOut, marks } = counts;
        const first = JSON.stringify(rejects?.of(file.name) ?? []);
        await client.query(
          `INSERT INTO movie_hub_load.files (reading, file, lines, rejected, incomplete, left_out, marks, first_rejects, is_done)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
           ON CONFLICT (reading, file) DO UPDATE SET lines = excluded.lines, rejected = excluded.rejected,
             incomplete = excluded.incomplete, left_out = excluded.left_out, marks = excluded.marks,
             first_rejects = excluded.first_rejects, is_done = excluded.is_done`,
          [state.reading, file.name, lines, rejected, incomplete, leftOut, marks, first, isAtEnd],
        );
        if (rejects !== undefined)
          await client.query('UPDATE movie_hub_load.loads SET rejects_bytes = $1', [rejects.flush()]);
      });
    }
  } finally {
    await pieces.return(undefined);
  }
  return counts;
}

/** Returns the number of lines that are loaded already; infinite for a file that is done. */
async function linesBefore(pool: Pool, file: ImdbFile, { reading }: LoadState): Promise<number> {
  const { rows } = await asOwner(pool, (client) =>
    client.query<{ lines: number; is_done: boolean }>(
      'SELECT lines::float8 AS lines, is_done FROM movie_hub_load.files WHERE reading = $1 AND file = $2',
      [reading, file.name],
    ),
  );
  return rows[0]?.is_done ? Number.POSITIVE_INFINITY : (rows[0]?.lines ?? 0);
}
