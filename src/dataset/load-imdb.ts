import { databaseError, MovieHubError } from 'movie-hub';
import type { Pool, PoolClient } from 'pg';
import { embeddedOf } from './embedded';
import { asLoader } from './load/as-loader';
import { fileNames, findFiles, type ImdbSource } from './load/imdb-source';
import { LoadMeter, type LoadProgress } from './load/load-meter';
import { checkPool, filterOf, knownTypes } from './load/load-options';
import { checkHeaders, gaveNothing, loadPass } from './load/load-pass';
import { afterRebuild, beginLoad, forget, holdLoad, type LoadState, takeOver } from './load/load-state';
import { planRebuild, putTogether } from './load/rebuild';
import { type RejectedLine, type RejectsBefore, RejectsFile } from './load/rejects-file';
import { runSteps } from './load/run-steps';
import { derivedTables, loadTables } from './load/tables';
import { packageFile } from './package-file';

/** What was read of one file. */
export interface LoadedFile {
  /** IMDb's name: `title.basics`. */
  readonly file: string;
  /** Lines read, without the header: those that were loaded, left out, and rejected. */
  readonly lines: number;
  /** Number of lines that were loaded. */
  readonly loaded: number;
  /** Number of lines about titles that `only` and `minVotes` left out. */
  readonly leftOut: number;
  /** Number of lines that could not be used. */
  readonly rejected: number;
  /** How many of the loaded lines have a field that could not be used: they were loaded without it. */
  readonly incomplete: number;
  /** Lines that could not be used, or not whole, with their numbers and the reason; the first 100 of them. The header is line 1. */
  readonly rejects: readonly { readonly line: number; readonly reason: string }[];
}

/** What `loadImdb` takes. */
export interface LoadImdbOptions {
  /** Loads titles of these types only, by IMDb's words (`movie`, `tvMovie`), and the people that they show. */
  only?: readonly string[];
  /** Loads titles with so many votes or more only, and the people that they show; 0 unless given. */
  minVotes?: number;
  /** A file to note lines that cannot be used, or not whole, in: file, number of the line and reason, parted by tabs. */
  rejects?: string;
  /** Stops the load when more lines than this cannot be used, or not whole; 100,000 unless given. */
  maxRejects?: number;
  /**
   * Loads into bare tables and makes indexes, constraints and search texts afterwards: many times as fast for a large load. Meanwhile
   * pages are slow and what they show is not whole, and editors are refused. True for files of more than 20 MB, packed, and a database of at most
   * 100,000 titles that is not an embedded one, unless given.
   */
  rebuild?: boolean;
  /** Folder for the files of a URL, where an interrupted download is taken up again; one for temporary files unless given, which is removed at the end. */
  downloads?: string;
  /** Told which of two files is read, when a folder has one both as `.tsv` and as `.tsv.gz`. */
  onNotice?: (notice: string) => void;
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
 * `.tsv.gz`, the newer of the two, from a folder or from below a URL. The headers of all are read before anything is loaded.
 *
 * Rows that are there already are brought up to date; titles and people that were made or changed by editors stay as they
 * are, but for votes. Titles and people that newer files do not have any more stay, too. A file that is not there is left out; a line that cannot be used
 * is counted and passed over, and one with a field that it can do without is loaded without it; of several lines with one key the last counts. Rows are kept as they come: a load that is broken
 * off, however that may be, goes on where it was when it is run again with the same files and filters. A million titles with all that belongs to them
 * took 200 MB of memory; each number of a title takes 3 bytes more, each of a person 4.
 *
 * @param pool A pool whose login may act as `movie_hub_owner`: the one that installed the schema. Two connections are used.
 * @param source The folder, or a URL that begins with http: or https:, such as `https://datasets.imdbws.com/`.
 * @returns What was read, file by file.
 * @throws MovieHubError `not_found` when the source has no title.basics; `download_failed` and `file_unavailable` when a file cannot be
 *   fetched, read or written; `invalid_argument` when a file is damaged or has a wrong header, too many lines cannot be used, or, after the
 *   others are loaded, when all lines of a file were rejected; `database_not_ready` without the schema; `conflict` when another load takes the place of this one;
 *   `cancelled` when the signal aborts.
 */
export async function loadImdb(
  pool: Pool,
  source: string,
  given: LoadImdbOptions = {},
): Promise<LoadedFile[]> {
  const options = withMarkedThrows(given);
  const { signal, onProgress } = options;
  checkPool(pool);
  try {
    const files = await findFiles(source, {
      downloads: options.downloads,
      signal,
      onNotice: options.onNotice,
      onDownload: (label, done, total) =>
        onProgress?.({ step: 'download', label, done, total, lines: 0, rejected: 0, share: 0 }),
    });
    const loaded = await load(pool, files, options).finally(files.release);
    await files.remove();
    return loaded;
  } catch (cause) {
    if (cause instanceof ThrownByCaller) throw cause.thrown;
    if (!signal?.aborted) throw databaseError(cause);
    const message = 'The load was stopped. Run it again with the same files: it goes on from there.';
    throw new MovieHubError('cancelled', message, { cause });
  }
}

/** What a function of the caller threw: no failure of the load, so that it is passed on as it is. */
class ThrownByCaller extends MovieHubError {
  readonly thrown: unknown;

