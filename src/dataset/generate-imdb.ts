import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MovieHubError } from 'movie-hub';
import { Mess } from './generator/mess';
import { type FilePlan, planFiles } from './generator/plan-files';
import { writeGzip } from './generator/write-gzip';
import { isOfFiles } from './is-of-files';

/** What `generateImdb` takes. */
export interface GenerateImdbOptions {
  /** How many titles, 1 to 100,000,000. IMDb has about 11,000,000, and 1.27 times as many people. */
  titles: number;
  /** A whole number, 1 unless given. The same one gives the same files, byte by byte, on the same version of Node. */
  seed?: number;
  /** Folder for the seven `.tsv.gz` files; made if it is not there. Files of the same names are replaced. */
  folder: string;
  /** Share of lines that nobody can load, 0 to 0.05; one in 20,000 unless given. As many are odd: see `GeneratedFile`. */
  spoiledShare?: number;
  /** Told how far the work is, a few times each second. */
  onProgress?: (progress: GenerateProgress) => void;
  /** Told of each file when it is whole. */
  onFile?: (file: GeneratedFile) => void;
  /** Ends the work; a file that is not whole is removed. */
  signal?: AbortSignal;
}

/** How far `generateImdb` is. */
export interface GenerateProgress {
  /** IMDb's name of the file that is written: `title.basics`. */
  readonly file: string;
  /** Titles of this file, or people of `name.basics`, that are written. */
  readonly done: number;
  /** How many there are of them. */
  readonly total: number;
  /** Share of the work on all files that is done, between 0 and 1. */
  readonly share: number;
}

/** A file that was generated. */
export interface GeneratedFile {
  /** IMDb's name: `title.basics`. */
  readonly file: string;
  /** Where it is. */
  readonly path: string;
  /** Lines without the header. */
  readonly lines: number;
  /** Lines that nobody can load: a column too few, an id that is none. IMDb's own files have such lines. */
  readonly spoiled: number;
  /** Lines that take care: bytes that are no UTF-8, a line that comes twice, an id of nobody. `loadImdb` rejects some of them. */
  readonly odd: number;
  /** Size on disk. */
  readonly bytes: number;
}

/**
 * Generates IMDb's seven files at any size, in constant memory.
 *
 * They have IMDb's shares: 74 % episodes and 6.5 % movies, votes with a long tail, people with 165,000 credits and people with one,
 * names that many share, titles of common words, titles that thousands have, and lines that cannot be loaded. Words and names are
 * drawn at random: what is generated is about nobody.
 *
 * @returns What was generated, file by file.
 * @throws MovieHubError `invalid_argument` for an option that cannot be; `file_unavailable` for a folder or a disk that cannot be written to;
 *   `cancelled` when the signal ended it.
 */
export async function generateImdb(options: GenerateImdbOptions): Promise<GeneratedFile[]> {
  const { titles, seed = 1, folder, spoiledShare = 1 / 20_000, onProgress, onFile, signal } = options;
  if (!Number.isSafeInteger(titles) || titles < 1 || titles > 100_000_000)
    throw new MovieHubError('invalid_argument', 'titles must be a whole number from 1 to 100,000,000.');
  if (!Number.isSafeInteger(seed))
    throw new MovieHubError('invalid_argument', 'seed must be a whole number.');
  if (typeof folder !== 'string' || folder === '')
    throw new MovieHubError('invalid_argument', 'folder must be the path of a folder.');
  if (!(spoiledShare >= 0 && spoiledShare <= 0.05))
    throw new MovieHubError('invalid_argument', 'spoiledShare must be a number from 0 to 0.05.');
  try {
    signal?.throwIfAborted();
    await mkdir(folder, { recursive: true });
    const plans = planFiles(titles, seed);
    const work = plans.reduce((sum, plan) => sum + plan.weight * plan.count, 0);
    const generated: GeneratedFile[] = [];
    let before = 0;
    for (const [index, plan] of plans.entries()) {
      const mess = new Mess(seed, index, spoiledShare * Math.max(1, plan.weight), plan.messy);
      const onDone = (done: number) =>
        onProgress?.({
          file: plan.name,
          done,
          total: plan.count,
          share: Math.min(1, (before + plan.weight * done) / work),
        });
      const path = join(folder, `${plan.name}.tsv.gz`);
      const file = await generateFile(plan, path, mess, { signal, onDone });
      before += plan.weight * plan.count;
      generated.push(file);
      onFile?.(file);
    }
    return generated;
  } catch (cause) {
    throw failure(cause, signal);
  }
}

async function generateFile(
  plan: FilePlan,
  path: string,
  mess: Mess,
  { signal, onDone }: { signal: AbortSignal | undefined; onDone: (done: number) => void },
): Promise<GeneratedFile> {
  const made = { lines: 0, count: 0 };
  let bytes = 0;
  await writeGzip(path, textOf(plan, mess, made), {
    signal,
    onWritten: (written) => {
      bytes += written;
      onDone(made.count);
    },
  });
  const { spoiled, odd } = mess;
  return { file: plan.name, path, lines: made.lines, spoiled, odd, bytes };
}

/** Makes the text of a file, and counts what it has made. */
function* textOf(plan: FilePlan, mess: Mess, made: { lines: number; count: number }): Generator<string> {
  yield `${plan.columns.join('\t')}\n`;
  for (let number = 0; number < plan.count; number += 1) {
    const lines = mess.of(number, plan.lines(number));
    for (let at = lines.indexOf('\n'); at >= 0; at = lines.indexOf('\n', at + 1)) made.lines += 1;
    made.count = number + 1;
    if (lines !== '') yield lines;
  }
}

function failure(cause: unknown, signal: AbortSignal | undefined): unknown {
  const { code } = (cause ?? {}) as { code?: unknown };
  if (signal?.aborted) return new MovieHubError('cancelled', 'Generating was cancelled.', { cause });
  if (!isOfFiles(cause)) return cause;
  const message =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'There is no room left on the disk for the files.'
      : 'The files cannot be written to the folder.';
  return new MovieHubError('file_unavailable', message, { cause });
}
