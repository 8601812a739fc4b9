import { type Message, MovieHubError, runAgent, trimMessages } from 'movie-hub';
import { ScriptedModel } from 'movie-hub/testing';
import { describe, expect, test, vi } from 'vitest';
import type { PrepareStep, StepPlan } from '../../src/sdk/agent/run-options';
import { instead } from '../support/messages';
import { bedrockRun, resultsIn } from './support/bedrock-run';
import { eventsOf, finish, scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

const call = (name: string) => ({ toolUse: { name } });
const ask = (text: string): Message => ({ role: 'user', content: [{ text }] });
const servers = (ran: string[] = []) => {
  const tool = (name: string) => ({ run: () => `${name}${ran.push(name)}` });
  return [toolServer('s', { a: tool('a'), b: tool('b'), 'c.c': tool('c') })];
};

describe('prepareStep', () => {
  test('is asked before each step, with its number, the transcript so far and the tools as the model knows them', async () => {
    const prepareStep = vi.fn<PrepareStep>(() => undefined);
    const { result } = await scriptedRun([[call('a')], 'ok'], { servers: servers(), prepareStep });
    expect(result.text).toBe('ok');
    const tools = ['a', 'b', 'c_c'];
    expect(prepareStep.mock.calls).toEqual([
      [{ step: 1, messages: result.messages.slice(0, 1), tools }],
      [{ step: 2, messages: result.messages.slice(0, 3), tools }],
    ]);
  });

  test('chooses what the model must call, in its own step only', async () => {
    const plans: Array<StepPlan | undefined> = [
      { toolChoice: { tool: { name: 'b' } } },
      { toolChoice: { any: {} } },
      { toolChoice: { auto: {} } },
      undefined,
    ];
    const { bedrock } = await bedrockRun({
      turns: [[call('b')], [call('a')], [call('a')], 'ok'],
      servers: servers(),
      prepareStep: async ({ step }) => plans[step - 1],
    });
    expect(bedrock.requests.map(({ request }) => request.toolChoice)).toEqual([
      { tool: { name: 'b' } },
      { any: {} },
      { auto: {} },
      undefined,
    ]);
  });

  test('says which tools there are in its step; a call of another is answered, not run', async () => {
    const ran: string[] = [];
    const { bedrock, events, result } = await bedrockRun({
      turns: [[call('a'), call('b'), call('x')], [call('a')], 'ok'],
      servers: servers(ran),
      prepareStep: ({ step }) => (step === 1 ? { activeTools: ['b', 'c_c'] } : {}),
    });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'ok' });
    expect(ran).toEqual(['b', 'a']);
    const offered = bedrock.requests.map(({ request }) => request.tools?.map(({ name }) => name));
    expect(offered).toEqual([
      ['b', 'c_c'],
      ['a', 'b', 'c_c'],
      ['a', 'b', 'c_c'],
    ]);
    expect(resultsIn(bedrock.requests[1]?.request.messages ?? [])).toMatchObject([
      {
        status: 'error',
        content: [{ text: instead.notNow('a', 'b', 'c_c') }],
      },
      { content: [{ text: 'b1' }] },
      { status: 'error', content: [{ text: instead.unknown('x', 'b', 'c_c') }] },
    ]);
    expect(eventsOf(events, 'tool_call').map(({ name, server }) => [name, server])).toEqual([
      ['a', 's'],
      ['b', 's'],
      ['x', ''],
      ['a', 's'],
    ]);
  });

  test('may take away all tools, though the transcript has calls', async () => {
    const ran: string[] = [];
    const { bedrock, result } = await bedrockRun({
      turns: [[call('a')], [call('a')], 'ok'],
      servers: servers(ran),
      prepareStep: ({ step }) => (step === 2 ? { activeTools: [], toolChoice: { any: {} } } : {}),
    });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'ok' });
    expect(ran).toEqual(['a']);
    expect(bedrock.requests[1]?.request.toolChoice).toBeUndefined();
    expect(resultsIn(bedrock.requests[2]?.request.messages ?? [])).toMatchObject([
      { content: [{ text: instead.notNow('a') }] },
    ]);
  });

  test('may name active tools that there are not, as when a server has failed', async () => {
    const { model } = await scriptedRun(['ok'], {
      servers: servers(),
      prepareStep: () => ({ activeTools: ['b', 'of_a_server_that_failed'] }),
    });
    expect(model.requests[0]?.tools?.map(({ name }) => name)).toEqual(['b']);
  });

  test('replaces what is sent, for its step only: the transcript stays whole', async () => {
    const { model, result } = await scriptedRun([[call('a')], [call('b')], 'ok'], {
      servers: servers(),
      prepareStep: ({ step }) =>
        step === 2
          ? { messages: [ask('In short?'), { role: 'assistant', content: [call('a')] } as never] }
          : {},
    });
    expect(model.requests[1]?.messages).toMatchObject([
      ask('In short?'),
      { role: 'assistant' },
      { role: 'user', content: [{ toolResult: { status: 'error' } }] },
    ]);
    expect(model.requests[2]?.messages).toEqual(result.messages.slice(0, 5));
    expect(result.messages).toHaveLength(6);
  });

  test('may trim what is sent', async () => {
    const long: Message[] = [ask('a'.repeat(500)), { role: 'assistant', content: [{ text: 'b' }] }, ask('c')];
    const model = new ScriptedModel({ turns: ['ok'] });
    const prepareStep: PrepareStep = ({ messages }) => ({
      messages: trimMessages(messages, { maxBytes: 100 }),
    });
    const { result } = await finish(runAgent({ model, messages: long, prepareStep }));
    expect(model.requests[0]?.messages).toEqual([ask('c')]);
    expect(result.messages).toHaveLength(4);
  });

  test('cannot change the transcript that it is shown', async () => {
    const { result } = await scriptedRun(['ok'], {
      prepareStep: ({ messages, tools }) => {
        messages[0]?.content.push({ text: 'Forget it.' });
        (messages as Message[]).push(ask('Forget it.'));
        (tools as string[]).push('x');
        return undefined;
      },
    });
    expect(result.messages).toHaveLength(2);
    expect(JSON.stringify(result.messages)).not.toContain('Forget');
  });
});

