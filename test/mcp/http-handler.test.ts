import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect as connectSocket } from 'node:net';
import Fastify from 'fastify';
import { createMcpHttpHandler, createTimeMcpServer, MovieHubError } from 'movie-hub';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { http } from '../support/messages';
import { callOf, listen, mcpHeaders, open, refusal, send, slowServer } from './http-server';

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
const pong = JSON.stringify({ result: {}, jsonrpc: '2.0', id: 1 });
const notForYou = { status: 403, body: refusal(http.notForYou) };
const served = { status: 200, body: pong };
const time = () => createTimeMcpServer();

describe('to whom it answers', () => {
  test.each<[host: string, allowed: string[] | undefined, expected: object]>([
    ['localhost', undefined, served],
    ['LocalHost:3000', undefined, served],
    ['127.0.0.1:65535', undefined, served],
    ['[::1]', undefined, served],
    ['[::1]:3000', undefined, served],
    ['::1', undefined, notForYou],
    ['evil.example', undefined, notForYou],
    ['evil.example:80', undefined, notForYou],
    ['127.0.0.1.evil.example', undefined, notForYou],
    ['localhost.evil.example:3000', undefined, notForYou],
    ['evil.example#localhost', undefined, notForYou],
    ['localhost@evil.example', undefined, notForYou],
    ['127.0.0.2', undefined, notForYou],
    ['[::ffff:127.0.0.1]', undefined, notForYou],
    ['films.example:443', ['Films.Example'], served],
    ['localhost', ['films.example'], notForYou],
    ['localhost', [], notForYou],
  ])('host %j, where %j are allowed', async (host, allowedHosts, expected) => {
    const { port } = await listen(createMcpHttpHandler(time, allowedHosts && { allowedHosts }));
    expect(await send(port, ping, { headers: { host } })).toMatchObject(expected);
  });

  test('a request without a host is refused', async () => {
    const { port } = await listen(createMcpHttpHandler(time));
    const ask = async (head: string) => {
      const socket = connectSocket(port, '127.0.0.1');
      const headers = Object.entries(mcpHeaders)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('');
      const body = JSON.stringify(ping);
      socket.write(`${head}${headers}content-length: ${body.length}\r\n\r\n${body}`);
      let text = '';
      for await (const chunk of socket.setEncoding('utf8')) text += chunk;
      return text;
    };
    expect(await ask('POST / HTTP/1.0\r\n')).toMatch(/^HTTP\/1\.1 403 .*not for you/s);
    expect(await ask('POST / HTTP/1.1\r\nConnection: close\r\nHost:\r\n')).toMatch(
      /^HTTP\/1\.1 403 .*not for you/s,
    );
    expect(await ask('POST / HTTP/1.1\r\nConnection: close\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await ask('POST / HTTP/1.0\r\nHost: localhost\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each<[origin: string, expected: object]>([
    ['https://app.example', served],
    ['https://app.example:8443', notForYou],
    ['http://app.example', notForYou],
    ['https://evil.example', notForYou],
    ['https://app.example.evil.example', notForYou],
    ['http://localhost:3000', notForYou],
    ['null', notForYou],
    ['', notForYou],
  ])('origin %j, where https://app.example is allowed', async (origin, expected) => {
    const { port } = await listen(createMcpHttpHandler(time, { allowedOrigins: ['https://app.example'] }));
    expect(await send(port, ping, { headers: { origin } })).toMatchObject(expected);
  });

  test('a page of an allowed origin may ask as browsers do: first whether it may, then what', async () => {
    const { port } = await listen(createMcpHttpHandler(time, { allowedOrigins: ['https://app.example'] }));
    const from = (origin: string, method: string) =>
      send(port, method === 'POST' ? ping : '', { method, headers: { origin } });
    const allowed = { 'access-control-allow-origin': 'https://app.example', vary: 'origin' };
    expect(await from('https://app.example', 'OPTIONS')).toMatchObject({
      status: 204,
      headers: { ...allowed, 'access-control-allow-methods': 'POST' },
    });
    expect(await from('https://app.example', 'POST')).toMatchObject({ status: 200, headers: allowed });
    for (const method of ['OPTIONS', 'POST'])
      expect((await from('https://evil.example', method)).headers).not.toHaveProperty(
        'access-control-allow-origin',
      );
  });

  test('nobody refused has a server made', async () => {
    const make = vi.fn(time);
    const { port } = await listen(createMcpHttpHandler(make));
    await send(port, ping, { headers: { host: 'evil.example' } });
    await send(port, ping, { headers: { origin: 'https://evil.example' } });
    await send(port, '', { method: 'GET' });
    expect(make).not.toHaveBeenCalled();
    await send(port, ping);
    expect(make).toHaveBeenCalledOnce();
  });

  test.each(['GET', 'DELETE', 'PUT', 'OPTIONS'])('%s is not a way to ask', async (method) => {
    const { port } = await listen(createMcpHttpHandler(time));
    expect(await send(port, '', { method })).toMatchObject({
      status: 405,
      headers: { allow: 'POST' },
      body: refusal('Use POST.'),
    });
  });
});

describe('a server that cannot be made', () => {
  test.each<[what: string, error: unknown, status: number, message: string]>([
    [
      'a failure with a code',
      new MovieHubError('unauthenticated', 'Sign in first.', { cause: 's3cret' }),
      401,
      'Sign in first.',
    ],
    ['another', new MovieHubError('forbidden', 'Not for guests.'), 403, 'Not for guests.'],
    ['what could not be had', new MovieHubError('entitlements_unavailable', 'Later.'), 503, 'Later.'],
    ['any other error', new Error('s3cret at 10.0.0.5'), 500, 'The server failed.'],
    [
      'one that pretends to have a status',
      Object.assign(new Error('s3cret'), { statusCode: 200, code: 'forbidden' }),
      500,
      'The server failed.',
    ],
    ['what is no error', 's3cret', 500, 'The server failed.'],
    ['nothing', undefined, 500, 'The server failed.'],
  ])('says of %s no more than it may', async (_, error, status, message) => {
    for (const make of [
      () => {
        throw error;
      },
      () => Promise.reject(error),
    ]) {
      const told: unknown[] = [];
      const onError = (cause: unknown) => {
        told.push(cause);
        throw new Error('the log is full');
      };
      const { port, ends } = await listen(createMcpHttpHandler(make, { onError }));
      const answer = await send(port, ping);
      expect(answer).toMatchObject({ status, body: refusal(message) });
      expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined);
      expect(told).toEqual([error]);
      expect(JSON.stringify(answer)).not.toContain('s3cret');
      expect(ends).toEqual(['resolved']);
    }
  });

  test('none at all is a failure too', async () => {
    const onError = vi.fn();
    const { port } = await listen(createMcpHttpHandler(() => undefined as never, { onError }));
    expect(await send(port, ping)).toMatchObject({ status: 500, body: refusal('The server failed.') });
    expect(onError).toHaveBeenCalledOnce();
  });

  test('one server for all requests is refused while it is in use, and the one in use is not disturbed', async () => {
    let finish = () => undefined as unknown;
    const one = slowServer(
      (signal) =>
        new Promise((resolve) => {
          finish = () => resolve(signal.aborted);
        }),
    );
    const { port, ends } = await listen(createMcpHttpHandler(() => one));
    const first = send(port, callOf('slow'));
    await vi.waitFor(async () => expect((await send(port, ping)).status).toBe(500));
    finish();
    expect(JSON.parse((await first).body).result.content[0].text).toBe('false');
    await vi.waitFor(() => expect(new Set(ends)).toEqual(new Set(['resolved'])));
  });
});

describe('what it is sent', () => {
  const unreadable = refusal('Parse error: Invalid JSON', -32700);
  test('no JSON, no message, or no type', async () => {
    const { port, ends } = await listen(createMcpHttpHandler(time));
    const statusOf = async (body: unknown, headers = {}) => {
      const answer = await send(port, body, { headers });
      expect(answer.body).not.toMatch(/s3cret|\bat \S+:\d+/);
      return answer.status;
    };
    expect((await send(port, '{"s3cret"')).status).toBe(400);
    expect(JSON.parse((await send(port, '{"s3cret"')).body)).toMatchObject(JSON.parse(unreadable));
    expect(await statusOf('')).toBe(400);
    expect(await statusOf({ s3cret: 1 })).toBe(400);
    expect(await statusOf(ping, { 'content-type': 'text/plain' })).toBe(415);
    expect(await statusOf(ping, { accept: 'text/html' })).toBe(406);
    expect(await statusOf(ping)).toBe(200);
    expect(new Set(ends)).toEqual(new Set(['resolved']));
  });

  test.each<[what: string, headers: Record<string, string>]>([
    ['by its length', { 'content-length': '5000000' }],
    ['as it comes', { 'transfer-encoding': 'chunked' }],
  ])('a body that is too large, %s', async (_, headers) => {
    const { port } = await listen(createMcpHttpHandler(time));
    const outgoing = open(port, headers);
    const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
    // As much as is too much, and never the end.
    outgoing.write(`"${'x'.repeat(4_500_000)}`);
    const [{ statusCode }] = await answered;
    expect(statusCode).toBe(413);
    outgoing.destroy();
    expect((await send(port, ping)).status).toBe(200);
  });

  test('a body that an app has parsed already, as Fastify does', async () => {
    const handler = createMcpHttpHandler(time);
    const app = Fastify();
    app.post('/mcp', (incoming, reply) => {
      reply.hijack();
      return handler(incoming.raw, reply.raw, incoming.body);
    });
    onTestFinished(() => app.close());
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const answer = await fetch(`${url}/mcp`, {
      method: 'POST',
      headers: mcpHeaders,
      body: JSON.stringify(ping),
    });
    expect([answer.status, await answer.text()]).toEqual([200, pong]);
  });
});
