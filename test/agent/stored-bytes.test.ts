import { type ContentBlock, type Message, type ModelEvent, runAgent, trimMessages } from 'movie-hub';
import { ScriptedModel } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import { sanitiseMessages } from '../../src/sdk/agent/messages';
import { instead } from '../support/messages';
import { toolServer } from './support/tool-server';

const bytes = new Uint8Array([1, 2, 255]);
const user = (...content: unknown[]): Message => ({ role: 'user', content: content as ContentBlock[] });
const assistant = (...content: unknown[]): Message => ({
  role: 'assistant',
  content: content as ContentBlock[],
});
const stored = <T>(value: T): T => JSON.parse(JSON.stringify(value));

test('reasoning that was redacted is sent again before its tool use, also after it was stored as JSON', async () => {
  const events: ModelEvent[] = [
    {
      contentBlockDelta: {
        contentBlockIndex: 0,
        delta: { reasoningContent: { redactedContent: bytes } },
      },
    },
    { contentBlockStop: { contentBlockIndex: 0 } },
    { contentBlockStart: { contentBlockIndex: 1, start: { toolUse: { toolUseId: 'a', name: 't' } } } },
    { contentBlockStop: { contentBlockIndex: 1 } },
    { messageStop: { stopReason: 'tool_use' } },
  ];
  const servers = () => [toolServer('s', { t: { run: () => 'x' } })];
  const model = new ScriptedModel({ turns: [{ events }] });
  const first = await runAgent({ model, prompt: 'q', servers: servers(), maxTurns: 1 }).result;
  expect(first.stopReason).toBe('max_turns');

  const next = new ScriptedModel({ turns: ['ok'] });
  await runAgent({ model: next, messages: stored(first.messages), servers: servers() }).result;
  expect(next.requests[0]?.messages[1]).toEqual(first.messages[1]);
  expect(first.messages[1]?.content[0]).toEqual({ reasoningContent: { redactedContent: bytes } });
});

describe('bytes', () => {
  const blocks = (data: Uint8Array) => [
    user({ image: { format: 'png', source: { bytes: data } } }, { text: 'Who is this?' }),
    assistant(
      { reasoningContent: { redactedContent: data } },
      { toolUse: { toolUseId: 'a', name: 't', input: {} } },
    ),
    user({
      toolResult: {
        toolUseId: 'a',
        content: [{ document: { format: 'pdf', name: 'a', source: { bytes: data } } }],
      },
    }),
  ];

  test.each([
    ['as they are', blocks(bytes)],
    ['stored as JSON', stored(blocks(bytes))],
    ['of a Buffer stored as JSON', stored(blocks(Buffer.from(bytes)))],
  ])('come back, %s', (_, messages) => {
    expect(sanitiseMessages(messages)).toEqual(blocks(bytes));
  });

  test.each([
    [{}],
    [{ 0: 1, 2: 3 }],
    [{ 0: 256 }],
    [{ 0: '1' }],
    [{ 0: 1, a: 2 }],
    [{ type: 'Buffer', data: 'abc' }],
    [{ type: 'Buffer', data: [1, -1] }],
    [[1, 2]],
    [null],
  ])('are not read out of %j', (redactedContent) => {
    const messages = [
      user({ text: 'q' }),
      assistant({ reasoningContent: { redactedContent } }, { text: 'a' }),
    ];
    expect(sanitiseMessages(messages)[1]?.content).toEqual([{ text: 'a' }]);
  });

  test.each([bytes, Buffer.from(bytes)])('are counted as they are sent', (data) => {
    const base64 = (length: number) => Math.ceil(length / 3) * 4;
    const big = data === bytes ? new Uint8Array(9_000) : Buffer.alloc(9_000);
    const turn = [
      user({ text: 'a' }),
      assistant({ reasoningContent: { redactedContent: big } }, { text: 'b' }),
    ];
    const messages = [...turn, user({ text: 'c' })];
    const maxBytes = base64(9_000) + 300;
    expect(trimMessages(messages, { maxBytes })).toHaveLength(3);
    expect(trimMessages(messages, { maxBytes: base64(9_000) })).toHaveLength(1);
  });
});

describe('what else a tool may have returned in a transcript', () => {
  const withResult = (toolResult: object) => [
    user({ text: 'q' }),
    assistant({ toolUse: { toolUseId: 'a', name: 't', input: {} } }),
    user({ toolResult: { toolUseId: 'a', ...toolResult } }),
  ];
  const image = { image: { format: 'png', source: { bytes } } };
  const video = { video: { format: 'mp4', source: { s3Location: { uri: 's3://a/b' } } } };

  test('is passed on', () => {
    const messages = withResult({ content: [image, { text: 'b' }, video] });
    expect(sanitiseMessages(messages)).toEqual(messages);
  });

  test('but not beside an error, which is text, nor what is not known', () => {
    const content = [image, { text: 'b' }];
    expect(sanitiseMessages(withResult({ status: 'error', content }))).toEqual(
      withResult({ status: 'error', content: [{ text: 'b' }] }),
    );
    expect(sanitiseMessages(withResult({ content: [{ smell: { of: 'roses' } }, { image: null }] }))).toEqual(
      withResult({ content: [{ text: instead.nothing }] }),
    );
  });
});
