import { createServer } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  createMcpHttpHandler,
  createQueryMcpServer,
  createTimeMcpServer,
  defineEntitlements,
  defineQueryTool,
  type Entitlements,
  type ToolCall,
} from 'movie-hub';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ToolCallListener } from '../../src/sdk/tools/tool';
import { databaseKinds } from '../support/databases';
import { call, connect, textOf } from '../support/mcp';
import { type OwnSchema, openOwnSchema, shop } from '../support/own-schema';
import { callOf, portOf, send } from './http-server';

const orders = defineQueryTool({
  name: 'list_orders',
  title: 'List orders',
  description: 'Lists the orders of an item.',
  sql: `SELECT item || ' é🎬' AS item FROM shop.orders WHERE item LIKE :item AND 1 / :n::int4 >= 0`,
  input: {
    type: 'object',
    properties: {
      item: { type: 'string', description: 'A pattern.' },
      n: { type: 'integer', description: 'Zero fails.' },
    },
    required: ['item', 'n'],
  },
  row: { type: 'object', properties: { item: { type: 'string' } }, required: ['item'] },
});

describe.each(databaseKinds)('onToolCall on %s', (kind) => {
  let own: OwnSchema;
  beforeAll(async () => {
    own = await openOwnSchema(kind, shop);
  });
  afterAll(() => own.close());

  type Source = Entitlements<unknown> | (() => Promise<Entitlements<unknown>>);
  const serverFor = (onToolCall: ToolCallListener, source: Source = own.of('ada')) =>
    createQueryMcpServer(own.pool, source, {
      name: 'shop',
      version: '1',
      instructions: 'Orders.',
      tools: [orders],
      onToolCall,
    });
  async function clientFor(onToolCall: ToolCallListener, source?: Source) {
    const client = await connect(serverFor(onToolCall, source));
    onTestFinished(() => client.close());
    return client;
  }

  const ada = { tenant: 'ada' };
  test.each<[what: string, args: Record<string, unknown>, source: () => Source, told: object]>([
    ['rows', { item: '%', n: 1 }, () => own.of('ada'), { principal: ada, outcome: 'ok', rows: 2 }],
    [
      'another user',
      { item: '%', n: 1 },
      () => own.of('bob'),
      { principal: { tenant: 'bob' }, outcome: 'ok', rows: 1 },
    ],
    ['nothing', { item: 's3cret', n: 1 }, () => own.of('ada'), { principal: ada, outcome: 'ok', rows: 0 }],
    [
      'a value that the query cannot take',
      { item: '%', n: 0 },
      () => own.of('ada'),
      {
        principal: ada,
        outcome: 'invalid_argument',
        rows: 0,
        error: expect.objectContaining({ code: 'invalid_argument' }),
      },
    ],
    [
      'a wrong argument',
      { item: 5, n: 1 },
      () => own.of('ada'),
      {
        principal: ada,
        outcome: 'invalid_argument',
        rows: 0,
        error: expect.objectContaining({ code: 'invalid_argument' }),
      },
    ],
    [
      'a user who may see nothing',
      { item: '%', n: 1 },
      () => defineEntitlements({ role: own.role, settings: {}, isEmpty: true, principal: 'eve' }),
      { principal: 'eve', outcome: 'ok', rows: 0 },
    ],
    [
      'nobody named',
      { item: '%', n: 1 },
      () => defineEntitlements({ role: own.role, settings: { 'shop.tenant': 'bob' } }),
      { principal: undefined, outcome: 'ok', rows: 1 },
    ],
    [
      'entitlements that cannot be had',
      { item: '%', n: 1 },
      () => async () => {
        throw new Error('no');
      },
      {
        principal: undefined,
        outcome: 'entitlements_unavailable',
        rows: 0,
        error: expect.objectContaining({ cause: new Error('no') }),
      },
    ],
  ])('tells of %s', async (_, args, source, told) => {
    const calls: ToolCall[] = [];
    const client = await clientFor((each) => calls.push(each), source());
    const result = await call(client, 'list_orders', args);
    await vi.waitFor(() => expect(calls.length).toBe(1));
    // All that there is: no argument is among it.
    expect(calls).toEqual([
      {
        tool: 'list_orders',
        bytes: Buffer.byteLength(textOf(result)),
        milliseconds: expect.any(Number),
        ...told,
      },
    ]);
    expect(calls[0]?.milliseconds).toBeGreaterThanOrEqual(0);
    expect(Object.hasOwn(calls[0] ?? {}, 'error')).toBe(result.isError === true);
  });

  test('bytes are those of UTF-8, not characters', async () => {
    const calls: ToolCall[] = [];
    const client = await clientFor((each) => calls.push(each));
    await call(client, 'list_orders', { item: 'tea', n: 1 });
    await vi.waitFor(() => expect(calls.length).toBe(1));
    expect(calls[0]?.bytes).toBe('{"rows":[{"item":"tea XXXXXX"}],"message":"1 row."}'.length);
  });

  const never = () => new Promise<never>(() => undefined);
  test.each<[what: string, listener: () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('s3cret');
      },
    ],
    ['rejects', () => Promise.reject(new Error('s3cret'))],
    ['never settles', never],
  ])('a listener that %s changes nothing', async (_, listener) => {
    const told = vi.fn(listener);
    const client = await clientFor(told);
    const quiet = await clientFor(() => undefined);
    for (const args of [
      { item: '%', n: 1 },
      { item: '%', n: 0 },
      { item: '%', n: 1 },
    ])
      expect(await call(client, 'list_orders', args)).toEqual(await call(quiet, 'list_orders', args));
    await vi.waitFor(() => expect(told).toHaveBeenCalledTimes(3));
  });

  test('it is told once the answer is there', async () => {
    const order: string[] = [];
    const client = await clientFor(() => order.push('told'));
    await call(client, 'list_orders', { item: '%', n: 1 }).then(() => order.push('answered'));
    await vi.waitFor(() => expect(order).toEqual(['answered', 'told']));
  });

  test('over HTTP it is told once the answer is sent', async () => {
    const sent: boolean[] = [];
    const http = createServer((request, response) => {
      const handler = createMcpHttpHandler(() => serverFor(() => sent.push(response.writableEnded)));
      void handler(request, response);
    });
    const port = await portOf(http);
    const answer = await send(port, callOf('list_orders', { item: '%', n: 1 }));
    expect(answer.status).toBe(200);
    await vi.waitFor(() => expect(sent).toEqual([true]));
  });

  test('of a tool that there is not, or of a list of tools, it is told nothing', async () => {
    const told = vi.fn();
    const client = await clientFor(told);
    await expect(call(client, 'drop_orders', {})).rejects.toThrow();
    await client.listTools();
    await nextTurn();
    await nextTurn();
    expect(told).not.toHaveBeenCalled();
    await call(client, 'list_orders', { item: '%', n: 1 });
    await vi.waitFor(() => expect(told).toHaveBeenCalledOnce());
  });
});

test('a tool that reads no database tells too', async () => {
  const calls: ToolCall[] = [];
  const client = await connect(createTimeMcpServer({ onToolCall: (each) => calls.push(each) }));
  const result = await call(client, 'get_current_time', { time_zone: 'Asia/Tokyo' });
  const failed = await call(client, 'get_current_time', { time_zone: 'Nowhere/Land' });
  await vi.waitFor(() => expect(calls.length).toBe(2));
  const always = {
    principal: undefined,
    tool: 'get_current_time',
    rows: 0,
    milliseconds: expect.any(Number),
  };
  expect(calls).toEqual([
    { ...always, outcome: 'ok', bytes: Buffer.byteLength(textOf(result)) },
    {
      ...always,
      outcome: 'invalid_argument',
      bytes: Buffer.byteLength(textOf(failed)),
      error: expect.any(Error),
    },
  ]);
  await client.close();
});
