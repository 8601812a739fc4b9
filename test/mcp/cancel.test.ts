import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  createMcpHttpHandler,
  createPool,
  createQueryMcpServer,
  defineQueryTool,
  movieEntitlements,
  type ToolCall,
  type ToolServer,
} from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { poolOf } from '../database/pool-of';
import { makeSleeper, type Sleeper } from '../database/sleeper';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { call, connect } from '../support/mcp';
import { messageOf } from '../support/messages';

const makers = {
  plain: poolOf,
  pipelining: (url: string, max = 1) => createPool({ connectionString: url, max }),
};
const kinds = Object.keys(makers) as (keyof typeof makers)[];

describe.runIf(databaseKinds.includes('server')).each(kinds)(
  'a caller who goes, on a %s pool of one',
  (kind) => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await openDatabase('server');
    });
    afterAll(() => database.close());

    interface Opened {
      readonly pool: Pool;
      readonly sleeper: Sleeper;
      /** What the server's listener was told. */
      readonly told: ToolCall[];
      makeServer(): ToolServer;
      /** Checks that nothing runs any more, what was told of it, and that the next caller is served. */
      afterwards(): Promise<void>;
    }

    const open = (): Opened => {
      const pool = makers[kind](database.urls.reader);
      onTestFinished(() => pool.end());
      const sleeper = makeSleeper(database.admin);
      const told: ToolCall[] = [];
      const tool = (name: string, sql: string) =>
        defineQueryTool({
          name,
          sql,
          title: 'A test',
          description: 'Does what the test asks for.',
          input: { type: 'object', properties: {}, additionalProperties: false },
          row: { type: 'object', properties: { one: { type: 'integer' } } },
          statementTimeoutMs: 60_000,
        });
      const makeServer = () =>
        createQueryMcpServer(pool, movieEntitlements({ titleTypes: [1] }), {
          name: 'test',
          version: '1',
          instructions: 'For tests.',
          tools: [tool('sleep', sleeper.sql), tool('one', 'SELECT 1 AS one')],
          onToolCall: (each) => told.push(each),
        });
      const afterwards = async () => {
        await sleeper.gone();
        const outcomes = () => told.map(({ tool: name, outcome }) => [name, outcome]);
        await expect.poll(outcomes).toEqual([['sleep', 'cancelled']]);
        const client = await connect(makeServer());
        expect((await call(client, 'one', {})).structuredContent).toMatchObject({ rows: [{ one: 1 }] });
        await client.close();
        // The answer may overtake its COMMIT.
        await expect.poll(() => [pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0]);
      };
      return { pool, sleeper, told, makeServer, afterwards };
    };

    test('by cancelling his call: it is ended in PostgreSQL, and his client goes on', async () => {
      const { sleeper, makeServer, afterwards } = open();
      const client = await connect(makeServer());
      const controller = new AbortController();
      const asleep = client.callTool({ name: 'sleep' }, undefined, { signal: controller.signal });
      const ended = expect(asleep).rejects.toThrow('enough');
      await sleeper.started();
      controller.abort(new Error('enough'));
      await Promise.all([ended, afterwards()]);
      expect((await call(client, 'one', {})).isError).toBeUndefined();
      await client.close();
    });

    test('by closing his client in this process', async () => {
      const { sleeper, makeServer, afterwards } = open();
      const client = await connect(makeServer());
      const ended = expect(client.callTool({ name: 'sleep' })).rejects.toThrow('Connection closed');
      await sleeper.started();
      await client.close();
      await Promise.all([ended, afterwards()]);
    });

    /** Serves over HTTP, and returns how to call a tool there. */
    const serve = async (makeServer: () => ToolServer) => {
      const handle = createMcpHttpHandler(makeServer);
      const http = createServer((request, response) => void handle(request, response));
      http.listen(0, '127.0.0.1');
      await once(http, 'listening');
      onTestFinished(() => {
        http.closeAllConnections();
        http.close();
      });
      const address = http.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      return (name: string, signal?: AbortSignal) =>
        fetch(`http://127.0.0.1:${address.port}/mcp`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
          body: JSON.stringify({
            jsonrpc: '2.0',
            id: 1,
            method: 'tools/call',
            params: { name, arguments: {} },
          }),
          ...(signal && { signal }),
        });
    };

    test('by breaking off his HTTP request', async () => {
      const { sleeper, makeServer, afterwards } = open();
      const post = await serve(makeServer);
      const controller = new AbortController();
      const ended = expect(post('sleep', controller.signal)).rejects.toThrow(/aborted/);
      await sleeper.started();
      controller.abort();
      await Promise.all([ended, afterwards()]);
      expect(await (await post('one')).json()).toMatchObject({
        result: { structuredContent: { rows: [{ one: 1 }] } },
      });
    });

    test('while he waits for the pool: nothing is run', async () => {
      const { pool, sleeper, makeServer, told } = open();
      const post = await serve(makeServer);
      const held = await pool.connect();
      const controller = new AbortController();
      const ended = expect(post('sleep', controller.signal)).rejects.toThrow(/aborted/);
      await expect.poll(() => pool.waitingCount).toBe(1);
      controller.abort();
      await ended;
      await expect.poll(() => told.map(({ outcome }) => outcome)).toEqual(['cancelled']);
      held.release();
      await expect.poll(() => [pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0]);
      expect(await sleeper.count()).toBe(0);
    });

    describe('however many calls one principal has running', () => {
      /** Calls of principals on a pool of four, each with a server of its own, as over HTTP. */
      const openFour = (limits: { maxCallsAtOnce?: number; connectionTimeoutMs?: number } = {}) => {
        const pool = makers[kind](database.urls.reader, 4);
        onTestFinished(() => pool.end());
        const sleeper = makeSleeper(database.admin);
        const tool = (name: string, sql: string) =>
          defineQueryTool({
            name,
            sql,
            title: 'A test',
            description: 'Does what the test asks for.',
            input: { type: 'object', properties: {} },
            row: { type: 'object', properties: { one: { type: 'integer' } } },
          });
        const tools = [tool('sleep', sleeper.sql), tool('one', 'SELECT 1 AS one')];
        const outcomes: unknown[] = [];
        const clients: Client[] = [];
        const callAs = async (principal: unknown, name: string) => {
          const server = createQueryMcpServer(pool, movieEntitlements({ titleTypes: [1], principal }), {
            name: 'test',
            version: '1',
            instructions: 'For tests.',
            tools,
            ...limits,
            onToolCall: ({ outcome, principal: who }) => outcomes.push([who, outcome]),
          });
          const client = await connect(server);
          clients.push(client);
          return call(client, name, {});
        };
        const asleep = (count: number) => expect.poll(sleeper.count).toBe(count);
        const wakeAll = async () => {
          await Promise.all(clients.map((client) => client.close()));
          await asleep(0);
        };
        const begin = (principal: unknown, count: number) => {
          for (let i = 0; i < count; i += 1) callAs(principal, 'sleep').catch(() => undefined);
        };
        /** What is waited for then is a turn, and no connection. */
        const warmUp = async () => {
          const held = await Promise.all([1, 2, 3, 4].map(() => pool.connect()));
          for (const each of held) each.release();
        };
        return { callAs, begin, asleep, wakeAll, warmUp, outcomes };
      };

      test.each<[who: string, one: unknown, other: unknown]>([
        ['names', 'ada', 'bob'],
        ['numbers', 1, 2],
        ['objects', { tenant: 1, id: 7 }, { tenant: 2, id: 7 }],
      ])('%s: he has half of the pool, and the others are served', async (_, one, other) => {
        const { callAs, begin, asleep, wakeAll, warmUp, outcomes } = openFour({ connectionTimeoutMs: 300 });
        await warmUp();
        begin(one, 6);
        await asleep(2);
        const served = await callAs(other, 'one');
        expect(served.structuredContent).toMatchObject({ rows: [{ one: 1 }] });
        const refused = () => outcomes.filter((each) => JSON.stringify(each).includes('too_many_requests'));
        await expect.poll(refused).toEqual(Array(4).fill([one, 'too_many_requests']));
        await asleep(2);
        await wakeAll();
        expect((await callAs(one, 'one')).structuredContent).toMatchObject({ rows: [{ one: 1 }] });
      });

      test('he has what maxCallsAtOnce says, and the rest wait for their turn', async () => {
        const { callAs, begin, asleep, wakeAll } = openFour({ maxCallsAtOnce: 3 });
        begin('ada', 3);
        await asleep(3);
        const waiting = Promise.all([callAs('ada', 'one'), callAs('ada', 'one')]);
        await callAs('bob', 'one');
        // His own three are ended, and those that waited are served.
        await database.admin.query(
          `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
           WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid() AND datname = current_database()`,
        );
        expect((await waiting).map(({ isError }) => isError)).toEqual([undefined, undefined]);
        await wakeAll();
      });

      test('nobody is named, so nobody is limited', async () => {
        const { begin, asleep, wakeAll } = openFour();
        begin(undefined, 4);
        await asleep(4);
        await wakeAll();
      });

      test.each([0, 1.5])('a limit of %s is refused', (maxCallsAtOnce) => {
        const make = () =>
          createQueryMcpServer({} as Pool, movieEntitlements({ titleTypes: [1] }), {
            name: 'test',
            version: '1',
            instructions: 'For tests.',
            tools: [],
            maxCallsAtOnce,
          });
        expect(make).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
      });
    });

    test('what is told of it is its code, and nothing of SQL', async () => {
      const { sleeper, makeServer, told } = open();
      const client = await connect(makeServer());
      const ended = client.callTool({ name: 'sleep' }).catch(() => undefined);
      await sleeper.started();
      await client.close();
      await ended;
      await expect.poll(() => told.length).toBe(1);
      expect(told[0]).toMatchObject({
        outcome: 'cancelled',
        rows: 0,
        error: { code: 'cancelled', message: messageOf.cancelled },
      });
    });
  },
);
