import { bedrockModel, type ContentBlock, type Message, runAgent } from 'movie-hub';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { BedrockOptions } from '../../src/sdk/agent/bedrock/client';
import type { ToolChoice } from '../../src/sdk/agent/model';
import { httpVersions, realRun, startReal } from './support/real-client';
import { toolServer } from './support/tool-server';

const serverA = () => toolServer('s', { a: { run: () => 'A' } });
const callA = { toolUse: { name: 'a' } };
const cachePoint = { cachePoint: { type: 'default' } };

interface Body {
  system?: unknown[];
  messages: Message[];
  toolConfig?: { tools: unknown[]; toolChoice?: ToolChoice };
}
const bodyOf = (request: { body: unknown } | undefined) => request?.body as Body;
const pointsIn = (value: unknown) => JSON.stringify(value).split('"cachePoint":').length - 1;

describe.each([false, true])('prompt caching, where the model refuses tools in a stream: %s', (refused) => {
  const refuses = { refusesToolsInStream: refused };

  test('marks tools, system prompt and the end of the transcript, at most four, and keeps the transcript clean', async () => {
    const { bedrock, result } = await realRun({
      refuses,
      promptCaching: true,
      turns: [[callA], 'A it is.'],
      servers: [serverA()],
    });
    const answered = bedrock.requests.filter(({ streaming }) => streaming !== refused);
    expect(answered).toHaveLength(2);
    for (const request of answered) {
      const { system = [], messages, toolConfig } = bodyOf(request);
      expect(toolConfig?.tools.at(-1)).toEqual(cachePoint);
      expect(system.at(-1)).toEqual(cachePoint);
      expect(messages.at(-1)?.content.at(-1)).toEqual(cachePoint);
      expect(pointsIn(request.body)).toBe(3);
    }
    expect(pointsIn(result.messages)).toBe(0);
    bedrock.assertComplete();
  });

  test('off, marks nothing', async () => {
    const { bedrock } = await realRun({ refuses, turns: [[callA], 'ok'], servers: [serverA()] });
    for (const { body } of bedrock.requests) expect(pointsIn(body)).toBe(0);
  });
});

describe('prompt caching', () => {
  test('marks nothing that is not there: no tools, no system prompt', async () => {
    const { bedrock } = await realRun({ promptCaching: true, system: ' ', turns: ['ok'] });
    const body = bodyOf(bedrock.requests[0]);
    expect(body).not.toHaveProperty('system');
    expect(body).not.toHaveProperty('toolConfig');
    expect(pointsIn(body)).toBe(1);
  });

  test('stays within four where the transcript brought points of its own', async () => {
    const block = cachePoint as unknown as ContentBlock;
    const messages: Message[] = [1, 2, 3].flatMap((n): Message[] => [
      { role: 'user', content: [{ text: `q${n}` }, block] },
      { role: 'assistant', content: [{ text: `a${n}` }, block] },
    ]);
    messages.push({ role: 'user', content: [{ text: 'last' }, block] });
    const { bedrock, result } = await realRun({
      promptCaching: true,
      messages,
      turns: ['ok'],
      servers: [serverA()],
    });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'ok' });
    expect(pointsIn(bedrock.requests[0]?.body)).toBe(3);
  });

  test('tokens read from the cache and written to it are counted apart, and their cost with them', async () => {
    const usage = { inputTokens: 10, outputTokens: 5, cacheReadInputTokens: 100, cacheWriteInputTokens: 7 };
    const { result } = await realRun({
      promptCaching: true,
      turns: [
        { content: [callA], usage },
        { content: [{ text: 'ok' }], usage },
      ],
      servers: [serverA()],
      prices: { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 },
    });
    expect(result.usage).toEqual({
      inputTokens: 20,
      outputTokens: 10,
      cacheReadInputTokens: 200,
      cacheWriteInputTokens: 14,
    });
    expect(result.cost).toBeCloseTo(244 / 1_000_000);
  });
});

describe.each(httpVersions)('what is passed on over %s', (http) => {
  const converseOptions = {
    guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1', streamProcessingMode: 'async' },
    requestMetadata: { team: 'films' },
    performanceConfig: { latency: 'optimized' },
    additionalModelRequestFields: { top_k: 5 },
  } as const satisfies BedrockOptions['converseOptions'];

  test('converseOptions, as they are; for Converse without what is of streams', async () => {
    const streamed = await realRun({ http, converseOptions, turns: ['ok'] });
    expect(streamed.bedrock.requests[0]?.body).toMatchObject(converseOptions);
    const whole = await realRun({
      http,
      converseOptions,
      refuses: { refusesToolsInStream: true },
      turns: ['ok'],
      servers: [serverA()],
    });
    const [, request] = whole.bedrock.requests;
    expect(request?.streaming).toBe(false);
    expect(request?.body).toMatchObject({
      ...converseOptions,
      guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' },
    });
    expect(request?.body.guardrailConfig).not.toHaveProperty('streamProcessingMode');
  });

  test('they cannot replace what a run says itself', async () => {
    const stolen = { messages: [], modelId: 'other', system: [{ text: 'no' }], toolConfig: { tools: [] } };
    const { bedrock } = await realRun({
      http,
      converseOptions: stolen as never,
      system: 'Mine.',
      turns: ['ok'],
      servers: [serverA()],
    });
    expect(bedrock.requests[0]).toMatchObject({
      modelId: 'test.model-v1:0',
      body: { system: [{ text: 'Mine.' }], toolConfig: { tools: [{ toolSpec: { name: 'a' } }] } },
    });
    expect(bodyOf(bedrock.requests[0]).messages).toHaveLength(1);
  });

  test('inference settings', async () => {
    const inference = { maxTokens: 100, temperature: 0.5, topP: 0.9, stopSequences: ['END'] };
    const { bedrock } = await realRun({ http, inference, turns: ['ok'] });
    expect(bedrock.requests[0]?.body.inferenceConfig).toEqual(inference);
  });
});

test('a blank system prompt is not sent: Bedrock refuses blank text', async () => {
  const { bedrock } = await realRun({ system: ' \n', turns: ['ok'] });
  expect(bedrock.requests[0]?.body).not.toHaveProperty('system');
});

test('a model made once serves many runs, and the settings are the same', async () => {
  const { bedrock, client, run } = await startReal({ turns: ['one', 'two'] });
  await run.result;
  const model = bedrockModel({ client, modelId: 'm', converseOptions: { requestMetadata: { a: 'b' } } });
  expect(await runAgent({ model, prompt: 'x' }).result).toMatchObject({ text: 'two' });
  expect(bedrock.requests[1]).toMatchObject({ modelId: 'm', body: { requestMetadata: { a: 'b' } } });
});

test('converseOptions hold nothing that a run says itself', () => {
  type Options = NonNullable<BedrockOptions['converseOptions']>;
  expectTypeOf<keyof Options & ('modelId' | 'messages' | 'system' | 'toolConfig')>().toEqualTypeOf<never>();
  expectTypeOf<keyof Options>().extract<'inferenceConfig'>().toEqualTypeOf<never>();
});
