import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateImdb } from 'movie-hub/dataset';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { GenerateImdbOptions } from '../../src/dataset/generate-imdb';
import { linesOf } from '../support/generated';

const allFiles = [
  'title.basics',
  'name.basics',
  'title.akas',
  'title.crew',
  'title.episode',
  'title.principals',
  'title.ratings',
];

describe('generateImdb', () => {
  test('makes the same bytes for the same seed, and others for another', async () => {
    const sums = async (options: Partial<GenerateImdbOptions>) => {
      const folder = newFolder();
      await generateImdb({ titles: 500, folder, ...options });
      return allFiles.map((name) => sumOf(join(folder, `${name}.tsv.gz`)));
    };
    const first = await sums({});
    expect(await sums({ seed: 1 })).toEqual(first);
    for (const seed of [2, -1, 1 + 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      const other = await sums({ seed });
      for (const [i, sum] of other.entries())
        expect(sum, `${allFiles[i]} of seed ${seed}`).not.toBe(first[i]);
    }
  });

  test('tells what it wrote of each file', async () => {
    const folder = newFolder();
    const files = await generateImdb({ titles: 4000, folder });
    for (const { file, lines, path, bytes } of files) {
      expect(path).toBe(join(folder, `${file}.tsv.gz`));
      expect(linesOf(folder, file)).toHaveLength(lines);
      expect(bytes).toBe(readFileSync(path).length);
    }
    expect(files.map(({ file }) => file)).toEqual(allFiles);
  });

  test('tells progress file by file, up to all of it', async () => {
    const told: { file: string; done: number; total: number; share: number }[] = [];
    const ended: string[] = [];
    const files = await generateImdb({
      titles: 5000,
      folder: newFolder(),
      onProgress: (progress) => told.push(progress),
      onFile: ({ file }) => ended.push(file),
    });
    expect(ended).toEqual(files.map(({ file }) => file));
    for (const file of allFiles) {
      const last = told.filter((each) => each.file === file).at(-1);
      expect(last?.done).toBe(last?.total);
      expect(last?.total).toBe(file === 'name.basics' ? 6350 : 5000);
    }
    const shares = told.map(({ share }) => share);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  test('leaves no file that is not whole when it is aborted', async () => {
    const folder = newFolder();
    const controller = new AbortController();
    const generating = generateImdb({
      titles: 5000,
      folder,
      signal: controller.signal,
      onProgress: ({ file }) => file === 'title.akas' && controller.abort(),
    });
    await expect(generating).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(folder).sort()).toEqual(['name.basics.tsv.gz', 'title.basics.tsv.gz']);
  });

  test('does nothing when it is aborted before', async () => {
    const folder = join(newFolder(), 'none');
    const generating = generateImdb({ titles: 10, folder, signal: AbortSignal.abort() });
    await expect(generating).rejects.toMatchObject({ code: 'cancelled' });
    expect(existsSync(folder)).toBe(false);
    await generateImdb({ titles: 10, folder, signal: new AbortController().signal });
    expect(readdirSync(folder)).toHaveLength(7);
  });

  test.each<[Partial<Record<keyof GenerateImdbOptions, unknown>>, string]>([
    [{ titles: 0 }, 'titles must be'],
    [{ titles: 1.5 }, 'titles must be'],
    [{ titles: Number.NaN }, 'titles must be'],
    [{ titles: '10' }, 'titles must be'],
    [{ titles: 100_000_001 }, 'titles must be'],
    [{ seed: 0.5 }, 'seed must be'],
    [{ seed: 2 ** 53 }, 'seed must be'],
    [{ seed: 'x' }, 'seed must be'],
    [{ folder: '' }, 'folder must be'],
    [{ folder: undefined }, 'folder must be'],
    [{ spoiledShare: -0.1 }, 'spoiledShare must be'],
    [{ spoiledShare: 0.06 }, 'spoiledShare must be'],
    [{ spoiledShare: Number.NaN }, 'spoiledShare must be'],
  ])('refuses %j', async (wrong, part) => {
    const options = { titles: 1, folder: newFolder(), ...wrong } as GenerateImdbOptions;
    await expect(generateImdb(options)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining(part),
    });
  });

  test('refuses a folder that is a file', async () => {
    const folder = newFolder();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'below')])
      await expect(generateImdb({ titles: 1, folder: path })).rejects.toMatchObject({
        code: 'file_unavailable',
        message: expect.not.stringContaining(folder),
      });
  });

  test.runIf(existsSync('/dev/full'))('says that the disk is full, and leaves nothing half', async () => {
    const folder = newFolder();
    symlinkSync('/dev/full', join(folder, 'title.akas.tsv.gz.part'));
    await expect(generateImdb({ titles: 100, folder })).rejects.toMatchObject({
      code: 'file_unavailable',
      message: expect.stringContaining('disk'),
      cause: expect.objectContaining({ code: 'ENOSPC' }),
    });
    expect(readdirSync(folder).sort()).toEqual(['name.basics.tsv.gz', 'title.basics.tsv.gz']);
    expect(await generateImdb({ titles: 100, folder })).toHaveLength(7);
  });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'movie-hub-generate-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function sumOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
