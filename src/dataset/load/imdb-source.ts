import { createHash } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MovieHubError } from 'movie-hub';
import { download, forgetDownload, stateOf } from './download';
import { holdFolder } from './hold-folder';

/** IMDb's seven files, in the order in which a load tells of them. */
export const fileNames = [
  'title.basics',
  'name.basics',
  'title.principals',
  'title.ratings',
  'title.akas',
  'title.episode',
  'title.crew',
] as const;

/** The files of a source, as they are on disk. */
export interface ImdbSource {
  readonly paths: ReadonlyMap<string, string>;
  /** Bytes of each. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Differs when the files do. */
  readonly fingerprint: string;
  /** Lets other processes fetch into the folder again. */
  release(): Promise<void>;
  /** Removes what was fetched for this load alone. */
  remove(): Promise<void>;
}

/** What finding files takes. */
export interface FindOptions {
  readonly downloads?: string | undefined;
  /** Told which of two files of one name is read. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  readonly onDownload: (file: string, done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds IMDb's files in a folder, or fetches them from below a URL.
 *
 * @throws MovieHubError `not_found` without title.basics; `download_failed` when files cannot be fetched; `file_unavailable` for what cannot
 *   be read or written; `invalid_argument` for a URL that is none; `conflict` when another process fetches into the same folder.
 */
export async function findFiles(source: string, options: FindOptions): Promise<ImdbSource> {
  if (!/^https?:\/\//i.test(source)) return inFolder(source, 'The folder', options.onNotice);
  const base = urlOf(source);
  // The same source gets the same folder, so that a later try finds what an earlier one fetched.
  const name = createHash('sha256').update(base.href).digest('hex').slice(0, 16);
  const folder = options.downloads ?? join(tmpdir(), `movie-hub-imdb-${name}`);
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new MovieHubError('file_unavailable', `The folder ${folder} cannot be written.`, { cause });
  });
  const release = await holdFolder(folder);
  try {
    for (const file of fileNames) {
      const path = join(folder, `${file}.tsv.gz`);
      const isThere = await download(new URL(`${file}.tsv.gz`, base), path, {
        onProgress: (done, total) => options.onDownload(file, done, total),
        signal: options.signal,
      });
      if (!isThere) await forgetDownload(path);
      if (!isThere && file === 'title.basics') break;
    }
    const remove = async () => {
      if (options.downloads === undefined) await rm(folder, { recursive: true, force: true });
    };
    return { ...(await inFolder(folder, 'The URL')), release, remove };
  } catch (cause) {
    await release();
    throw cause;
  }
}

function urlOf(source: string): URL {
  try {
    return new URL(source.endsWith('/') ? source : `${source}/`);
  } catch (cause) {
    throw new MovieHubError('invalid_argument', 'The source is no URL and no folder.', { cause });
  }
}

async function inFolder(
  folder: string,
  what: 'The folder' | 'The URL',
  onNotice?: (notice: string) => void,
): Promise<ImdbSource> {
  const paths = new Map<string, string>();
  const sizes = new Map<string, number>();
  const marks: string[] = [];
  for (const name of fileNames) {
    const endings = what === 'The URL' ? ['.tsv.gz'] : ['.tsv', '.tsv.gz'];
    const found: Found[] = [];
    for (const ending of endings) found.push(...(await find(folder, `${name}${ending}`)));
    // Of two of one time the first: it need not be unpacked.
    const [newest, other] = found.sort((a, b) => b.mtimeMs - a.mtimeMs);
    if (newest === undefined) continue;
    if (other !== undefined) {
      const why = newest.mtimeMs > other.mtimeMs ? 'it is newer' : 'it is as new';
      onNotice?.(`${newest.file} is read and ${other.file} is not: ${why}.`);
    }
    const { size, mtimeMs } = newest;
    const path = join(folder, newest.file);
    paths.set(name, path);
    sizes.set(name, size);
    // What the server says of a file stays the same when it is fetched again; of one that it says nothing of, its size has to do.
    const state = what === 'The URL' ? ((await stateOf(path)) ?? '') : Math.trunc(mtimeMs);
    marks.push(`${name} ${size} ${state}`);
  }
  if (!paths.has('title.basics'))
    throw new MovieHubError(
      'not_found',
      `${what} has no title.basics.tsv${what === 'The URL' ? '.gz' : ' and no title.basics.tsv.gz'}.`,
    );
  const nothing = async () => undefined;
  return { paths, sizes, fingerprint: marks.join(', '), release: nothing, remove: nothing };
}

interface Found {
  readonly file: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** Returns what is known of a file of a folder; nothing when it is not there. */
async function find(folder: string, file: string): Promise<Found[]> {
  try {
    const { size, mtimeMs } = await stat(join(folder, file));
    return [{ file, size, mtimeMs }];
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new MovieHubError('file_unavailable', `The folder ${folder} cannot be read.`, { cause });
  }
}
