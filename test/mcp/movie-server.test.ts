import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { createMovieMcpServer, type MovieEntitlements } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { call, connect, textOf } from '../support/mcp';
import { type SeedTitle, seed } from '../support/seed';

const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

const titles: readonly SeedTitle[] = [
  {
    id: 1,
    type: 1,
    title: 'Star Wars: Episode IV - A New Hope',
    original: 'Star Wars',
    year: 1977,
    votes: 1_400_000,
    cast: [{ id: 1, name: 'Harrison Ford', characters: ['Han Solo'] }],
  },
  {
    id: 2,
    type: 1,
    title: 'Star Wars: Episode V - The Empire Strikes Back',
    year: 1980,
    votes: 1_300_000,
    cast: [{ id: 1, name: 'Harrison Ford', characters: ['Han Solo'] }],
  },
  {
    id: 3,
    type: 1,
    title: 'It',
    year: 2017,
    votes: 600_000,
    cast: [{ id: 2, name: 'Bill Skarsgård', characters: ['Pennywise'] }],
  },
  {
    id: 4,
    type: 6,
    title: 'It',
    year: 1990,
    votes: 150_000,
    cast: [{ id: 3, name: 'Tim Curry', characters: ['Pennywise'] }],
  },
  { id: 5, type: 1, title: 'Some Like It Hot', year: 1959, votes: 280_000 },
  {
    id: 6,
    type: 1,
    title: 'Amélie',
    original: "Le fabuleux destin d'Amélie Poulain",
    year: 2001,
    votes: 780_000,
    cast: [{ id: 4, name: 'Audrey Tautou', characters: ['Amélie Poulain'], category: 'actress' }],
  },
  { id: 7, type: 1, title: 'WALL·E', year: 2008, votes: 1_200_000 },
  { id: 8, type: 1, title: 'Se7en', year: 1995, votes: 1_800_000, akas: ['Seven'] },
  {
    id: 9,
    type: 1,
    title: 'Dr. Strangelove',
    year: 1964,
    votes: 500_000,
    cast: [
      {
        id: 5,
        name: 'Peter Sellers',
        characters: ['Group Capt. Lionel Mandrake', 'President Merkin Muffley', 'Dr. Strangelove'],
      },
    ],
  },
  { id: 10, type: 1, title: 'Fargo', year: 1996, votes: 700_000 },
  { id: 11, type: 3, title: 'Fargo', year: 2014, votes: 400_000 },
  {
    id: 12,
    type: 5,
    title: 'Hidden Duel',
    year: 1971,
    votes: 70_000,
    cast: [
      { id: 6, name: 'Dennis Weaver', characters: ['David Mann'] },
      { id: 1, name: 'Harrison Ford', characters: ['Secret'] },
    ],
    directors: [{ id: 7, name: 'Hidden Director' }],
  },
  { id: 13, type: 1, title: 'M', year: 1931, votes: 160_000 },
  { id: 14, type: 1, title: '9', year: 2009, votes: 140_000 },
  { id: 15, type: 1, title: 'No Cast' },
];

