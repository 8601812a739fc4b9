import type { PGlite } from '@electric-sql/pglite';
import type { Pool, PoolClient } from 'pg';
import { withAdministrator } from '../database/administrator';
import { sqlStateOf } from '../database/database-error';
import { MovieHubError } from '../errors';
import { type CopyValue, copyRows } from './copy-rows';
import { embeddedOf } from './embedded';
import { checkStorable } from './imdb-fields';
import { type ImdbFile, imdbFiles } from './imdb-files';
import { packageFile } from './package-file';
import { findTsv, readTsv } from './tsv-lines';

/** What was read of one file. */
export interface LoadedFile {
  /** IMDb's name: `title.basics`. */
  readonly file: string;
  /** Lines read, without the header. */
  readonly lines: number;
  /** Lines that could not be used, with their numbers and the reason; the first 100 of them. */
  readonly rejects: readonly { readonly line: number; readonly reason: string }[];
  /** Number of lines that could not be used. */
  readonly rejected: number;
}

/** What `loadImdb` takes. */
export interface LoadImdbOptions {
  /** Called after each file. */
  onFile?: (file: LoadedFile) => void;
}

/** The small data set that comes with the package, in IMDb's own format. */
export function demoDataFolder(): string {
  return packageFile('sql/demo');
}

/**
 * Loads IMDb's files (`name.basics`, `title.basics`, `.akas`, `.crew`, `.episode`, `.principals`, `.ratings`) from a folder,
 * each as `.tsv` or `.tsv.gz`, in one transaction.
 *
 * Rows that are there already are brought up to date; titles and people that were made by hand stay. A file that is not
 * there is left out; a line that cannot be used is counted and passed over; of several lines with one key the last counts.
 *
 * @param pool A pool whose login may act as `movie_hub_owner`: the one that installed the schema.
 * @param folder Where the files are.
 * @returns What was read, file by file.
 * @throws MovieHubError `not_found` when the folder holds no title.basics; `invalid_argument` when a file is damaged;
 *   `database_not_ready` without the schema.
 */
export async function loadImdb(
  pool: Pool,
  folder: string,
  options: LoadImdbOptions = {},
): Promise<LoadedFile[]> {
  if (findTsv(folder, 'title.basics') === undefined) {
    throw new MovieHubError('not_found', 'The folder has no title.basics.tsv and no title.basics.tsv.gz.');
  }
  const embedded = embeddedOf(pool);
  return withAdministrator(pool, async (client) => {
    // The embedded database copies from what it takes for a file, which its superuser alone may read.
    if (embedded === undefined) await client.query('SET LOCAL ROLE movie_hub_owner');
    const { rows } = await client.query<{ name: string }>('SELECT name FROM movie_hub.title_types');
    const titleTypes = new Set(rows.map((row) => row.name));
    const summaries: LoadedFile[] = [];
    for (const file of imdbFiles) {
      const path = findTsv(folder, file.name);
      if (path === undefined) continue;
      const summary = await loadFile(client, embedded, file, path, titleTypes);
      summaries.push(summary);
      options.onFile?.(summary);
    }
    // Statistics of what was just loaded: without them the first questions would be planned blindly.
    await client.query('ANALYZE');
    return summaries;
  });
}

async function loadFile(
  client: PoolClient,
  embedded: PGlite | undefined,
  file: ImdbFile,
  path: string,
  titleTypes: ReadonlySet<string>,
): Promise<LoadedFile> {
  const rejects: { line: number; reason: string }[] = [];
  let lines = 0;
  let rejected = 0;
  async function* rows(): AsyncGenerator<CopyValue[]> {
    for await (const line of readTsv(path)) {
      lines += 1;
      try {
        if (line.fields === undefined) throw new Error('the number of columns is not that of the header');
        for (const value of Object.values(line.fields)) checkStorable(value ?? '');
        yield* file.rows(line.fields, titleTypes);
      } catch (cause) {
        rejected += 1;
        if (rejects.length < 100) rejects.push({ line: line.number, reason: (cause as Error).message });
      }
    }
  }
  const columns = file.stage
    .split(/,(?![^()]*\))/)
    .map((column) => column.trim().split(/\s/)[0])
    .join(', ');
  await client.query(`CREATE TEMPORARY TABLE stage (${file.stage}) ON COMMIT DROP`);
  await copyRows(client, embedded, `pg_temp.stage (${columns})`, rows());
  await merge(client, file);
  await client.query('DROP TABLE pg_temp.stage');
  return { file: file.name, lines, rejected, rejects };
}

/** PostgreSQL updates no row twice in one statement, so lines of one key are looked for when it says that there are any. */
async function merge(client: PoolClient, file: ImdbFile): Promise<void> {
  await client.query('SAVEPOINT merge');
  try {
    for (const statement of file.merge) await client.query(statement);
  } catch (cause) {
    if (sqlStateOf(cause) !== '21000') throw cause;
    await client.query('ROLLBACK TO SAVEPOINT merge');
    await client.query(
      `DELETE FROM pg_temp.stage USING (SELECT ctid, lead(ctid) OVER (PARTITION BY ${file.key} ORDER BY ctid) AS later FROM pg_temp.stage) AS s
       WHERE stage.ctid = s.ctid AND s.later IS NOT NULL`,
    );
    for (const statement of file.merge) await client.query(statement);
  }
}