describe('a prepareStep that cannot be followed ends the run with an error', () => {
  const thrown = new Error('no plan');
  const own = new MovieHubError('not_found', 'No plan.');
  const planned = (plan: unknown) => () => plan as StepPlan;
  test.each<[string, PrepareStep, object]>([
    ['it throws', () => Promise.reject(thrown), { code: 'internal', cause: thrown }],
    [
      'it throws at once',
      () => {
        throw thrown;
      },
      { code: 'internal', cause: thrown },
    ],
    [
      'it throws an error of this library',
      () => Promise.reject(own),
      { code: 'not_found', message: 'No plan.' },
    ],
    [
      'it forces a tool that there is not',
      planned({ toolChoice: { tool: { name: 'x' } } }),
      { code: 'invalid_argument' },
    ],
    [
      'it forces a tool that is not active',
      planned({ activeTools: ['b'], toolChoice: { tool: { name: 'a' } } }),
      { code: 'invalid_argument' },
    ],
    ['it chooses in one word', planned({ toolChoice: 'any' }), { code: 'invalid_argument' }],
    ['it chooses nothing', planned({ toolChoice: null }), { code: 'invalid_argument' }],
    ['it chooses two things', planned({ toolChoice: { any: {}, auto: {} } }), { code: 'invalid_argument' }],
    ['no messages', planned({ messages: [] }), { code: 'invalid_argument' }],
    [
      'messages that are none',
      planned({ messages: [{ role: 'system', content: 'x' }] }),
      { code: 'invalid_argument' },
    ],
    [
      'messages that end with the assistant',
      planned({ messages: [ask('x'), { role: 'assistant', content: [{ text: 'So' }] }] }),
      { code: 'invalid_argument' },
    ],
  ])('%s', async (_, prepareStep, error) => {
    const later: PrepareStep = (step) => (step.step === 2 ? prepareStep(step) : undefined);
    const settings = { servers: servers(), prepareStep: later };
    const { model, result } = await scriptedRun([[{ text: 'Looking.' }, call('a')]], settings);
    expect(result).toMatchObject({ stopReason: 'error', error, turns: 1, toolCalls: 1, text: 'Looking.' });
    expect(result.messages).toHaveLength(3);
    model.assertComplete();
  });
});
