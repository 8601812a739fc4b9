import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoDataFolder, loadImdb } from 'movie-hub/dataset';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';

const files = [
  'title.basics',
  'name.basics',
  'title.principals',
  'title.ratings',
  'title.akas',
  'title.episode',
  'title.crew',
] as const;

describe.each(databaseKinds)('the demo data on %s', (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase(kind, 'demo');
  });
  afterAll(() => database.close());
  const rowsOf = async <Row>(sql: string, values: unknown[] = []): Promise<Row[]> =>
    (await database.admin.query(sql, values)).rows;

  test('every line is used, and a second load changes nothing', async () => {
    const tables = {
      'title.basics': 'titles',
      'name.basics': 'names',
      'title.principals': 'principals',
      'title.ratings': 'ratings',
      'title.akas': 'akas',
      'title.episode': 'episodes',
    };
    const loaded = await loadImdb(database.admin, demoDataFolder());
    expect(loaded.map((file) => file.file)).toEqual(files);
    for (const { file, lines, rejects } of loaded) {
      expect(rejects, file).toEqual([]);
      const text = readFileSync(join(demoDataFolder(), `${file}.tsv`), 'utf8');
      expect(lines, file).toBe(text.trimEnd().split('\n').length - 1);
      const table = tables[file as keyof typeof tables];
      if (table === undefined) continue;
      const [row] = await rowsOf<{ count: number }>(`SELECT count(*)::int AS count FROM movie_hub.${table}`);
      expect(row?.count, table).toBe(lines);
    }
  });

  test.each<[title: string, type: string, year: number | null, original?: string]>([
    ['Star Wars: Episode IV - A New Hope', 'movie', 1977, 'Star Wars'],
    ['Star Wars: Episode V - The Empire Strikes Back', 'movie', 1980],
    ['Star Wars: Episode VI - Return of the Jedi', 'movie', 1983],
    ['The Godfather', 'movie', 1972],
    ['The Godfather Part II', 'movie', 1974],
    ['The Godfather Part III', 'movie', 1990],
    ['It', 'tvMiniSeries', 1990],
    ['It', 'movie', 2017],
    ['Us', 'movie', 2019],
    ['Her', 'movie', 2013],
    ['Up', 'movie', 2009],
    ['M', 'movie', 1931],
    ['9', 'movie', 2009],
    ['1917', 'movie', 2019],
    ['Amélie', 'movie', 2001, `Le fabuleux destin d'Amélie Poulain`],
    ['WALL·E', 'movie', 2008],
    ['Se7en', 'movie', 1995],
    ['Fargo', 'movie', 1996],
    ['Fargo', 'tvSeries', 2014],
  ])('%s, a %s of %s, is there with its cast', async (primary, type, year, original) => {
    const found = await rowsOf<{ original_title: string; cast_size: number }>(
      `SELECT t.original_title, count(p.*)::int AS cast_size FROM movie_hub.titles t
         JOIN movie_hub.title_types y ON y.title_type_id = t.title_type LEFT JOIN movie_hub.principals p USING (title_id)
       WHERE t.primary_title = $1 AND y.name = $2 AND t.start_year = $3 GROUP BY 1`,
      [primary, type, year],
    );
    expect(found.length).toBe(1);
    if (original !== undefined) expect(found[0]?.original_title).toBe(original);
    expect(found[0]?.cast_size).toBeGreaterThan(0);
  });

  test('there are about 120 titles, some of every type, and episodes with their series', async () => {
    const types = await rowsOf<{ name: string; count: number }>(
      `SELECT y.name, count(t.*)::int AS count FROM movie_hub.title_types y
         LEFT JOIN movie_hub.titles t ON t.title_type = y.title_type_id GROUP BY 1`,
    );
    expect(types.length).toBe(11);
    for (const { name, count } of types) expect(count, name).toBeGreaterThan(0);
    expect(types.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(120);
    const orphans = await rowsOf(
      'SELECT title_id FROM movie_hub.titles WHERE title_type = 4 AND title_id NOT IN (SELECT title_id FROM movie_hub.episodes)',
    );
    expect(orphans).toEqual([]);
  });

  test('one actor has several characters in Dr. Strangelove', async () => {
    expect(
      await rowsOf(
        `SELECT n.primary_name, p.characters FROM movie_hub.principals p JOIN movie_hub.names n USING (name_id)
           JOIN movie_hub.titles t USING (title_id) WHERE t.primary_title LIKE 'Dr. Strangelove%' AND jsonb_array_length(p.characters) > 1`,
      ),
    ).toEqual([
      {
        primary_name: 'Peter Sellers',
        characters: ['Group Capt. Lionel Mandrake', 'President Merkin Muffley', 'Dr. Strangelove'],
      },
    ]);
  });

  test.each([
    ['two people of one name', 'SELECT FROM movie_hub.names GROUP BY primary_name HAVING count(*) > 1'],
    [
      'people as themselves',
      `SELECT FROM movie_hub.principals WHERE category = 'self' AND characters ? 'Self'`,
    ],
    ['titles without a year', 'SELECT FROM movie_hub.titles WHERE start_year IS NULL'],
    [
      'titles without votes',
      'SELECT FROM movie_hub.titles WHERE title_id NOT IN (SELECT title_id FROM movie_hub.ratings)',
    ],
    ['series that have ended', 'SELECT FROM movie_hub.titles WHERE end_year IS NOT NULL AND title_type = 3'],
    ['people in titles of several types', 'SELECT FROM movie_hub.names WHERE cardinality(title_types) > 1'],
  ])('there are %s', async (_, sql) => {
    expect((await rowsOf(sql)).length).toBeGreaterThan(0);
  });
});
