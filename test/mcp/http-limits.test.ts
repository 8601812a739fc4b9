import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { Readable } from 'node:stream';
import Fastify from 'fastify';
import { createMcpHttpHandler, createTimeMcpServer, MovieHubError } from 'movie-hub';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { http } from '../support/messages';
import { callOf, listen, mcpHeaders, open, refusal, send, slowServer } from './http-server';

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
const responseOf = async (outgoing: ClientRequest) => {
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response.resume();
};
const batchRefused = refusal(http.oneMessage, -32600);

describe('a request holds one message', () => {
  const call = callOf('slow');
  test.each<[what: string, body: unknown]>([
    ['of many calls', Array(100).fill(call)],
    ['of one', [call]],
    ['of none', []],
    ['after blanks', ` \n${' '.repeat(60_000)}[${JSON.stringify(call)}]`],
  ])('a list %s is refused, and nothing of it is started', async (_, body) => {
    const work = vi.fn(() => 'done');
    const { port } = await listen(createMcpHttpHandler(() => slowServer(work)));
    expect(await send(port, body)).toMatchObject({ status: 400, body: batchRefused });
    expect(work).not.toHaveBeenCalled();
    expect(await send(port, call)).toMatchObject({ status: 200 });
    expect(work).toHaveBeenCalledOnce();
  });

  test('also where an app has parsed it already', async () => {
    const handler = createMcpHttpHandler(() => createTimeMcpServer());
    const app = Fastify();
    app.post('/mcp', (incoming, reply) => {
      reply.hijack();
      return handler(incoming.raw, reply.raw, incoming.body);
    });
    onTestFinished(() => app.close());
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const post = async (body: unknown) => {
      const answer = await fetch(`${url}/mcp`, {
        method: 'POST',
        headers: mcpHeaders,
        body: JSON.stringify(body),
      });
      return [answer.status, answer.status === 200 || (await answer.text())];
    };
    expect(await post([ping, ping])).toEqual([400, batchRefused]);
    expect(await post(ping)).toEqual([200, true]);
  });
});

describe('when the client has left', () => {
  test('a server that is never made does not hold the handler', async () => {
    const make = vi.fn(() => new Promise<never>(() => undefined));
    const { port, ends } = await listen(createMcpHttpHandler(make));
    const outgoing = open(port);
    outgoing.end(JSON.stringify(ping));
    await vi.waitFor(() => expect(make).toHaveBeenCalledOnce());
    expect(ends).toEqual([]);
    outgoing.destroy();
    await vi.waitFor(() => expect(ends).toEqual(['resolved']));
  });

  test('one that fails later is told of', async () => {
    let fail = (_: Error) => undefined as unknown;
    const make = vi.fn(
      () =>
        new Promise<never>((_, reject) => {
          fail = reject;
        }),
    );
    const onError = vi.fn();
    const { port, ends } = await listen(createMcpHttpHandler(make, { onError }));
    const outgoing = open(port);
    outgoing.end(JSON.stringify(ping));
    await vi.waitFor(() => expect(make).toHaveBeenCalledOnce());
    outgoing.destroy();
    await vi.waitFor(() => expect(ends).toEqual(['resolved']));
    fail(new Error('late'));
    await vi.waitFor(() =>
      expect(onError).toHaveBeenCalledWith(expect.objectContaining({ message: 'late' })),
    );
  });

  test('one that leaves while it sends does not hold it either', async () => {
    const { port, ends } = await listen(createMcpHttpHandler(() => createTimeMcpServer()));
    const outgoing = open(port);
    outgoing.write('{');
    await expect.poll(() => send(port, ping)).toMatchObject({ status: 200 });
    outgoing.destroy();
    await vi.waitFor(() => expect(ends.length).toBeGreaterThan(1));
    expect(new Set(ends)).toEqual(new Set(['resolved']));
  });

  test('what ending the server throws is told, and is nobody’s unhandled rejection', async () => {
    const onError = vi.fn();
    const broken = () =>
      Object.assign(createTimeMcpServer(), {
        onclose: () => {
          throw new Error('on close');
        },
      });
    const { port } = await listen(createMcpHttpHandler(broken, { onError }));
    expect(await send(port, ping)).toMatchObject({ status: 200 });
    await vi.waitFor(() =>
      expect(onError).toHaveBeenCalledWith(expect.objectContaining({ message: 'on close' })),
    );
  });
});

