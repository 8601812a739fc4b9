import { type AgentEvent, runAgent } from 'movie-hub';
import { ScriptedModel } from 'movie-hub/testing';
import { describe, expect, test, vi } from 'vitest';
import { EventQueue } from '../../src/sdk/agent/events';
import { deafModel, endlessModel, never, piece, stop } from './support/models';
import { readAll, scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

const callA = { toolUse: { name: 'a', input: { filter: { zone: 'UTC' } } } };
const rows = { found: [{ title: 'Alien' }] };
const servers = () => [
  toolServer('s', { a: { run: () => ({ content: [], structuredContent: structuredClone(rows) }) } }),
  { connect: () => Promise.reject(new Error('down')) },
];

test('events are flat, come in order, and each but the last is plain JSON', async () => {
  const prices = { input: 1, output: 1 };
  const turns = [[{ reasoning: 'Hm.' }, { text: 'Looking.' }, callA], 'It is Alien.'];
  const { events } = await scriptedRun(turns, { servers: servers(), prices });
  expect(events.map(({ type }) => type)).toEqual([
    'server_failed',
    'reasoning',
    'text',
    'tool_call',
    'tool_result',
    'step_finished',
    'text',
    'step_finished',
    'run_finished',
  ]);
  for (const event of events.slice(0, -1)) expect(JSON.parse(JSON.stringify(event))).toEqual(event);
  const flat = new Set(['arguments', 'structuredContent', 'usage']);
  for (const event of events) {
    const deep = Object.entries(event).filter(
      ([name, value]) => typeof value === 'object' && !flat.has(name),
    );
    expect(deep).toEqual([]);
  }
});

test('what a reader or a server does to what it is given changes nothing', async () => {
  const server = toolServer('s', {
    a: {
      run: ({ filter }) => {
        (filter as Record<string, unknown>).zone = 'changed by the server';
        return { content: [], structuredContent: structuredClone(rows) };
      },
    },
  });
  const model = new ScriptedModel({ turns: [[callA], 'ok'] });
  const run = runAgent({ model, prompt: 'x', servers: [server] });
  for await (const event of run) {
    if (event.type === 'tool_call') event.arguments.filter = 'changed by the reader';
    if (event.type === 'tool_result' && event.structuredContent) event.structuredContent.found = 'changed';
  }
  const { messages } = await run.result;
  expect(messages[1]?.content).toMatchObject([{ toolUse: { input: { filter: { zone: 'UTC' } } } }]);
  expect(JSON.stringify(messages)).toContain(JSON.stringify(rows));
  expect(JSON.stringify(messages)).not.toContain('changed');
  expect(model.requests[1]?.messages).toEqual(messages.slice(0, 3));
});

describe('to stop reading early aborts the work', () => {
  test.each<[string, AgentEvent['type'], () => object]>([
    ['in a text without end', 'text', () => ({ model: endlessModel(1) })],
    ['in a silence', 'text', () => ({ model: deafModel(piece('So'), 'silence') })],
    [
      'in a tool',
      'tool_call',
      () => ({
        model: new ScriptedModel({ turns: [[callA]] }),
        servers: [toolServer('s', { a: { run: never } })],
      }),
    ],
    [
      'in an approval',
      'tool_call',
      () => ({
        model: new ScriptedModel({ turns: [[callA]] }),
        servers: [toolServer('s', { a: { run: () => 'A' } })],
        approveTool: never,
      }),
    ],
    [
      'before a further step',
      'step_finished',
      () => ({ model: new ScriptedModel({ turns: [[callA]] }), servers: servers(), prepareStep: laterNever }),
    ],
  ])('%s', async (_, type, options) => {
    const run = runAgent({ prompt: 'x', ...options() } as never);
    for await (const event of run) if (event.type === type) break;
    expect((await run.result).stopReason).toBe('aborted');
  });

  const laterNever = ({ step }: { step: number }) => (step > 1 ? never() : undefined);

  test('an error of the reader is the reader’s, and aborts too', async () => {
    const run = runAgent({ model: endlessModel(1), prompt: 'x' });
    const read = async () => {
      for await (const _ of run) throw new Error('reader');
    };
    await expect(read()).rejects.toThrow('reader');
    expect((await run.result).stopReason).toBe('aborted');
  });

  test('after the end it changes nothing', async () => {
    const run = runAgent({ model: deafModel(piece('All.'), stop()), prompt: 'x' });
    await run.result;
    for await (const _ of run) break;
    expect((await run.result).stopReason).toBe('end_turn');
  });

  test('a reader who merely is slow loses nothing', async () => {
    const run = runAgent({ model: deafModel(piece('a'), 5, piece('b'), 5, piece('c'), stop()), prompt: 'x' });
    const seen: string[] = [];
    for await (const event of run) {
      if (event.type === 'text') seen.push(event.text);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(seen.join('')).toBe('abc');
  });
});

describe('the queue of events', () => {
  test('serves readers who wait in the order in which they came', async () => {
    const queue = new EventQueue();
    const waiting = [queue.next(), queue.next(), queue.next()];
    queue.push({ type: 'text', text: '1' });
    queue.push({ type: 'text', text: '2' });
    queue.end();
    expect(await Promise.all(waiting)).toEqual([
      { type: 'text', text: '1' },
      { type: 'text', text: '2' },
      undefined,
    ]);
  });
});

test('a run that nobody reads ends all the same, and rejects nothing', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const run = runAgent({ model: deafModel(piece('So'), 'silence'), prompt: 'x', chunkTimeoutMs: 20 });
  expect((await run.result).stopReason).toBe('chunk_timeout');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
  expect((await readAll(run)).at(-1)).toMatchObject({ type: 'run_finished', stopReason: 'chunk_timeout' });
});

test('a result tells how many rows it has where its server says so', async () => {
  const run = (meta: object) => ({ content: [], structuredContent: structuredClone(rows), ...meta });
  const server = toolServer('s', {
    told: { run: () => run({ _meta: { 'movie-hub/rows': 1 } }) },
    untold: { run: () => run({}) },
    odd: { run: () => run({ _meta: { 'movie-hub/rows': 'many' } }) },
  });
  const names = ['told', 'untold', 'odd'];
  const model = new ScriptedModel({ turns: [names.map((name) => ({ toolUse: { name } })), 'Done.'] });
  const events = await readAll(runAgent({ model, prompt: 'q', servers: [server] }));
  const results = events.filter((event) => event.type === 'tool_result');
  expect(Object.fromEntries(results.map(({ name, rows: count }) => [name, count]))).toEqual({
    told: 1,
    untold: undefined,
    odd: undefined,
  });
});
