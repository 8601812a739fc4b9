import { Command, InvalidArgumentError } from 'commander';
import { isMovieHubError } from 'movie-hub';
import { type LoadedFile, type LoadImdbOptions, type LoadProgress, loadImdb } from 'movie-hub/dataset';
import type { Pool } from 'pg';
import { abortOnSignals } from './abort-on-signals';
import { CommandFailure, reasonOf } from './failure';
import { notEmpty } from './not-empty';
import { count, duration, table } from './quantities';

/** What the command takes. */
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
      "Load IMDb's files, or bring what was loaded before up to date. Stopped, however that may be, it goes on where it was when it is run again.",
    )
    .requiredOption(
      '--from <dir|url>',
      'folder with title.basics.tsv.gz and the others, or a URL above them, such as https://datasets.imdbws.com/',
      notEmpty,
    )
    .option('--only <list>', 'titles of these types only, such as movie,tvMovie, and their people', parseList)
    .option('--min-votes <number>', 'titles with so many votes or more only, and their people', parseCount)
    .option('--rejects <file>', 'where to note lines that cannot be used', notEmpty, 'movie-hub-rejects.tsv')
    .option('--max-rejects <number>', 'stop when more lines cannot be used (default: 100000)', parseCount)
    .option('--rebuild', 'load into bare tables and make indexes afterwards (default: for large files)')
    .option('--no-rebuild', 'keep indexes and triggers at work: slower, and the hub can be used meanwhile')
    .option('--downloads <dir>', 'keep what is fetched from a URL in this folder', notEmpty)
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
      onProgress: (told) => progress.update(stepOf(told, process.stderr.isTTY === true)),
    }).finally(() => progress.end());
    process.stdout.write(summaryOf(files));
    process.stderr.write(endOf(files, options.rejects, Date.now() - started));
  } catch (cause) {
    if (!abortable.signal.aborted) throw asFailure(cause);
    process.stderr.write('Stopped. Run the same command again: it goes on from there.\n');
  } finally {
    abortable.release();
  }
}

function stepOf({ step, label, done, total, rejected, share }: LoadProgress, isDrawn: boolean) {
  // Each of many short steps would be a line of its own where nothing is drawn.
  const build = isDrawn ? label : 'indexes and search texts';
  const words = { download: `fetch ${label}`, look: `look at ${label}`, load: label, build };
  // Of files bytes are known from the start, lines are not.
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

/** What is wrong with files and options is no failure of the database. */
function asFailure(cause: unknown): unknown {
  const isOfFiles =
    isMovieHubError(cause) &&
    ['invalid_argument', 'not_found', 'conflict', 'download_failed', 'file_unavailable'].includes(cause.code);
  if (!isOfFiles) return cause;
  // Of a file or a server more is known than the message may say.
  const reason = /^(download|file)_/.test(cause.code) ? reasonOf(cause.cause) : '';
  return new CommandFailure(reason === '' ? cause.message : `${cause.message} (${reason})`, 1, { cause });
}

function parseList(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
}

function parseCount(text: string): number {
  const number = Number(text.replaceAll(/(?<=\d)[_,](?=\d{3}(?:[_,]|$))/g, ''));
  if (/^\d[\d_,]*$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('Give a whole number, 0 or more.');
}
