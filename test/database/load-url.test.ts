import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadImdb } from 'movie-hub/dataset';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { retryDelays } from '../../src/dataset/load/download';
import type { LoadProgress } from '../../src/dataset/load/report';
import type { LoadImdbOptions } from '../../src/dataset/load-imdb';
import { oneKind } from '../support/databases';
import { type Faults, serveFiles } from './file-server';
import { emptyFolder, type ImdbLines, imdbFolder } from './imdb-folder';
import { title, useLoadDatabase } from './load-database';
import { untrueAfterLoad } from './loaded-rows';

const lines: ImdbLines = {
  'title.basics': Array.from({ length: 9 }, (_, i) => title(i + 1)),
  'name.basics': ['nm0000001 | Ann | \\N | \\N | \\N | \\N'],
  'title.principals': ['tt0000001 | 1 | nm0000001 | actor | \\N | \\N'],
};
const all = [
  'title.basics',
  'name.basics',
  'title.principals',
  'title.ratings',
  'title.akas',
  'title.episode',
  'title.crew',
];
const first = all.map((name) => [name, name in lines ? 200 : 404]);
const nine = Array.from({ length: 9 }, (_, i) => `Title ${i + 1}`);

beforeAll(() => {
  retryDelays.fill(0);
});

/** Serves files below a path, as packed files with a tag each. */
async function serve(files: ImdbLines, faults: Faults = {}) {
  const folder = imdbFolder(files);
  const packed = readdirSync(folder).map(
    (file) =>
      [`${file}.gz`, { bytes: gzipSync(readFileSync(join(folder, file))), etag: `"${file}"` }] as const,
  );
  const server = await serveFiles(Object.fromEntries(packed), faults);
  const told = () =>
    server.requests.splice(0).map(({ path, status }) => [path.replace('.tsv.gz', ''), status] as const);
  return { server, told };
}

/** Takes the place of the machine's folder of temporary files, for one test. */
function temporaryFolder(): string {
  const folder = emptyFolder();
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return folder;
}

