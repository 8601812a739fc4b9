import fc from 'fast-check';
import { type ApproveTool, type PrepareStep, runAgent, type StepPlan, trimMessages } from 'movie-hub';
import { ScriptedModel, type ScriptedTurn } from 'movie-hub/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { never } from './support/models';
import { eventsOf, expectGoesOn, expectSound } from './support/run';
import { toolServer } from './support/tool-server';

const content = fc.array(
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
const refusal = { status: 400, type: 'ValidationException', message: 'No toolChoice, please.' };
const usage = fc.record({
  inputTokens: fc.nat(50),
  outputTokens: fc.nat(50),
  cacheReadInputTokens: fc.nat(50),
});
const whole = fc.record({ content, usage, stopReason: fc.constantFrom('end_turn', 'tool_use') });
const faulty = fc.record(
  {
    content,
    stopReason: fc.constantFrom('max_tokens', 'unheard_of'),
    fault: fc.constantFrom('cut' as const, 'end' as const, 'stall' as const, refusal, {
      exception: 'modelStreamErrorException',
    }),
  },
  { requiredKeys: ['content'] },
);
const turn = fc.oneof({ arbitrary: whole, weight: 5 }, { arbitrary: faulty, weight: 1 });

const count = fc.integer({ min: 1, max: 4 });
const tokens = fc.integer({ min: 1, max: 150 });
const milliseconds = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.constant(2_000),
  fc.constant(Number.MAX_SAFE_INTEGER),
);
const limits = fc.record(
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
const plan = fc.oneof(
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
const approval = fc.constantFrom<unknown>(true, false, undefined, { deny: 'no' }, 'throws', 'hangs');

/** Steering that does what was drawn: step by step, and call by call. */
function steering(plans: readonly unknown[], approvals: readonly unknown[]) {
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
const server = () =>
  toolServer('s', {
    good: { run: () => 'fine' },
    bad: { run: () => Promise.reject(new Error('broken')), inputSchema: schema },
    slow: { run: () => new Promise((resolve) => setTimeout(() => resolve('late'), 1)) },
    deaf: { run: never },
  });

const unhandled = vi.fn();
beforeAll(() => void process.on('unhandledRejection', unhandled));
afterAll(() => void process.off('unhandledRejection', unhandled));

const known =
  /^(|aborted|steering|modelStreamErrorException|No toolChoice, please\.|The script has only \d turns\.)$/;

test('any run ends, with a transcript from which a further run goes on', async () => {
  const property = fc.asyncProperty(
    fc.record({
      turns: fc.array(turn, { maxLength: 9 }),
      limits,
      plans: fc.array(plan, { maxLength: 3 }),
      approvals: fc.array(approval, { maxLength: 3 }),
      lookFirst: fc.boolean(),
      abortAfter: fc.option(fc.integer({ min: 0, max: 12 })),
    }),
    async ({ turns, limits, plans, approvals, lookFirst, abortAfter }) => {
      const model = new ScriptedModel({ turns: turns as ScriptedTurn[] });
      const prices = { input: 1_000, output: 5_000, cacheRead: 100 };
      const run = runAgent({
        model,
        prompt: 'q',
        servers: [server()],
        lookFirst,
        prices,
        ...limits,
        ...steering(plans, approvals),
      });
      const patience = setTimeout(() => run.abort(), 25);
      const events = [];
      for await (const event of run) {
        if (events.length === abortAfter) run.abort();
        events.push(event);
      }
      clearTimeout(patience);
      const result = await run.result;
      const { messages, stopReason, toolCalls, turns: steps, cost, error } = result;
      if (error?.code !== 'invalid_argument')
        expect((error?.cause as Error | undefined)?.message ?? '').toMatch(known);
      expect(events.at(-1)).toMatchObject({ type: 'run_finished', stopReason, toolCalls, turns: steps });
      expect(stopReason).not.toBe('tool_use');
      expect(error === undefined).toBe(stopReason !== 'error');
      expect(steps).toBeLessThanOrEqual(limits.maxTurns ?? 8);
      expect(toolCalls).toBeLessThanOrEqual(limits.maxToolCalls ?? 50);
      expect(cost).toBeGreaterThanOrEqual(0);
      const ids = eventsOf(events, 'tool_call').map(({ toolUseId }) => toolUseId);
      expect(ids).toHaveLength(toolCalls);
      expect(
        eventsOf(events, 'tool_result')
          .map(({ toolUseId }) => toolUseId)
          .sort(),
      ).toEqual(ids.sort());
      expect(messages[0]).toEqual({ role: 'user', content: [{ text: 'q' }] });
      expectSound(result);
      await expectGoesOn(result);
    },
  );
  await fc.assert(property, { numRuns: 400 });
  expect(unhandled).not.toHaveBeenCalled();
});
