import type { IncomingMessage } from 'node:http';
import {
  createMcpHttpHandler,
  createQueryMcpServer,
  defineQueryTool,
  MovieHubError,
  type ToolCall,
} from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { databaseKinds } from '../support/databases';
import { type OwnSchema, openOwnSchema, shop } from '../support/own-schema';
import { callOf, listen, open, refusal, send, slowServer } from './http-server';

describe('a client that goes away', () => {
  test('aborts the signal of its tool, and of no other', async () => {
    const signals: AbortSignal[] = [];
    const finishes: (() => void)[] = [];
    const { port, ends } = await listen(
      createMcpHttpHandler(() =>
        slowServer((signal) => {
          signals.push(signal);
          return new Promise((resolve) => finishes.push(() => resolve(signal.aborted)));
        }),
      ),
    );
    const going = open(port);
    going.end(JSON.stringify(callOf('slow')));
    await vi.waitFor(() => expect(signals.length).toBe(1));
    const staying = send(port, callOf('slow'));
    await vi.waitFor(() => expect(signals.length).toBe(2));
    going.destroy();
    await vi.waitFor(() => expect(signals[0]?.aborted).toBe(true));
    // An app that awaits the handler is not left waiting.
    await vi.waitFor(() => expect(ends).toEqual(['resolved']));
    for (const finish of finishes) finish();
    expect(JSON.parse((await staying).body).result.content[0].text).toBe('false');
  });

  test('in the middle of its request, or while its server is made, ends nothing else', async () => {
    const made = vi.fn();
    const requests: IncomingMessage[] = [];
    let goOn = () => undefined as unknown;
    const wait = new Promise((resolve) => {
      goOn = () => resolve(undefined);
    });
    const { port, ends } = await listen(
      createMcpHttpHandler(async (incoming: IncomingMessage) => {
        requests.push(incoming);
        if (incoming.headers['x-slow']) await wait;
        return slowServer(made);
      }),
    );
    const half = open(port, { 'content-length': '1000' });
    half.write('{"jsonrpc"');
    const early = open(port, { 'x-slow': '1' });
    early.end(JSON.stringify(callOf('slow')));
    await vi.waitFor(() => expect(requests.length).toBe(2));
    half.destroy();
    early.destroy();
    await vi.waitFor(() => expect(requests.map(({ socket }) => socket.closed)).toEqual([true, true]));
    goOn();
    await vi.waitFor(() => expect(ends).toEqual(['resolved', 'resolved']));
    expect(made).not.toHaveBeenCalled();
    expect((await send(port, callOf('slow'))).status).toBe(200);
    expect(made).toHaveBeenCalledOnce();
  });
});

const empty = { type: 'object', properties: {} } as const;
const orders = defineQueryTool({
  name: 'list_orders',
  title: 'List orders',
  description: 'Lists the orders.',
  sql: 'SELECT item FROM shop.orders ORDER BY order_id',
  input: empty,
  row: { type: 'object', properties: { item: { type: 'string' } }, required: ['item'] },
});
const sleep = defineQueryTool({
  name: 'sleep',
  title: 'Sleep',
  description: 'Sleeps.',
  sql: 'SELECT 1 AS n FROM pg_sleep(600)',
  input: empty,
  row: { type: 'object', properties: { n: { type: 'integer' } } },
});

describe.each(databaseKinds)('users of one handler on %s', (kind) => {
  let own: OwnSchema;
  const calls: ToolCall[] = [];
  beforeAll(async () => {
    own = await openOwnSchema(kind, shop);
  });
  afterAll(() => own.close());

  const users: Readonly<Record<string, string>> = { 'Bearer a': 'ada', 'Bearer b': 'bob' };
  const handler = () =>
    createMcpHttpHandler((request) => {
      const tenant = users[request.headers.authorization ?? ''];
      if (tenant === undefined) throw new MovieHubError('unauthenticated', 'Sign in first.');
      return createQueryMcpServer(own.pool, async () => own.of(tenant), {
        name: 'shop',
        version: '1',
        instructions: 'Orders.',
        tools: [orders, sleep],
        onToolCall: (call) => calls.push(call),
      });
    });

  test('never see what is not theirs, at once and after each other', async () => {
    const { port } = await listen(handler());
    const items: Record<string, string[]> = { 'Bearer a': ['lamp', 'tea'], 'Bearer b': ['rope'] };
    const asked = Array.from({ length: 40 }, (_, i) => (i % 3 === 1 ? 'Bearer b' : 'Bearer a'));
    const answers = await Promise.all(
      asked.map((authorization) => send(port, callOf('list_orders'), { headers: { authorization } })),
    );
    const seen = answers.map(({ body }) =>
      (JSON.parse(body).result.structuredContent.rows as { item: string }[]).map(({ item }) => item),
    );
    expect(seen).toEqual(asked.map((authorization) => items[authorization]));
    await vi.waitFor(() => expect(calls.length).toBe(40));
    for (const { principal, rows } of calls.splice(0))
      expect([
        { principal: { tenant: 'ada' }, rows: 2 },
        { principal: { tenant: 'bob' }, rows: 1 },
      ]).toContainEqual({ principal, rows });
    for (const headers of [{}, { authorization: 'Bearer c' }])
      expect(await send(port, callOf('list_orders'), { headers })).toMatchObject({
        status: 401,
        body: refusal('Sign in first.'),
      });
  });

  // The embedded database cannot do this: it has one login and cannot cancel.

  if (kind === 'server')
    test('a client that goes ends its query in PostgreSQL', async () => {
      const { port } = await listen(handler());
      const running = async () => {
        const { rows } = await own.admin.query(
          `SELECT FROM pg_stat_activity WHERE usename = $1 AND state = 'active' AND query LIKE '%pg_sleep%'`,
          [own.login],
        );
        return rows.length;
      };
      const headers = { authorization: 'Bearer a' };
      const going = open(port, headers);
      going.end(JSON.stringify(callOf('sleep')));
      await vi.waitFor(async () => expect(await running()).toBe(1));
      going.destroy();
      await vi.waitFor(async () => expect(await running()).toBe(0));
      await vi.waitFor(() =>
        expect(calls).toMatchObject([{ tool: 'sleep', outcome: 'cancelled', principal: { tenant: 'ada' } }]),
      );
      expect((await send(port, callOf('list_orders'), { headers })).status).toBe(200);
    });
});
