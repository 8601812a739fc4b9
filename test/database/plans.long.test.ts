import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { explainQueryTool, movieEntitlements, movieTools } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { creditOrder } from '../../src/ui/data/find-person';
import { orderSql, type PageStart } from '../../src/ui/data/list-order';
import { orderOf, type Sort } from '../../src/ui/data/title-filters';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { addManyTitles, busiest } from '../support/many-titles';
import { oldSearchSql } from '../support/old-search';
import { planOf, read, readBy, scanned, userNames, users } from './plan-watch';

const queries = join(import.meta.dirname, '../../sql/hub/queries');

const sorts: Record<Exclude<Sort, 'match'>, { key: number | string; id: number }> = {
  votes: { key: 5, id: 100_000 },
  title: { key: 'moon', id: 100_000 },
  year: { key: 2001, id: 100_000 },
  rating: { key: 550_000_010, id: 100_000 },
};
const filters = {
  none: {},
  'a type': { type: 'movie' },
  'a common genre': { genre: 'Drama' },
  'a rare genre': { genre: 'Film-Noir' },
  'a genre that movies seldom have': { genre: 'Game-Show' },
  'one year': { from_year: 2001, to_year: 2001 },
  'early years': { from_year: 1, to_year: 1905 },
  'years to come': { from_year: 2060 },
  'a genre and years': { genre: 'Comedy', from_year: 1990, to_year: 1999 },
};

const size = { titles: 1_000_000, credits: 30_000 };
/** Rows of a search that asks for a thousand: one range of votes may be read whole, the large one without votes never. */
const mostRead = 45_000;

describe.runIf(databaseKinds.includes('server'))('plans at a million titles', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase('server');
    await addManyTitles(database.admin, size);
  }, 600_000);
  afterAll(() => database?.close());

  const starts: Record<string, (sort: keyof typeof sorts) => PageStart> = {
    first: () => ({}),
    'deep, forward': (sort) => ({ after: sorts[sort] }),
    'deep, back': (sort) => ({ before: sorts[sort] }),
  };

  test.each(Object.keys(sorts) as (keyof typeof sorts)[])(
    'sorted by %s, no page of any filter reads a big table whole',
    async (sort) => {
      const text = readFileSync(join(queries, 'list_titles.sql'), 'utf8');
      for (const user of userNames) {
        for (const [what, given] of Object.entries(filters)) {
          for (const [where, start] of Object.entries(starts)) {
            const place = start(sort).after ?? start(sort).before;
            const nodes = await planOf(database, user, orderSql(text, orderOf(sort), start(sort)), {
              genre: '',
              type: null,
              from_year: null,
              to_year: null,
              cursor_key: place?.key ?? null,
              cursor_id: place?.id ?? null,
              max_results: 51,
              skip: 0,
              ...given,
            });
            const label = `${user}, ${what}, ${where}`;
            expect(
              scanned(nodes).filter((table) => table !== 'title_types'),
              label,
            ).toEqual([]);
            // Narrow years in the order of titles pass over most rows of the small types, in the index alone.
            expect(read(nodes), label).toBeLessThan(100_000);
          }
        }
      }
    },
  );

  test('a page of the busiest person reads no more than of anybody', async () => {
    const text = readFileSync(join(queries, 'list_credits.sql'), 'utf8');
    for (const user of userNames) {
      for (const start of [
        {},
        { after: { key: 1990, id: 150_000 } },
        { before: { key: 1990, id: 150_000 } },
      ]) {
        const place = start.after ?? start.before;
        const nodes = await planOf(database, user, orderSql(text, creditOrder, start), {
          name_id: busiest.nameId,
          cursor_key: place?.key ?? null,
          cursor_id: place?.id ?? null,
          max_results: 51,
        });
        expect(scanned(nodes).filter((table) => table !== 'title_types' && table !== 'crew')).toEqual([]);
        expect(read(nodes)).toBeLessThan(3000);
      }
    }
  });

  const words = [
    'zzyzx',
    'love king',
    'the',
    'love',
    'of the',
    'night 2001',
    'the 2001',
    'episode 1 1',
    't',
    'th',
    'the godf',
  ];
  test.each(words)('a search for “%s” reads no table whole, and few rows', async (asked) => {
    for (const user of userNames) {
      for (const search of [
        'search_titles(:words, 1000, true)',
        'search_titles(:words, 6)',
        'search_names(:words, 6)',
      ]) {
        const tables = await readBy(database, `SELECT count(*) FROM movie_hub.${search}`, user, {
          words: asked,
        });
        const label = `${user}, ${search}, ${JSON.stringify(tables)}`;
        expect(
          tables.filter((table) => table.scans > 0),
          label,
        ).toEqual([]);
        expect(
          tables.reduce((sum, table) => sum + table.rows, 0),
          label,
        ).toBeLessThan(mostRead);
      }
    }
  });

  const questions = [
    ['get_movie_characters', { title: 'The Love' }],
    ['get_movie_characters', { title: 'love king' }],
    ['get_movie_characters', { title: 'the' }],
    ['get_movie_characters', { title: 'Episode #1.1' }],
    ['get_movie_characters', { title: 'House 2001' }],
    ['get_movie_characters', { title: 'nothing like it' }],
    ['get_actor_roles', { actor: busiest.name }],
    ['get_actor_roles', { actor: busiest.name, skip: 20_000 }],
    ['get_actor_roles', { actor: 'person' }],
    ['get_actor_roles', { actor: 'nobody of that name' }],
  ] as const;
  test.each(questions)('%s with %o reads no big table whole, for nobody', async (name, args) => {
    const tool = movieTools.find((each) => each.name === name);
    if (tool === undefined) throw new Error(`there is no ${name}`);
    for (const user of userNames) {
      const entitlements = movieEntitlements({ titleTypes: users[user] });
      const { warnings } = await explainQueryTool(database.pools.reader, tool, entitlements, args);
      expect(
        warnings.filter((warning) => /^(Sequential scan|Lost index)/.test(warning)),
        user,
      ).toEqual([]);
      const text = readFileSync(join(queries, `../../queries/${name}.sql`), 'utf8');
      const values = {
        skip: null,
        max_matches: 6,
        ...(name === 'get_actor_roles' && { max_roles: 500 }),
        ...args,
      };
      const tables = await readBy(database, text, user, values);
      const whole = tables.filter(({ table, scans }) => scans > 0 && table !== 'title_types');
      expect(whole, user).toEqual([]);
    }
  });

  test('a search that ranked every match is found out by this test', async () => {
    await database.admin.query(oldSearchSql());
    await database.admin.query(
      'GRANT USAGE ON SCHEMA old TO movie_hub_reader; ALTER FUNCTION old.search_titles(text, integer) OWNER TO movie_hub_owner',
    );
    const tables = await readBy(database, 'SELECT count(*) FROM old.search_titles(:words, 1000)', 'vlad', {
      words: 'love',
    });
    expect(tables.reduce((sum, table) => sum + table.rows, 0)).toBeGreaterThan(50_000);
  });

  test('a query that filters what no index holds is found out by this test', async () => {
    const nodes = await planOf(
      database,
      'vlad',
      'SELECT title_id FROM movie_hub.titles WHERE runtime_minutes = :minutes',
      {
        minutes: 90,
      },
    );
    expect(scanned(nodes)).toEqual(['titles']);
    expect(read(nodes)).toBeGreaterThan(100_000);
  });
});
