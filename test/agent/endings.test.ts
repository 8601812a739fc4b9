import { BedrockRuntimeServiceException, ThrottlingException } from '@aws-sdk/client-bedrock-runtime';
import { type ModelEvent, MovieHubError, runAgent } from 'movie-hub';
import { ScriptedModel, startFakeBedrock } from 'movie-hub/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ModelStopReason } from '../../src/sdk/agent/model';
import type { ScriptedContent } from '../../src/testing/script';
import { added, messageOf } from '../support/messages';
import { bedrockRun, eventsOf, resultsIn, startBedrockRun } from './support/bedrock-run';
import { toolServer } from './support/tool-server';

const callA: ScriptedContent = { toolUse: { name: 'a' } };
const serverA = () => toolServer('s', { a: { run: () => 'A' } });

describe('the limit of turns', () => {
  test('ends the run, with the last calls answered and not run', async () => {
    const { bedrock, events, result } = await bedrockRun({
      turns: [[callA], [{ text: 'More.' }, callA, callA]],
      servers: [serverA()],
      maxTurns: 2,
    });
    expect(result).toMatchObject({ stopReason: 'max_turns', turns: 2, text: 'More.' });
    expect(eventsOf(events, 'tool_call')).toHaveLength(1);
    expect(resultsIn(result.messages)).toMatchObject([{ status: 'error' }, { status: 'error' }]);
    bedrock.assertComplete();
  });

  test('leaves a transcript that the next run goes on from', async () => {
    const first = await bedrockRun({ turns: [[callA]], servers: [serverA()], maxTurns: 1 });
    const messages = [
      ...first.result.messages,
      { role: 'user' as const, content: [{ text: 'Try again, please.' }] },
    ];
    const second = await bedrockRun({ turns: ['It is A.'], servers: [serverA()], messages });
    expect(second.result).toMatchObject({ stopReason: 'end_turn', text: 'It is A.' });
    expect(second.result.messages.slice(2, 5)).toMatchObject([
      { role: 'user', content: [{ toolResult: {} }] },
      { role: 'assistant', content: [{ text: added.answerStopped }] },
      { role: 'user', content: [{ text: 'Try again, please.' }] },
    ]);
  });

  test('is eight unless given', async () => {
    const turns = Array.from({ length: 8 }, () => [callA]);
    expect((await bedrockRun({ turns, servers: [serverA()] })).result).toMatchObject({
      stopReason: 'max_turns',
      turns: 8,
    });
  });
});

describe('stop reasons', () => {
  test('tool_use without a tool ends the turn', async () => {
    const turns = [{ content: [{ text: 'Done.' }], stopReason: 'tool_use' }];
    const { events, result } = await bedrockRun({ turns });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'Done.', turns: 1 });
    expect(eventsOf(events, 'step_finished')).toMatchObject([{ stopReason: 'tool_use' }]);
  });

  test('end_turn with a tool runs the tool', async () => {
    const { result } = await bedrockRun({
      turns: [{ content: [callA], stopReason: 'end_turn' }, 'It is A.'],
      servers: [serverA()],
    });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'It is A.', turns: 2 });
  });

  test.each<ModelStopReason>([
    'max_tokens',
    'malformed_tool_use',
    'content_filtered',
    'a_reason_yet_to_come',
  ])(
    '%s ends the run; a tool asked for is neither run nor kept, because its arguments may be cut',
    async (stopReason) => {
      const content: ScriptedContent[] = [
        { text: 'Looking' },
        { toolUse: { name: 'a', input: '{"title":' } },
      ];
      const { events, result } = await bedrockRun({ turns: [{ content, stopReason }], servers: [serverA()] });
      expect(result).toMatchObject({ stopReason, text: 'Looking', turns: 1 });
      expect(result).not.toHaveProperty('error');
      expect(eventsOf(events, 'tool_call')).toEqual([]);
      expect(result.messages.at(-1)).toMatchObject({ role: 'assistant', content: [{ text: 'Looking' }] });
    },
  );

  test('an answer without content leaves no message behind', async () => {
    const { result } = await bedrockRun({ turns: [{ content: [{ text: ' ' }] }] });
    expect(result).toMatchObject({ stopReason: 'end_turn' });
    expect(result.messages).toHaveLength(1);
  });
});

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('failures of the model over %s', (http) => {
  const content: ScriptedContent[] = [{ reasoning: 'Hm.' }, { text: 'Half an ' }, callA];

  test.each(['cut', 'end'] as const)(
    'a stream that ends too early (%s) is an error that keeps the text',
    async (fault) => {
      const turns = [{ content, fault }];
      const { events, result } = await bedrockRun({ http, turns, servers: [serverA()] });
      expect(result).toMatchObject({ stopReason: 'error', text: 'Half an ', turns: 1 });
      expect(result.error).toMatchObject({ code: 'model_failed' });
      expect(eventsOf(events, 'tool_call')).toEqual([]);
      expect(result.messages.at(-1)?.content).toMatchObject([{ reasoningContent: {} }, { text: 'Half an ' }]);
    },
  );

  test('an exception in the stream is an error with its cause', async () => {
    const turns = [{ content, fault: { exception: 'throttlingException', message: 'secret detail' } }];
    const { events, result } = await bedrockRun({ http, turns, servers: [serverA()] });
    expect(result.error).toBeInstanceOf(MovieHubError);
    expect(result.error?.message).toBe(messageOf.model_failed);
    expect(result.error?.cause).toBeInstanceOf(ThrottlingException);
    expect(events.at(-1)).toMatchObject({ type: 'run_finished', error: { code: 'model_failed' } });
  });

  test.each([
    ['ValidationException', 400],
    ['ThrottlingException', 429],
    ['ModelErrorException', 424],
    ['ServiceUnavailableException', 503],
  ])('%s is an error after the transcript so far', async (name, status) => {
    const failure = Object.assign(new Error('secret detail'), { name });
    const { result } = await bedrockRun({
      http,
      turns: [[callA], failure],
      servers: [serverA()],
      maxStreamRetries: 0,
    });
    expect(result).toMatchObject({
      stopReason: 'error',
      text: '',
      turns: 1,
      error: { code: 'model_failed' },
    });
    expect(result.messages).toHaveLength(3);
    const cause = result.error?.cause as BedrockRuntimeServiceException;
    expect(cause).toBeInstanceOf(BedrockRuntimeServiceException);
    expect([cause.name, cause.$metadata.httpStatusCode]).toEqual([name, status]);
  });
});

