import { type Message, type ModelRequest, runAgent } from 'movie-hub';
import { requestProblems, ScriptedModel, startFakeBedrock, transcriptProblems } from 'movie-hub/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { toolServer } from './support/tool-server';

const tool = { name: 'a', description: 'Does a.', inputSchema: { type: 'object' } };
const use = (toolUseId: string, name = 'a', input: unknown = {}) => ({ toolUse: { toolUseId, name, input } });
const result = (toolUseId: string, content: unknown = [{ text: 'ok' }], status?: string) => ({
  toolResult: { toolUseId, content, ...(status ? { status } : {}) },
});
const u = (...content: unknown[]) => ({ role: 'user', content }) as Message;
const a = (...content: unknown[]) => ({ role: 'assistant', content }) as Message;
const q = u({ text: 'q' });

describe('the rules of Bedrock', () => {
  test('let a sound request pass', () => {
    const messages = [
      q,
      a({ text: 'x' }, use('1'), use('2')),
      u(result('1'), result('2'), { cachePoint: {} }),
    ];
    expect(requestProblems({ messages, tools: [tool] })).toEqual([]);
    expect(transcriptProblems([q, a({ text: 'x' })])).toEqual([]);
  });

  test.each<[string, ModelRequest]>([
    ['no messages', { messages: [] }],
    ['blank text', { messages: [u({ text: ' ' })] }],
    ['an empty message', { messages: [u()] }],
    ['the assistant first', { messages: [a({ text: 'x' }), q] }],
    ['two of the user', { messages: [q, q] }],
    ['the assistant last', { messages: [q, a({ text: 'x' })] }],
    ['two members', { messages: [u({ text: 'x', toolUse: {} })] }],
    ['a use without a result', { messages: [q, a(use('1')), q], tools: [tool] }],
    ['a result without a use', { messages: [u(result('1'))], tools: [tool] }],
    ['two results of one use', { messages: [q, a(use('1')), u(result('1'), result('1'))], tools: [tool] }],
    ['text before a result', { messages: [q, a(use('1')), u({ text: 'x' }, result('1'))], tools: [tool] }],
    ['text after a result', { messages: [q, a(use('1')), u(result('1'), { text: 'x' })], tools: [tool] }],
    ['no tool list', { messages: [q, a(use('1')), u(result('1'))] }],
    ['a bad id', { messages: [q, a(use('1.1')), u(result('1.1'))], tools: [tool] }],
    ['a bad name', { messages: [q, a(use('1', 'a.b')), u(result('1'))], tools: [tool] }],
    ['a list as input', { messages: [q, a(use('1', 'a', [])), u(result('1'))], tools: [tool] }],
    ['one id twice', { messages: [q, a(use('1'), use('1')), u(result('1'), result('1'))], tools: [tool] }],
    ['an empty result', { messages: [q, a(use('1')), u(result('1', []))], tools: [tool] }],
    ['a list as json', { messages: [q, a(use('1')), u(result('1', [{ json: [] }]))], tools: [tool] }],
    [
      'json with an error',
      { messages: [q, a(use('1')), u(result('1', [{ json: {} }], 'error'))], tools: [tool] },
    ],
    ['nothing but reasoning', { messages: [q, a({ reasoningContent: {} }), q] }],
    ['a tool without description', { messages: [q], tools: [{ ...tool, description: ' ' }] }],
    ['a tool with a bad name', { messages: [q], tools: [{ ...tool, name: 'a.b' }] }],
    ['one name twice', { messages: [q], tools: [tool, tool] }],
  ])('find %s', (_, request) => {
    expect(requestProblems(request)).not.toEqual([]);
  });
});

