import { describe, expect, test } from 'vitest';
import { added } from '../support/messages';
import { bedrockRun } from './support/bedrock-run';
import { scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

const callA = { toolUse: { name: 'a' } };
const servers = () => [toolServer('s', { a: { run: () => 'A' } })];
const words = added.lookFirst;

describe('lookFirst', () => {
  test('forces a tool on the first step and releases it after', async () => {
    const { bedrock, result } = await bedrockRun({
      turns: [[callA], [callA], 'It is A.'],
      servers: servers(),
      lookFirst: true,
    });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'It is A.', turns: 3 });
    const choices = bedrock.requests.map(({ request }) => request.toolChoice);
    expect(choices).toEqual([{ any: {} }, undefined, undefined]);
    expect(JSON.stringify(bedrock.requests.map(({ body }) => body.system))).not.toContain(words);
  });

  test.each([
    ['without tools', { lookFirst: true }],
    [
      'with no active tools',
      { lookFirst: true, servers: servers(), prepareStep: () => ({ activeTools: [] }) },
    ],
    ['unless asked', { servers: servers() }],
    ['when told not to', { lookFirst: false, servers: servers() }],
  ])('forces nothing %s', async (_, settings) => {
    const { model, result } = await scriptedRun(['ok'], settings);
    expect(result.stopReason).toBe('end_turn');
    expect(model.requests[0]).not.toHaveProperty('toolChoice');
    expect(model.requests[0]?.system).not.toContain(words);
  });

  test('gives way to what prepareStep chooses', async () => {
    const { model } = await scriptedRun([[callA], 'ok'], {
      lookFirst: true,
      servers: servers(),
      prepareStep: ({ step }) => (step === 1 ? { toolChoice: { tool: { name: 'a' } } } : undefined),
    });
    const choices = model.requests.map(({ toolChoice }) => toolChoice);
    expect(choices).toEqual([{ tool: { name: 'a' } }, undefined]);
  });
});

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('a model that takes no tool choice, over %s', (http) => {
  test.each([
    ['streaming', {}, [true, true, true]],
    ['where it does not stream with tools either', { refusesToolsInStream: true }, undefined],
  ])('is asked in words, %s', async (_, more, streaming) => {
    const { bedrock, events, result } = await bedrockRun({
      http,
      refuses: { refusesToolChoice: true, ...more },
      turns: [[callA], 'It is A.'],
      servers: servers(),
      lookFirst: true,
      system: 'Be brief.',
    });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'It is A.', turns: 2, toolCalls: 1 });
    expect(events.filter(({ type }) => type === 'step_finished')).toHaveLength(2);
    const asked = bedrock.requests.map(({ request }) => request);
    const second = asked.at(-2);
    expect(asked[0]).toMatchObject({ toolChoice: { any: {} }, system: 'Be brief.' });
    expect(second?.toolChoice).toBeUndefined();
    expect(second?.system).toBe(`Be brief.\n\n${words}`);
    expect(asked.at(-1)?.system).toBe('Be brief.');
    expect(asked.at(-1)?.toolChoice).toBeUndefined();
    if (streaming) expect(bedrock.requests.map((request) => request.streaming)).toEqual(streaming);
    bedrock.assertComplete();
  });

  test('is not asked again after a refusal of something else', async () => {
    const refusal = Object.assign(new Error('The model id is not valid.'), { name: 'ValidationException' });
    const { bedrock, result } = await bedrockRun({
      http,
      turns: [refusal],
      servers: servers(),
      lookFirst: true,
    });
    expect(result).toMatchObject({ stopReason: 'error', error: { code: 'model_failed' }, turns: 0 });
    expect(bedrock.requests).toHaveLength(1);
  });
});

test('a model that takes no tool choice and fails when asked in words is an error', async () => {
  const refusal = Object.assign(new Error('toolChoice is not supported'), { name: 'ValidationException' });
  const { model, result } = await scriptedRun([refusal, new Error('down')], {
    lookFirst: true,
    servers: servers(),
  });
  expect(result).toMatchObject({ stopReason: 'error', turns: 0 });
  expect(model.requests).toHaveLength(2);
});
