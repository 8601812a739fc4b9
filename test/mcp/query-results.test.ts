import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { createQueryMcpServer, defineEntitlements, defineQueryTool, type QueryTool } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { call, connect, textOf } from '../support/mcp';
import { failure, resultMessage } from '../support/messages';
import { type OwnSchema, openOwnSchema, shop } from '../support/own-schema';

const number = { type: 'integer', description: 'How many.' };
const countInput = { type: 'object', properties: { n: number }, required: ['n'] } as const;
const texts = (name: string) =>
  ({
    name,
    title: 'Texts',
    description: 'Lists numbered texts.',
    sql: `SELECT i, repeat('é🎬', :n) AS text FROM generate_series(1, 10) AS i ORDER BY i`,
    input: countInput,
    row: {
      type: 'object',
      properties: { i: { type: 'integer' }, text: { type: 'string' } },
      required: ['i', 'text'],
    },
  }) as const;
const count = (name: string) =>
  ({
    name,
    title: 'Count',
    description: 'Counts from 1.',
    sql: 'SELECT i FROM generate_series(1, :n::int) AS i ORDER BY i',
    input: countInput,
    row: { type: 'object', properties: { i: { type: 'integer' } }, required: ['i'] },
  }) as const;
const order = {
  name: 'find_order',
  title: 'Find an order',
  description: 'Finds an order by its id.',
  sql: 'SELECT order_id, item FROM shop.orders WHERE order_id = :order_id',
  input: { type: 'object', properties: { order_id: number }, required: ['order_id'] },
  row: { type: 'object', properties: { order_id: { type: 'integer' }, item: { type: 'string' } } },
} as const;

const tools = {
  count: defineQueryTool(count('count')),
  count3: defineQueryTool({ ...count('count3'), maxRows: 3, whenTruncated: 'Ask with a smaller n.' }),
  countMany: defineQueryTool({ ...count('count_many'), maxRows: 1_000_000, maxBytes: 10_000 }),
  countNone: defineQueryTool({ ...count('count_none'), whenEmpty: 'There is nothing to count.' }),
  texts: defineQueryTool(texts('texts')),
  textsShort: defineQueryTool({ ...texts('texts_short'), maxBytes: 100 }),
  order: defineQueryTool(order),
};

/** Of ten rows `{"i":1,"text":"…"}` whose text is n times six bytes in UTF-8: the bytes that one takes, with its comma. */
const bytesOf = (i: number, n: number) => Buffer.byteLength(JSON.stringify({ i, text: 'é🎬'.repeat(n) })) + 1;

