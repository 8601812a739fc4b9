import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { lockFolder } from '../../src/dataset/files';
import { download, retryDelays } from '../../src/dataset/load/download';
import { type Faults, type ServedFile, serveFiles } from '../database/file-server';
import { emptyFolder } from '../database/imdb-folder';

const modified = 'Wed, 21 Oct 2015 07:28:00 GMT';
const bytesOf = (seed: string) =>
  Buffer.concat(Array.from({ length: 4000 }, (_, i) => createHash('sha256').update(`${seed}${i}`).digest()));
const bytes = bytesOf('a');

beforeAll(() => {
  retryDelays.fill(0);
});

async function start(file: Partial<ServedFile> = {}, faults: Faults = {}) {
  const folder = emptyFolder();
  const server = await serveFiles(
    { 'a.gz': { bytes, etag: '"a"', modified, ...file } },
    { ...faults, folder },
  );
  const path = join(folder, 'a.gz');
  const get = () => download(new URL('a.gz', server.url), path, { onProgress: () => undefined });
  return { server, path, get, statuses: () => server.requests.map(({ status }) => status) };
}

describe('a file is fetched', () => {
  test.each<[what: string, file: Partial<ServedFile>, faults: Faults, statuses: number[]]>([
    ['at once', {}, {}, [200]],
    ['in parts, where connections break', {}, { breakAfter: () => 50_000 }, [200, 206, 206]],
    [
      'by its date, where there is no tag',
      { etag: undefined },
      { breakAfter: (n) => (n === 0 ? 50_000 : undefined) },
      [200, 206],
    ],
    [
      'by its date, where the tag is weak',
      { etag: 'W/"a"' },
      { breakAfter: (n) => (n === 0 ? 50_000 : undefined) },
      [200, 206],
    ],
    [
      'anew, where nothing tells one state from another',
      { etag: undefined, modified: undefined },
      { breakAfter: (n) => (n === 0 ? 50_000 : undefined) },
      [200, 200],
    ],
    [
      'anew, where ranges are ignored',
      {},
      { ignoresRanges: true, breakAfter: (n) => (n === 0 ? 50_000 : undefined) },
      [200, 200],
    ],
    ['when the server is well again', {}, { status: (n) => (n < 3 ? 500 : undefined) }, [500, 500, 500, 200]],
    [
      'anew, when the part is none of it any more',
      {},
      { breakAfter: (n) => (n === 0 ? 50_000 : undefined), status: (n) => (n === 1 ? 416 : undefined) },
      [200, 416, 200],
    ],
  ])('%s', async (_, file, faults, statuses) => {
    const { get, path, statuses: got } = await start(file, faults);
    expect(await get()).toBe(true);
    expect(got()).toEqual(statuses);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    if (file.modified !== undefined || !('modified' in file))
      expect(statSync(path).mtime.toUTCString()).toBe(modified);
    expect(readdirSync(join(path, '..')).sort()).toEqual(['a.gz', 'a.gz.version']);
  });

  test('again only when it has changed', async () => {
    const { get, path, server, statuses } = await start();
    await get();
    await get();
    const newer = bytesOf('b');
    server.files.set('a.gz', { bytes: newer, etag: '"b"', modified });
    await get();
    expect(statuses()).toEqual([200, 304, 200]);
    expect(readFileSync(path).equals(newer)).toBe(true);
  });

  test('whole, when it changes in between, with nothing of its older state', async () => {
    const newer = bytesOf('b');
    const { get, path, server, statuses } = await start(
      {},
      { breakAfter: (n) => (n === 0 ? 50_000 : undefined) },
    );
    Object.assign(server.faults, {
      status: (n: number) => {
        if (n === 1) server.files.set('a.gz', { bytes: newer, etag: '"b"', modified });
        return undefined;
      },
    });
    await get();
    expect(statuses()).toEqual([200, 200]);
    expect(readFileSync(path).equals(newer)).toBe(true);
  });

  test('by a later call that goes on where an earlier one gave up', async () => {
    const { get, path, server, statuses } = await start(
      {},
      { breakAfter: () => 50_000, status: (n) => (n > 0 ? 503 : undefined) },
    );
    await expect(get()).rejects.toMatchObject({ code: 'download_failed' });
    expect(existsSync(path)).toBe(false);
    Object.assign(server.faults, { status: () => undefined });
    await get();
    expect(statuses().filter((status) => status !== 503)).toEqual([200, 206, 206]);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });
});

describe('a file is given up', () => {
  test.each<[what: string, file: Partial<ServedFile>, faults: Faults]>([
    ['when the server stays ill', {}, { status: () => 500 }],
    ['when more bytes are told of than ever come', {}, { lie: 10 }],
    [
      'when they never come, and nothing tells one state from another',
      { etag: undefined, modified: undefined },
      { lie: 10 },
    ],
  ])('%s', async (_, file, faults) => {
    const { get, path, server } = await start(file, faults);
    await expect(get()).rejects.toMatchObject({
      code: 'download_failed',
      message: expect.stringMatching(/a\.gz .* 127\.0\.0\.1:\d+\./),
    });
    expect(existsSync(path)).toBe(false);
    expect(server.requests.length).toBeLessThan(20);
  });

  test('at once, when it comes packed once more', async () => {
    const { get } = await start({}, { headers: { 'content-encoding': 'gzip' } });
    await expect(get()).rejects.toMatchObject({
      code: 'download_failed',
      message: expect.stringContaining('content-encoding'),
    });
  });

  test('at once, when it cannot be written', async () => {
    const { get, path } = await start();
    mkdirSync(`${path}.part`);
    await expect(get()).rejects.toMatchObject({ code: 'file_unavailable' });
  });

  test('quietly, when there is none', async () => {
    const { get, server } = await start();
    server.files.clear();
    expect(await get()).toBe(false);
  });
});

test('of two that fetch into one folder the second is refused, and after its end not', async () => {
  const folder = emptyFolder();
  const release = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'conflict' });
  await release();
  await (await lockFolder(folder))();
});

test('a folder that cannot be written is an error of its own kind', async () => {
  await expect(lockFolder(join(emptyFolder(), 'missing'))).rejects.toMatchObject({
    code: 'file_unavailable',
  });
});
