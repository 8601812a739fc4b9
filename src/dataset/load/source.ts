import { createHash } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMovieHubError, MovieHubError } from 'movie-hub';
import { lockFolder } from '../files';
import { download, versionOf } from './download';

/** IMDb's seven files, in the order in which a load reports them. */
export const fileNames = [
  'title.basics',
  'name.basics',
  'title.principals',
  'title.ratings',
  'title.akas',
  'title.episode',
  'title.crew',
] as const;

/** The files of a source, on disk. */
export interface ImdbSource {
  readonly paths: ReadonlyMap<string, string>;
  /** Size of each in bytes. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Different for different files. */
  readonly fingerprint: string;
  /** Unlocks the folder of downloads. */
  unlock(): Promise<void>;
  /** Removes temporary downloads. */
  remove(): Promise<void>;
}

export interface SourceOptions {
  readonly downloads?: string | undefined;
  readonly onNotice?: ((notice: string) => void) | undefined;
  readonly onDownload: (file: string, done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds IMDb's files in a folder, or downloads them from below a URL.
 *
 * @throws MovieHubError `not_found` without title.basics; `download_failed`; `file_unavailable` for a folder that cannot be read or
 *   written; `invalid_argument` for an invalid URL; `conflict` when another process downloads into the same folder.
 */
export async function findFiles(source: string, options: SourceOptions): Promise<ImdbSource> {
  const none = async () => undefined;
  if (!/^https?:\/\//i.test(source))
    return { ...(await inFolder(source, 'folder', options.onNotice)), unlock: none, remove: none };
  if (!URL.canParse(source))
    throw new MovieHubError('invalid_argument', 'The source is neither a URL nor a folder.');
  const base = new URL(source.endsWith('/') ? source : `${source}/`);
  // The same for the same source, so that a later load resumes the download.
  const name = createHash('sha256').update(base.href).digest('hex').slice(0, 16);
  const folder = options.downloads ?? join(tmpdir(), `movie-hub-imdb-${name}`);
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new MovieHubError('file_unavailable', `The folder ${folder} cannot be written to.`, { cause });
  });
  const unlock = await lockFolder(folder);
  try {
    for (const file of fileNames) {
      const isThere = await download(new URL(`${file}.tsv.gz`, base), join(folder, `${file}.tsv.gz`), {
        onProgress: (done, total) => options.onDownload(file, done, total),
        signal: options.signal,
      });
      if (!isThere && file === 'title.basics') break;
    }
    const remove = async () => {
      if (options.downloads === undefined) await rm(folder, { recursive: true, force: true });
    };
    return { ...(await inFolder(folder, 'URL')), unlock, remove };
  } catch (cause) {
    await unlock();
    throw cause;
  }
}

async function inFolder(
  folder: string,
  what: 'folder' | 'URL',
  onNotice?: (notice: string) => void,
): Promise<Pick<ImdbSource, 'paths' | 'sizes' | 'fingerprint'>> {
  const paths = new Map<string, string>();
  const sizes = new Map<string, number>();
  const versions: string[] = [];
  for (const name of fileNames) {
    const endings = what === 'URL' ? ['.tsv.gz'] : ['.tsv', '.tsv.gz'];
    const found = (await Promise.all(endings.map((ending) => find(folder, `${name}${ending}`)))).flat();
    // Of two with the same time the first, which need not be decompressed.
    const [newest, other] = found.sort((a, b) => b.mtimeMs - a.mtimeMs);
    if (newest === undefined) continue;
    if (other !== undefined) {
      const why = newest.mtimeMs > other.mtimeMs ? 'it is newer' : 'it is as new';
      onNotice?.(`${newest.file} is read and ${other.file} is not: ${why}.`);
    }
    const path = join(folder, newest.file);
    paths.set(name, path);
    sizes.set(name, newest.size);
    // The server's version stays the same when a file is downloaded again.
    const version = what === 'URL' ? ((await versionOf(path)) ?? '') : Math.trunc(newest.mtimeMs);
    versions.push(`${name} ${newest.size} ${version}`);
  }
  if (!paths.has('title.basics')) {
    const files = `title.basics.tsv${what === 'URL' ? '.gz' : ' and no title.basics.tsv.gz'}`;
    throw new MovieHubError('not_found', `The ${what} has no ${files}.`);
  }
  return { paths, sizes, fingerprint: versions.join(', ') };
}

async function find(
  folder: string,
  file: string,
): Promise<{ file: string; size: number; mtimeMs: number }[]> {
  try {
    const found = await stat(join(folder, file));
    const { size, mtimeMs } = found;
    // To open a pipe would wait for its writer, and nothing could interrupt it.
    if (found.isFIFO())
      throw new MovieHubError('file_unavailable', `The file ${file} is a pipe. Use a regular file.`);
    return [{ file, size, mtimeMs }];
  } catch (cause) {
    if (isMovieHubError(cause)) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new MovieHubError('file_unavailable', `The folder ${folder} cannot be read.`, { cause });
  }
}