describe.each(databaseKinds)('the answer of a query tool on %s', (kind) => {
  let own: OwnSchema;
  beforeAll(async () => {
    own = await openOwnSchema(kind, shop);
  });
  afterAll(() => own.close());

  async function ask(
    tool: QueryTool,
    args: Record<string, unknown>,
    limits: { maxRows?: number; maxBytes?: number } = {},
  ): Promise<CallToolResult> {
    const options = { name: 'shop', version: '1', instructions: 'Orders.', tools: Object.values(tools) };
    const client = await connect(createQueryMcpServer(own.pool, own.of('ada'), { ...options, ...limits }));
    const result = await call(client, tool.name, args);
    await client.close();
    return result;
  }
  const rows = (n: number) => Array.from({ length: n }, (_, i) => ({ i: i + 1 }));

  test.each<[what: string, QueryTool, n: number, limits: object, n: number, message: string]>([
    ['all the rows', tools.count, 5, {}, 5, '5 rows.'],
    ['one row', tools.count, 1, {}, 1, '1 row.'],
    ['as many rows as the server allows', tools.count, 4, { maxRows: 4 }, 4, '4 rows.'],
    ['fewer than there are', tools.count, 5, { maxRows: 4 }, 4, resultMessage.first('4 rows')],
    ['one of several', tools.count, 5, { maxRows: 1 }, 1, resultMessage.first('1 row')],
    ['200, as nobody said otherwise', tools.count, 201, {}, 200, resultMessage.first('200 rows')],
    [
      "the tool's limit before the server's",
      tools.count3,
      5,
      { maxRows: 4 },
      3,
      'Only the first 3 rows. Ask with a smaller n.',
    ],
    [
      "also where the server's is lower",
      tools.count3,
      5,
      { maxRows: 2 },
      3,
      'Only the first 3 rows. Ask with a smaller n.',
    ],
    ['nothing', tools.count, 0, {}, 0, resultMessage.nothing],
    ['nothing, in its own words', tools.countNone, 0, {}, 0, 'There is nothing to count.'],
    ['something of the tool with these words', tools.countNone, 1, {}, 1, '1 row.'],
  ])('has %s', async (_, tool, n, limits, length, message) => {
    const result = await ask(tool, { n }, limits);
    const isCut = message.startsWith('Only');
    expect(result.structuredContent).toEqual({
      rows: rows(length),
      ...(isCut && { truncated: true }),
      message,
    });
    expect(textOf(result)).toBe(JSON.stringify(result.structuredContent));
  });

  test.each([
    [3 * bytesOf(1, 4), 3],
    [3 * bytesOf(1, 4) - 1, 2],
    [bytesOf(1, 4), 1],
  ])('has no more than %i bytes of rows, in UTF-8', async (maxBytes, length) => {
    const result = await ask(tools.texts, { n: 4 }, { maxBytes });
    expect(result.structuredContent).toEqual({
      rows: rows(length).map((row) => ({ ...row, text: 'é🎬é🎬é🎬é🎬' })),
      truncated: true,
      message: resultMessage.first(length === 1 ? '1 row' : `${length} rows`),
    });
    expect(textOf(result)).toBe(JSON.stringify(result.structuredContent));
  });

  test("the tool's bytes go before the server's", async () => {
    expect((await ask(tools.textsShort, { n: 4 }, { maxBytes: 10_000 })).structuredContent).toMatchObject({
      rows: { length: 2 },
      truncated: true,
    });
  });

  test('a row that is too large alone is said to be so, and the next call is answered', async () => {
    expect(await ask(tools.texts, { n: 40 }, { maxBytes: bytesOf(1, 40) - 1 })).toEqual({
      isError: true,
      content: [
        {
          type: 'text',
          text: failure('result_too_large'),
        },
      ],
    });
    expect((await ask(tools.texts, { n: 40 }, { maxBytes: bytesOf(1, 40) })).isError).toBeUndefined();
  });

  test('what is forbidden looks like what is not there', async () => {
    const [seen, forbidden, unknown] = [
      await ask(tools.order, { order_id: 1 }),
      await ask(tools.order, { order_id: 2 }),
      await ask(tools.order, { order_id: 99 }),
    ];
    expect(seen.structuredContent).toEqual({ rows: [{ order_id: 1, item: 'lamp' }], message: '1 row.' });
    expect(forbidden).toEqual(unknown);
    expect(forbidden.structuredContent).toEqual({
      rows: [],
      message: resultMessage.nothing,
    });
    const { rows: there } = await own.admin.query('SELECT item FROM shop.orders WHERE order_id = 2');
    expect(there).toEqual([{ item: 'rope' }]);
  });

  test('entitlements that are empty look the same', async () => {
    const nobody = defineEntitlements({ role: own.role, settings: {}, isEmpty: true });
    const options = { name: 'shop', version: '1', instructions: 'Orders.', tools: [tools.order] };
    const client = await connect(createQueryMcpServer(own.pool, nobody, options));
    expect(await call(client, 'find_order', { order_id: 1 })).toEqual(
      await ask(tools.order, { order_id: 99 }),
    );
    await client.close();
  });

  test('a million rows are not waited for', async () => {
    const result = await ask(tools.countMany, { n: 1_000_000 });
    const { rows: listed, ...rest } = result.structuredContent as { rows: { i: number }[] };
    expect(Buffer.byteLength(JSON.stringify(listed))).toBeLessThanOrEqual(10_000);
    expect(listed).toEqual(rows(listed.length));
    expect(rest).toMatchObject({ truncated: true });
    if (kind === 'server') {
      const { rows: running } = await own.admin.query(
        `SELECT query FROM pg_stat_activity WHERE usename = $1 AND state = 'active'`,
        [own.login],
      );
      expect(running).toEqual([]);
    }
    expect((await ask(tools.count, { n: 2 })).structuredContent).toEqual({
      rows: rows(2),
      message: '2 rows.',
    });
  });
});
