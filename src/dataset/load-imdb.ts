import { databaseError, MovieHubError } from 'movie-hub';
import type { Pool } from 'pg';
import { embeddedOf } from './embedded';
import { packageFile } from './files';
import { build } from './load/build';
import { maxTypes } from './load/ids';
import { checkHeaders, isAllRejected, type LoadFilter, loadPass } from './load/pass';
import { type LoadProgress, Progress, type RejectedLine, RejectLog, type RejectsBefore } from './load/report';
import { fileNames, findFiles, type ImdbSource } from './load/source';
import { asOwner, beginLoad, endLoad, tookPlace } from './load/state';

/** Counts of one loaded file. */
export type LoadedFile = {
  /** IMDb's name: `title.basics`. */
  readonly file: string;
  /** All lines but the header: loaded, left out, or rejected. */
  readonly lines: number;
  readonly loaded: number;
  /** Lines about titles that `only` and `minVotes` leave out. */
  readonly leftOut: number;
  /** Lines that cannot be used. */
  readonly rejected: number;
  /** Loaded lines with a field that cannot be used, and is empty now. */
  readonly incomplete: number;
  /** The first 100 rejected or incomplete lines, with the reason. The header is line 1. */
  readonly rejects: readonly { readonly line: number; readonly reason: string }[];
};

/** What `loadImdb` takes. */
export interface LoadImdbOptions {
  /** Loads only titles of these types, by IMDb's names (`movie`, `tvMovie`), and their people. */
  only?: readonly string[];
  /** Loads only titles with at least this many votes, and their people; by default 0. */
  minVotes?: number;
  /** A file for rejected and incomplete lines: file, line number and reason, separated by tabs. */
  rejects?: string;
  /** Stops the load after more rejected and incomplete lines than this; by default 100,000. */
  maxRejects?: number;
  /**
   * Loads into bare tables and builds indexes, constraints and search texts afterwards: many times faster for large files. Meanwhile
   * pages are slow and incomplete, and editors cannot save. By default true for more than 20 MB of compressed files and a database of
   * up to 100,000 titles that is not embedded.
   */
  rebuild?: boolean;
  /** Folder for the files of a URL, where an interrupted download resumes; by default a temporary folder, removed at the end. */
  downloads?: string;
  /** Called when a folder has a file both as `.tsv` and as `.tsv.gz`, with the one that is read. */
  onNotice?: (notice: string) => void;
  /** Called after each file. */
  onFile?: (file: LoadedFile) => void;
  /** Called with the progress, a few times a second. */
  onProgress?: (progress: LoadProgress) => void;
  /** Stops the load. What is loaded stays, and the same load resumes from there. */
  signal?: AbortSignal;
}

/** Returns the folder of the small data set in the package, in IMDb's format. */
export function demoDataFolder(): string {
  return packageFile('sql/demo');
}

/**
 * Loads IMDb's files (`name.basics`, `title.basics`, `.akas`, `.crew`, `.episode`, `.principals`, `.ratings`) from a folder or from below
 * a URL, each as `.tsv` or `.tsv.gz`, whichever is newer. All headers are read before anything is loaded.
 *
 * Existing rows are updated, except what editors created or changed, where only votes are. Titles and people that newer files lack stay.
 * Missing files are skipped. Unusable lines are counted and skipped, and lines with an unusable optional field are loaded without it; of
 * several lines with the same key the last counts. Rows are committed continually: an interrupted load resumes when it is run again
 * with the same files and filters. A million titles took 200 MB of memory; each id of a title takes 3 bytes, each of a person 4.
 *
 * @param pool A pool whose login may act as `movie_hub_owner`: the one that installed the schema. Two connections are used.
 * @param source The folder, or a URL that begins with http: or https:, such as `https://datasets.imdbws.com/`.
 * @returns Counts of each file.
 * @throws MovieHubError `not_found` when the source has no title.basics; `download_failed` and `file_unavailable` when a file cannot be
 *   downloaded, read or written; `invalid_argument` when a file is damaged or has a wrong header, when too many lines are unusable, or,
 *   once the others are loaded, when all lines of a file were; `database_not_ready` without the schema; `conflict` when another load
 *   takes the place of this one; `cancelled` when the signal aborts.
 */
export async function loadImdb(
  pool: Pool,
  source: string,
  options: LoadImdbOptions = {},
): Promise<LoadedFile[]> {
  const { signal, downloads } = options;
  if ((pool.options as { pipeline?: boolean }).pipeline)
    throw new MovieHubError(
      'invalid_argument',
      'COPY cannot be pipelined: load with createPool({ …, pipeline: false }).',
    );
  let thrown: { error: unknown } | undefined;
  // Errors of the caller's functions are passed on unchanged.
  const guard =
    <Value>(call: ((value: Value) => void) | undefined) =>
    (value: Value) => {
      try {
        call?.(value);
      } catch (error) {
        thrown = { error };
        throw error;
      }
    };
  const onProgress = guard(options.onProgress?.bind(options));
  const onFile = guard(options.onFile?.bind(options));
  try {
    const files = await findFiles(source, {
      downloads,
      signal,
      onNotice: guard(options.onNotice?.bind(options)),
      onDownload: (label, done, total) =>
        onProgress({ step: 'download', label, done, total, lines: 0, rejected: 0, share: 0 }),
    });
    const loaded = await load(pool, files, { ...options, onProgress, onFile }).finally(files.unlock);
    await files.remove();
    return loaded;
  } catch (cause) {
    if (thrown) throw thrown.error;
    if (!signal?.aborted) throw databaseError(cause);
    const message = 'The load was stopped. Run it again with the same files to resume.';
    throw new MovieHubError('cancelled', message, { cause });
  }
}

