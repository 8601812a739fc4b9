import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createMovieMcpServer, createTimeMcpServer } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { failure } from '../support/messages';
import { movieToolNames } from '../support/movie-tools';
import { exchangeInMemory, exchangeOverStdio, type WireRequest } from './exchange';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const list: WireRequest = { method: 'tools/list' };
const tool = (name: string, args: Record<string, unknown>): WireRequest => ({
  method: 'tools/call',
  params: { name, arguments: args },
});

const command = path('../../dist/cli/movie-hub-mcp.js');
beforeAll(() => {
  if (!existsSync(command)) throw new Error('The package is not built. Run: npm run build');
});

test('the time server gives the same bytes over stdio as in memory, and ends with its input', async () => {
  const moment = '2025-01-15T12:00:00Z';
  const requests = [
    list,
    tool('get_current_time', {}),
    tool('get_current_time', { time_zone: 'Asia/Tokyo' }),
    tool('convert_time', { time: '09:00', from_time_zone: 'Europe/London', to_time_zone: 'Asia/Kathmandu' }),
    tool('get_current_time', { time_zone: 'Nowhere\u2028Land 🎬' }),
    tool('stop_time', {}),
    { method: 'ping' },
    { method: 'resources/list' },
  ];
  const child = await exchangeOverStdio([path('./stdio-time-server.mjs'), moment], requests);
  const server = createTimeMcpServer({ now: () => new Date(moment) });
  expect(child.lines).toEqual(await exchangeInMemory(server, requests));
  expect(child).toMatchObject({ errors: '', exitCode: 0 });
  expect(child.lines.length).toBe(requests.length + 1);
});

describe.runIf(databaseKinds.includes('server'))('the movie server as a command', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase('server', 'demo');
  });
  afterAll(() => database?.close());

  const requests = [
    list,
    tool('get_movie_characters', { title: 'Dr. Strangelove' }),
    tool('get_movie_characters', { title: 'amelie' }),
    tool('get_movie_characters', { title: 'Duel' }),
    tool('get_movie_characters', { title: 'no such title\u2028🎬"\\' }),
    tool('get_actor_roles', { actor: 'Harrison Ford' }),
    tool('get_actor_roles', { actor: 'nobody at all' }),
    tool('get_actor_roles', {}),
    tool('get_movie_characters', { title: 'Duel', title_types: [5] }),
    tool('drop_tables', {}),
  ];
  const overStdio = (...options: string[]) =>
    exchangeOverStdio([command, '--database-url', database.urls.reader, ...options], requests);
  const inMemory = (titleTypes: number[]) =>
    exchangeInMemory(createMovieMcpServer(database.pools.reader, { titleTypes }), requests);

  test.each<[options: string[], titleTypes: number[]]>([
    [['--title-types', '1'], [1]],
    [
      ['--title-types', '{1,5}'],
      [1, 5],
    ],
    [[], []],
  ])(
    'started with %j gives the same bytes as in memory, and nothing else on its output',
    async (options, titleTypes) => {
      const child = await overStdio(...options);
      expect(child.lines).toEqual(await inMemory(titleTypes));
      expect(child.exitCode).toBe(0);
    },
  );

  test('and what it may show differs with its title types', async () => {
    const [jim, test2, nobody] = await Promise.all([inMemory([1]), inMemory([1, 5]), inMemory([])]);
    const duel =
      requests.findIndex(
        (request) => request.params?.arguments !== undefined && JSON.stringify(request).includes('"Duel"'),
      ) + 1;
    expect(JSON.parse(jim[duel] ?? '').result.structuredContent).toMatchObject({ found: false });
    expect(JSON.parse(test2[duel] ?? '').result.structuredContent).toMatchObject({
      found: true,
      title: { type: 'tvMovie' },
    });
    expect(JSON.parse(nobody[duel] ?? '').result.structuredContent).toEqual(
      JSON.parse(jim[duel] ?? '').result.structuredContent,
    );
  });

  test('lists its tools although there is no database', async () => {
    const child = await exchangeOverStdio(
      [command, '--database-url', 'postgresql://nobody@127.0.0.1:1/none', '--title-types', '1'],
      [list, tool('get_movie_characters', { title: 'Duel' })],
    );
    const answers = child.lines.map((line) => JSON.parse(line));
    expect(answers[1].result.tools).toHaveLength(movieToolNames.length);
    expect(answers[2].result).toEqual({
      isError: true,
      content: [
        {
          type: 'text',
          text: failure('database_unavailable'),
        },
      ],
    });
    expect(child.exitCode).toBe(0);
  });
});
