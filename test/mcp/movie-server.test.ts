import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { call, textOf } from '../support/mcp';
import { resultMessage } from '../support/messages';
import { movieToolNames } from '../support/movie-tools';
import { all, type MovieServers, openMovieServers, titles } from './movie-servers';

describe.each(databaseKinds)('the movie server on %s', (kind) => {
  let servers: MovieServers;
  const as: MovieServers['as'] = (...given) => servers.as(...given);

  beforeAll(async () => {
    servers = await openMovieServers(kind);
  });
  afterAll(() => servers.close());

  test('lists two read-only tools with schemas, and takes no entitlements as an argument', async () => {
    const { tools } = await (await as({ titleTypes: [1] })).listTools();
    expect(tools.map((tool) => tool.name)).toEqual(movieToolNames);
    expect(tools.map((tool) => Object.keys(tool.inputSchema.properties ?? {}))).toEqual([
      ['title', 'skip'],
      ['actor', 'skip'],
    ]);
    for (const tool of tools) {
      expect(tool.annotations).toEqual({
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      });
      expect(tool.outputSchema?.type).toBe('object');
      expect(tool.inputSchema.additionalProperties).toBe(false);
    }
  });

  test('answers with structured content and the same as text', async () => {
    const result = await call(await as({ titleTypes: all }), 'get_movie_characters', { title: 'star wars' });
    expect(result.structuredContent).toEqual({
      found: true,
      title: {
        title_id: 1,
        title: 'Star Wars: Episode IV - A New Hope',
        original_title: 'Star Wars',
        type: 'movie',
        year: 1977,
      },
      characters: [{ character: 'Han Solo', actor: 'Harrison Ford', category: 'actor' }],
      other_matches: [
        { title_id: 2, title: 'Star Wars: Episode V - The Empire Strikes Back', type: 'movie', year: 1980 },
      ],
      message: '1 character.',
    });
    expect(JSON.parse(textOf(result))).toEqual(result.structuredContent);
  });

  test.each([
    ['star wars', 'Star Wars: Episode IV - A New Hope'],
    ['empire strikes', 'Star Wars: Episode V - The Empire Strikes Back'],
    ['It', 'It'],
    ['amelie', 'Amélie'],
    ['Le fabuleux destin d’Amélie Poulain', 'Amélie'],
    ['wall e', 'WALL·E'],
    ['WALL-E', 'WALL·E'],
    ['seven', 'Se7en'],
    ['M', 'M'],
    ['9', '9'],
    ['FARGO', 'Fargo'],
  ])('%s is taken for %s', async (title, expected) => {
    const { structuredContent } = await call(await as({ titleTypes: all }), 'get_movie_characters', {
      title,
    });
    expect(structuredContent).toMatchObject({ found: true, title: { title: expected } });
  });

  test('one actor with several characters in one title has one entry for each', async () => {
    const { structuredContent } = await call(await as({ titleTypes: [1] }), 'get_movie_characters', {
      title: 'strangelove',
    });
    expect(structuredContent).toMatchObject({
      characters: [
        { actor: 'Peter Sellers', character: 'Group Capt. Lionel Mandrake' },
        { actor: 'Peter Sellers', character: 'President Merkin Muffley' },
        { actor: 'Peter Sellers', character: 'Dr. Strangelove' },
      ],
    });
  });

  test('a title without cast is found, and says so', async () => {
    const { structuredContent } = await call(await as({ titleTypes: [1] }), 'get_movie_characters', {
      title: 'no cast',
    });
    expect(structuredContent).toEqual({
      found: true,
      title: { title_id: 15, title: 'No Cast', type: 'movie' },
      characters: [],
      message: resultMessage.noCharacters,
    });
  });

  test.each(['Peter Sellers', 'sellers, peter', 'SELLERS'])('%s is found among actors', async (actor) => {
    const { structuredContent } = await call(await as({ titleTypes: [1] }), 'get_actor_roles', { actor });
    expect(structuredContent).toMatchObject({
      found: true,
      person: { person_id: 5, name: 'Peter Sellers' },
      roles: [{ title: 'Dr. Strangelove', year: 1964 }, {}, {}],
    });
  });

  test('roles in hidden titles are not told, and are to who may see them', async () => {
    const roles = async (titleTypes: number[]) =>
      (
        (await call(await as({ titleTypes }), 'get_actor_roles', { actor: 'harrison ford' }))
          .structuredContent as { roles: { character: string }[] }
      ).roles.map((role) => role.character);
    expect(await roles([1])).toEqual(['Han Solo', 'Han Solo']);
    expect(await roles([1, 5])).toEqual(['Han Solo', 'Han Solo', 'Secret']);
  });

  test('the cap is said, with what was left out', async () => {
    const client = await as({ titleTypes: all }, { maxRows: 2 });
    const { structuredContent } = await call(client, 'get_movie_characters', { title: 'strangelove' });
    expect(structuredContent).toMatchObject({
      truncated: true,
      characters: { length: 2 },
      message: resultMessage.more('2 characters', 2),
    });
  });

  test.each([
    ['get_movie_characters', 'characters', { title: 'strangelove' }, 'character'],
    ['get_actor_roles', 'roles', { actor: 'peter sellers' }, 'role'],
  ])(
    '%s: read on as its message says, the whole list comes, each entry once',
    async (tool, list, args, one) => {
      const entries = async (client: Client, more: object) =>
        (await call(client, tool, { ...args, ...more })).structuredContent as Record<string, unknown[]> & {
          truncated?: boolean;
          message: string;
        };
      const whole = await entries(await as({ titleTypes: all }), {});
      const paged = await as({ titleTypes: all }, { maxRows: 2 });
      const pages: unknown[] = [];
      for (let skip: number | undefined = 0; skip !== undefined; ) {
        const page = await entries(paged, { skip });
        pages.push(...(page[list] ?? []));
        const next = /ask the same with skip (\d+)\.$/.exec(page.message)?.[1];
        expect(next !== undefined).toBe(page.truncated === true);
        skip = next === undefined ? undefined : Number(next);
      }
      expect(pages.length).toBeGreaterThan(2);
      expect(pages).toEqual(whole[list]);
      expect(await entries(paged, { skip: 1000 })).toMatchObject({
        found: true,
        [list]: [],
        message: `There is no ${one} after the first 1000.`,
      });
    },
  );

  test('a function is asked at every call, and its answer obeyed', async () => {
    let titleTypes: number[] = [];
    const client = await as(async () => ({ titleTypes }));
    const found = async () =>
      (await call(client, 'get_movie_characters', { title: 'Hidden Duel' })).structuredContent?.found;
    expect(await found()).toBe(false);
    titleTypes = [5];
    expect(await found()).toBe(true);
    titleTypes = [1];
    expect(await found()).toBe(false);
  });

  test('no entitlements, no data: in tools and in the database itself', async () => {
    const client = await as({ titleTypes: [] });
    expect((await call(client, 'get_movie_characters', { title: 'Fargo' })).structuredContent?.found).toBe(
      false,
    );
    const bare = await servers.database.pools.reader.connect();
    try {
      await bare.query('BEGIN READ ONLY');
      await bare.query('SET LOCAL ROLE movie_hub_reader');
      for (const table of [
        'titles',
        'names',
        'principals',
        'ratings',
        'akas',
        'episodes',
        'genres',
        'crew',
        'title_types',
      ]) {
        expect((await bare.query(`SELECT 1 FROM movie_hub.${table}`)).rowCount, table).toBe(0);
      }
      expect((await bare.query(`SELECT * FROM movie_hub.search_titles('Fargo', 10)`)).rowCount).toBe(0);
      await bare.query('ROLLBACK');
    } finally {
      bare.release();
    }
    expect((await servers.database.admin.query('SELECT 1 FROM movie_hub.titles')).rowCount).toBe(
      titles.length,
    );
  });
});
