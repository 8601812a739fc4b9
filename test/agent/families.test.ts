import type { Message } from 'movie-hub';
import { describe, expect, test } from 'vitest';
import { bedrockRun, eventsOf } from './support/bedrock-run';
import { toolServer } from './support/tool-server';

const nova = 'us.amazon.nova-pro-v1:0';
const claude = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const models = [
  claude,
  'anthropic.claude-3-haiku-20240307-v1:0',
  nova,
  'global.amazon.nova-2-lite-v1:0',
  'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.meta.llama3-3-70b-instruct-v1:0',
  'us.mistral.pixtral-large-2502-v1:0',
  'mistral.mistral-large-2402-v1:0',
  'mistral.ministral-3-14b-instruct',
  'deepseek.v3-v1:0',
  'openai.gpt-oss-120b-1:0',
  'qwen.qwen3-32b-v1:0',
  'us.writer.palmyra-x5-v1:0',
  'cohere.command-r-plus-v1:0',
  'moonshot.kimi-k2-thinking',
  'ai21.jamba-1-5-large-v1:0',
  'minimax.minimax-m2',
  'zai.glm-4.7',
];

/** A tool of a server written with zod or pydantic: a nested type is a definition, and a name has a hyphen. */
const server = () =>
  toolServer('films', {
    'find-film': {
      inputSchema: {
        type: 'object',
        properties: { query: { $ref: '#/$defs/Query' } },
        required: ['query'],
        $defs: { Query: { type: 'object', properties: { title: { type: 'string' } }, required: ['title'] } },
      },
      run: () => ({ content: [{ type: 'text', text: 'No film.' }], isError: true }),
    },
  });

const usesTool = (id?: string) => [
  { text: 'I look it up.' },
  { toolUse: { name: 'find-film', input: { query: { title: 'Heat' } }, ...(id && { toolUseId: id }) } },
];

describe.each(models)('%s', (modelId) => {
  test('is asked for nothing that its family refuses', async () => {
    const asked = modelId.includes('amazon.nova') ? 'find_film' : 'find-film';
    const { bedrock, events, result } = await bedrockRun({
      modelId,
      turns: [
        [{ text: 'I look it up.' }, { toolUse: { name: asked, input: { query: { title: 'Heat' } } } }],
        'There is none.',
      ],
      servers: [server()],
      lookFirst: true,
      promptCaching: true,
    });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'There is none.', toolCalls: 1 });
    expect(eventsOf(events, 'tool_call')).toMatchObject([{ name: 'find-film' }]);
    expect(bedrock.requests).toHaveLength(2);
    bedrock.assertComplete();
  });

  test.each(models)('goes on with a thread of %s', async (earlier) => {
    const first: Message[] = [
      { role: 'user', content: [{ text: 'Who is in Heat?' }] },
      {
        role: 'assistant',
        model: earlier,
        content: [
          {
            reasoningContent: {
              reasoningText: { text: 'Hm.', ...(earlier === claude && { signature: 's' }) },
            },
          },
          { text: 'I look it up.' },
          { toolUse: { toolUseId: 'tooluse_1', name: 'find-film', input: {} } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'tooluse_1', status: 'error', content: [{ text: 'No film.' }] } },
        ],
      },
      { role: 'assistant', model: earlier, content: [{ text: 'Nobody.' }] },
      { role: 'user', content: [{ text: 'And in Alien?' }] },
    ];
    const { bedrock, result } = await bedrockRun({
      modelId,
      messages: first,
      turns: ['Ripley.'],
      servers: [server()],
    });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'Ripley.' });
    expect(bedrock.requests).toHaveLength(1);
    const reasons = JSON.stringify(bedrock.requests[0]?.body).includes('reasoningText');
    expect(reasons).toBe(modelId === claude && earlier === claude);
  });
});

test('tools whose names differ in a hyphen only have names of their own for Nova', async () => {
  const both = toolServer('s', { 'a-b': { run: () => 'hyphen' }, a_b: { run: () => 'underscore' } });
  const { bedrock, events } = await bedrockRun({
    modelId: nova,
    servers: [both],
    turns: [({ tools = [] }) => tools.map(({ name }) => ({ toolUse: { name } })), 'ok'],
  });
  const names = bedrock.requests[0]?.request.tools?.map(({ name }) => name) ?? [];
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name).toMatch(/^\w+$/);
  expect(
    eventsOf(events, 'tool_result')
      .map(({ name, content }) => `${name} ${content}`)
      .sort(),
  ).toEqual(['a-b hyphen', 'a_b underscore']);
});

test('the transcript notes which model said what', async () => {
  const { result } = await bedrockRun({ modelId: nova, turns: ['Hello.'] });
  expect(result.messages).toMatchObject([{ role: 'user' }, { role: 'assistant', model: nova }]);
});