test('retries over HTTP are those of the client that was given', async () => {
  const throttled = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
  const bedrock = await startFakeBedrock({ turns: [throttled, throttled, 'At last.'] });
  onTestFinished(() => bedrock.close());
  const client = bedrock.client({ maxAttempts: 3 });
  const { text, turns } = await runAgent({ client, modelId: 'm', prompt: 'x' }).result;
  expect([text, turns, bedrock.requests.length]).toEqual(['At last.', 1, 3]);
});

test('a stream that breaks after messageStop has lost nothing but the count of tokens', async () => {
  const events: ModelEvent[] = [
    { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'Whole.' } } },
    { messageStop: { stopReason: 'end_turn' } },
  ];
  const { result } = await bedrockRun({ turns: [{ events, fault: 'cut' }] });
  expect(result).toMatchObject({
    stopReason: 'end_turn',
    text: 'Whole.',
    turns: 1,
    usage: { outputTokens: 2, estimated: true },
  });
});

test('reasoning that did not end is not kept: it has no signature yet', async () => {
  const events: ModelEvent[] = [
    { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { text: 'Hm' } } } },
    { contentBlockDelta: { contentBlockIndex: 1, delta: { text: 'So' } } },
  ];
  const { result } = await bedrockRun({ turns: [{ events, fault: 'end' }] });
  expect(result.messages.at(-1)?.content).toEqual([{ text: 'So' }]);
});

test('nobody listening is an error', async () => {
  const { bedrock, run } = await startBedrockRun({ turns: ['x'] });
  await run.result;
  await bedrock.close();
  const result = await runAgent({ client: bedrock.client(), modelId: 'm', prompt: 'x' }).result;
  expect(result).toMatchObject({ stopReason: 'error', error: { code: 'model_failed' }, turns: 0 });
});

test('a model that throws before its first event, or is none, is an error', async () => {
  const broken = [
    {
      id: 'throws',
      stream: () => {
        throw new Error('at once');
      },
    },
    { id: 'is no stream', stream: () => undefined as never },
    new ScriptedModel({ turns: [new Error('later')] }),
  ];
  for (const model of broken) {
    const result = await runAgent({ model, prompt: 'x' }).result;
    expect(result).toMatchObject({ stopReason: 'error', error: { code: 'model_failed' } });
  }
});

test('a missing AWS package is named', async () => {
  vi.doMock('@aws-sdk/client-bedrock-runtime', () => {
    throw Object.assign(new Error('not there'), { code: 'ERR_MODULE_NOT_FOUND' });
  });
  try {
    const run = runAgent({ client: { send: () => undefined } as never, modelId: 'm', prompt: 'x' });
    const { error } = await run.result;
    expect(error).toMatchObject({ code: 'dependency_missing' });
    expect(error?.message).toContain('npm install @aws-sdk/client-bedrock-runtime');
  } finally {
    vi.doUnmock('@aws-sdk/client-bedrock-runtime');
  }
});
