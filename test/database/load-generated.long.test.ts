import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneKind } from '../support/databases';
import { canBeLoaded, type Generated, generateFiles } from '../support/generated';
import { useLoadDatabase } from './load-database';

describe('loadImdb loads what generateImdb made', () => {
  const { load, rowsOf, counts } = useLoadDatabase(oneKind);
  const made: Generated[] = [];
  beforeAll(async () => {
    for (const spoiledShare of [0, 0.05]) made.push(await generateFiles({ titles: 300, spoiledShare }));
  });
  afterAll(() => {
    for (const { remove } of made) remove();
  });

  test('every line, when none is spoiled', async () => {
    const [clean] = made;
    const loaded = await load(clean?.folder ?? '');
    expect(loaded.flatMap(({ rejects }) => rejects)).toEqual([]);
    const lines = Object.fromEntries(clean?.files.map(({ file, lines }) => [file, lines]) ?? []);
    expect(Object.fromEntries(loaded.map(({ file, lines }) => [file, lines]))).toEqual(lines);
    const crew = clean?.rows('title.crew').flatMap((row) => row.slice(1).join().split(',')) ?? [];
    expect(await counts()).toEqual([
      {
        titles: 300,
        names: 381,
        principals: lines['title.principals'],
        ratings: lines['title.ratings'],
        akas: lines['title.akas'],
        episodes: lines['title.episode'],
        crew: crew.filter((id) => id !== '\\N').length,
        genres: clean?.rows('title.basics').flatMap((row) => (row[8] === '\\N' ? [] : row[8]?.split(',')))
          .length,
      },
    ]);
  });

  test('all but the spoiled lines, which are rejected, or not whole', async () => {
    const [, messy] = made;
    const loaded = await load(messy?.folder ?? '');
    const spoiled = loaded.map(({ file }) => {
      const rows = messy?.rows(file).filter((row) => !canBeLoaded(file, row)) ?? [];
      // Of a crew of nobody nothing is loaded, whatever its line is like.
      return rows.filter((row) => row.slice(1).join() !== '\\N,\\N').length;
    });
    for (const [i, { file, rejected, incomplete }] of loaded.entries())
      expect(rejected + incomplete, file).toBeGreaterThanOrEqual(spoiled[i] ?? 0);
    expect(spoiled.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(100);
    const [{ share }] = (await rowsOf('SELECT count(*)::real / 300 AS share FROM movie_hub.titles')) as [
      { share: number },
    ];
    expect(share).toBeGreaterThan(0.85);
    expect(share).toBeLessThan(1);
  });
});
