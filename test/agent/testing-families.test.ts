import {
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { startFakeBedrock } from 'movie-hub/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

type Settings = Omit<ConverseCommandInput, 'modelId'>;
type Content = NonNullable<NonNullable<ConverseCommandInput['messages']>[number]['content']>;

let bedrock: Awaited<ReturnType<typeof startFakeBedrock>>;
beforeAll(async () => {
  bedrock = await startFakeBedrock({ turns: Array.from({ length: 100 }, () => 'ok') });
});
afterAll(() => bedrock.close());

const ask = (modelId: string, settings: Settings, streaming = false) => {
  const input = { modelId, messages: [{ role: 'user' as const, content: [{ text: 'Hi.' }] }], ...settings };
  const client = bedrock.client();
  return streaming ? client.send(new ConverseStreamCommand(input)) : client.send(new ConverseCommand(input));
};

const cachePoint = { cachePoint: { type: 'default' as const } };
const tool = (name = 'find', schema = {}) => ({
  toolSpec: {
    name,
    description: 'Finds.',
    inputSchema: { json: { type: 'object', properties: {}, ...schema } },
  },
});
const tools = (choice?: NonNullable<ConverseCommandInput['toolConfig']>['toolChoice']): Settings => ({
  toolConfig: { tools: [tool()], toolChoice: choice },
});
const called = (assistant: Content, status?: 'success' | 'error', id = 'abcdefghi'): Settings => ({
  messages: [
    { role: 'user', content: [{ text: 'Hi.' }] },
    { role: 'assistant', content: [...assistant, { toolUse: { toolUseId: id, name: 'find', input: {} } }] },
    { role: 'user', content: [{ toolResult: { toolUseId: id, content: [{ text: 'x' }], status } }] },
  ],
  ...tools(),
});
const thought = (signature?: string): Content => [
  { reasoningContent: { reasoningText: { text: 'Hm.', signature } } },
];

const claude = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
const nova = 'us.amazon.nova-pro-v1:0';
const llama = 'us.meta.llama3-3-70b-instruct-v1:0';
const palmyra = 'us.writer.palmyra-x5-v1:0';
const ministral = 'mistral.ministral-3-14b-instruct';
const largeMistral = 'mistral.mistral-large-2402-v1:0';
const gptOss = 'openai.gpt-oss-120b-1:0';

// What one family refuses another takes: the last column.
test.each<[string, string, Settings, boolean, RegExp, string]>([
  [
    'a definition in a schema',
    nova,
    { toolConfig: { tools: [tool('find', { $defs: {} })] } },
    false,
    /extraneous key/,
    claude,
  ],
  [
    'a hyphen in a name',
    nova,
    { toolConfig: { tools: [tool('find-it')] } },
    false,
    /invalid sequence/,
    claude,
  ],
  ['a forced tool', llama, tools({ any: {} }), false, /toolChoice\.any/, nova],
  [
    'a forced tool by its name',
    largeMistral,
    tools({ tool: { name: 'find' } }),
    false,
    /toolChoice\.tool/,
    nova,
  ],
  ['tools in a stream', llama, tools(), true, /streaming mode/, claude],
  ['tools at all', 'us.deepseek.r1-v1:0', tools(), false, /support tool use/, claude],
  [
    'a point of the cache after tools',
    nova,
    { toolConfig: { tools: [tool(), cachePoint] } },
    false,
    /cachePoint/,
    claude,
  ],
  [
    'a point of the cache at all',
    llama,
    { system: [{ text: 'x' }, cachePoint] },
    false,
    /prompt caching/,
    nova,
  ],
  ['a status', palmyra, called([], 'error'), false, /status field/, nova],
  ['reasoning', nova, called(thought('s')), false, /reasoning content/, claude],
  ['signed reasoning', gptOss, called(thought('s')), false, /signature field/, claude],
  ['unsigned reasoning', claude, called(thought()), false, /signature: Field required/, gptOss],
  ['a long id', ministral, called([], undefined, 'tooluse_1234'), false, /length of 9/, claude],
  ['text beside a request for a tool', llama, called([{ text: 'I look.' }]), false, /same turn/, claude],
])('%s is refused by %s', async (_, modelId, settings, streaming, message, other) => {
  await expect(ask(modelId, settings, streaming)).rejects.toThrow(message);
  await ask(other, settings, streaming);
});

test('what reasons is not forced', async () => {
  const settings = { ...tools({ any: {} }), additionalModelRequestFields: { thinking: { type: 'enabled' } } };
  await expect(ask(claude, settings)).rejects.toThrow(/tool_choice/);
  await ask(claude, tools({ any: {} }));
});

test('a model of no family takes all of it', async () => {
  await ask('test.model-v1:0', called([...thought(), { text: 'I look.' }], 'error'));
});
