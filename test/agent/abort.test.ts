import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { type AgentRun, type Model, type ModelEvent, runAgent } from 'movie-hub';
import { describe, expect, test, vi } from 'vitest';
import type { InProcessServer } from '../../src/sdk/agent/servers/connect';
import { instead } from '../support/messages';
import { eventsOf, expectSound, readAll, resultsIn, startBedrockRun } from './support/bedrock-run';
import { toolServer } from './support/tool-server';

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('over %s', (http) => {
  test('before the run: the model is not called', async () => {
    const { bedrock, run } = await startBedrockRun({ http, turns: ['x'], signal: AbortSignal.abort() });
    const result = await run.result;
    expect(result).toMatchObject({ stopReason: 'aborted', turns: 0, text: '', failedServers: [] });
    expect(result.messages).toHaveLength(1);
    expect(bedrock.requests).toEqual([]);
  });

  test('before the first byte of the answer', async () => {
    const { bedrock, run } = await startBedrockRun({ http, turns: [() => new Promise(() => {})] });
    await vi.waitFor(() => expect(bedrock.requests).toHaveLength(1));
    run.abort();
    expect(await run.result).toMatchObject({ stopReason: 'aborted', turns: 0, text: '' });
    await vi.waitFor(() => expect(bedrock.requests[0]?.cancelled).toBe(true));
  });

  test.each([
    ['run.abort()', (run: AgentRun) => run.abort()],
    ['the signal', (_: AgentRun, controller: AbortController) => controller.abort()],
  ])('in the text, by %s: what came is kept, and the request is cancelled', async (_, stop) => {
    const controller = new AbortController();
    const { bedrock, run } = await startBedrockRun({
      http,
      turns: [{ content: [{ text: ['Ripley', ' and'] }, { toolUse: { name: 'a' } }], fault: 'stall' }],
      signal: controller.signal,
    });
    for await (const event of run) if (event.type === 'text') stop(run, controller);
    const result = await run.result;
    expect(result.stopReason).toBe('aborted');
    expect(result).not.toHaveProperty('error');
    expect(result.text).toMatch(/^Ripley/);
    expect(result.messages[1]).toMatchObject({ role: 'assistant', content: [{ text: result.text }] });
    expectSound(result);
    await vi.waitFor(() => expect(bedrock.requests[0]?.cancelled).toBe(true));
  });

  test('by leaving the loop', async () => {
    const { bedrock, run } = await startBedrockRun({
      http,
      turns: [{ content: [{ text: 'Ripley' }], fault: 'stall' }],
    });
    for await (const event of run) if (event.type === 'text') break;
    expect((await run.result).stopReason).toBe('aborted');
    await vi.waitFor(() => expect(bedrock.requests[0]?.cancelled).toBe(true));
  });
});

test('in a tool: it is told, what had finished is kept, every call is answered', async () => {
  let told = false;
  const server = toolServer('s', {
    quick: { run: () => 'Q' },
    slow: {
      run: (_, signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            told = true;
          });
        }),
    },
  });
  const calls = [{ toolUse: { name: 'slow' } }, { toolUse: { name: 'quick' } }];
  const { bedrock, run } = await startBedrockRun({ turns: [calls, 'unused'], servers: [server] });
  const seen = [];
  for await (const event of run) {
    seen.push(event);
    if (event.type === 'tool_result' && event.name === 'quick') run.abort();
  }
  const result = await run.result;
  expect(result).toMatchObject({ stopReason: 'aborted', turns: 1 });
  expect(told).toBe(true);
  expect(eventsOf(seen, 'tool_result').map(({ name, isError }) => [name, isError])).toEqual([
    ['quick', false],
    ['slow', true],
  ]);
  expect(resultsIn(result.messages)).toEqual([
    {
      toolUseId: 'tooluse_1',
      status: 'error',
      content: [{ text: instead.stopped }],
    },
    { toolUseId: 'tooluse_2', content: [{ text: 'Q' }] },
  ]);
  expectSound(result);
  expect(bedrock.requests).toHaveLength(1);
});

test('while a server connects, which is let go of', async () => {
  let closed = false;
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const silent: InProcessServer = {
    connect(transport) {
      transport.onclose = () => {
        closed = true;
      };
      begin();
      return new Promise(() => {});
    },
  };
  const { run } = await startBedrockRun({ turns: ['x'], servers: [silent] });
  await begun;
  run.abort();
  expect(await run.result).toMatchObject({ stopReason: 'aborted', turns: 0, failedServers: [] });
  expect(closed).toBe(true);
});

test('after the end no server is told to stop what it has done', async () => {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'test', version: '1' });
  await toolServer('s', { a: { run: () => 'A' } }).connect(serverSide);
  await client.connect(clientSide);
  const { run } = await startBedrockRun({ turns: [[{ toolUse: { name: 'a' } }], 'ok'], servers: [client] });
  await run.result;
  const sent = vi.spyOn(clientSide, 'send');
  run.abort();
  expect(sent).not.toHaveBeenCalled();
  await client.ping();
  expect(sent).toHaveBeenCalledOnce();
});

test('a model and a tool that heed no signal cannot keep the run', async () => {
  const deaf: Model = {
    id: 'deaf',
    async *stream(): AsyncGenerator<ModelEvent> {
      yield { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'So' } } };
      await new Promise(() => {});
    },
  };
  const run = runAgent({ model: deaf, prompt: 'x' });
  for await (const event of run) if (event.type === 'text') break;
  expect(await run.result).toMatchObject({ stopReason: 'aborted', text: 'So' });

  const server = toolServer('s', { deaf: { run: () => new Promise(() => {}) } });
  const second = await startBedrockRun({ turns: [[{ toolUse: { name: 'deaf' } }]], servers: [server] });
  for await (const event of second.run) if (event.type === 'tool_call') break;
  expect((await second.run.result).stopReason).toBe('aborted');
});

test('after the end it changes nothing, and nothing stays attached to the signal', async () => {
  const controller = new AbortController();
  const added = vi.spyOn(controller.signal, 'addEventListener');
  const removed = vi.spyOn(controller.signal, 'removeEventListener');
  const { run } = await startBedrockRun({ turns: ['All.'], signal: controller.signal });
  const result = await run.result;
  run.abort();
  controller.abort();
  expect((await readAll(run)).at(-1)).toMatchObject({ type: 'run_finished', stopReason: 'end_turn' });
  expect(result.stopReason).toBe('end_turn');
  expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
});

test('the reader may leave while it waits for an event', async () => {
  const { run } = await startBedrockRun({ turns: [{ content: [], fault: 'stall' }] });
  const iterator = run[Symbol.asyncIterator]();
  const waiting = iterator.next();
  await iterator.return?.();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect((await run.result).stopReason).toBe('aborted');
});
