import { createMovieMcpServer, type MovieEntitlements } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { call, textOf } from '../support/mcp';
import { argument, failure, refusal, value } from '../support/messages';
import { type MovieServers, openMovieServers } from './movie-servers';

describe.each(databaseKinds)('what the movie server refuses, on %s', (kind) => {
  let servers: MovieServers;
  const as: MovieServers['as'] = (...given) => servers.as(...given);

  beforeAll(async () => {
    servers = await openMovieServers(kind);
  });
  afterAll(() => servers.close());

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
          text: failure('entitlements_unavailable'),
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
    expect(() =>
      createMovieMcpServer(servers.database.pools.reader, value as unknown as MovieEntitlements),
    ).toThrow(expect.objectContaining({ code: 'invalid_entitlements' }));
  });

  test.each([
    [{}, refusal(argument.missing('title'))],
    [{ title: '' }, 'The argument title must NOT have fewer than 1 characters. (invalid_argument)'],
    [{ title: 5 }, 'The argument title must be string. (invalid_argument)'],
    [{ title: 'Fargo', title_types: [1, 2, 3] }, refusal(argument.unknown('title_types'))],
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
    expect(textOf(result)).toBe(refusal(value.of('title', value.character)));
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
  ])('a listener that %s changes nothing of the answer', async (_, onToolCall) => {
    const client = await as({ titleTypes: [1] }, { onToolCall });
    const result = await call(client, 'get_movie_characters', {});
    expect(result).toEqual({
      isError: true,
      content: [{ type: 'text', text: refusal(argument.missing('title')) }],
    });
  });

  test.each([
    { maxRows: 0 },
    { maxRows: -1 },
    { maxRows: Number.NaN },
    { maxRows: 1.5 },
    { statementTimeoutMs: 0 },
    { statementTimeoutMs: 3_000_000_000 },
    { connectionTimeoutMs: 3_000_000_000 },
  ])('a limit that is none is refused: %j', (options) => {
    expect(() => createMovieMcpServer(servers.database.pools.reader, { titleTypes: [1] }, options)).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  });
});
