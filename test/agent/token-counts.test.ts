import { type AgentResult, type ModelEvent, runAgent, type TokenUsage } from 'movie-hub';
import { ScriptedModel, type ScriptedTurn } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import { addUsage, TokenCounter } from '../../src/sdk/agent/tokens';
import { deafModel, piece, stop } from './support/models';
import { httpVersions, realRun } from './support/real-client';
import { eventsOf, finish, scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

const servers = () => [toolServer('s', { a: { run: () => 'A' } })];
const start: ModelEvent = { messageStart: { role: 'assistant' } };
const metadata = (usage: Partial<TokenUsage>): ModelEvent => ({ metadata: { usage } });

/** 5 bytes of reasoning, 6 of text, 2 of a tool's arguments: 13 in all, which is 4 tokens. */
const answer: ModelEvent[] = [
  start,
  { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { text: 'Hm, é' } } } },
  { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { signature: 'a long one' } } } },
  { contentBlockStop: { contentBlockIndex: 0 } },
  { contentBlockDelta: { contentBlockIndex: 1, delta: { text: 'Loo' } } },
  { contentBlockDelta: { contentBlockIndex: 1, delta: { text: 'kin' } } },
  { contentBlockStart: { contentBlockIndex: 2, start: { toolUse: { toolUseId: 't', name: 'a' } } } },
  { contentBlockDelta: { contentBlockIndex: 2, delta: { toolUse: { input: '{}' } } } },
];
const outputTokens = 4;
const asksForTool = (...told: ModelEvent[]): ScriptedTurn => ({
  events: [...answer, stop('tool_use'), ...told],
});

const tokensOf = (request: unknown) => Math.ceil(Buffer.byteLength(JSON.stringify(request)) / 4);

describe.each(httpVersions)('what a model does not tell, over %s', (http) => {
  const cases: Record<string, [told: ModelEvent[], kept: Partial<TokenUsage>]> = {
    'no metadata': [[], {}],
    'no usage in it': [[metadata({})], {}],
    'no number': [[metadata({ inputTokens: Number.NaN, outputTokens: Number.NaN })], {}],
    'less than nothing': [[metadata({ inputTokens: -1, outputTokens: -5 })], {}],
    'the output only': [[metadata({ outputTokens: 7 })], { outputTokens: 7 }],
    'an output of none': [[metadata({ outputTokens: 0 })], { outputTokens: 0 }],
    'the input only': [[metadata({ inputTokens: 3 })], { inputTokens: 3 }],
    'a cache of less than nothing': [
      [metadata({ inputTokens: 3, outputTokens: 7, cacheReadInputTokens: -1 })],
      { outputTokens: 7 },
    ],
  };
  test.each(Object.entries(cases))(
    '%s: it is estimated, in events and in the result',
    async (_, [told, kept]) => {
      const turns = [asksForTool(...told), 'It is A.'];
      for (const refuses of [{}, { refusesToolsInStream: true }]) {
        const { bedrock, events, result } = await realRun({ http, turns, refuses, servers: servers() });
        const request = bedrock.requests[refuses.refusesToolsInStream ? 1 : 0]?.request;
        const { system, messages, tools } = request ?? {};
        const inputTokens = tokensOf({ system, messages, tools });
        const usage = { inputTokens, outputTokens, ...kept, estimated: true };
        const [first, second] = eventsOf(events, 'step_finished');
        expect(first?.usage).toEqual(usage);
        expect(second?.usage).toEqual({ inputTokens: 10, outputTokens: 5 });
        expect(result.usage).toEqual({
          inputTokens: usage.inputTokens + 10,
          outputTokens: usage.outputTokens + 5,
          estimated: true,
        });
      }
    },
  );

  test.each<[keyof AgentResult['usage'], object]>([
    ['inputTokens', { maxInputTokens: 50 }],
    ['outputTokens', { maxOutputTokens: outputTokens }],
    ['outputTokens', { maxCost: 0.000001, prices: { input: 0, output: 1 } }],
  ])('limits of %s end the run: %j', async (_, limit) => {
    const turns = Array.from({ length: 8 }, () => asksForTool());
    const { bedrock, result } = await realRun({ http, turns, servers: servers(), ...limit });
    expect(result.stopReason).toMatch(/^max_(input_tokens|output_tokens|cost)$/);
    expect(bedrock.requests).toHaveLength(1);
  });
});

test('what a model tells is taken as it is, nothing and an estimate of its own included', async () => {
  for (const usage of [
    { inputTokens: 0, outputTokens: 0 },
    { inputTokens: 0, outputTokens: 1, cacheReadInputTokens: 9 },
    { inputTokens: 7, outputTokens: 1, estimated: true },
  ]) {
    const { result } = await scriptedRun([{ events: [...answer, stop(), metadata(usage)] }]);
    expect(result.usage).toEqual(usage);
  }
});

