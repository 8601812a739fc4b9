import type { AgentEvent, Message } from 'movie-hub';
import type { ScriptedTurn } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import { goOn, httpVersions, realRun } from './support/real-client';
import { eventsOf } from './support/run';
import { toolServer } from './support/tool-server';

const refuses = { refusesToolsInStream: true };
const serverA = () => toolServer('s', { a: { run: (input) => JSON.stringify(input) } });
const call = (input: string | Record<string, string> = {}) => ({ toolUse: { name: 'a', input } });

/** The same answers, however they come: what people saw in pieces is joined. */
function shown(events: readonly AgentEvent[]) {
  return events.flatMap((event): unknown[] => {
    if (event.type === 'tool_result') return [{ ...event, milliseconds: 0 }];
    return event.type === 'text' || event.type === 'reasoning' ? [] : [event];
  });
}

function withoutMarks(messages: readonly Message[]): unknown {
  return JSON.parse(JSON.stringify(messages).replace(/f[0-9a-f]{15}/g, 'mark'));
}

const scripts: Record<string, ScriptedTurn[]> = {
  'a plain answer': [[{ text: ['In ', 'pieces'] }]],
  'a tool, then an answer': [[{ text: 'Looking.' }, call({ title: 'Alien' })], 'Ripley.'],
  'two tools at once': [[call(), call({ title: 'Aliens' })], 'Both.'],
  'reasoning with a signature before a tool': [
    [{ reasoning: 'I must look.', signature: 'sig' }, call()],
    'ok',
  ],
  'max_tokens inside a tool': [{ content: [{ text: 'So' }, call()], stopReason: 'max_tokens' }],
  'a guardrail': [{ content: [{ text: 'I may not.' }], stopReason: 'guardrail_intervened' }],
  'a stop reason yet to come': [{ content: [{ text: 'So' }], stopReason: 'someday' }],
  'tool_use without a tool': [{ content: [{ text: 'Done.' }], stopReason: 'tool_use' }],
  'end_turn with a tool': [{ content: [call()], stopReason: 'end_turn' }, 'ok'],
  'nothing but blank text': [{ content: [{ text: ' ' }] }],
  'tokens of a cache': [
    { content: [{ text: 'x' }], usage: { inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 3 } },
  ],
};

