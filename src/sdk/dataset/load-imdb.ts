import type { Pool, PoolClient } from 'pg';
import { withAdministrator } from '../database/administrator';
import { databaseError } from '../database/database-error';
import { MovieHubError } from '../errors';
import { embeddedOf } from './embedded';
import { fileNames, findFiles, type ImdbSource } from './load/imdb-source';
import { LoadMeter, type LoadProgress } from './load/load-meter';
import { type LoadFilter, loadPass } from './load/load-pass';
import { afterRebuild, beginLoad, holdLoad, type LoadState } from './load/load-state';
import type { LineCounts } from './load/read-lines';
import { planRebuild, putTogether } from './load/rebuild';
import { RejectsFile } from './load/rejects-file';
import { runSteps } from './load/run-steps';
import { derivedTables, loadTables } from './load/tables';
import { mostTypes } from './load/title-index';
import { packageFile } from './package-file';

/** What was read of one file. */
export interface LoadedFile {
  /** IMDb's name: `title.basics`. */
  readonly file: string;
  /** Lines read, without the header. */
  readonly lines: number;
  /** Lines that could not be used, with their numbers and the reason; the first 100 of them. The header is line 1. */
  readonly rejects: readonly { readonly line: number; readonly reason: string }[];
  /** Number of lines that could not be used, or not whole. */
  readonly rejected: number;
  /** Number of lines about titles that `only` and `minVotes` left out. */
  readonly leftOut: number;
}

/** What `loadImdb` takes. */
export interface LoadImdbOptions {
  /** Loads titles of these types only, by IMDb's words (`movie`, `tvMovie`), and the people that they show. */
  only?: readonly string[];
  /** Loads titles with so many votes or more only, and the people that they show; 0 unless given. */
  minVotes?: number;
  /** A file to note lines that cannot be used in: file, number of the line and reason, parted by tabs. */
  rejects?: string;
  /** Stops the load when more lines than this cannot be used; 100,000 unless given. */
  maxRejects?: number;
  /**
   * Loads into bare tables and makes indexes, constraints and search texts afterwards: many times as fast for a large load. Meanwhile
   * pages are slow and what they show is not whole, and editors are refused. True for files of more than 20 MB, packed, and a database of at most
   * 100,000 titles that is not an embedded one, unless given.
   */
  rebuild?: boolean;
  /** Folder for the files of a URL, where an interrupted download is taken up again; one for temporary files unless given, which is removed at the end. */
  downloads?: string;
  /** Called after each file. */
  onFile?: (file: LoadedFile) => void;
  /** Told how far the load is, a few times each second. */
  onProgress?: (progress: LoadProgress) => void;
  /** Stops the load. What is loaded stays, and the same load goes on from there. */
  signal?: AbortSignal;
}

/** The small data set that comes with the package, in IMDb's own format. */
export function demoDataFolder(): string {
  return packageFile('sql/demo');
}

/**
 * Loads IMDb's files (`name.basics`, `title.basics`, `.akas`, `.crew`, `.episode`, `.principals`, `.ratings`), each as `.tsv` or
 * `.tsv.gz`, from a folder or from below a URL.
 *
 * Rows that are there already are brought up to date; titles and people that were made or changed by editors stay as they
 * are, but for votes. Titles and people that newer files do not have any more stay, too. A file that is not there is left out; a line that cannot be used
 * is counted and passed over; of several lines with one key the last counts. Rows are kept as they come: a load that is broken
 * off, however that may be, goes on where it was when it is run again with the same files and filters. It takes less than 300 MB of memory, whatever the
 * size of the files.
 *
 * @param pool A pool whose login may act as `movie_hub_owner`: the one that installed the schema. Two connections are used.
 * @param source The folder, or a URL that begins with http: or https:, such as `https://datasets.imdbws.com/`.
 * @returns What was read, file by file.
 * @throws MovieHubError `not_found` when the source has no title.basics; `invalid_argument` when a file is damaged or too many
 *   lines cannot be used; `database_not_ready` without the schema; `conflict` when another load takes the place of this one;
 *   `cancelled` when the signal aborts.
 */
export async function loadImdb(
  pool: Pool,
  source: string,
  options: LoadImdbOptions = {},
): Promise<LoadedFile[]> {
  const { signal, onProgress } = options;
  checkPool(pool);
  try {
    const files = await findFiles(source, {
      downloads: options.downloads,
      signal,
      onDownload: (label, done, total) =>
        onProgress?.({ step: 'download', label, done, total, lines: 0, share: 0 }),
    });
    const loaded = await load(pool, files, options);
    await files.remove();
    return loaded;
  } catch (cause) {
    if (!signal?.aborted) throw databaseError(cause);
    const message = 'The load was stopped. Run it again with the same files: it goes on from there.';
    throw new MovieHubError('cancelled', message, { cause });
  }
}

/** COPY takes turns with nothing: a pool that sends ahead cannot do it. */
function checkPool(pool: Pool): void {
  const { pipeline } = pool.options as { pipeline?: boolean };
  if (pipeline)
    throw new MovieHubError(
      'invalid_argument',
      'Loading needs a pool that does not pipeline: createPool({ …, pipeline: false }).',
    );
}

