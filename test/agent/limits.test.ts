import { type RunLimits, runAgent, type TokenUsage } from 'movie-hub';
import { ScriptedModel, type ScriptedTurn } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import type { TokenPrices } from '../../src/sdk/agent/tokens';
import { instead } from '../support/messages';
import { bedrockRun } from './support/bedrock-run';
import { eventsOf, expectGoesOn, scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

const callA = { toolUse: { name: 'a' } };
const servers = () => [toolServer('s', { a: { run: () => 'A' } })];
const asks = (usage?: TokenUsage): ScriptedTurn => ({ content: [callA], ...(usage && { usage }) });
const cached = { inputTokens: 1, outputTokens: 5, cacheReadInputTokens: 4, cacheWriteInputTokens: 5 };

/** Two answers that ask for a tool, and then one that does not: 30 tokens in, 15 out and two calls in all. */
const script = (usage?: TokenUsage) => [asks(usage), asks(usage), 'It is A.'];

interface Case {
  stopReason: string;
  /** Reached by the second answer. */
  reached: RunLimits & { prices?: TokenPrices };
  /** The same, one above. */
  above: Case['reached'];
  usage?: TokenUsage;
}

const prices = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };
const cases: Case[] = [
  { stopReason: 'max_turns', reached: { maxTurns: 2 }, above: { maxTurns: 3 } },
  { stopReason: 'max_tool_calls', reached: { maxToolCalls: 1 }, above: { maxToolCalls: 2 } },
  { stopReason: 'max_input_tokens', reached: { maxInputTokens: 20 }, above: { maxInputTokens: 21 } },
  {
    stopReason: 'max_input_tokens',
    reached: { maxInputTokens: 20 },
    above: { maxInputTokens: 21 },
    usage: cached,
  },
  { stopReason: 'max_output_tokens', reached: { maxOutputTokens: 10 }, above: { maxOutputTokens: 11 } },
  {
    stopReason: 'max_cost',
    reached: { maxCost: 0.00021, prices },
    above: { maxCost: 0.00022, prices },
  },
  {
    stopReason: 'max_cost',
    reached: { maxCost: 0.0001959, prices },
    above: { maxCost: 0.000196, prices },
    usage: cached,
  },
];

describe.each(cases)('$stopReason $reached $usage', ({ stopReason, reached, above, usage }) => {
  test('ends the run, with every call answered and a transcript that goes on', async () => {
    const { bedrock, events, result } = await bedrockRun({
      turns: script(usage),
      servers: servers(),
      ...reached,
    });
    expect(result).toMatchObject({ stopReason, turns: 2, toolCalls: 1 });
    expect(result).not.toHaveProperty('error');
    expect(events.at(-2)).toMatchObject({ type: 'step_finished', step: 2 });
    expect(eventsOf(events, 'tool_call')).toHaveLength(1);
    const text = instead.notRun(stopReason);
    expect(result.messages.at(-1)?.content).toEqual([
      { toolResult: { toolUseId: 'tooluse_2', status: 'error', content: [{ text }] } },
    ]);
    expect(bedrock.requests).toHaveLength(2);
  });

  test('one above, it is not reached', async () => {
    const { model, result } = await scriptedRun(script(usage), { servers: servers(), ...above });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'It is A.', turns: 3, toolCalls: 2 });
    model.assertComplete();
  });
});

test('an answer that asks for nothing is never refused, whatever it used', async () => {
  const { result } = await scriptedRun(['All.'], {
    maxTurns: 1,
    maxInputTokens: 1,
    maxOutputTokens: 1,
    prices,
    maxCost: 1e-9,
  });
  expect(result).toMatchObject({ stopReason: 'end_turn', text: 'All.' });
});

test('every one of them has a default that a usual run stays within', async () => {
  const { result } = await scriptedRun(script(), { servers: servers() });
  expect(result).toMatchObject({ stopReason: 'end_turn', turns: 3 });
  const endless = Array.from({ length: 20 }, () => asks());
  const { result: ended } = await scriptedRun(endless, { servers: servers() });
  expect(ended).toMatchObject({ stopReason: 'max_turns', turns: 8 });
});

describe('the limit of calls', () => {
  test('in the middle of a turn, the first calls run and the others are told why not', async () => {
    const three = [callA, { toolUse: { name: 'b' } }, { toolUse: { name: 'a' } }];
    const ran: string[] = [];
    const tool = (name: string) => ({ run: () => `${name}${ran.push(name)}` });
    const server = toolServer('s', { a: tool('a'), b: tool('b') });
    const { events, result } = await scriptedRun([three], { servers: [server], maxToolCalls: 2 });
    expect(result).toMatchObject({ stopReason: 'max_tool_calls', toolCalls: 2, turns: 1 });
    expect(ran).toEqual(['a', 'b']);
    expect(eventsOf(events, 'tool_call').map(({ name }) => name)).toEqual(['a', 'b']);
    const statuses = result.messages
      .at(-1)
      ?.content.map((block) => ('toolResult' in block ? block.toolResult.status : block));
    expect(statuses).toEqual([undefined, undefined, 'error']);
    expect(JSON.stringify(result.messages.at(-1))).toContain(instead.notRun('max_tool_calls'));
  });

  test('used up at the end of a turn, it leaves room for the answer', async () => {
    const { result } = await scriptedRun([[callA, callA], 'It is A.'], {
      servers: servers(),
      maxToolCalls: 2,
    });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'It is A.', toolCalls: 2 });
  });

  test('counts calls of tools that there are not', async () => {
    const { result } = await scriptedRun([[{ toolUse: { name: 'x' } }], [callA]], {
      servers: servers(),
      maxToolCalls: 1,
    });
    expect(result).toMatchObject({ stopReason: 'max_tool_calls', toolCalls: 1 });
  });
});

describe('cost', () => {
  test('is that of all tokens, in each step and in all', async () => {
    const { events, result } = await scriptedRun([asks(cached), asks(), 'ok'], {
      servers: servers(),
      prices,
    });
    const costs = eventsOf(events, 'step_finished').map(({ cost }) => cost);
    const ofCached = (1 * 3 + 5 * 15 + 4 * 0.3 + 5 * 3.75) / 1e6;
    const ofPlain = (10 * 3 + 5 * 15) / 1e6;
    expect(costs).toEqual([ofCached, ofPlain, ofPlain]);
    expect(result.cost).toBeCloseTo(ofCached + 2 * ofPlain, 12);
    expect(events.at(-1)).toMatchObject({ type: 'run_finished', cost: result.cost });
  });

  test('of the cache is no less than it can be where it has no price, and there is none without prices', async () => {
    const { result } = await scriptedRun([{ content: [], usage: cached }], {
      prices: { input: 1, output: 0 },
    });
    // 1 token read anew, 4 of the cache at the same price, 5 into it at 1.25 times that.
    expect(result.cost).toBeCloseTo((1 + 4 + 5 * 1.25) / 1e6, 12);
    const free = await scriptedRun(['ok']);
    expect(free.result).not.toHaveProperty('cost');
    for (const event of free.events) expect(event).not.toHaveProperty('cost');
  });
});

test('a run that ended by a limit goes on with the same limit, counted anew', async () => {
  const { result } = await scriptedRun([asks()], { servers: servers(), maxTurns: 1 });
  const model = new ScriptedModel({ turns: ['It is A.'] });
  const messages = [...result.messages, { role: 'user' as const, content: [{ text: 'Well?' }] }];
  const next = await runAgent({ model, messages, maxTurns: 1 }).result;
  expect(next).toMatchObject({ stopReason: 'end_turn', turns: 1 });
  await expectGoesOn(next);
});