describe.each(databaseKinds)('the movie server on %s', (kind) => {
  let database: TestDatabase;
  const clients: Client[] = [];
  const as = async (
    entitlements: MovieEntitlements | (() => MovieEntitlements | Promise<MovieEntitlements>),
  ) => {
    const client = await connect(createMovieMcpServer(database.pools.reader, entitlements));
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    database = await openDatabase(kind);
    await seed(database.admin, titles);
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await database.close();
  });

  test('lists two read-only tools with schemas, and takes no entitlements as an argument', async () => {
    const { tools } = await (await as({ titleTypes: [1] })).listTools();
    expect(tools.map((tool) => tool.name)).toEqual(['get_movie_characters', 'get_actor_roles']);
    expect(tools.map((tool) => Object.keys(tool.inputSchema.properties ?? {}))).toEqual([
      ['title'],
      ['actor'],
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
      message: 'The title has no characters on record.',
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
    const client = await connect(
      createMovieMcpServer(database.pools.reader, { titleTypes: all }, { maxRows: 2 }),
    );
    clients.push(client);
    const { structuredContent } = await call(client, 'get_movie_characters', { title: 'strangelove' });
    expect(structuredContent).toMatchObject({ truncated: true, message: expect.stringContaining('first 2') });
    expect((structuredContent as { characters: unknown[] }).characters.length).toBe(2);
  });

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
    const bare = await database.pools.reader.connect();
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
    expect((await database.admin.query('SELECT 1 FROM movie_hub.titles')).rowCount).toBe(titles.length);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('secret host 10.0.0.1');
      },
    ],
    ['returns null', () => null as unknown as MovieEntitlements],
    ['rejects', () => Promise.reject(new Error('secret'))],
  ])('an entitlements function that %s denies', async (_, source) => {
    const result = await call(await as(source), 'get_movie_characters', { title: 'Fargo' });
    expect(result).toEqual({
      isError: true,
      content: [
        {
          type: 'text',
          text: 'What you may see could not be determined. Try again later. (entitlements_unavailable)',
        },
      ],
    });
  });

  test.each([
    [{ titleTypes: ['1'] }],
    [{ titleTypes: [0] }],
    [{ titleTypes: '{1}' }],
    [{ titleTypes: [1.5] }],
    [{}],
    [null],
  ])('entitlements of the wrong form are refused at once: %j', (value) => {
    expect(() => createMovieMcpServer(database.pools.reader, value as unknown as MovieEntitlements)).toThrow(
      expect.objectContaining({ code: 'invalid_entitlements' }),
    );
  });

  test.each([
    [{}, 'The argument title is missing. (invalid_argument)'],
    [{ title: '' }, 'The argument title must NOT have fewer than 1 characters. (invalid_argument)'],
    [{ title: 5 }, 'The argument title must be string. (invalid_argument)'],
    [{ title: 'Fargo', title_types: [1, 2, 3] }, 'There is no argument "title_types". (invalid_argument)'],
  ])('wrong arguments are told: %j', async (args, message) => {
    const result = await call(await as({ titleTypes: [1] }), 'get_movie_characters', args);
    expect(result).toEqual({ isError: true, content: [{ type: 'text', text: message }] });
  });

  test('an unknown tool is a protocol error', async () => {
    await expect(call(await as({ titleTypes: [1] }), 'drop_tables', {})).rejects.toMatchObject({
      code: -32602,
    });
  });

  test('hostile text in an argument is only text', async () => {
    const client = await as({ titleTypes: [1] });
    for (const title of [
      `'; DROP TABLE titles; --`,
      `x' OR '1'='1`,
      '{1,5}',
      '\\',
      '%',
      ':title',
      '& | ! ( )',
      '\u0000'.replace('\u0000', 'nul'),
    ]) {
      const result = await call(client, 'get_movie_characters', { title });
      expect(result.structuredContent, title).toMatchObject({ found: false });
    }
  });

  test('a character that PostgreSQL cannot hold is told as a wrong argument, and leaks nothing', async () => {
    const result = await call(await as({ titleTypes: [1] }), 'get_movie_characters', { title: 'a\u0000b' });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toBe(
      'A value has a character or a form that the database cannot hold. (invalid_argument)',
    );
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('log host 10.0.0.5 password=x');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('log host 10.0.0.5 password=x');
      },
    ],
  ])('a listener that %s changes nothing of the answer', async (_, onError) => {
    const client = await connect(
      createMovieMcpServer(database.pools.reader, { titleTypes: [1] }, { onError }),
    );
    clients.push(client);
    const result = await call(client, 'get_movie_characters', {});
    expect(result).toEqual({
      isError: true,
      content: [{ type: 'text', text: 'The argument title is missing. (invalid_argument)' }],
    });
  });

  test.each([
    { maxRows: 0 },
    { maxRows: -1 },
    { maxRows: Number.NaN },
    { maxRows: 1.5 },
    { statementTimeoutMs: 0 },
  ])('a limit that is none is refused: %j', (options) => {
    expect(() => createMovieMcpServer(database.pools.reader, { titleTypes: [1] }, options)).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  });
});

