import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MovieHubError } from '../../errors';
import { download } from './download';

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
  /** Removes what was fetched for this load alone. */
  remove(): Promise<void>;
}

/** What finding files takes. */
export interface FindOptions {
  readonly downloads?: string | undefined;
  readonly onDownload: (file: string, done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Finds IMDb's files in a folder, or fetches them from below a URL. */
export async function findFiles(source: string, options: FindOptions): Promise<ImdbSource> {
  if (!/^https?:\/\//i.test(source)) return inFolder(source, 'The folder', async () => undefined);
  const base = new URL(source.endsWith('/') ? source : `${source}/`);
  // The same source gets the same folder, so that a later try finds what an earlier one fetched.
  const name = createHash('sha256').update(base.href).digest('hex').slice(0, 16);
  const folder = options.downloads ?? join(tmpdir(), `movie-hub-imdb-${name}`);
  await mkdir(folder, { recursive: true });
  for (const file of fileNames) {
    const isThere = await download(new URL(`${file}.tsv.gz`, base), join(folder, `${file}.tsv.gz`), {
      onProgress: (done, total) => options.onDownload(file, done, total),
      signal: options.signal,
    });
    if (!isThere) await rm(join(folder, `${file}.tsv.gz`), { force: true });
    if (!isThere && file === 'title.basics') break;
  }
  const remove = async () => {
    if (options.downloads === undefined) await rm(folder, { recursive: true, force: true });
  };
  return inFolder(folder, 'The URL', remove);
}

async function inFolder(folder: string, what: string, remove: () => Promise<void>): Promise<ImdbSource> {
  const paths = new Map<string, string>();
  const sizes = new Map<string, number>();
  const marks: string[] = [];
  for (const name of fileNames) {
    const path = [`${name}.tsv`, `${name}.tsv.gz`]
      .map((file) => join(folder, file))
      .find((each) => existsSync(each));
    if (path === undefined) continue;
    const { size, mtimeMs } = await stat(path);
    paths.set(name, path);
    sizes.set(name, size);
    marks.push(`${name} ${size} ${Math.trunc(mtimeMs)}`);
  }
  if (!paths.has('title.basics'))
    throw new MovieHubError(
      'not_found',
      `${what} has no title.basics.tsv${what === 'The URL' ? '.gz' : ' and no title.basics.tsv.gz'}.`,
    );
  return { paths, sizes, fingerprint: marks.join(', '), remove };
}
