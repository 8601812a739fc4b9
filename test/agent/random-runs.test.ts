import fc from 'fast-check';
import { runAgent } from 'movie-hub';
import { ScriptedModel, type ScriptedTurn } from 'movie-hub/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runsOf } from '../support/lane';
import { content, expectEnded, prices, server, settings, steering, usage } from './support/random-run';
import { expectGoesOn } from './support/run';

const refusal = { status: 400, type: 'ValidationException', message: 'No toolChoice, please.' };
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

const unhandled = vi.fn();
beforeAll(() => void process.on('unhandledRejection', unhandled));
afterAll(() => void process.off('unhandledRejection', unhandled));

const known =
  /^(|aborted|steering|modelStreamErrorException|No toolChoice, please\.|The script has only \d turns\.)$/;

test('any run ends, with a transcript from which a further run goes on', async () => {
  const property = fc.asyncProperty(
    fc.record({ turns: fc.array(turn, { maxLength: 9 }), ...settings }),
    async ({ turns, limits, plans, approvals, lookFirst, abortAfter }) => {
      const model = new ScriptedModel({ turns: turns as ScriptedTurn[] });
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
      const { error } = result;
      if (error?.code !== 'invalid_argument')
        expect((error?.cause as Error | undefined)?.message ?? '').toMatch(known);
      expectEnded(events, result, limits);
      await expectGoesOn(result);
    },
  );
  await fc.assert(property, { numRuns: runsOf(400) });
  expect(unhandled).not.toHaveBeenCalled();
});
