import { type ModelEvent, runAgent } from 'movie-hub';
import { describe, expect, test } from 'vitest';
import { fromConverseAnswer } from '../../src/sdk/agent/bedrock/convert';
import { added } from '../support/messages';
import { deafModel, piece, stop } from './support/models';
import { realRun } from './support/real-client';
import { eventsOf, expectSound, finish, scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

const usage: ModelEvent = { metadata: { usage: { inputTokens: 1_000, outputTokens: 100 } } };
const asks = (contentBlockIndex: number, toolUseId: string, input: string): ModelEvent[] => [
  { contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId, name: 't' } } } },
  { contentBlockDelta: { contentBlockIndex, delta: { toolUse: { input } } } },
  { contentBlockStop: { contentBlockIndex } },
];

test('blocks of one number that follow each other are told apart', async () => {
  const given: unknown[] = [];
  const t = { run: (input: unknown) => String(given.push(input)), inputSchema: { type: 'object' as const } };
  const events = [
    piece('Let me see.'),
    { contentBlockStop: { contentBlockIndex: 0 } },
    ...asks(0, 'a', '{"x":1}'),
    ...asks(0, 'b', '{"x":2}'),
    stop('tool_use'),
  ];
  const { result } = await scriptedRun([{ events }, 'ok'], { servers: [toolServer('s', { t })] });
  expect(given).toEqual([{ x: 1 }, { x: 2 }]);
  expect(result.messages[1]?.content).toEqual([
    { text: 'Let me see.' },
    { toolUse: { toolUseId: 'a', name: 't', input: { x: 1 } } },
    { toolUse: { toolUseId: 'b', name: 't', input: { x: 2 } } },
  ]);
});

test('text with citations, as Converse gives it, is text', () => {
  const content = [
    { citationsContent: { content: [{ text: 'Ripley ' }, { text: 'lives.' }], citations: [] } },
    { citationsContent: { citations: [] } },
  ];
  const answer = { output: { message: { role: 'assistant', content } }, stopReason: 'end_turn' };
  const texts = [...fromConverseAnswer(answer as never)].flatMap((event) =>
    'contentBlockDelta' in event && 'text' in event.contentBlockDelta.delta
      ? [event.contentBlockDelta.delta.text]
      : [],
  );
  expect(texts).toEqual(['Ripley ', 'lives.']);
});

test('half a surrogate pair is none in the text of a result, either', async () => {
  const { result } = await scriptedRun(['Up \ud83d']);
  expect(result.text).toBe('Up \ufffd');
  expect(result.messages.at(-1)?.content).toEqual([{ text: 'Up \ufffd' }]);
});

describe('a stream that stays open after all was said is left', () => {
  const long = { chunkTimeoutMs: 600_000, firstChunkTimeoutMs: 600_000 };

  test.each(['HTTP/1.1', 'HTTP/2'] as const)('over %s', async (http) => {
    const events = [piece('Nine.'), stop(), usage];
    const { bedrock, result } = await realRun({ http, turns: [{ events, fault: 'stall' }], ...long });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'Nine.', usage: { inputTokens: 1_000 } });
    await expect.poll(() => bedrock.openRequests).toBe(0);
  });

  test('of a model that heeds no signal', async () => {
    const { result } = await finish(
      runAgent({ model: deafModel(piece('Nine.'), stop(), usage, 'silence'), prompt: 'q', ...long }),
    );
    expect(result).toMatchObject({ stopReason: 'end_turn', usage: { inputTokens: 1_000 } });
  });

  test('but not where the count of tokens comes before the end', async () => {
    const model = deafModel(piece('Nine'), usage, 700, piece(' lives.'), stop());
    const { result } = await finish(runAgent({ model, prompt: 'q' }));
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'Nine lives.' });
  });

  test('and one that ends in order is not broken off', async () => {
    const { bedrock } = await realRun({ turns: ['Nine.'], http: 'HTTP/1.1' });
    await expect.poll(() => bedrock.openRequests).toBe(0);
    expect(bedrock.requests[0]?.cancelled).toBe(false);
  });
});

test('what was reached is kept when a model breaks the run', async () => {
  const broken = { reasoningContent: { redactedContent: 'no bytes' as unknown as Uint8Array } };
  const turns = [
    [...asks(0, 'a', '{}'), stop('tool_use'), usage],
    [
      { contentBlockDelta: { contentBlockIndex: 0, delta: broken } },
      { contentBlockStop: { contentBlockIndex: 0 } },
      stop(),
      usage,
    ],
  ];
  const model = {
    id: 'broken',
    async *stream(): AsyncGenerator<ModelEvent> {
      yield* turns.shift() ?? [];
    },
  };
  const servers = [toolServer('s', { t: { run: () => 'x' } })];
  const prices = { input: 1, output: 1 };
  const { events, result } = await finish(runAgent({ model, prompt: 'q', servers, prices }));
  expect(result).toMatchObject({
    stopReason: 'error',
    error: { code: 'internal', message: 'The run failed.' },
    turns: 2,
    toolCalls: 1,
    usage: { inputTokens: 2_000 },
    cost: 2_200 / 1e6,
  });
  expect(result.messages).toHaveLength(3);
  expect(eventsOf(events, 'tool_result')).toHaveLength(1);
  expectSound(result);
});

test.each([1, 20, 150])(
  'a result that is cut to %i bytes is no longer than that, or than its note',
  async (maxToolResultBytes) => {
    const t = { run: () => 'y'.repeat(1_000) };
    const { result } = await scriptedRun([[{ toolUse: { name: 't' } }], 'ok'], {
      servers: [toolServer('s', { t })],
      maxToolResultBytes,
    });
    const [block] = result.messages[2]?.content ?? [];
    const part = block && 'toolResult' in block ? block.toolResult.content[1] : undefined;
    const text = part && 'text' in part ? part.text : '';
    expect(text).toContain(added.cut(1000));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(Math.max(maxToolResultBytes, 100));
  },
);
