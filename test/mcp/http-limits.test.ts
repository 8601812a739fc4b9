import Fastify from 'fastify';
import { createMcpHttpHandler, createTimeMcpServer } from 'movie-hub';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { callOf, listen, mcpHeaders, open, refusal, send, slowServer } from './http-server';

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
const batchRefused = refusal('Send one message in a request, and not a list of them.', -32600);

describe('a request holds one message', () => {
  const call = callOf('slow');
  test.each<[what: string, body: unknown]>([
    ['of many calls', Array(100).fill(call)],
    ['of one', [call]],
    ['of none', []],
    ['after blanks', ` \n${' '.repeat(100_000)}[${JSON.stringify(call)}]`],
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
