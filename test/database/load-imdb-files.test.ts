import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { emptyFolder, imdbFolder } from './imdb-folder';
import { title, useLoadDatabase } from './load-database';

describe.each(databaseKinds)('forms of files that loadImdb reads on %s', (kind) => {
  const { load, rowsOf, titles } = useLoadDatabase(kind);

  test.each<[what: string, write: (path: string, text: string) => void]>([
    ['ends its lines with CR LF', (path, text) => writeFileSync(path, text.replaceAll('\n', '\r\n'))],
    ['does not end its last line', (path, text) => writeFileSync(path, text.trimEnd())],
    ['does neither', (path, text) => writeFileSync(path, text.trimEnd().replaceAll('\n', '\r\n'))],
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
      { file: 'title.basics', lines: 2, rejected: 0, leftOut: 0, rejects: [] },
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

  test('a file with a header only gives nothing', async () => {
    expect(await load(imdbFolder({ 'title.basics': [] }))).toEqual([
      { file: 'title.basics', lines: 0, rejected: 0, leftOut: 0, rejects: [] },
    ]);
  });

  test.each([
    ['no folder', () => join(emptyFolder(), 'missing')],
    ['an empty folder', emptyFolder],
  ])('%s is an error that says which file is looked for', async (_, folder) => {
    await expect(load(folder())).rejects.toMatchObject({
      code: 'not_found',
      message: 'The folder has no title.basics.tsv and no title.basics.tsv.gz.',
    });
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
      message: 'The file name.basics.tsv.gz is damaged or cannot be read.',
    });
    expect(await titles()).toEqual(['Title 1']);
    writeFileSync(join(folder, 'name.basics.tsv.gz'), packed);
    expect((await load(folder)).length).toBe(2);
    expect(await titles()).toEqual(['Title 1']);
  });
});