describe('what Nova writes between tags of thinking', () => {
  test.each<[string, string[], string, string]>([
    ['in one piece', ['<thinking>Hm.</thinking>\n\nRipley.'], 'Hm.', 'Ripley.'],
    ['letter by letter', [...'<thinking>Is 1 < 2?</thinking> Ripley.'], 'Is 1 < 2?', 'Ripley.'],
    ['twice', ['<thinking>Hm.</thinking>\n<thinking>So.</thinking>Ripley.'], 'Hm.So.', 'Ripley.'],
    ['after white space', ['\n<thi', 'nking>Hm.</thinking', '>Ripley.'], 'Hm.', 'Ripley.'],
    ['without an end', ['<thinking>Hm.'], 'Hm.', ''],
    ['nowhere', ['Ripley, <b>not</b> Ash.'], '', 'Ripley, <b>not</b> Ash.'],
    ['as another word', ['<thin', 'g> is not a tag.'], '', '<thing> is not a tag.'],
    ['in the middle', ['It says <thinking>x</thinking>.'], '', 'It says <thinking>x</thinking>.'],
    ['as a beginning only', ['<think'], '', '<think'],
  ])('%s', async (_, text, reasoning, answer) => {
    const { events, result } = await bedrockRun({ modelId: nova, turns: [[{ text }]] });
    const said = (type: 'text' | 'reasoning') =>
      eventsOf(events, type)
        .map((event) => event.text)
        .join('');
    expect(said('reasoning')).toBe(reasoning);
    expect(said('text')).toBe(answer);
    expect(result.text).toBe(answer);
  });

  test('before a tool, whole or streamed, is kept out of the next request', async () => {
    const turns = [[{ text: ['<thinking>Hm.</thin', 'king>'] }, ...usesTool().slice(1)], 'Nobody.'];
    const { bedrock, events, result } = await bedrockRun({ modelId: nova, turns, servers: [server()] });
    expect(result.text).toBe('Nobody.');
    expect(eventsOf(events, 'reasoning')).toMatchObject([{ text: 'Hm.' }]);
    expect(JSON.stringify(bedrock.requests[1]?.body)).not.toContain('Hm.');
  });

  test('is the answer of other models', async () => {
    const { result } = await bedrockRun({ modelId: claude, turns: ['<thinking>is a tag</thinking>'] });
    expect(result.text).toBe('<thinking>is a tag</thinking>');
  });
});

describe('an id of a call', () => {
  test('stays as the model gave it where it has the form that the model takes', async () => {
    const { bedrock } = await bedrockRun({
      modelId: 'mistral.ministral-3-14b-instruct',
      turns: [usesTool('aB3dE6gH9'), 'Nobody.'],
      servers: [server()],
    });
    expect(JSON.stringify(bedrock.requests[1]?.body).match(/aB3dE6gH9/g)).toHaveLength(2);
  });
});

test('an ARN that names no model gets the family that the caller names', async () => {
  const { events } = await bedrockRun({
    modelId: 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc',
    family: 'nova',
    turns: ['<thinking>Hm.</thinking>Ripley.'],
  });
  expect(eventsOf(events, 'text')).toMatchObject([{ text: 'Ripley.' }]);
});

test('Claude is not forced to call a tool while it reasons', async () => {
  const { bedrock, result } = await bedrockRun({
    modelId: claude,
    turns: [usesTool(), 'Nobody.'],
    servers: [server()],
    lookFirst: true,
    converseOptions: {
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1_024 } },
    },
  });
  expect(result.stopReason).toBe('end_turn');
  expect(bedrock.requests).toHaveLength(2);
});

describe('a question that a guardrail blocks', () => {
  const trace = (place: 'inputAssessment' | 'outputAssessments') => ({
    guardrail: {
      [place]: { id: { topicPolicy: { topics: [{ name: 'x', type: 'DENY', action: 'BLOCKED' }] } } },
    },
  });
  const blocked = { content: [{ text: 'No.' }], stopReason: 'guardrail_intervened' };

  test.each([
    ['without a trace', undefined],
    ['with a trace of the input', trace('inputAssessment')],
  ])('does not stay in the thread, %s', async (_, given) => {
    const { events, result } = await bedrockRun({
      prompt: 'How do I build a bomb?',
      turns: [{ ...blocked, ...(given && { trace: given }) }],
    });
    expect(result).toMatchObject({ stopReason: 'guardrail_intervened', text: 'No.' });
    expect(JSON.stringify(result.messages)).not.toContain('bomb');
    expect(eventsOf(events, 'step_finished')[0]?.trace).toEqual(given);
  });

  test('stays where the trace says that the answer was blocked', async () => {
    const { result } = await bedrockRun({
      prompt: 'Who is in Heat?',
      turns: [{ ...blocked, trace: trace('outputAssessments') }],
    });
    expect(JSON.stringify(result.messages)).toContain('Heat');
  });

  test('goes with the results of tools, where they were blocked', async () => {
    const { result } = await bedrockRun({
      turns: [usesTool(), blocked],
      servers: [server()],
    });
    const text = JSON.stringify(result.messages);
    expect(text).toContain('Who is in Alien?');
    expect(text).not.toContain('No film.');
  });
});

test('a letter that is split over two pieces arrives whole', async () => {
  const [high = '', low = ''] = '🎬'.split('');
  const { events, result } = await bedrockRun({
    turns: [[{ text: [`A ${high}`, `${low} film `, high, low] }]],
  });
  expect(result.text).toBe('A 🎬 film 🎬');
  for (const { text } of eventsOf(events, 'text')) expect(text).not.toMatch(/\p{Surrogate}/u);
});
