import { type Model, type ModelEvent, type RunAgentOptions, runAgent } from 'movie-hub';
import { ScriptedModel } from 'movie-hub/testing';
import { describe, expect, test, vi } from 'vitest';
import type { ScriptedFault } from '../../src/testing/script';
import { instead } from '../support/messages';
import { bedrockRun } from './support/bedrock-run';
import { deafModel, endlessModel, never, piece, stop } from './support/models';
import { eventsOf, finish, inOwnTime, scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

type Settings = Omit<RunAgentOptions, 'model' | 'client' | 'modelId' | 'prompt' | 'messages'>;
const callA = { toolUse: { name: 'a' } };
const serverOf = (run: (input: object, signal: AbortSignal) => string | Promise<string>) =>
  toolServer('s', { a: { run } });
const stall: ScriptedFault = 'stall';
const scripted = (...turns: ConstructorParameters<typeof ScriptedModel>[0]['turns']) =>
  new ScriptedModel({ turns });
const stalls = { content: [{ text: 'So' }], fault: stall };
const silent = { events: [], fault: stall };
const deafServer = () => [serverOf(never)];

const cases: Array<
  [limit: string, what: string, model: () => Model, settings: () => Settings, text: string]
> = [
  [
    'first_chunk_timeout',
    'a model that stalls',
    () => scripted(silent),
    () => ({ firstChunkTimeoutMs: 30 }),
    '',
  ],
  ['first_chunk_timeout', 'a deaf one', () => deafModel('silence'), () => ({ firstChunkTimeoutMs: 30 }), ''],
  ['chunk_timeout', 'a model that stalls', () => scripted(stalls), () => ({ chunkTimeoutMs: 30 }), 'So'],
  [
    'chunk_timeout',
    'a deaf one',
    () => deafModel(piece('So'), 'silence'),
    () => ({ chunkTimeoutMs: 30 }),
    'So',
  ],
  ['step_timeout', 'a model that stalls', () => scripted(stalls), () => ({ stepTimeoutMs: 40 }), 'So'],
  ['step_timeout', 'an answer without end', () => endlessModel(5), () => ({ stepTimeoutMs: 60 }), 'and '],
  ['total_timeout', 'an answer without end', () => endlessModel(5), () => ({ totalTimeoutMs: 60 }), 'and '],
  ['total_timeout', 'a silent model', () => deafModel('silence'), () => ({ totalTimeoutMs: 40 }), ''],
  [
    'step_timeout',
    'a tool that never answers',
    () => scripted([{ text: 'Looking.' }, callA]),
    () => ({ stepTimeoutMs: 80, servers: deafServer() }),
    'Looking.',
  ],
  [
    'total_timeout',
    'a tool that never answers',
    () => scripted([callA]),
    () => ({ totalTimeoutMs: 80, servers: deafServer() }),
    '',
  ],
  ['step_timeout', 'prepareStep', () => scripted(), () => ({ stepTimeoutMs: 30, prepareStep: never }), ''],
  ['total_timeout', 'prepareStep', () => scripted(), () => ({ totalTimeoutMs: 30, prepareStep: never }), ''],
  [
    'step_timeout',
    'approveTool',
    () => scripted([callA]),
    () => ({ stepTimeoutMs: 80, approveTool: never, servers: [serverOf(() => 'A')] }),
    '',
  ],
  [
    'total_timeout',
    'servers that never connect',
    () => scripted(),
    () => ({ totalTimeoutMs: 40, servers: [{ connect: never }, { connect: never }] }),
    '',
  ],
];

test.each(cases)('%s: %s', async (stopReason, _, model, settings, text) => {
  const { events, result } = await finish(runAgent({ model: model(), prompt: 'x', ...settings() }));
  expect(result).toMatchObject({ stopReason, failedServers: [] });
  expect(result).not.toHaveProperty('error');
  expect(result.text.startsWith(text)).toBe(true);
  if (text === '') expect(result.text).toBe('');
  const called = eventsOf(events, 'tool_call').length;
  expect(eventsOf(events, 'tool_result')).toHaveLength(called);
  if (called > 0) expect(eventsOf(events, 'tool_result')[0]?.content).toBe(instead.stoppedBy(stopReason));
});

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('through the AWS client over %s', (http) => {
  test.each([
    ['first_chunk_timeout', silent, { firstChunkTimeoutMs: 400 }, 0],
    ['chunk_timeout', stalls, { chunkTimeoutMs: 100 }, 1],
    ['step_timeout', stalls, { stepTimeoutMs: 400 }, 1],
    ['total_timeout', stalls, { totalTimeoutMs: 400 }, 1],
  ])('%s cancels the request', async (stopReason, turn, settings, turns) => {
    // The first request of a process is slow: it must not be the one that time runs out for.
    await bedrockRun({ http, turns: ['ok'] });
    const { bedrock, result } = await bedrockRun({ http, turns: [turn], ...settings });
    expect(result).toMatchObject({ stopReason, turns });
    await vi.waitFor(() => expect(bedrock.requests[0]?.cancelled).toBe(true));
  });
});

describe('what is in time', () => {
  const wide = { firstChunkTimeoutMs: 400, chunkTimeoutMs: 400 };

  test('an answer whose pieces take longer in all than one of them may', async () => {
    const model = deafModel(100, piece('a'), 150, piece('b'), 150, piece('c'), 150, stop());
    const { result } = await inOwnTime(() => finish(runAgent({ model, prompt: 'x', ...wide })));
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'abc' });
  });

  test('two steps that take longer together than one of them may', async () => {
    const answers: number[] = [];
    const slow = serverOf(async () => {
      await new Promise((resolve) => setTimeout(resolve, 250));
      return `A${answers.push(1)}`;
    });
    const { result } = await inOwnTime(() =>
      scriptedRun([[callA], [callA], 'ok'], { servers: [slow], stepTimeoutMs: 450 }),
    );
    expect(result).toMatchObject({ stopReason: 'end_turn', turns: 3, toolCalls: 2 });
  });

  test('a tool that does not answer in its own time ends its call, not the run', async () => {
    const told = vi.fn();
    const deaf = serverOf((_, signal) => {
      signal.addEventListener('abort', told);
      return never();
    });
    const { events, result } = await scriptedRun([[callA], 'ok'], { servers: [deaf], toolTimeoutMs: 30 });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'ok' });
    expect(eventsOf(events, 'tool_result')[0]?.content).toBe(instead.late(30));
    expect(told).toHaveBeenCalledOnce();
  });

  test('a server that does not connect in the time of a tool is left out', async () => {
    const { events, result } = await scriptedRun(['ok'], {
      servers: [{ connect: never }],
      toolTimeoutMs: 30,
    });
    expect(result).toMatchObject({ stopReason: 'end_turn', failedServers: [{ server: 'server-1' }] });
    expect(events[0]).toMatchObject({ type: 'server_failed', server: 'server-1' });
  });
});