describe('loadImdb from a URL', () => {
  const { database, titles, rowsOf } = useLoadDatabase(oneKind);
  const load = (url: string, options: LoadImdbOptions = {}) => loadImdb(database().admin, url, options);

  test('loads the files that are there, tells how far it is, and leaves nothing behind', async () => {
    const { server, told } = await serve(lines);
    const temporary = temporaryFolder();
    const kept = new Set<string>();
    const steps: LoadProgress[] = [];
    const loaded = await load(server.url, {
      onProgress: (step) => {
        steps.push(step);
        for (const each of readdirSync(temporary)) kept.add(each);
      },
    });
    expect(loaded.map(({ file, lines: read, rejected }) => [file, read, rejected])).toEqual([
      ['title.basics', 9, 0],
      ['name.basics', 1, 0],
      ['title.principals', 1, 0],
    ]);
    expect(await titles()).toEqual(nine);
    expect(await untrueAfterLoad(database())).toEqual([]);
    expect(told()).toEqual(first);
    const fetched = steps.filter(({ step }) => step === 'download');
    expect(new Set(fetched.map(({ label }) => label))).toEqual(new Set(Object.keys(lines)));
    expect(fetched.every(({ done, total }) => done > 0 && done <= (total ?? 0))).toBe(true);
    expect([...kept]).toEqual([expect.stringMatching(/^movie-hub-imdb-[0-9a-f]{16}$/)]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test.each(['', '/'])('takes a URL with a path that ends with "%s"', async (end) => {
    const { server } = await serve(lines);
    for (const [name, file] of [...server.files]) server.files.set(`imdb/daily/${name}`, file);
    server.files.delete('title.basics.tsv.gz');
    temporaryFolder();
    await load(`${server.url}imdb/daily${end}`);
    expect(await titles()).toEqual(nine);
    await expect(load(server.url)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('is refused where there is no title.basics, and fetches nothing else', async () => {
    const { 'title.basics': _, ...others } = lines;
    const { server, told } = await serve(others);
    const downloads = emptyFolder();
    await expect(load(server.url, { downloads })).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('title.basics.tsv.gz'),
    });
    expect(told()).toEqual([['title.basics', 404]]);
    expect(readdirSync(downloads)).toEqual([]);
  });

  test('takes a broken connection up again, where it was', async () => {
    const { server } = await serve(lines, {
      breakAfter: (request) => (request === 0 ? 100 : undefined),
      folder: temporaryFolder(),
    });
    await load(server.url);
    expect(server.requests.slice(0, 2)).toEqual([
      { path: 'title.basics.tsv.gz', range: undefined, status: 200 },
      { path: 'title.basics.tsv.gz', range: 'bytes=100-', status: 206 },
    ]);
    expect(await titles()).toEqual(nine);
  });

  test('keeps what was fetched when it fails, and the next load goes on from there', async () => {
    const { server, told } = await serve(lines, { status: (request) => (request > 0 ? 503 : undefined) });
    const temporary = temporaryFolder();
    await expect(load(server.url)).rejects.toMatchObject({
      code: 'download_failed',
      message: expect.stringContaining('name.basics.tsv.gz'),
    });
    expect(await titles()).toEqual([]);
    const [folder] = readdirSync(temporary);
    expect(readdirSync(join(temporary, folder ?? '')).sort()).toEqual([
      'title.basics.tsv.gz',
      'title.basics.tsv.gz.version',
    ]);
    server.faults.status = () => undefined;
    told();
    await load(server.url);
    expect(told().slice(0, 2)).toEqual([
      ['title.basics', 304],
      ['name.basics', 200],
    ]);
    expect(await titles()).toEqual(nine);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('a wrong header of the last file that was fetched stops the load before the first is loaded', async () => {
    const { server } = await serve(lines);
    const page = { bytes: gzipSync('<html>\n'), etag: '"page"' };
    server.files.set('title.crew.tsv.gz', page);
    const downloads = emptyFolder();
    await expect(load(server.url, { downloads })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/title\.crew\.tsv\.gz .*tconst, directors, writers/),
    });
    expect(await titles()).toEqual([]);
    server.files.delete('title.crew.tsv.gz');
    await load(server.url, { downloads });
    expect(await titles()).toEqual(nine);
  });

  test('into a folder of downloads keeps them, fetches again only what has changed, and leaves out what is gone', async () => {
    const { server, told } = await serve(lines);
    const newer = await serve({ 'title.basics': [title(1, 'Renamed')] });
    const downloads = join(emptyFolder(), 'new', 'folder');
    const temporary = temporaryFolder();
    await load(server.url, { downloads });
    expect(told()).toEqual(first);
    const files = readdirSync(downloads);
    expect(files.filter((file) => file.endsWith('.gz')).sort()).toEqual(
      Object.keys(lines)
        .map((name) => `${name}.tsv.gz`)
        .sort(),
    );
    const xmins = 'SELECT xmin::text FROM movie_hub.titles ORDER BY title_id';
    const before = await rowsOf(xmins);
    expect((await load(server.url, { downloads })).map(({ lines: read }) => read)).toEqual([9, 1, 1]);
    expect(told()).toEqual(all.map((name) => [name, name in lines ? 304 : 404]));
    expect(await rowsOf(xmins)).toEqual(before);

    const basics = newer.server.files.get('title.basics.tsv.gz')?.bytes ?? Buffer.alloc(0);
    server.files.set('title.basics.tsv.gz', { bytes: basics, etag: '"newer"' });
    server.files.delete('title.principals.tsv.gz');
    const loaded = await load(server.url, { downloads });
    expect(told().slice(0, 3)).toEqual([
      ['title.basics', 200],
      ['name.basics', 304],
      ['title.principals', 404],
    ]);
    expect(loaded.map(({ file, lines: read }) => [file, read])).toEqual([
      ['title.basics', 1],
      ['name.basics', 1],
    ]);
    expect((await titles())[0]).toBe('Renamed');
    expect(readdirSync(downloads).filter((file) => file.includes('principals'))).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('stops when it is told to while it fetches', async () => {
    const downloads = emptyFolder();
    const { server } = await serve(lines, { breakAfter: () => 100, folder: downloads });
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    await expect(load(server.url, { downloads, signal: stop.signal, onProgress })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(await titles()).toEqual([]);
    expect(readdirSync(downloads)).not.toContain('movie-hub-load.pid');
    server.faults.breakAfter = () => undefined;
    await load(server.url, { downloads });
    expect(await titles()).toEqual(nine);
  });
});
