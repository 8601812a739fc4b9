import { Command, InvalidArgumentError } from 'commander';
import { isMovieHubError } from 'movie-hub';
import { loadImdb } from 'movie-hub/dataset';
import type { Pool } from 'pg';
import { abortOnSignals } from './abort-on-signals';
import { CommandFailure, reasonOf } from './failure';
import { notEmpty, parseCount } from './option-values';
import { count, duration, table } from './quantities';

type LoadImdbOptions = NonNullable<Parameters<typeof loadImdb>[2]>;
type LoadProgress = Parameters<NonNullable<LoadImdbOptions['onProgress']>>[0];
type LoadedFile = Awaited<ReturnType<typeof loadImdb>>[number];

/** Options of the command. */
export interface LoadCommandOptions {
  databaseUrl?: string;
  from: string;
  only?: string[];
  minVotes?: number;
  rejects: string;
  maxRejects?: number;
  rebuild?: boolean;
  downloads?: string;
}

/** The command that loads IMDb's files; `run` gives its action the administrator's pool. */
export function loadCommand(
  run: (action: (pool: Pool) => Promise<void>, options: LoadCommandOptions) => Promise<void>,
): Command {
  return new Command('load')
    .description(
      "Load IMDb's files, or update what was loaded before. If interrupted, run it again to resume.",
    )
    .requiredOption(
      '--from <dir|url>',
      'folder with title.basics.tsv.gz and the others, or a URL above them, such as https://datasets.imdbws.com/',
      notEmpty,
    )
    .option('--only <list>', 'only titles of these types, such as movie,tvMovie, and their people', parseList)
    .option('--min-votes <number>', 'only titles with at least this many votes, and their people', parseLimit)
    .option('--rejects <file>', 'file for lines that cannot be used', notEmpty, 'movie-hub-rejects.tsv')
    .option('--max-rejects <number>', 'stop when more lines cannot be used (default: 100000)', parseLimit)
    .option('--rebuild', 'load into bare tables and build indexes afterwards (default: for large files)')
    .option('--no-rebuild', 'keep indexes and triggers: slower, but the hub stays usable meanwhile')
    .option('--downloads <dir>', 'keep the files of a URL in this folder', notEmpty)
    .action((options: LoadCommandOptions) => run((pool) => load(pool, options), options));
}

async function load(pool: Pool, { from, databaseUrl: _, ...options }: LoadCommandOptions): Promise<void> {
  const { createProgress } = await import('./progress');
  const progress = createProgress(process.stderr);
  const abortable = abortOnSignals();
  const started = Date.now();
  try {
    const files = await loadImdb(pool, from, {
      ...(options satisfies LoadImdbOptions),
      signal: abortable.signal,
      onNotice: (notice) => process.stderr.write(`${notice}\n`),
      onProgress: (loaded) => progress.update(stepOf(loaded, process.stderr.isTTY === true)),
    }).finally(() => progress.end());
    process.stdout.write(summaryOf(files));
    process.stderr.write(endOf(files, options.rejects, Date.now() - started));
  } catch (cause) {
    if (!abortable.signal.aborted) throw asFailure(cause);
    process.stderr.write('Stopped. Run the same command again to resume.\n');
  } finally {
    abortable.release();
  }
}

function stepOf({ step, label, done, total, rejected, share }: LoadProgress, isDrawn: boolean) {
  // Without a terminal each of many short steps would become a line.
  const build = isDrawn ? label : 'indexes and search texts';
  const words = { download: `download ${label}`, look: `look at ${label}`, load: label, build };
  // The size of a file is known from the start; its number of lines is not.
  const isBuilding = step === 'build';
  return {
    label: words[step],
    done: isBuilding ? done : Math.round(done / 1e6),
    total: isBuilding || total === undefined ? total : Math.max(1, Math.round(total / 1e6)),
    unit: isBuilding ? 'steps' : 'MB',
    ...(step === 'load' && rejected > 0 && { note: `${count(rejected)} rejected` }),
    ...(step !== 'download' && { share }),
  };
}

function summaryOf(files: readonly LoadedFile[]): string {
  return table([
    ['file', 'lines', 'loaded', 'left out', 'rejected', 'incomplete'],
    ...files.map(({ file, lines, loaded, leftOut, rejected, incomplete }) => [
      file,
      ...[lines, loaded, leftOut, rejected, incomplete].map(count),
    ]),
  ]);
}

function endOf(files: readonly LoadedFile[], rejects: string, ms: number): string {
  const sum = (of: 'loaded' | 'rejected' | 'incomplete') => files.reduce((all, file) => all + file[of], 0);
  const incomplete = sum('incomplete');
  const rejected = sum('rejected');
  const without = incomplete === 0 ? '' : `, ${count(incomplete)} of them without a field`;
  const refused = rejected === 0 ? '' : `; ${count(rejected)} were rejected`;
  const why = incomplete + rejected === 0 ? '' : ` Why: ${rejects}.`;
  return `Loaded ${count(sum('loaded'))} lines in ${duration(ms)}${without}${refused}.${why}\n`;
}

/** Errors of files and options are not failures of the database. */
function asFailure(cause: unknown): unknown {
  const isOfFiles =
    isMovieHubError(cause) &&
    ['invalid_argument', 'not_found', 'conflict', 'download_failed', 'file_unavailable'].includes(cause.code);
  if (!isOfFiles) return cause;
  // For files and servers the cause says more than the message.
  const reason = /^(download|file)_/.test(cause.code) ? reasonOf(cause.cause) : '';
  return new CommandFailure(reason === '' ? cause.message : `${cause.message} (${reason})`, 1, { cause });
}

function parseList(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
}

function parseLimit(text: string): number {
  const number = parseCount(text);
  if (number >= 0) return number;
  throw new InvalidArgumentError('Enter a whole number, 0 or more.');
}
