import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canBeLoaded, columnChecks, type Generated, generateFiles } from '../support/generated';

describe('lines that generateImdb makes messy', () => {
  let made: Generated;
  beforeAll(async () => {
    made = await generateFiles({ titles: 8000, spoiledShare: 0.04 });
  });
  afterAll(() => made?.remove());

  test.each(Object.keys(columnChecks))('%s has as many that cannot be loaded as are told', (file) => {
    const rows = made.rows(file);
    const told = made.files.find((each) => each.file === file);
    const wrong = rows.filter((row) => !canBeLoaded(file, row));
    expect(wrong.length).toBe(told?.spoiled);
    for (const count of [wrong.length, told?.odd ?? 0]) {
      expect(count / rows.length).toBeGreaterThan(0.03);
      expect(count / rows.length).toBeLessThan(0.06);
    }
  });

  test.each<[kind: string, file: string, isSo: (columns: string[]) => boolean]>([
    ['a column too few', 'title.basics', (row) => row.length === 8],
    ['a column too many', 'title.crew', (row) => row.length === 4],
    ['letters in an id', 'title.akas', ([id = '']) => /^ttx\d+$/.test(id)],
    ['an id that no column holds', 'name.basics', ([id]) => id === 'nm99999999999'],
    ['no id', 'title.episode', ([id]) => id === '\\N'],
    ['a zero byte', 'title.akas', (row) => row.includes('a\0b')],
    ['an empty title', 'title.basics', (row) => row[2] === ''],
    ['no name', 'name.basics', (row) => row[1] === '\\N'],
    ['words for a number', 'title.ratings', (row) => row[2] === 'unknown'],
    ['a number that no column holds', 'title.principals', (row) => row[1] === '99999999999'],
    ['a type that is none', 'title.basics', (row) => row[1] === 'tvUnheardOf'],
    ['half a list of characters', 'title.principals', (row) => row[5] === '["Half a nam'],
    ['characters that are no list', 'title.principals', (row) => row[5] === '{"no": "list"}'],
    ['bytes that are no UTF-8', 'title.akas', (row) => row[2]?.endsWith(' \uFFFD\uFFFD\uFFFD') === true],
    ['blanks around a name', 'name.basics', (row) => /^ {2}\S.* {2}$/.test(row[1] ?? '')],
    ['a quote without its other', 'title.akas', (row) => /^"[^"]+$/.test(row[2] ?? '')],
    ['a line separator that ends no line', 'title.akas', (row) => row[2]?.includes('\u2028') === true],
    ['a long title', 'title.akas', (row) => (row[2]?.length ?? 0) > 200],
    ['a title that no file has', 'title.ratings', ([id = '']) => /^tt9\d{8}$/.test(id)],
    ['a person that no file has', 'title.principals', (row) => /^nm9\d{8}$/.test(row[2] ?? '')],
  ])('%s, in %s', (_, file, isSo) => {
    const found = made.rows(file).filter(isSo).length;
    expect(found).toBeGreaterThan(0);
    // Hardly any other line is so.
    expect(found).toBeLessThan(made.rows(file).length / 20);
  });

  test('a line that comes twice', () => {
    const rows = made.rows('name.basics').map((row) => row.join('\t'));
    expect(rows.length - new Set(rows).size).toBeGreaterThan(0);
  });
});
