import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createMcpHttpHandler, MovieHubError } from 'movie-hub';
import type { ScriptedTurn } from 'movie-hub/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { instead } from '../support/messages';
import { eventsOf, scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

async function listen(listener: RequestListener) {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(close);
  return { server, url, close };
}

const call = (name: string) => ({ toolUse: { name } });
const remote = (run: () => string | Promise<string> = () => 'R') => toolServer('remote', { r: { run } });
const works = () => toolServer('works', { a: { run: () => 'A' } });
const namesIn = ({ tools = [] }: { tools?: readonly { name: string }[] }) => tools.map(({ name }) => name);

function authenticate({ headers }: IncomingMessage) {
  if (headers.authorization !== 'Bearer secret')
    throw new MovieHubError('unauthenticated', 'Sign in to use this server.');
  return remote(() => `hello ${headers['x-user']}`);
}

describe('a server at an address', () => {
  test('is reached with the headers that are given, in every request', async () => {
    const { url } = await listen(createMcpHttpHandler(authenticate));
    const headers = { authorization: 'Bearer secret', 'X-User': 'jim' };
    for (const address of [url, new URL(url)]) {
      const { events, result } = await scriptedRun([[call('r')], 'ok'], {
        servers: [{ url: address, headers }],
      });
      expect(result.failedServers).toMatchObject([]);
      expect(eventsOf(events, 'tool_call')).toMatchObject([{ server: 'remote' }]);
      expect(eventsOf(events, 'tool_result')).toMatchObject([{ isError: false, content: 'hello jim' }]);
    }
  });

  test.each<[string, () => Promise<{ url: string; headers?: Record<string, string> }>, object]>([
    ['wants credentials', () => listen(createMcpHttpHandler(authenticate)), {}],
    [
      'takes others',
      async () => ({
        ...(await listen(createMcpHttpHandler(authenticate))),
        headers: { authorization: 'Bearer x' },
      }),
      {},
    ],
    ['is not there', async () => ({ url: 'http://127.0.0.1:1/mcp' }), {}],
    ['is something else', () => listen((_, response) => response.end('<h1>Hello</h1>')), {}],
    ['never answers', () => listen(() => undefined), { toolTimeoutMs: 500 }],
    ['breaks off', () => listen((request) => request.socket.destroy()), {}],
    ['leads in a circle', () => listen((_, r) => r.writeHead(307, { location: '/mcp' }).end()), {}],
  ])('that %s is reported, and the others go on', async (_, start, limits) => {
    const { url, headers } = await start();
    const { model, events, result } = await scriptedRun([[call('a')], 'ok'], {
      servers: [{ url, ...(headers && { headers }) }, works()],
      ...limits,
    });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'ok' });
    expect(eventsOf(events, 'server_failed')).toMatchObject([{ server: 'server-1' }]);
    expect(result.failedServers).toMatchObject([{ server: 'server-1', cause: expect.any(Error) }]);
    expect(namesIn(model.requests[0] ?? {})).toEqual(['a']);
  });

  test('that goes away between two steps loses its tools after the call that shows it', async () => {
    const { url, close } = await listen(createMcpHttpHandler(() => remote()));
    const closing: ScriptedTurn = () => {
      close();
      return [call('r'), call('a')];
    };
    const { model, events, result } = await scriptedRun([[call('r')], closing, 'ok'], {
      servers: [{ url }, works()],
    });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'ok' });
    expect(eventsOf(events, 'tool_result').map(({ name, content }) => [name, content])).toEqual(
      expect.arrayContaining([
        ['r', 'R'],
        ['r', instead.lost],
        ['a', 'A'],
      ]),
    );
    expect(model.requests.map(namesIn)).toEqual([['r', 'a'], ['r', 'a'], ['a']]);
    expect(eventsOf(events, 'server_failed')).toMatchObject([{ server: 'remote' }]);
    expect(result.failedServers).toMatchObject([{ server: 'remote', cause: expect.any(Error) }]);
  });

  test('that goes away in a call is lost', async () => {
    const { url, close } = await listen(
      createMcpHttpHandler(() =>
        remote(() => {
          close();
          return new Promise<string>(() => {});
        }),
      ),
    );
    const { model, events } = await scriptedRun([[call('r')], 'ok'], { servers: [{ url }] });
    expect(eventsOf(events, 'tool_result')).toMatchObject([{ isError: true, content: instead.lost }]);
    expect(model.requests.map(namesIn)).toEqual([['r'], []]);
  });

  test('that breaks off one call and answers the next keeps its tools', async () => {
    let calls = 0;
    const handler = createMcpHttpHandler(() => remote());
    const { url } = await listen(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      if (body.includes('tools/call') && calls++ === 0) request.socket.destroy();
      else await handler(request, response, body === '' ? undefined : JSON.parse(body));
    });
    const { model, events, result } = await scriptedRun([[call('r')], [call('r')], 'ok'], {
      servers: [{ url }],
    });
    expect(eventsOf(events, 'tool_result').map(({ isError, content }) => [isError, content])).toEqual([
      [true, instead.failed],
      [false, 'R'],
    ]);
    expect(model.requests.map(namesIn)).toEqual([['r'], ['r'], ['r']]);
    expect(result.failedServers).toMatchObject([]);
  });

  test.each([404, 500])(
    'that answers a call with an error of code %i of its own is called once',
    async (code) => {
      const calls: string[] = [];
      const { url } = await listen(async (request, response) => {
        if (request.method !== 'POST') return void response.writeHead(405).end();
        let body = '';
        for await (const chunk of request) body += chunk;
        const { id, method, params = {} } = JSON.parse(body);
        if (id === undefined) return void response.writeHead(202).end();
        const { protocolVersion } = params;
        const results: Record<string, object> = {
          initialize: {
            protocolVersion,
            capabilities: { tools: {} },
            serverInfo: { name: 's', version: '1' },
          },
          'tools/list': { tools: [{ name: 'pay', inputSchema: { type: 'object' } }] },
          ping: {},
        };
        if (method === 'tools/call') calls.push(params.name);
        const answer = results[method]
          ? { result: results[method] }
          : { error: { code, message: 'Paid, but there is no receipt.' } };
        response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'one' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
      });
      const { events, result } = await scriptedRun([[call('pay')], 'ok'], { servers: [{ url }] });
      expect(eventsOf(events, 'tool_result')).toMatchObject([{ isError: true }]);
      expect(calls).toEqual(['pay']);
      expect(result.failedServers).toEqual([]);
    },
  );

  test('that keeps sessions gets its session back at the end', async () => {
    const methods: string[] = [];
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => 'session' });
    await remote().connect(transport as Parameters<ReturnType<typeof remote>['connect']>[0]);
    const { url } = await listen((request, response) => {
      methods.push(request.method ?? '');
      void transport.handleRequest(request, response);
    });
    const { result } = await scriptedRun([[call('r')], 'ok'], { servers: [{ url }] });
    expect(result.failedServers).toMatchObject([]);
    expect(methods.at(-1)).toBe('DELETE');
  });
});