  constructor(thrown: unknown) {
    super('internal', 'A function that was given to the load threw.', { cause: thrown });
    this.thrown = thrown;
  }
}

function withMarkedThrows(options: LoadImdbOptions): LoadImdbOptions {
  const marked = ([name, value]: [string, unknown]) => {
    if (typeof value !== 'function') return [name, value];
    const call = (...args: unknown[]): unknown => {
      try {
        return value.apply(options, args);
      } catch (cause) {
        throw new ThrownByCaller(cause);
      }
    };
    return [name, call];
  };
  return Object.fromEntries(Object.entries(options).map(marked)) as LoadImdbOptions;
}

async function load(pool: Pool, files: ImdbSource, options: LoadImdbOptions): Promise<LoadedFile[]> {
  const { rebuild, signal } = options;
  const embedded = embeddedOf(pool);
  const types = await knownTypes(pool);
  const filter = filterOf(options, types);
  if (filter.minVotes > 0 && !files.paths.has('title.ratings'))
    throw new MovieHubError('not_found', 'The votes are in title.ratings, and that file is not there.');
  await checkHeaders(files.paths, filter);
  const begin = {
    fingerprint: `${files.fingerprint}; ${[...(filter.types ?? [])].sort((a, b) => a - b).join(' ')}; ${filter.minVotes}`,
    rebuild: rebuild ?? (embedded === undefined && bytesOf(files) > largeBytes ? 'if possible' : false),
  } as const;
  let state = await beginLoad(pool, begin);
  if (state === undefined) {
    // Without its keys the database is of no use: what was begun is ended before the new files are looked at.
    const meter = new LoadMeter(options.onProgress, files.sizes, true);
    const rest = await build(pool, await takeOver(pool), { meter, signal });
    if (rest !== undefined) await end(pool, rest);
    state = await beginLoad(pool, begin);
  }
  if (state === undefined)
    throw new MovieHubError('conflict', 'Another load has taken the place of this one.');
  const meter = new LoadMeter(options.onProgress, files.sizes, state.rebuilds);
  const rejects = new RejectsFile(options.rejects, await rejectsBefore(pool), options.maxRejects);
  const pass = { pool, embedded, paths: files.paths, types, filter, signal };
  const summary = (file: string, { lines, rejected, incomplete, leftOut }: Counts) => ({
    file,
    lines,
    loaded: lines - leftOut - rejected,
    leftOut,
    rejected,
    incomplete,
    rejects: rejects.of(file),
  });
  try {
    if (state.reading === 1) {
      await loadPass({
        ...pass,
        state,
        rejects,
        onRead: meter.read,
        onFile: (file, counts) => options.onFile?.(summary(file, counts)),
      });
    }
    const loaded = (await countsOf(pool)).map((counts) => summary(counts.file, counts));
    const rest = state.rebuilds ? await build(pool, state, { meter, signal }) : state;
    if (rest?.reading === 2) {
      const nothing = () => undefined;
      await loadPass({ ...pass, state: rest, rejects: undefined, onRead: nothing, onFile: nothing });
    }
    if (rest !== undefined) await end(pool, rest);
    refuseNothing(loaded);
    return loaded;
  } finally {
    rejects.close();
  }
}

/** A file of which no line could be used is not what it should be. What other files gave is there by now, and whole. */
function refuseNothing(loaded: readonly LoadedFile[]): void {
  const told = loaded.filter(gaveNothing).map(({ file, lines, rejects: [first] }) => {
    const why = first && `, line ${first.line} since ${first.reason}`;
    return `${file} gave nothing: all of its ${lines} lines were rejected${why}.`;
  });
  if (told.length > 0) throw new MovieHubError('invalid_argument', told.join(' '));
}

/** Makes indexes, constraints and what is derived; returns how the rows that were there before are to be changed, if there are any. */
async function build(
  pool: Pool,
  state: LoadState,
  { meter, signal }: { meter: LoadMeter; signal: AbortSignal | undefined },
): Promise<LoadState | undefined> {
  const asHolder = <Result>(work: (client: PoolClient) => Promise<Result>) =>
    asLoader(pool, async (client) => {
      await holdLoad(client, state);
      return work(client);
    });
  await asHolder(planRebuild);
  const isEmbedded = embeddedOf(pool) !== undefined;
  await runSteps(pool, { state, isEmbedded, jobs: isEmbedded ? 1 : 2, onStep: meter.build, signal });
  return asHolder(async (client) => {
    await putTogether(client);
    return afterRebuild(client, state);
  });
}

/** Forgets the load, and tells the planner what is there: without statistics the first questions would be planned blindly. */
async function end(pool: Pool, state: LoadState): Promise<void> {
  await asLoader(pool, async (client) => {
    for (const table of [...Object.keys(loadTables), ...derivedTables])
      await client.query(`ANALYZE movie_hub.${table}`);
    await holdLoad(client, state);
    await forget(client);
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

type Counts = Pick<LoadedFile, 'lines' | 'rejected' | 'incomplete' | 'leftOut'>;

async function rejectsBefore(pool: Pool): Promise<RejectsBefore> {
  return asLoader(pool, async (client) => {
    const { rows } = await client.query<{ bytes: number }>(
      'SELECT rejects_bytes::float8 AS bytes FROM movie_hub_load.loads',
    );
    const files = await client.query<{ file: string; rejected: number; first: RejectedLine[] }>(
      'SELECT file, (rejected + incomplete)::float8 AS rejected, first_rejects AS first FROM movie_hub_load.files WHERE reading = 1',
    );
    return {
      bytes: rows[0]?.bytes ?? 0,
      count: files.rows.reduce((sum, { rejected }) => sum + rejected, 0),
      first: new Map(files.rows.map(({ file, first }) => [file, first])),
    };
  });
}

/** What was read of each file, in their order. */
async function countsOf(pool: Pool): Promise<(Counts & { file: string })[]> {
  const { rows } = await asLoader(pool, (client) =>
    client.query<Counts & { file: string }>(
      `SELECT file, lines::float8 AS lines, rejected::float8 AS rejected, incomplete::float8 AS incomplete, left_out::float8 AS "leftOut"
       FROM movie_hub_load.files WHERE reading = 1`,
    ),
  );
  return fileNames.flatMap((name) => rows.filter(({ file }) => file === name));
}
