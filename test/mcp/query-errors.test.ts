import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  createQueryMcpServer,
  defineEntitlements,
  type Entitlements,
  type QueryTool,
  type ToolCall,
} from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { QueryMcpServerOptions } from '../../src/sdk/mcp/query-server';
import { openGate } from '../database/gate';
import { poolOf } from '../database/pool-of';
import { databaseKinds } from '../support/databases';
import { call, connect } from '../support/mcp';
import { failure, other, refusal, value as valueIs } from '../support/messages';
import { type OwnSchema, openOwnSchema } from '../support/own-schema';
import { echo, failingShop, toolOf } from './query-errors-shop';
import { failures } from './query-errors-table';

type Tenant = { tenant: string };
type Source = Parameters<typeof createQueryMcpServer<Tenant>>[1];
const failed = (text: string) => ({ isError: true, content: [{ type: 'text', text }] });
const echoed = (text: string) =>
  expect.objectContaining({ structuredContent: { rows: [{ text }], message: '1 row.' } });

/** What no client may be told. */
const secret = /s3cret|select|shop[._]|127\.0\.0\.1|localhost|:\d{4}|password|\bat \S+:\d+/i;

describe.each(databaseKinds)('a call that fails on %s', (kind) => {
  let own: OwnSchema;
  beforeAll(async () => {
    own = await openOwnSchema(kind, failingShop);
  });
  afterAll(() => own.close());

  /** A client of a server with a tool, `ask`, and one that gives back what it is asked, `echo`; and what the log is told. */
  async function serve(
    tool: QueryTool<Tenant>,
    {
      pool = own.pool,
      source = own.of('ada') as Source,
      ...limits
    }: Partial<QueryMcpServerOptions<Tenant> & { pool: Pool; source: Source }> = {},
  ): Promise<{ client: Client; calls: ToolCall[]; ask: (args?: object) => Promise<unknown> }> {
    const calls: ToolCall[] = [];
    const server = createQueryMcpServer<Tenant>(pool, source, {
      name: 'shop',
      version: '1',
      instructions: 'Orders.',
      tools: [tool, { ...echo, name: 'echo' }],
      onToolCall: (told) => calls.push(told),
      ...limits,
    });
    const client = await connect(server);
    onTestFinished(() => client.close());
    return { client, calls, ask: (args = { value: 's3cret' }) => call(client, 'ask', { ...args }) };
  }

  /** The next call is answered, and the log was told why the one before was not. */
  async function expectNext(client: Client, calls: readonly ToolCall[], told: string, logged: RegExp) {
    expect(await call(client, 'echo', { value: 'hi' })).toEqual(echoed('hi'));
    await vi.waitFor(() => expect(calls.length).toBe(2));
    const code = /\((\w+)\)$/.exec(told)?.[1];
    expect(calls[0]).toMatchObject({ tool: 'ask', outcome: code, rows: 0, bytes: Buffer.byteLength(told) });
    expect(reasonsOf(calls[0]?.error)).toMatch(logged);
    expect(calls[1]).toMatchObject({ tool: 'echo', outcome: 'ok', rows: 1 });
    expect(calls[1]).not.toHaveProperty('error');
    expect(told).not.toMatch(secret);
  }

  test('there are many', () => {
    process.stderr.write(`Errors: ${failures.length} failures of a query, and others.\n`);
    expect(failures.length).toBeGreaterThanOrEqual(15);
  });

  test.each(failures)('says only its sentence: $what', async ({ tool, args, told, logged }) => {
    const { client, calls, ask } = await serve(tool);
    expect(await ask(args)).toEqual(failed(told));
    await expectNext(client, calls, told, logged);
  });

  const denied = failure('entitlements_unavailable');
  const invalid = `${other.notEntitlements} (invalid_entitlements)`;
  const greet = toolOf('SELECT :value || :tenant::text AS text', {
    bind: { tenant: (who) => (who as Tenant).tenant },
  });
  test.each<[what: string, source: () => unknown, told: string, logged: RegExp]>([
    [
      'throws',
      () => {
        throw new Error('s3cret');
      },
      denied,
      /s3cret/,
    ],
    ['rejects', () => Promise.reject(new Error('s3cret')), denied, /s3cret/],
    ['returns null', () => null, denied, /returned nothing/],
    ['returns a number', () => 5, invalid, /defineEntitlements/],
    ['returns a text', () => 's3cret', invalid, /defineEntitlements/],
    ['returns what looks like entitlements', () => ({ ...own.of('bob') }), invalid, /defineEntitlements/],
    [
      'makes them of a role that is none',
      () => defineEntitlements({ role: 's3cret'.repeat(11), settings: {} }),
      `${other.roleName} (invalid_entitlements)`,
      /role/,
    ],
    [
      'names a role that is missing',
      () => defineEntitlements({ role: 's3cret', settings: {}, principal: { tenant: 'ada' } }),
      failure('database_not_ready'),
      /CREATE ROLE s3cret/,
    ],
  ])('denies when the entitlements function %s', async (_, source, told, logged) => {
    const answers = [source, () => own.of('ada')];
    const given = (() => answers.shift()?.()) as () => Entitlements<Tenant>;
    const { client, calls, ask } = await serve(greet, { source: given });
    expect(await ask()).toEqual(failed(told));
    await expectNext(client, calls, told, logged);
  });

  test('denies when the entitlements function does not answer in time', async () => {
    const answers = [() => new Promise<never>(() => undefined), () => own.of('ada')];
    const given = (() => answers.shift()?.()) as () => Entitlements<Tenant>;
    const { client, calls, ask } = await serve(greet, { source: given });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const answer = ask();
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    expect(await answer).toEqual(failed(denied));
    await expectNext(client, calls, denied, /took too long/);
  });

  describe('entitlements that a policy cannot read', () => {
    const told = failure('invalid_entitlements');
    const entitled = (settings: Readonly<Record<string, string>>) =>
      defineEntitlements({ role: own.role, settings, principal: { tenant: 'ada' } });
    const stock = toolOf(`SELECT item AS text FROM shop.stock WHERE item ~ :value ORDER BY 1`);
    const visits = toolOf('SELECT day AS text FROM shop.visits WHERE day::date >= :value::text::date');
    const wrong = (problem: string) => failed(refusal(valueIs.some(problem)));

    test.each<
      [
        what: string,
        tool: QueryTool<Tenant>,
        right: Record<string, string>,
        malformed: Record<string, string>,
        value: string,
        wrongValue: string,
        predicate: string,
      ]
    >([
      [
        'on each row',
        stock,
        { 'shop.depot': '2' },
        { 'shop.depot': 's3cret' },
        'rope',
        '(',
        valueIs.expression,
      ],
      [
        'beyond its range',
        stock,
        { 'shop.depot': '2' },
        { 'shop.depot': '99999999999' },
        'rope',
        '(',
        valueIs.expression,
      ],
      [
        'once for a query',
        visits,
        { 'shop.depots': '2' },
        { 'shop.depots': '2,s3cret' },
        '2024-02-29',
        '2024-02-31',
        valueIs.date,
      ],
    ])('%s', async (_, tool, right, malformed, value, wrongValue, predicate) => {
      const good = await serve(tool, { source: entitled(right) });
      expect(await good.ask({ value })).toEqual(echoed(value));
      expect(await good.ask({ value: wrongValue }), 'a wrong argument').toEqual(wrong(predicate));
      expect(await good.ask({ value }), 'and the connection goes on').toEqual(echoed(value));
      const bad = await serve(tool, { source: entitled(malformed) });
      expect(await bad.ask({ value })).toEqual(failed(told));
      expect(await bad.ask({ value: wrongValue }), 'both wrong').toEqual(failed(told));
      await vi.waitFor(() => expect(bad.calls.length).toBe(2));
      expect(reasonsOf(bad.calls[0]?.error)).toMatch(/22P02|22003/);
    });
  });

  test('a tool that there is not is an error of the protocol, and nobody is told', async () => {
    const { client, calls } = await serve(echo);
    await expect(call(client, 's3cret', { value: 'a' })).rejects.toMatchObject({
      code: -32602,
      message: expect.not.stringContaining('s3cret'),
    });
    expect(await call(client, 'echo', { value: 'hi' })).toEqual(echoed('hi'));
    await vi.waitFor(() => expect(calls.map(({ tool }) => tool)).toEqual(['echo']));
  });

  test('a pool whose connections stay in use', async () => {
    const pool = kind === 'server' ? poolOf(own.url) : own.pool;
    const { client, calls, ask } = await serve(echo, { pool, connectionTimeoutMs: 100 });
    const taken = await pool.connect();
    const told = failure('database_busy');
    expect(await ask()).toEqual(failed(told));
    taken.release();
    await expectNext(client, calls, told, /stayed in use/);
    if (kind === 'server') await pool.end();
  });

  // The embedded database cannot do this: it has one login and cannot cancel.

  if (kind === 'server')
    describe('where there is a server', () => {
      const sleep = toolOf('SELECT :value::text AS text FROM pg_sleep(600)', { statementTimeoutMs: 100 });
      const sleepLong = toolOf('SELECT :value::text AS text FROM pg_sleep(600)');
      const away = failure('database_unavailable');
      const isRunning = async () => {
        const { rows } = await own.admin.query(
          `SELECT FROM pg_stat_activity WHERE usename = $1 AND state = 'active' AND query LIKE '%pg_sleep%'`,
          [own.login],
        );
        return rows.length > 0;
      };

      test('a query that takes too long', async () => {
        const { client, calls, ask } = await serve(sleep);
        const told = failure('query_timeout');
        expect(await ask()).toEqual(failed(told));
        await expectNext(client, calls, told, /57014/);
      });

      test('a call that the client cancels', async () => {
        const { client, calls } = await serve(sleepLong);
        const abort = new AbortController();
        const answer = client.callTool({ name: 'ask', arguments: { value: 's3cret' } }, undefined, {
          signal: abort.signal,
        });
        await vi.waitFor(async () => expect(await isRunning()).toBe(true));
        abort.abort();
        await expect(answer).rejects.toThrow();
        await vi.waitFor(async () => expect(await isRunning()).toBe(false));
        await vi.waitFor(() => expect(calls.length).toBe(1));
        await expectNext(client, calls, failure('cancelled'), /57014|cancelled/);
      });

      test('a server that goes in the middle, is away, and comes back', async () => {
        const gate = await openGate(own.url);
        const pool = poolOf(gate.url);
        const { client, calls, ask } = await serve(sleepLong, { pool });
        const answer = ask();
        await vi.waitFor(async () => expect(await isRunning()).toBe(true));
        await gate.shut();
        expect(await answer).toEqual(failed(away));
        expect(await call(client, 'echo', { value: 'hi' })).toEqual(failed(away));
        await vi.waitFor(() => expect(calls.length).toBe(2));
        expect(reasonsOf(calls.pop()?.error)).toMatch(/ECONNREFUSED/);
        await gate.open();
        await expectNext(client, calls, away, /onnection|ECONNRESET/);
        await pool.end();
        await gate.close();
      });

      test('a login that is not safe', async () => {
        const { client, calls, ask } = await serve(echo, { pool: own.admin });
        const told = failure('database_unsafe');
        expect(await ask()).toEqual(failed(told));
        await vi.waitFor(() => expect(calls.length).toBe(1));
        expect(reasonsOf(calls[0]?.error)).toMatch(/is a superuser/);
        await client.close();
        const safe = await serve(echo);
        expect(await safe.ask({ value: 'hi' })).toEqual(echoed('hi'));
      });
    });
});

/** The codes and messages of an error and of what caused it. */
function reasonsOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { code, message, cause } = error as { code?: unknown; message?: unknown; cause?: unknown };
  return `${String(code)} ${String(message)}${cause === undefined ? '' : ` < ${reasonsOf(cause)}`}`;
}
