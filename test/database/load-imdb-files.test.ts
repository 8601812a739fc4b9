import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadImdb } from 'movie-hub/dataset';
import { describe, expect, test } from 'vitest';
import type { LoadImdbOptions } from '../../src/dataset/load-imdb';
import { databaseKinds } from '../support/databases';
import { emptyFolder, imdbFolder } from './imdb-folder';
import { title, useLoadDatabase } from './load-database';
import { inSmallPieces } from './loaded-rows';

describe.each(databaseKinds)('forms of files that loadImdb reads on %s', (kind) => {
  const { database, load, rowsOf, titles } = useLoadDatabase(kind);

  test.each<[what: string, write: (path: string, text: string) => void]>([
    ['ends its lines with CR LF', (path, text) => writeFileSync(path, text.replaceAll('\n', '\r\n'))],
    ['does not end its last line', (path, text) => writeFileSync(path, text.trimEnd())],
    ['does neither', (path, text) => writeFileSync(path, text.trimEnd().replaceAll('\n', '\r\n'))],
    ['begins with a byte-order mark', (path, text) => writeFileSync(path, `\ufeff${text}`)],
    [
      'is packed',
      (path, text) => {
        writeFileSync(`${path}.gz`, gzipSync(text));
        rmSync(path);
      },
    ],
    [
      'is packed in several members, as large ones may be',
      (path, text) => {
        const half = Math.floor(text.length / 2);
        writeFileSync(
          `${path}.gz`,
          Buffer.concat([gzipSync(text.slice(0, half)), gzipSync(text.slice(half))]),
        );
        rmSync(path);
      },
    ],
    [
      'has its columns in another order',
      (path, text) =>
        writeFileSync(
          path,
          text
            .split('\n')
            .map((line) => line.split('\t').reverse().join('\t'))
            .join('\n'),
        ),
    ],
  ])('a file that %s is read all the same', async (_, write) => {
    const folder = imdbFolder({ 'title.basics': [title(1, 'Amélie'), title(2, 'Ünder 🎬')] }, write);
    expect(await load(folder)).toEqual([
      { file: 'title.basics', lines: 2, loaded: 2, leftOut: 0, rejected: 0, incomplete: 0, rejects: [] },
    ]);
    expect(await titles()).toEqual(['Amélie', 'Ünder 🎬']);
    expect(await rowsOf('SELECT DISTINCT genre FROM movie_hub.genres')).toEqual([{ genre: 'Drama' }]);
  });

  test('characters that are cut by the edge of a piece that is read stay whole', async () => {
    const long = 'é🎬千'.repeat(100);
    const lines = Array.from(
      { length: 500 },
      (_, i) =>
        `tt${String(i).padStart(7, '0')} | movie | ${'x'.repeat(i % 7)}${long} | ${long} | 0 | \\N | \\N | \\N | \\N`,
    );
    expect(await load(imdbFolder({ 'title.basics': lines }))).toMatchObject([{ lines: 500, rejected: 0 }]);
    expect(
      await rowsOf(`SELECT count(*)::int AS whole FROM movie_hub.titles WHERE original_title = '${long}'`),
    ).toEqual([{ whole: 500 }]);
  });

  test.each<[what: string, ending: '.tsv' | '.tsv.gz', at: number, taken: string, why: string]>([
    ['the packed one, when it is newer', '.tsv.gz', 2000, 'packed', 'newer'],
    ['the other one, when that is newer', '.tsv', 500, 'plain', 'newer'],
    ['the one that needs no unpacking, of two of one time', '.tsv', 1000, 'plain', 'as new'],
  ])('of .tsv beside .tsv.gz is read %s, and that is said', async (_, ending, at, taken, why) => {
    const folder = imdbFolder({ 'title.basics': [title(1, 'plain')] }, (path, text) => {
      writeFileSync(`${path}.gz`, gzipSync(text.replaceAll('plain', 'packed')));
      utimesSync(path, 1000, 1000);
      utimesSync(`${path}.gz`, at, at);
    });
    const notices: string[] = [];
    await loadImdb(database().admin, folder, { onNotice: (notice) => notices.push(notice) });
    expect(await titles()).toEqual([taken]);
    const other = ending === '.tsv' ? '.tsv.gz' : '.tsv';
    expect(notices).toEqual([expect.stringMatching(`title.basics${ending} .*title.basics${other} .*${why}`)]);
  });

  test.each<[what: string, text: string, message: RegExp]>([
    ['lacks a column', 'tconst\tdirectors\n', /title\.crew\.tsv .*column writers\b/],
    ['is empty', '', /title\.crew\.tsv .*empty/],
    ['is a page of a web server', '<html>\n', /title\.crew\.tsv .*tconst, directors, writers/],
  ])('when the last file %s, nothing of the first is loaded', async (_, text, message) => {
    const folder = imdbFolder({ 'title.basics': [title(1)], 'title.crew': [] }, (path) => {
      if (path.endsWith('title.crew.tsv')) writeFileSync(path, text);
    });
    for (const rebuild of [false, true])
      await expect(loadImdb(database().admin, folder, { rebuild })).rejects.toMatchObject({
        code: 'invalid_argument',
        message,
      });
    expect(await titles()).toEqual([]);
    expect(await rowsOf('SELECT FROM movie_hub_load.loads')).toEqual([]);
  });

  test('a header is found where it is longer than what is read at once', async () => {
    inSmallPieces();
    expect(await load(imdbFolder({ 'title.basics': [title(1)] }))).toMatchObject([{ loaded: 1 }]);
  });

  test.each([
    ['no folder', () => join(emptyFolder(), 'missing')],
    ['an empty folder', emptyFolder],
  ])('%s is an error that says which file is looked for', async (_, folder) => {
    await expect(load(folder())).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(/title\.basics\.tsv .*title\.basics\.tsv\.gz/),
    });
  });

  test.each<[what: string, make: () => { folder: string; options?: LoadImdbOptions }, message: RegExp]>([
    [
      'a folder in whose place a file is',
      () => {
        const path = join(emptyFolder(), 'a');
        writeFileSync(path, '');
        return { folder: path };
      },
      /folder .*read/,
    ],
    [
      'a folder in whose place a file is, to download to',
      () => {
        const path = join(emptyFolder(), 'a');
        writeFileSync(path, '');
        return { folder: 'http://127.0.0.1:1/', options: { downloads: path } };
      },
      /folder .*written/,
    ],
    [
      'a file in whose place a folder is',
      () => {
        const folder = imdbFolder({ 'title.basics': [title(1)] });
        mkdirSync(join(folder, 'title.crew.tsv'));
        return { folder };
      },
      /title\.crew\.tsv .*read/,
    ],
    [
      'a file of rejects in whose place a folder is',
      () => ({
        folder: imdbFolder({ 'title.basics': [title(1)] }),
        options: { rejects: emptyFolder() },
      }),
      /rejected lines .*written/,
    ],
  ])('%s is an error of its own kind', async (_, make, message) => {
    const { folder, options } = make();
    await expect(loadImdb(database().admin, folder, options)).rejects.toMatchObject({
      code: 'file_unavailable',
      message: expect.stringMatching(message),
      cause: { syscall: expect.any(String) },
    });
  });

  test.runIf(process.platform !== 'win32')('a pipe is refused, and not waited for', async () => {
    const folder = imdbFolder({ 'title.basics': [title(1)] });
    const pipe = join(folder, 'title.crew.tsv');
    execFileSync('mkfifo', [pipe]);
    await expect(loadImdb(database().admin, folder)).rejects.toMatchObject({ code: 'file_unavailable' });
    rmSync(pipe);
    expect(await loadImdb(database().admin, folder)).toMatchObject([{ loaded: 1 }]);
  });

  test.each([
    ['notes of a person', 'Dear diary,\n'],
    ['one of the files to load', undefined],
  ])('a file of rejects that is %s is left as it is', async (_, notes) => {
    const folder = imdbFolder({ 'title.basics': [title(1), 'tt2\ttoo short'] });
    const rejects = join(folder, notes === undefined ? 'title.basics.tsv' : 'diary.txt');
    if (notes !== undefined) writeFileSync(rejects, notes);
    const before = readFileSync(rejects, 'utf8');
    await expect(loadImdb(database().admin, folder, { rejects })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    expect(readFileSync(rejects, 'utf8')).toBe(before);
    // An earlier log is replaced.
    const log = join(folder, 'rejects.tsv');
    writeFileSync(log, 'title.basics\t7\tsome reason\n');
    await loadImdb(database().admin, folder, { rejects: log });
    expect(readFileSync(log, 'utf8')).toMatch(/^title\.basics\t\d+\t[^\n]+\n$/);
    expect(readFileSync(log, 'utf8')).not.toContain('some reason');
  });

  test('a damaged file is named, what came before it stays, and the next load works', async () => {
    const folder = imdbFolder({
      'title.basics': [title(1)],
      'name.basics': ['nm0000001 | Ann | \\N | \\N | \\N | \\N'],
    });
    const packed = gzipSync(readFileSync(join(folder, 'name.basics.tsv')));
    rmSync(join(folder, 'name.basics.tsv'));
    writeFileSync(join(folder, 'name.basics.tsv.gz'), packed.subarray(0, packed.length - 12));
    await expect(load(folder)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/name\.basics\.tsv\.gz .*damaged/),
    });
    expect(await titles()).toEqual(['Title 1']);
    writeFileSync(join(folder, 'name.basics.tsv.gz'), packed);
    expect((await load(folder)).length).toBe(2);
    expect(await titles()).toEqual(['Title 1']);
  });
});