describe.each(httpVersions)('where a model refuses tools in a stream, over %s', (http) => {
  test.each(Object.entries(scripts))(
    '%s: the same events and transcript as in a stream',
    async (_, turns) => {
      const streamed = await realRun({ http, turns, servers: [serverA()] });
      const whole = await realRun({ http, turns, servers: [serverA()], refuses });
      expect(whole.bedrock.requests.map(({ streaming }) => streaming)).toEqual([
        true,
        ...turns.map(() => false),
      ]);
      expect(shown(whole.events)).toEqual(shown(streamed.events));
      const { text, stopReason, usage, messages } = whole.result;
      const { result } = streamed;
      expect({ text, stopReason, usage }).toEqual({
        text: result.text,
        stopReason: result.stopReason,
        usage: result.usage,
      });
      expect(withoutMarks(messages)).toEqual(withoutMarks(result.messages));
      whole.bedrock.assertComplete();
    },
  );

  test('the refusal is remembered: the second answer is asked for whole at once', async () => {
    const { bedrock } = await realRun({
      http,
      refuses,
      turns: [[call()], [call()], 'ok'],
      servers: [serverA()],
    });
    expect(bedrock.requests.map(({ streaming }) => streaming)).toEqual([true, false, false, false]);
  });

  test('reasoning is sent back with its signature, before the tool it led to', async () => {
    const turns = scripts['reasoning with a signature before a tool'] ?? [];
    for (const options of [{}, { refuses }]) {
      const { bedrock, events } = await realRun({ http, turns, servers: [serverA()], ...options });
      expect(eventsOf(events, 'reasoning').map(({ text }) => text)).toEqual(['I must look.']);
      expect(bedrock.requests.at(-1)?.request.messages[1]?.content).toEqual([
        { reasoningContent: { reasoningText: { text: 'I must look.', signature: 'sig' } } },
        { toolUse: { toolUseId: 'tooluse_1', name: 'a', input: {} } },
      ]);
    }
  });

  test('redacted reasoning is sent back as the bytes it was', async () => {
    const redactedContent = new Uint8Array([0, 255, 7]);
    const events = [
      { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { redactedContent } } } },
      { contentBlockStop: { contentBlockIndex: 0 } },
      { contentBlockDelta: { contentBlockIndex: 1, delta: { text: 'x' } } },
      { messageStop: { stopReason: 'end_turn' } },
    ];
    for (const options of [{}, { refuses }]) {
      const turns = [{ events }, 'Gladly.'];
      const { result, ...real } = await realRun({ http, turns, servers: [serverA()], ...options });
      expect(result.messages[1]?.content[0]).toEqual({ reasoningContent: { redactedContent } });
      await goOn(real, result.messages);
      const { model: _, ...sent } = result.messages[1] as Message;
      expect(real.bedrock.requests.at(-1)?.request.messages[1]).toEqual(sent);
    }
  });

  test('an error of Converse is the end', async () => {
    const failure = { status: 503, type: 'ServiceUnavailableException' };
    const failed = await realRun({ http, refuses, turns: [{ fault: failure }], servers: [serverA()] });
    expect(failed.result).toMatchObject({ stopReason: 'error', error: { code: 'model_failed' } });
    const cut = await realRun({
      http,
      refuses,
      turns: [{ content: [{ text: 'x' }], fault: 'cut' }],
      servers: [serverA()],
    });
    expect(cut.result).toMatchObject({ stopReason: 'error', text: '' });
  });
});

test('a validation error that is not about streams is no reason to ask again', async () => {
  const failure = { status: 400, type: 'ValidationException', message: 'The provided model is invalid.' };
  const { bedrock, result } = await realRun({ turns: [{ fault: failure }] });
  expect(result.stopReason).toBe('error');
  expect(bedrock.requests).toHaveLength(1);
});

test('a refusal after the answer began is its end: nothing is said twice', async () => {
  const fault = { exception: 'validationException', message: 'The stream was refused.' };
  const { bedrock, events, result } = await realRun({
    turns: [{ content: [{ text: 'Half' }], fault }, 'unused'],
  });
  expect(result).toMatchObject({ stopReason: 'error', text: 'Half' });
  expect(eventsOf(events, 'text').map(({ text }) => text)).toEqual(['Half']);
  expect(bedrock.requests).toHaveLength(1);
});

test('where Converse refuses too, streams are not given up', async () => {
  const refusal = {
    status: 400,
    type: 'ValidationException',
    message: 'No streaming with this, nor at all.',
  };
  const turns: ScriptedTurn[] = [{ fault: refusal }, { fault: refusal }];
  const { bedrock, result } = await realRun({ turns });
  expect(result.stopReason).toBe('error');
  expect(bedrock.requests.map(({ streaming }) => streaming)).toEqual([true, false]);
});

test.each([{}, { refuses }])(
  'a history of tools needs a tool list even when no tool is left: %j',
  async (options) => {
    const first = await realRun({ turns: [[call()], 'ok'], servers: [serverA()] });
    const question: Message = { role: 'user', content: [{ text: 'And now without tools?' }] };
    const messages = [...first.result.messages, question];
    const { bedrock, result } = await realRun({ turns: ['Gladly.'], messages, ...options });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'Gladly.' });
    const tools = bedrock.requests.at(-1)?.request.tools ?? [];
    expect(tools.map(({ name }) => name)).toEqual(['a']);
    expect(tools[0]?.description).toContain('Not available');
    bedrock.assertComplete();
  },
);