describe.each(databaseKinds)('forbidden looks like missing on %s', (kind) => {
  const visible = (title: SeedTitle) => title.type === 1;
  const people = [
    'Harrison Ford',
    'Tim Curry',
    'Dennis Weaver',
    'Hidden Director',
    'Peter',
    'Ford',
    'Harison Ford',
  ];
  people.push('Tim Cury', 'Curry, Tim', 'Denis Weever', 'Hiden Direktor', 'Sellars', 'Harrison Ford 1942');
  const misspelt = [
    'Hiden Duel',
    'Hidden Dual',
    'hiddenduel',
    'Duel',
    'Fargoo',
    'Fargo 2014',
    'It (1990)',
    'It 2017',
  ];
  misspelt.push('star wras', 'Amelei', 'Some Like It Cold', 'Hidden', 'strangelov', 'the fargo', 'it, the');
  const questions: [string, Record<string, string>][] = [
    ...titles.flatMap((t): [string, Record<string, string>][] => [
      ['get_movie_characters', { title: t.title }],
      ['get_movie_characters', { title: t.original ?? t.title }],
    ]),
    ...people.map((actor): [string, Record<string, string>] => ['get_actor_roles', { actor }]),
    ...misspelt.map((title): [string, Record<string, string>] => ['get_movie_characters', { title }]),
    ['get_movie_characters', { title: 'hidden' }],
    ['get_movie_characters', { title: 'Never Inserted' }],
  ];
  let whole: TestDatabase;
  let without: TestDatabase;
  beforeAll(async () => {
    whole = await openDatabase(kind);
    without = await openDatabase(kind);
    await seed(whole.admin, titles);
    await seed(without.admin, titles.filter(visible));
  });
  afterAll(() => Promise.all([whole.close(), without.close()]));

  const answers = async (database: TestDatabase, titleTypes: number[]) => {
    const client = await connect(createMovieMcpServer(database.pools.reader, { titleTypes }));
    const given: string[] = [JSON.stringify(await client.listTools())];
    for (const [tool, args] of questions) given.push(JSON.stringify(await call(client, tool, args)));
    await client.close();
    return given;
  };

  test('jim gets the same bytes from a database that never had the rows; vlad does not', async () => {
    expect(await answers(whole, [1])).toEqual(await answers(without, [1]));
    expect(await answers(whole, all)).not.toEqual(await answers(without, all));
  });

  test('nor do suggestions and other matches tell of them', async () => {
    const jim = await connect(createMovieMcpServer(whole.pools.reader, { titleTypes: [1] }));
    const vlad = await connect(createMovieMcpServer(whole.pools.reader, { titleTypes: all }));
    const hidden = ['Hidden Duel', 'Dennis Weaver', '2014', '1990', 'Tim Curry'];
    const told = async (client: Client) => {
      const given: string[] = [];
      for (const [tool, args] of questions)
        given.push(JSON.stringify((await call(client, tool, args)).structuredContent));
      return given;
    };
    const toJim = await told(jim);
    const toVlad = await told(vlad);
    expect(toJim.filter((answer) => answer.includes('"suggestions"')).length).toBeGreaterThan(5);
    expect(toJim.filter((answer) => answer.includes('"other_matches"')).length).toBeGreaterThan(1);
    for (const word of hidden) {
      expect(toJim.join('\n'), word).not.toContain(word);
      expect(toVlad.join('\n'), word).toContain(word);
    }
    const about = (title: string) => questions.findIndex(([, args]) => args.title === title);
    expect(toVlad[about('Hiden Duel')]).toMatch(/"suggestions":.*Hidden Duel/);
    expect(toVlad[about('Fargo')]).toMatch(/"other_matches":.*2014/);
    await Promise.all([jim.close(), vlad.close()]);
  });

  test('and the same words as for a title that nobody ever made', async () => {
    const client = await connect(createMovieMcpServer(whole.pools.reader, { titleTypes: [1] }));
    const forbidden = await call(client, 'get_movie_characters', { title: 'Hidden Duel' });
    const missing = await call(client, 'get_movie_characters', { title: 'Nobody Ever Made This' });
    expect(forbidden).toEqual(missing);
    await client.close();
  });
});