describe('ScriptedModel', () => {
  test('plays its turns, keeps what it was asked, and is complete', async () => {
    const model = new ScriptedModel({
      turns: [
        ({ tools }) => [{ toolUse: { name: tools?.[0]?.name ?? '', input: { n: 1 } } }],
        async ({ messages }) => `${messages.length} messages`,
      ],
    });
    expect(() => model.assertComplete()).toThrow(/^2 turns/);
    const servers = [toolServer('s', { a: { run: () => 'A' } })];
    expect(await runAgent({ model, prompt: 'q', servers }).result).toMatchObject({ text: '3 messages' });
    expect(model.requests.map((request) => request.messages.length)).toEqual([1, 3]);
    model.assertComplete();
  });

  test('complains of a call too many, and of a request that Bedrock would refuse', async () => {
    const model = new ScriptedModel({ turns: ['only one'] });
    const drain = async (request: ModelRequest) => {
      for await (const _ of model.stream(request, new AbortController().signal));
    };
    await drain({ messages: [q] });
    model.assertComplete();
    await expect(drain({ messages: [q] })).rejects.toThrow(/only 1 turns/);
    await expect(drain({ messages: [u({ text: '' })] })).rejects.toThrow('blank');
    expect(() => model.assertComplete()).toThrow(/only 1 turns.*\n.*blank/);
    const lax = new ScriptedModel({ turns: ['ok'], validate: false });
    for await (const _ of lax.stream({ messages: [] }, new AbortController().signal));
    lax.assertComplete();
  });

  test.each([
    ['cut' as const, { error: { code: 'model_failed' } }],
    ['end' as const, { error: { code: 'model_failed' } }],
    [{ exception: 'throttlingException' }, { error: { cause: { name: 'throttlingException' } } }],
    [
      { status: 400, type: 'ValidationException' },
      { text: '', error: { cause: { name: 'ValidationException' } } },
    ],
  ])('fails as told: %j', async (fault, expected) => {
    const model = new ScriptedModel({ turns: [{ content: [{ text: 'x' }], fault }] });
    expect(await runAgent({ model, prompt: 'q' }).result).toMatchObject({
      stopReason: 'error',
      text: 'x',
      ...expected,
    });
  });

  test('stalls until it is aborted', async () => {
    const run = runAgent({ model: new ScriptedModel({ turns: [{ fault: 'stall' }] }), prompt: 'q' });
    setTimeout(() => run.abort(), 20);
    expect((await run.result).stopReason).toBe('aborted');
  });
});

describe('the fake endpoint', () => {
  test('refuses what Bedrock would refuse, and says why', async () => {
    const bedrock = await startFakeBedrock({ turns: ['unused'] });
    onTestFinished(() => bedrock.close());
    const { ConverseStreamCommand } = await import('@aws-sdk/client-bedrock-runtime');
    const command = new ConverseStreamCommand({
      modelId: 'm',
      messages: [{ role: 'user', content: [{ text: ' ' }] }],
    });
    await expect(bedrock.client().send(command)).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'messages[0].content[0] is blank.',
    });
    expect(() => bedrock.assertComplete()).toThrow(/blank.*\n1 turns/s);
  });

  test('answers other paths with 404, and closes with connections open', async () => {
    const bedrock = await startFakeBedrock({ turns: [] });
    expect((await fetch(`${bedrock.url}/model/m/invoke`, { method: 'POST' })).status).toBe(404);
    await bedrock.close();
    await expect(fetch(bedrock.url)).rejects.toThrow();
    await bedrock.close();
  });

  test('carries redacted reasoning both ways', async () => {
    const secret = new Uint8Array([0, 255, 1]);
    const bedrock = await startFakeBedrock({
      turns: [
        {
          events: [
            {
              contentBlockDelta: {
                contentBlockIndex: 0,
                delta: { reasoningContent: { redactedContent: secret } },
              },
            },
            { contentBlockStop: { contentBlockIndex: 0 } },
            { contentBlockDelta: { contentBlockIndex: 1, delta: { text: 'x' } } },
            { messageStop: { stopReason: 'end_turn' } },
          ],
        },
        'y',
      ],
    });
    onTestFinished(() => bedrock.close());
    const settings = { client: bedrock.client(), modelId: 'm' };
    const first = await runAgent({ ...settings, prompt: 'q' }).result;
    expect(first.messages[1]?.content[0]).toEqual({ reasoningContent: { redactedContent: secret } });
    await runAgent({ ...settings, messages: [...first.messages, q] }).result;
    expect(bedrock.requests[1]?.request.messages.slice(0, 2)).toEqual(
      first.messages.map(({ role, content }) => ({ role, content })),
    );
    bedrock.assertComplete();
  });
});
