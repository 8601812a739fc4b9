import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canBeLoaded, columnChecks, type Generated, generateFiles } from '../support/generated';

const titles = 20_000;
const people = 25_400;

describe('what generateImdb makes has the shape of IMDb', () => {
  let made: Generated;
  let basics: string[][];
  let names: string[][];
  let principals: string[][];
  /** Types of titles by their ids. */
  let types: Map<string, string>;
  beforeAll(async () => {
    made = await generateFiles({ titles });
    basics = made.rows('title.basics');
    names = made.rows('name.basics');
    principals = made.rows('title.principals');
    types = new Map(basics.map(([id = '', type = '']) => [id, type]));
  });
  afterAll(() => made?.remove());

  const shareOf = (rows: readonly string[][], test: (row: string[]) => boolean) =>
    rows.filter(test).length / rows.length;
  const isNear = (share: number, wanted: number) =>
    expect(Math.abs(share - wanted)).toBeLessThan(wanted / 10);

  test('titles and people are numbered without a gap', () => {
    expect(basics.map(([id]) => id)).toEqual(numbers('tt', titles));
    expect(names.map(([id]) => id)).toEqual(numbers('nm', people));
  });

  test.each(Object.keys(columnChecks))('every line of %s can be loaded', (file) => {
    const wrong = made.rows(file).filter((row) => !canBeLoaded(file, row));
    expect(wrong).toEqual([]);
    expect(made.files.find((each) => each.file === file)).toMatchObject({ spoiled: 0, odd: 0 });
  });

  test.each([
    ['tvEpisode', 0.74],
    ['short', 0.095],
    ['movie', 0.065],
    ['tvSeries', 0.027],
    ['tvPilot', 0.001],
  ])('the share of type %s is %d', (type, share) => {
    isNear(
      shareOf(basics, (row) => row[1] === type),
      share,
    );
  });

  test('a title has about two genres, 4.6 other titles and 8.5 principals', () => {
    const genres = basics.flatMap((row) => (row[8] === '\\N' ? [] : (row[8] ?? '').split(',')));
    isNear(genres.length / titles, 1.94);
    isNear(made.rows('title.akas').length / titles, 4.6);
    isNear(principals.length / titles, 8.5);
    expect(made.rows('title.crew')).toHaveLength(titles);
  });

  test('words of titles: a few are common, and there are thousands of rare ones', () => {
    const found = countOf(basics.flatMap((row) => [...new Set(row[2]?.toLowerCase().match(/\p{L}+/gu))]));
    const share = (word: string) => (found.get(word) ?? 0) / titles;
    expect(share('the')).toBeGreaterThan(0.15);
    expect(share('the')).toBeLessThan(0.34);
    expect(share('love')).toBeGreaterThan(0.02);
    const signs = new Set(['episode', 'the', 'of', 'and', 'in', 'a']);
    const others = [...found].filter(([word]) => !signs.has(word)).map(([, times]) => times);
    expect(Math.max(...others) / titles).toBeLessThan(0.08);
    expect(others.filter((times) => times <= 3).length).toBeGreaterThan(5000);
  });

  test('one title in a hundred and more is repeated', () => {
    const found = countOf(basics.map((row) => row[2] ?? ''));
    isNear((found.get('Episode #1.1') ?? 0) / titles, 0.0137);
    expect((found.get('Pilot') ?? 0) / titles).toBeGreaterThan(0.006);
  });

  test('votes have a long tail', () => {
    const votes = made.rows('title.ratings').map((row) => Number(row[2]));
    isNear(votes.length / titles, 0.135);
    isNear(votes.filter((each) => each < 100).length / votes.length, 0.69);
    isNear(votes.filter((each) => each > 1000).length / votes.length, 0.08);
    expect(Math.min(...votes)).toBe(5);
    expect(Math.max(...votes)).toBeGreaterThan(100_000);
    expect(Math.max(...votes)).toBeLessThanOrEqual(3_200_000);
  });

  test('names are shared', () => {
    const found = countOf(names.map((row) => row[1] ?? ''));
    const shared = [...found.values()].filter((times) => times > 1).reduce((sum, times) => sum + times, 0);
    expect(shared / people).toBeGreaterThan(0.1);
    expect(Math.max(...found.values())).toBeGreaterThan(5);
  });

  test('a few people have many credits, mostly for acting, and most people have a few', () => {
    const found = countOf(principals.map((row) => row[2] ?? ''));
    const credits = [...found.values()].sort((a, b) => b - a);
    expect(credits[0]).toBeGreaterThan(200 * (credits[credits.length >> 1] ?? 0));
    expect(credits.filter((each) => each <= 10).length / credits.length).toBeGreaterThan(0.75);
    const [busiest] = [...found].reduce((most, each) => (each[1] > most[1] ? each : most));
    const roles = principals.filter((row) => row[2] === busiest);
    expect(shareOf(roles, (row) => row[3] === 'actor')).toBeGreaterThan(0.35);
  });

  test('whatever refers to something refers to what is there', () => {
    const persons = new Set(names.map(([id = '']) => id));
    const listed = (value = '') => (value === '\\N' ? [] : value.split(','));
    const missing = (ids: string[], known: { has(id: string): boolean }) =>
      ids.filter((id) => !known.has(id));
    const titleIds = [
      'title.akas',
      'title.crew',
      'title.episode',
      'title.principals',
      'title.ratings',
    ].flatMap((file) => made.rows(file).map(([id = '']) => id));
    expect(missing(titleIds, types)).toEqual([]);
    expect(
      missing(
        names.flatMap((row) => listed(row[5])),
        types,
      ),
    ).toEqual([]);
    const crew = made.rows('title.crew').flatMap((row) => [...listed(row[1]), ...listed(row[2])]);
    expect(missing([...principals.map((row) => row[2] ?? ''), ...crew], persons)).toEqual([]);
  });

  test('every episode has a series, and a place there that no other has', () => {
    const episodes = made.rows('title.episode');
    expect(episodes.map(([id]) => id)).toEqual(
      basics.filter((row) => row[1] === 'tvEpisode').map(([id]) => id),
    );
    const parents = new Set(episodes.map((row) => types.get(row[1] ?? '')));
    expect([...parents].sort()).toEqual(['tvMiniSeries', 'tvSeries']);
    const places = episodes.filter((row) => row[2] !== '\\N').map((row) => row.slice(1).join());
    expect(new Set(places).size).toBe(places.length);
    isNear(places.length / episodes.length, 0.92);
  });

  test('the original title is the first of the other titles', () => {
    const originals = new Map(basics.map((row) => [row[0], row[3]]));
    const rows = made.rows('title.akas').filter((row) => row[7] === '1');
    expect(rows.filter((row) => row[2] !== originals.get(row[0]) || row[1] !== '1')).toEqual([]);
    expect(rows.length).toBeGreaterThan(titles / 2);
  });
});

function numbers(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${String(i + 1).padStart(7, '0')}`);
}

function countOf(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