describe('a body that is too large', () => {
  const time = () => createTimeMcpServer();
  const large = Buffer.alloc(5_000_000, 'x');

  /** Clients, with how they send five megabytes and what status they are answered with. */
  const clients: readonly (readonly [string, (port: number) => Promise<number | undefined>])[] = [
    [
      'of Node, which says its length',
      async (port) => {
        const outgoing = open(port, { 'content-length': String(large.length) });
        outgoing.end(large);
        return (await responseOf(outgoing)).statusCode;
      },
    ],
    [
      'of Node, which does not',
      async (port) => {
        const outgoing = open(port);
        Readable.from(Array(50).fill(large.subarray(0, 100_000))).pipe(outgoing);
        return (await responseOf(outgoing)).statusCode;
      },
    ],
    [
      'fetch',
      async (port) => {
        const url = `http://127.0.0.1:${port}/mcp`;
        const answer = await fetch(url, { method: 'POST', headers: mcpHeaders, body: large });
        await answer.text();
        return answer.status;
      },
    ],
    [
      'that reads when it has sent all',
      async (port) => {
        const socket = connectSocket(port, '127.0.0.1').pause();
        socket.write(
          `POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: ${large.length}\r\n\r\n`,
        );
        await new Promise<void>((resolve, reject) => {
          socket.once('error', reject);
          socket.write(large, () => resolve());
        });
        let text = '';
        for await (const chunk of socket.resume().setEncoding('utf8')) text += chunk;
        return Number(/^HTTP\/1\.1 (\d+) /.exec(text)?.[1]);
      },
    ],
  ];

  test.each(clients)('is told so to a client %s, each time', async (_, sendLarge) => {
    const { port, ends } = await listen(createMcpHttpHandler(time));
    const statuses: unknown[] = [];
    for (let i = 0; i < 4; i += 1)
      statuses.push(...(await Promise.all([1, 2, 3].map(() => sendLarge(port).catch(String)))));
    expect(statuses).toEqual(Array(12).fill(413));
    await vi.waitFor(() => expect(ends).toEqual(Array(12).fill('resolved')));
    expect(await send(port, ping)).toMatchObject({ status: 200 });
  });

  test.each(clients)('that nobody would read is answered to a client %s too', async (_, sendLarge) => {
    const unknown = () => Promise.reject(new MovieHubError('unauthenticated', 'Sign in first.'));
    const { port } = await listen(createMcpHttpHandler(unknown));
    const statuses: unknown[] = [];
    for (let i = 0; i < 4; i += 1) statuses.push(await sendLarge(port).catch(String));
    expect(statuses).toEqual(Array(4).fill(401));
  });

  test.each([
    [undefined, 65_536],
    [1_000, 1_000],
    [200_000, 200_000],
  ])('is one byte more than %s', async (maxBodyBytes, most) => {
    const { port } = await listen(createMcpHttpHandler(time, { ...(maxBodyBytes && { maxBodyBytes }) }));
    const text = JSON.stringify(ping);
    const chunked = { 'transfer-encoding': 'chunked' };
    for (const headers of [{}, chunked]) {
      expect(await send(port, text.padEnd(most), { headers })).toMatchObject({ status: 200 });
      const refused = await send(port, text.padEnd(most + 1), { headers });
      expect(refused).toMatchObject({
        status: 413,
        body: expect.stringContaining(String(most)),
      });
    }
  });

  test.each([{ maxBodyBytes: 0 }, { maxBodyBytes: 1.5 }, { bodyTimeoutMs: 0 }])(
    'a limit of %j is refused',
    (limit) => {
      expect(() => createMcpHttpHandler(time, limit)).toThrow(
        expect.objectContaining({ code: 'invalid_argument' }),
      );
    },
  );
});

describe('bodies that do not arrive', () => {
  const time = () => createTimeMcpServer();
  const answerOf = async (outgoing: ClientRequest) => {
    const { statusCode, headers } = await responseOf(outgoing);
    return [statusCode, headers['retry-after'], headers.connection];
  };

  test('have their time, and then they are told so', async () => {
    const { port, ends } = await listen(createMcpHttpHandler(time, { bodyTimeoutMs: 100 }));
    const outgoing = open(port);
    const answered = answerOf(outgoing);
    outgoing.write('{');
    expect(await answered).toEqual([408, undefined, 'close']);
    outgoing.destroy();
    await vi.waitFor(() => expect(ends).toEqual(['resolved']));
    expect(await send(port, ping)).toMatchObject({ status: 200 });
  });

  test('are few: past 256 the oldest is refused, and whoever sends at once is served', async () => {
    const { port } = await listen(createMcpHttpHandler(time, { bodyTimeoutMs: 600_000 }));
    const refused: number[] = [];
    const answers: Promise<unknown>[] = [];
    const all = Array.from({ length: 300 }, (_, i) => {
      const outgoing = open(port);
      answers[i] = answerOf(outgoing);
      answers[i]?.then(
        () => refused.push(i),
        () => undefined,
      );
      outgoing.write('{');
      return outgoing;
    });
    await vi.waitFor(() => expect(refused.length).toBe(44));
    const [first = -1] = refused;
    expect(await answers[first]).toEqual([503, '1', 'close']);
    expect(await send(port, ping)).toMatchObject({ status: 200 });
    for (const outgoing of all) outgoing.destroy();
  });

  test('hold 16 MB together at most', async () => {
    const maxBodyBytes = 4 * 1024 * 1024;
    const { port } = await listen(createMcpHttpHandler(time, { maxBodyBytes, bodyTimeoutMs: 600_000 }));
    const refused: unknown[] = [];
    const all = Array.from({ length: 8 }, () => {
      const outgoing = open(port);
      const body = JSON.stringify(ping).padEnd(3_900_000);
      outgoing.write(body);
      const answered = answerOf(outgoing).then(([status]) => refused.push(status));
      return { outgoing, answered: answered.catch(() => undefined) };
    });
    await vi.waitFor(() => expect(refused).toEqual([503, 503, 503, 503]));
    expect(await send(port, ping)).toMatchObject({ status: 200 });
    // Those that were kept can still arrive.
    for (const { outgoing } of all) outgoing.end();
    await Promise.all(all.map(({ answered }) => answered));
    expect(refused).toEqual([503, 503, 503, 503, 200, 200, 200, 200]);
  });

  test('that somebody else has read already are no message', async () => {
    const handler = createMcpHttpHandler(time);
    const { port } = await listen(async (request, response) => {
      for await (const _ of request);
      return handler(request, response);
    });
    expect(await send(port, ping)).toMatchObject({ status: 400 });
  });
});
