import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { MovieHubError } from 'movie-hub';
import { isFileError } from './files';
import { type FilePlan, planFiles } from './generator/lines';
import { brokenBytes, Mess } from './generator/mess';

/** What `generateImdb` takes. */
export interface GenerateImdbOptions {
  /** How many titles, 1 to 100,000,000. IMDb has about 11,000,000, and 1.27 times as many people. */
  titles: number;
  /** A whole number, by default 1. On one version of Node the same seed gives the same files, byte for byte. */
  seed?: number;
  /** Folder for the seven `.tsv.gz` files, created if missing. Files of the same names are replaced. */
  folder: string;
  /** Share of lines that cannot be loaded, 0 to 0.05; by default 1 in 20,000. As many are odd: see `GeneratedFile`. */
  spoiledShare?: number;
  /** Called with the progress, a few times a second. */
  onProgress?: (progress: GenerateProgress) => void;
  /** Called for each complete file. */
  onFile?: (file: GeneratedFile) => void;
  /** Cancels the work; an incomplete file is removed. */
  signal?: AbortSignal;
}

/** Progress of `generateImdb`. */
export interface GenerateProgress {
  /** IMDb's name of the file being written: `title.basics`. */
  readonly file: string;
  /** Titles written to this file; people for `name.basics`. */
  readonly done: number;
  /** All titles or people of this file. */
  readonly total: number;
  /** Completed share of the work on all files, from 0 to 1. */
  readonly share: number;
}

/** A generated file. */
export type GeneratedFile = {
  /** IMDb's name: `title.basics`. */
  readonly file: string;
  readonly path: string;
  /** Lines, not counting the header. */
  readonly lines: number;
  /** Lines that cannot be loaded, for example with a column missing or an invalid id. IMDb's own files have some. */
  readonly spoiled: number;
  /** Lines that need care: bytes that are not UTF-8, a repeated line, an unknown id. `loadImdb` rejects some of them. */
  readonly odd: number;
  /** Size on disk. */
  readonly bytes: number;
};

/**
 * Generates IMDb's seven files at any size, in constant memory.
 *
 * They have IMDb's proportions: 74 % episodes and 6.5 % movies, votes with a long tail, people with 165,000 credits and people with
 * one, shared names, common words, repeated titles, and lines that cannot be loaded. Words and names are random and describe nobody.
 *
 * @returns The generated files.
 * @throws MovieHubError `invalid_argument` for an invalid option; `file_unavailable` when the folder or disk cannot be written to;
 *   `cancelled` when the signal aborts.
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
      const ways = plan.columns.split(' ').map((column) => column.split(':')[1] ?? '');
      const mess = new Mess(seed, index, spoiledShare * Math.max(1, plan.weight), ways);
      const file = await generateFile(plan, mess, {
        folder,
        signal,
        onDone: (done) => {
          const share = Math.min(1, (before + plan.weight * done) / work);
          onProgress?.({ file: plan.name, done, total: plan.count, share });
        },
      });
      before += plan.weight * plan.count;
      generated.push(file);
      onFile?.(file);
    }
    return generated;
  } catch (cause) {
    if (signal?.aborted) throw new MovieHubError('cancelled', 'Generating was cancelled.', { cause });
    if (!isFileError(cause)) throw cause;
    const isFull = ['ENOSPC', 'EDQUOT'].includes(cause.code ?? '');
    const message = isFull ? 'The disk is full.' : 'The files cannot be written to the folder.';
    throw new MovieHubError('file_unavailable', message, { cause });
  }
}

/** Writes one file, which gets its name only when it is complete. */
async function generateFile(
  plan: FilePlan,
  mess: Mess,
  {
    folder,
    signal,
    onDone,
  }: { folder: string; signal?: AbortSignal | undefined; onDone: (done: number) => void },
): Promise<GeneratedFile> {
  const path = join(folder, `${plan.name}.tsv.gz`);
  const partial = `${path}.part`;
  let lines = -1;
  function* pieces(): Generator<Buffer> {
    let text = `${plan.columns.replace(/:\S+/g, '').replaceAll(' ', '\t')}\n`;
    for (let number = 0; number < plan.count; number += 1) {
      text += mess.apply(number, plan.lines(number));
      if (text.length < pieceLength && number < plan.count - 1) continue;
      const bytes = Buffer.from(text);
      for (let at = bytes.indexOf('\n'); at >= 0; at = bytes.indexOf('\n', at + 1)) lines += 1;
      for (let at = bytes.indexOf(broken); at >= 0; at = bytes.indexOf(broken, at))
        bytes.fill(0xff, at, at + 3);
      text = '';
      onDone(number + 1);
      yield bytes;
    }
  }
  try {
    const gzip = createGzip({ level: constants.Z_BEST_SPEED, chunkSize: pieceLength });
    await pipeline(pieces, gzip, createWriteStream(partial), { ...(signal && { signal }) });
    signal?.throwIfAborted();
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw cause;
  }
  const { size } = await stat(path);
  return { file: plan.name, path, lines, spoiled: mess.spoiled, odd: mess.odd, bytes: size };
}

/** Characters that are compressed at once, while the next are made. */
const pieceLength = 1 << 18;
const broken = Buffer.from(brokenBytes);
