import fc from 'fast-check';
import { type AgentEvent, type AgentResult, type RunLimits, trimMessages } from 'movie-hub';
import { expect } from 'vitest';
import type { ApproveTool, PrepareStep, StepPlan } from '../../../src/sdk/agent/run-options';
import { never } from './models';
import { eventsOf, expectSound } from './run';
import { toolServer } from './tool-server';

export const content = fc.array(
  fc.oneof(
    fc.record({ text: fc.constantFrom('', ' ', 'Hello', 'Ripley') }),
    fc.record({ reasoning: fc.constantFrom('', 'Hm.') }),
    fc.record({
      toolUse: fc.record({
        name: fc.constantFrom('good', 'bad', 'slow', 'deaf', 'no such.tool'),
        input: fc.constantFrom('', '{}', '{"a":1}', '{"a":"1"}', '[1]', '{"a":'),
        toolUseId: fc.constantFrom('1', '2', 'a b'),
      }),
    }),
  ),
  { maxLength: 4 },
);
export const usage = fc.record({
  inputTokens: fc.nat(50),
  outputTokens: fc.nat(50),
  cacheReadInputTokens: fc.nat(50),
});
const count = fc.integer({ min: 1, max: 4 });
const tokens = fc.integer({ min: 1, max: 150 });
const milliseconds = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(2_000), fc.constant(2 ** 31 - 1));
export const limits = fc.record(
  {
    maxTurns: count,
    maxToolCalls: count,
    maxParallelTools: fc.oneof(count, fc.constant(Number.MAX_SAFE_INTEGER)),
    maxInputTokens: tokens,
    maxOutputTokens: tokens,
    maxCost: fc.double({ min: 0.01, max: 1, noNaN: true }),
    totalTimeoutMs: milliseconds,
    stepTimeoutMs: milliseconds,
    firstChunkTimeoutMs: milliseconds,
    chunkTimeoutMs: milliseconds,
    toolTimeoutMs: milliseconds,
    maxToolResultBytes: fc.integer({ min: 1, max: 200 }),
  },
  { requiredKeys: [] },
);

const ask = { role: 'user', content: [{ text: 'In short?' }] };
export const plan = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, 'any', {}),
  fc.record(
    {
      toolChoice: fc.constantFrom<unknown>(
        { any: {} },
        { auto: {} },
        { tool: { name: 'good' } },
        'any',
        null,
      ),
      activeTools: fc.subarray(['good', 'bad', 'slow', 'deaf', 'unknown']),
      messages: fc.constantFrom<unknown>([ask], [], undefined, 'trimmed', 'none'),
    },
    { requiredKeys: [] },
  ),
  fc.constantFrom('throws', 'hangs'),
);
export const approval = fc.constantFrom<unknown>(true, false, undefined, { deny: 'no' }, 'throws', 'hangs');

/** Steering that does what was drawn: step by step, and call by call. */
export function steering(plans: readonly unknown[], approvals: readonly unknown[]) {
  const next = <T>(drawn: unknown): T | Promise<T> => {
    if (drawn === 'throws') throw new Error('steering');
    return drawn === 'hangs' ? never() : (drawn as T);
  };
  let asked = 0;
  const prepareStep: PrepareStep = ({ step, messages }) => {
    const drawn = plans[step - 1] as { messages?: unknown } | undefined;
    if (drawn?.messages !== 'trimmed') return next<StepPlan | undefined>(drawn);
    return { ...(drawn as StepPlan), messages: trimMessages(messages, { maxBytes: 50 }) };
  };
  const approveTool: ApproveTool = () => {
    asked += 1;
    return asked > approvals.length || next<boolean>(approvals[asked - 1]);
  };
  return { ...(plans.length > 0 && { prepareStep }), ...(approvals.length > 0 && { approveTool }) };
}

const schema = { type: 'object' as const, properties: { a: { type: 'integer' } } };
export const server = () =>
  toolServer('s', {
    good: { run: () => 'fine' },
    bad: { run: () => Promise.reject(new Error('broken')), inputSchema: schema },
    slow: { run: () => new Promise((resolve) => setTimeout(() => resolve('late'), 1)) },
    deaf: { run: never },
  });

/** What a run is asked to do, beside the script of its model. */
export const settings = {
  limits,
  plans: fc.array(plan, { maxLength: 3 }),
  approvals: fc.array(approval, { maxLength: 3 }),
  lookFirst: fc.boolean(),
  /** Events that are read before the reader aborts. */
  abortAfter: fc.option(fc.integer({ min: 0, max: 12 })),
};

export const prices = { input: 1_000, output: 5_000, cacheRead: 100 };

/** What holds of every run that began with the question `q`, whatever was drawn. */
export function expectEnded(events: readonly AgentEvent[], result: AgentResult, limits: RunLimits): void {
  const { messages, stopReason, toolCalls, turns, cost, error } = result;
  expect(events.at(-1)).toMatchObject({ type: 'run_finished', stopReason, toolCalls, turns });
  expect(eventsOf(events, 'run_finished')).toHaveLength(1);
  expect(stopReason).not.toBe('tool_use');
  expect(error === undefined).toBe(stopReason !== 'error');
  expect(turns).toBeLessThanOrEqual(limits.maxTurns ?? 8);
  expect(toolCalls).toBeLessThanOrEqual(limits.maxToolCalls ?? 50);
  expect(cost).toBeGreaterThanOrEqual(0);
  const ids = eventsOf(events, 'tool_call').map(({ toolUseId }) => toolUseId);
  const answered = eventsOf(events, 'tool_result').map(({ toolUseId }) => toolUseId);
  expect(ids).toHaveLength(toolCalls);
  expect(answered.sort()).toEqual(ids.sort());
  expect(messages[0]).toEqual({ role: 'user', content: [{ text: 'q' }] });
  expectSound(result);
}