async function load(pool: Pool, files: ImdbSource, options: LoadImdbOptions): Promise<LoadedFile[]> {
  const { rebuild, signal } = options;
  const embedded = embeddedOf(pool);
  const types = await knownTypes(pool);
  const filter = filterOf(options, types);
  if (filter.minVotes > 0 && !files.paths.has('title.ratings'))
    throw new MovieHubError('not_found', 'The votes are in title.ratings, and that file is missing.');
  await checkHeaders(files.paths, filter);
  const begin = {
    fingerprint: `${files.fingerprint}; ${[...(filter.types ?? [])].sort((a, b) => a - b).join(' ')}; ${filter.minVotes}`,
    rebuild: rebuild ?? (embedded === undefined && isLarge(files) ? 'if possible' : false),
  } as const;
  const progressOf = (rebuilds: boolean) => new Progress(options.onProgress, files.sizes, rebuilds);
  let state = await beginLoad(pool, begin);
  if (state.isOther) {
    const rest = await build(pool, state, { onStep: progressOf(true).build, signal });
    if (rest !== undefined) await endLoad(pool, rest);
    state = await beginLoad(pool, begin);
    if (state.isOther) throw tookPlace();
  }
  const progress = progressOf(state.rebuilds);
  const rejects = new RejectLog(options.rejects, await rejectsBefore(pool), options.maxRejects);
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
    const onFile = (file: string, counts: Counts) => options.onFile?.(summary(file, counts));
    if (state.reading === 1) await loadPass({ ...pass, state, rejects, onRead: progress.read, onFile });
    const loaded = (await countsOf(pool)).map((counts) => summary(counts.file, counts));
    const rest = state.rebuilds ? await build(pool, state, { onStep: progress.build, signal }) : state;
    const ignore = () => undefined;
    if (rest?.reading === 2)
      await loadPass({ ...pass, state: rest, rejects: undefined, onRead: ignore, onFile: ignore });
    if (rest !== undefined) await endLoad(pool, rest);
    const useless = loaded.filter(isAllRejected).map(({ file, lines, rejects: [first] }) => {
      const why = first && `, line ${first.line} because ${first.reason}`;
      return `All ${lines} lines of ${file} were rejected${why}.`;
    });
    if (useless.length > 0) throw new MovieHubError('invalid_argument', useless.join(' '));
    return loaded;
  } finally {
    rejects.close();
  }
}

/** Returns the ids of the title types in the database, by IMDb's names. */
async function knownTypes(pool: Pool): Promise<ReadonlyMap<string, number>> {
  const { rows } = await asOwner(pool, (client) =>
    client.query<{ name: string; title_type_id: number }>(
      'SELECT name, title_type_id FROM movie_hub.title_types ORDER BY title_type_id',
    ),
  );
  if (rows.length > maxTypes)
    throw new MovieHubError('invalid_argument', `A load supports at most ${maxTypes} types of titles.`);
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

/** Whether a rebuild pays: for more than 20 MB, compressed to about a quarter. */
function isLarge({ paths, sizes }: ImdbSource): boolean {
  const packed = [...sizes].map(([name, size]) => (paths.get(name)?.endsWith('.gz') ? size : size / 4));
  return packed.reduce((sum, size) => sum + size, 0) > 20 * 1024 * 1024;
}

type Counts = Pick<LoadedFile, 'lines' | 'rejected' | 'incomplete' | 'leftOut'>;

async function rejectsBefore(pool: Pool): Promise<RejectsBefore> {
  const { rows } = await asOwner(pool, (client) =>
    client.query<{ bytes: number; file: string; count: number; first: RejectedLine[] }>(
      `SELECT l.rejects_bytes::float8 AS bytes, f.file, (f.rejected + f.incomplete)::float8 AS count, f.first_rejects AS first
       FROM movie_hub_load.loads l LEFT JOIN movie_hub_load.files f ON f.reading = 1`,
    ),
  );
  return {
    bytes: rows[0]?.bytes ?? 0,
    count: rows.reduce((sum, { count }) => sum + (count ?? 0), 0),
    first: new Map(rows.map(({ file, first }) => [file, first ?? []])),
  };
}

/** Returns the counts of each file, in the usual order. */
async function countsOf(pool: Pool): Promise<(Counts & { file: string })[]> {
  const { rows } = await asOwner(pool, (client) =>
    client.query<Counts & { file: string }>(
      `SELECT file, lines::float8 AS lines, rejected::float8 AS rejected, incomplete::float8 AS incomplete, left_out::float8 AS "leftOut"
       FROM movie_hub_load.files WHERE reading = 1`,
    ),
  );
  return fileNames.flatMap((name) => rows.filter(({ file }) => file === name));
}