describe('a model that tries again', () => {
  const retry = (delayMs: number) => ({ retry: { attempt: 1, delayMs, reason: 'ThrottlingException' } });
  const start = { messageStart: { role: 'assistant' as const } };

  test('has the time to wait and then the time to begin, whatever it had begun before', async () => {
    const model = deafModel(start, retry(150), 150, piece('So'), stop());
    const settings = { firstChunkTimeoutMs: 400, chunkTimeoutMs: 100 };
    const { events, result } = await inOwnTime(() => finish(runAgent({ model, prompt: 'x', ...settings })));
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'So' });
    expect(eventsOf(events, 'retry')).toEqual([{ type: 'retry', step: 1, ...retry(150).retry }]);
  });

  test('is still held to begin', async () => {
    const model = deafModel(start, retry(20), 'silence');
    const { result } = await inOwnTime(() =>
      finish(runAgent({ model, prompt: 'x', firstChunkTimeoutMs: 30 })),
    );
    expect(result.stopReason).toBe('first_chunk_timeout');
  });

  test('may do so in a run whose limits are as large as can be', async () => {
    const model = deafModel(retry(1), 30, piece('So'), stop());
    const firstChunkTimeoutMs = 2 ** 31 - 1;
    const { result } = await inOwnTime(() => finish(runAgent({ model, prompt: 'x', firstChunkTimeoutMs })));
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'So' });
  });
});

describe('a model whose answer comes whole', () => {
  const whole: ModelEvent = { comesWhole: {} };
  const retry: ModelEvent = { retry: { attempt: 1, delayMs: 1, reason: 'ThrottlingException' } };
  const settings = { firstChunkTimeoutMs: 100, chunkTimeoutMs: 100 };

  test('may be silent before it, and after a piece of it', async () => {
    const model = deafModel(whole, 250, piece('So'), 250, stop());
    const { result } = await inOwnTime(() => finish(runAgent({ model, prompt: 'x', ...settings })));
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'So' });
  });

  test.each(['step_timeout', 'total_timeout'])('is held to %s', async (stopReason) => {
    const limit = stopReason === 'step_timeout' ? { stepTimeoutMs: 50 } : { totalTimeoutMs: 50 };
    const model = deafModel(whole, 'silence');
    const { result } = await inOwnTime(() => finish(runAgent({ model, prompt: 'x', ...limit })));
    expect(result).toMatchObject({ stopReason, turns: 0 });
  });

  test('is held to begin when it tries again, until it says so again', async () => {
    const held = deafModel(whole, retry, 'silence');
    const { result } = await inOwnTime(() => finish(runAgent({ model: held, prompt: 'x', ...settings })));
    expect(result.stopReason).toBe('first_chunk_timeout');
    const free = deafModel(whole, retry, whole, 250, piece('So'), stop());
    const second = await inOwnTime(() => finish(runAgent({ model: free, prompt: 'x', ...settings })));
    expect(second.result).toMatchObject({ stopReason: 'end_turn', text: 'So' });
  });
});

describe('a stream that stays open after messageStop has lost nothing', () => {
  test('the answer counts', async () => {
    const model = deafModel(piece('Whole.'), stop(), 'silence');
    const { events, result } = await finish(runAgent({ model, prompt: 'x', chunkTimeoutMs: 30 }));
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'Whole.' });
    expect(eventsOf(events, 'step_finished')).toHaveLength(1);
  });

  test('the tools that it asks for run', async () => {
    const events = [
      { contentBlockStart: { contentBlockIndex: 0, start: { toolUse: { toolUseId: '1', name: 'a' } } } },
      stop('tool_use'),
    ];
    const { result } = await scriptedRun([{ events, fault: stall }, 'ok'], {
      servers: [serverOf(() => 'A')],
      chunkTimeoutMs: 30,
    });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'ok', toolCalls: 1 });
  });

  test('an abort is an abort', async () => {
    const run = runAgent({ model: deafModel(piece('Whole.'), stop(), 'silence'), prompt: 'x' });
    setTimeout(() => run.abort(), 20);
    expect((await finish(run)).result).toMatchObject({ stopReason: 'aborted', text: 'Whole.' });
  });
});