describe('an answer that came in part counts as a turn, with its tokens', () => {
  test.each<[string, ScriptedTurn]>([
    ['cut', { events: answer, fault: 'cut' }],
    ['reset', { events: answer, fault: 'reset' }],
    ['with an exception in it', { events: answer, fault: { exception: 'throttlingException' } }],
    ['silent in the middle', { events: answer, fault: 'stall' }],
  ])('%s', async (_, turn) => {
    const { result } = await realRun({ turns: [turn], servers: servers(), chunkTimeoutMs: 300 });
    expect(result).toMatchObject({ turns: 1, usage: { outputTokens, estimated: true } });
    expect(result.usage.inputTokens).toBeGreaterThan(50);
  });

  test('and aborted', async () => {
    const model = new ScriptedModel({ turns: [{ events: answer, fault: 'stall' }] });
    const run = runAgent({ model, prompt: 'x', prices: { input: 1, output: 1 } });
    setTimeout(() => run.abort(), 30);
    const { result } = await finish(run);
    expect(result).toMatchObject({ stopReason: 'aborted', turns: 1, usage: { outputTokens } });
    expect(result.cost).toBeGreaterThan(0);
  });
});

describe('what said nothing is no turn and no tokens', () => {
  const nothing = { turns: 0, usage: { inputTokens: 0, outputTokens: 0 } };
  const throttled: ScriptedTurn = { events: [start], fault: { exception: 'throttlingException' } };

  test('a request that failed', async () => {
    const { result } = await realRun({ turns: [throttled], maxStreamRetries: 0 });
    expect(result).toMatchObject({ stopReason: 'error', ...nothing });
    expect(result.usage).toEqual(nothing.usage);
  });

  test('a retry, a refused tool choice, and a refused stream before an answer', async () => {
    const refuses = { refusesToolsInStream: true, refusesToolChoice: true };
    const turns = [throttled, [{ toolUse: { name: 'a' } }], 'It is A.'];
    const retried = await realRun({ turns, servers: servers() });
    const refused = await realRun({ turns: turns.slice(1), refuses, lookFirst: true, servers: servers() });
    for (const { result } of [retried, refused])
      expect(result).toMatchObject({ turns: 2, usage: { inputTokens: 20, outputTokens: 10 } });
    expect(refused.bedrock.requests.map(({ streaming }) => streaming)).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
    expect(refused.result.usage).not.toHaveProperty('estimated');
  });
});

describe('a model that spoke before it tries again', () => {
  const retry = { retry: { attempt: 1, delayMs: 1, reason: 'ThrottlingException' } };

  test('has used those tokens too; its words leave the answer, and it is one turn', async () => {
    const told = metadata({ inputTokens: 10, outputTokens: 5 });
    const model = deafModel(...answer, retry, start, piece('So.'), stop(), told);
    const { events, result } = await finish(runAgent({ model, prompt: 'x', system: '' }));
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'So.', turns: 1 });
    expect(result.messages.at(-1)).toMatchObject({ role: 'assistant', content: [{ text: 'So.' }] });
    const request = { system: '', messages: result.messages.slice(0, 1), tools: [] };
    const usage = { inputTokens: tokensOf(request) + 10, outputTokens: outputTokens + 5, estimated: true };
    expect(result.usage).toEqual(usage);
    expect(eventsOf(events, 'step_finished')[0]?.usage).toEqual(usage);
  });

  test('has used them also when it says nothing more', async () => {
    const model = deafModel(...answer, retry, start);
    const { result } = await finish(runAgent({ model, prompt: 'x' }));
    expect(result).toMatchObject({ stopReason: 'error', text: '', turns: 1, usage: { outputTokens } });
    expect(result.messages).toHaveLength(1);
  });
});

test('bytes in a request are counted as base64, and what JSON cannot hold is not', () => {
  const count = (data: unknown) => {
    const block = { reasoningContent: { redactedContent: data as Uint8Array } };
    const counter = new TokenCounter({ messages: [{ role: 'assistant', content: [block] }] });
    counter.accept(stop());
    return counter.usage?.inputTokens ?? 0;
  };
  const empty = count(new Uint8Array());
  expect(count(new Uint8Array(3_000)) - empty).toBe(1_000);
  expect(count(1n)).toBe(0);
});

test('a sum is an estimate once one of its parts is', () => {
  const told = { inputTokens: 1, outputTokens: 2 };
  expect(addUsage(told, told)).toEqual({ inputTokens: 2, outputTokens: 4 });
  const guessed = { ...told, estimated: true };
  for (const sum of [addUsage(told, guessed), addUsage(guessed, told)])
    expect(sum).toEqual({ inputTokens: 2, outputTokens: 4, estimated: true });
});