async function load(pool: Pool, files: ImdbSource, options: LoadImdbOptions): Promise<LoadedFile[]> {
  const { rebuild, signal } = options;
  const embedded = embeddedOf(pool);
  const isEmbedded = embedded !== undefined;
  const types = await knownTypes(pool);
  const filter = filterOf(options, types);
  const state = await beginLoad(pool, {
    fingerprint: `${files.fingerprint}; ${[...(filter.types ?? [])].join(' ')}; ${filter.minVotes}`,
    rebuild: rebuild ?? (!isEmbedded && bytesOf(files) > largeBytes ? 'if possible' : false),
    isEmbedded,
  });
  const meter = new LoadMeter(options.onProgress, files.sizes, state.rebuilds);
  const rejects = await RejectsFile.open(options.rejects, await rejectsBefore(pool), options.maxRejects);
  const pass = { pool, embedded, paths: files.paths, types, filter, signal };
  const summary = (file: string, counts: LineCounts) => ({ file, ...counts, rejects: rejects.of(file) });
  try {
    await loadPass({
      ...pass,
      state,
      rejects,
      onRead: meter.read,
      onFile: (file, counts) => options.onFile?.(summary(file, counts)),
    });
    const loaded = (await countsOf(pool)).map(([file, counts]) => summary(file, counts));
    if (state.rebuilds) {
      const rest = await build(pool, state, { isEmbedded, meter, signal });
      const nothing = () => undefined;
      if (rest !== undefined)
        await loadPass({ ...pass, state: rest, rejects: undefined, onRead: nothing, onFile: nothing });
    }
    await finish(pool, isEmbedded);
    return loaded;
  } finally {
    await rejects.close();
  }
}

/** Makes indexes, constraints and what is derived; returns how the rows that were there before are to be changed, if there are any. */
async function build(
  pool: Pool,
  state: LoadState,
  options: { isEmbedded: boolean; meter: LoadMeter; signal: AbortSignal | undefined },
): Promise<LoadState | undefined> {
  const { isEmbedded, meter, signal } = options;
  const asOwner = <Result>(work: (client: PoolClient) => Promise<Result>) =>
    withAdministrator(pool, async (client) => {
      if (!isEmbedded) await client.query('SET LOCAL ROLE movie_hub_owner');
      await holdLoad(client, state);
      return work(client);
    });
  await asOwner(planRebuild);
  await runSteps(pool, { state, isEmbedded, jobs: isEmbedded ? 1 : 2, onStep: meter.build, signal });
  return asOwner(async (client) => {
    await putTogether(client);
    return afterRebuild(client, state);
  });
}

/** Forgets the load, and tells the planner what is there: without statistics the first questions would be planned blindly. */
async function finish(pool: Pool, isEmbedded: boolean): Promise<void> {
  await withAdministrator(pool, async (client) => {
    if (!isEmbedded) await client.query('SET LOCAL ROLE movie_hub_owner');
    await client.query('DELETE FROM movie_hub_load.loads');
    await client.query('DELETE FROM movie_hub_load.files');
    for (const table of [...Object.keys(loadTables), ...derivedTables])
      await client.query(`ANALYZE movie_hub.${table}`);
  });
}

/** Bytes, packed, from which on a rebuild pays. */
const largeBytes = 20 * 1024 * 1024;

function bytesOf({ paths, sizes }: ImdbSource): number {
  // What is not packed is about four times as large.
  return [...sizes].reduce(
    (sum, [name, size]) => sum + (paths.get(name)?.endsWith('.gz') ? size : size / 4),
    0,
  );
}

async function knownTypes(pool: Pool): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<{ name: string; title_type_id: number }>(
    'SELECT name, title_type_id FROM movie_hub.title_types ORDER BY title_type_id',
  );
  if (rows.length > mostTypes)
    throw new MovieHubError('invalid_argument', `A load knows at most ${mostTypes} types of titles.`);
  return new Map(rows.map(({ name, title_type_id }) => [name, title_type_id]));
}

function filterOf({ only, minVotes = 0 }: LoadImdbOptions, types: ReadonlyMap<string, number>): LoadFilter {
  if (!Number.isSafeInteger(minVotes) || minVotes < 0)
    throw new MovieHubError('invalid_argument', 'minVotes must be a whole number, 0 or more.');
  if (only === undefined) return { types: undefined, minVotes };
  const unknown = only.filter((name) => !types.has(name));
  if (only.length === 0 || unknown.length > 0) {
    const message = `There is no title type ${unknown.join(', ') || 'in only'}. There are: ${[...types.keys()].join(', ')}.`;
    throw new MovieHubError('invalid_argument', message);
  }
  return { types: new Set(only.map((name) => types.get(name) as number)), minVotes };
}

async function rejectsBefore(pool: Pool): Promise<{ bytes: number; count: number }> {
  const { rows } = await pool.query<{ bytes: number; count: number }>(
    'SELECT COALESCE(max(rejects_bytes), 0)::float8 AS bytes, COALESCE(sum(rejected), 0)::float8 AS count FROM movie_hub_load.files',
  );
  return rows[0] ?? { bytes: 0, count: 0 };
}

async function countsOf(pool: Pool): Promise<[file: string, counts: LineCounts][]> {
  const { rows } = await pool.query<LineCounts & { file: string }>(
    'SELECT file, lines::float8 AS lines, rejected::float8 AS rejected, left_out::float8 AS "leftOut" FROM movie_hub_load.files',
  );
  return fileNames.flatMap((name) =>
    rows
      .filter(({ file }) => file === name)
      .map(({ file, ...counts }) => [file, counts] as [string, LineCounts]),
  );
}
