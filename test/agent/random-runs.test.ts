import fc from 'fast-check';
import { runAgent } from 'movie-hub';
import { ScriptedModel, type ScriptedTurn, transcriptProblems } from 'movie-hub/testing';
import { expect, test } from 'vitest';
import { readAll } from './support/bedrock-run';
import { toolServer } from './support/tool-server';

const content = fc.array(
  fc.oneof(
    fc.record({ text: fc.constantFrom('', ' ', 'Hello', 'Ripley') }),
    fc.record({ reasoning: fc.constantFrom('', 'Hm.') }),
    fc.record({
      toolUse: fc.record({
        name: fc.constantFrom('good', 'bad', 'slow', 'no such.tool'),
        input: fc.constantFrom('', '{}', '{"a":1}', '[1]', '{"a":'),
        toolUseId: fc.constantFrom('1', '2', 'a b'),
      }),
    }),
  ),
  { maxLength: 4 },
);
const turn = fc.record(
  {
    content,
    stopReason: fc.constantFrom('end_turn', 'tool_use', 'max_tokens', 'unheard_of'),
    fault: fc.constantFrom('cut' as const, 'end' as const, 'stall' as const, {
      exception: 'modelStreamErrorException',
    }),
  },
  { requiredKeys: ['content'] },
);

test('any script ends, with a transcript from which a further run goes on', async () => {
  const property = fc.asyncProperty(
    fc.array(turn, { maxLength: 5 }),
    fc.integer({ min: 1, max: 4 }),
    fc.option(fc.integer({ min: 0, max: 12 })),
    async (turns, maxTurns, abortAfter) => {
      const model = new ScriptedModel({ turns: turns as ScriptedTurn[] });
      const server = toolServer('s', {
        good: { run: () => 'fine' },
        bad: { run: () => Promise.reject(new Error('broken')) },
        slow: { run: () => new Promise((resolve) => setTimeout(() => resolve('late'), 1)) },
      });
      const run = runAgent({ model, prompt: 'q', servers: [server], maxTurns });
      const patience = setTimeout(() => run.abort(), 25);
      let seen = 0;
      for await (const _ of run) {
        if (seen === abortAfter) run.abort();
        seen += 1;
      }
      clearTimeout(patience);
      const { messages, stopReason, error } = await run.result;
      const refusal = (error?.cause as Error | undefined)?.message ?? '';
      expect(refusal).toMatch(/^(|aborted|modelStreamErrorException|The script has only \d turns\.)$/);
      expect(transcriptProblems(messages)).toEqual([]);
      expect(stopReason).not.toBe('tool_use');
      const next = new ScriptedModel({ turns: ['ok'] });
      const again = { role: 'user' as const, content: [{ text: 'And?' }] };
      const following = runAgent({ model: next, messages: [...messages, again] });
      await readAll(following);
      expect(await following.result).toMatchObject({ stopReason: 'end_turn', text: 'ok' });
      next.assertComplete();
    },
  );
  await fc.assert(property, { numRuns: 300 });
});
