import { type AgentResult, memoryRunStore, type RunStore, resumeRun, runAgent } from 'movie-hub';
import { type ScriptedTurn, transcriptProblems } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { call, counting, endingAfter, script } from './support/kept-run';

const prompt = 'Pay and post.';
const output = z.object({ title: z.string().optional() });
const answer = (title: string) => call('final_answer', { title });

/** Runs until the process ends after so many entries, and resumes the run in another one. */
async function broken(turns: readonly ScriptedTurn[], entries: number, first = {}, then = {}) {
  const store = memoryRunStore();
  const model = script(...turns);
  const before = counting();
  const kept = endingAfter(store, entries);
  await runAgent({ model, prompt, servers: [before.server()], store: kept, runId: 'run', ...first }).result;
  const after = counting();
  const resumed = resumeRun(store, 'run', { model, servers: [after.server()], ...first, ...then });
  const result = await resumed.result;
  expect(transcriptProblems(result.messages)).toEqual([]);
  return { result, done: [...before.done, ...after.done], text: JSON.stringify(result.messages) };
}

describe('a limit that is reached when a run is resumed', () => {
  const turns = [[call('pay'), call('post'), call('read')], 'ok'];

  test.each([{ maxTurns: 1 }, { maxToolCalls: 1 }])(
    'does not make the model believe that a finished call was not made: %j',
    async (limits) => {
      // started, step, three calls, three results
      const { text, done } = await broken(turns, 7, {}, limits);
      expect(done.filter((name) => name === 'pay')).toHaveLength(1);
      for (const result of ['pay done', 'post done']) expect(text).toContain(result);
    },
  );

  test('says of a call whose end nobody knows that it may have been made', async () => {
    const { text } = await broken(turns, 5, {}, { maxToolCalls: 1 });
    expect(text.match(/Whether it took place is not known/g)).toHaveLength(2);
  });

  test('is not passed by calls that had not begun', async () => {
    const steps = [
      [call('read'), call('read'), call('read')],
      [call('pay'), call('post'), call('put')],
      'ok',
    ];
    // All of the first step, and the second as it was asked for.
    const { done, result } = await broken(steps, 9, {}, { maxToolCalls: 1 });
    expect(done).toEqual(['read', 'read', 'read']);
    expect(result.stopReason).toBe('max_tool_calls');
  });

  test('does not count an answer in its form as a call of a tool', async () => {
    const steps = [[call('final_answer', { title: 7 })], [call('pay'), call('post')], [answer('Heat')]];
    // started, step, result of the answer, step, call, call, result, result
    const { text, result } = await broken(steps, 8, { output, maxToolCalls: 2 });
    expect(text).toContain('post done');
    expect(result).toMatchObject({ output: { title: 'Heat' }, toolCalls: 2 });
  });
});

describe('a run that ended with its process', () => {
  test('keeps the reason why its model stopped', async () => {
    const cut: ScriptedTurn = { content: [{ text: 'It is' }], stopReason: 'max_tokens' };
    const { result } = await broken([cut], 2);
    expect(result).toMatchObject({ stopReason: 'max_tokens', text: 'It is', turns: 1 });
    expect((await broken([cut], 2, { output })).result.stopReason).toBe('max_tokens');
  });

  test('does not keep a question that a guardrail blocked', async () => {
    const blocked: ScriptedTurn = { content: [{ text: 'No.' }], stopReason: 'guardrail_intervened' };
    const { result, text } = await broken([blocked], 2);
    expect(result).toMatchObject({ stopReason: 'guardrail_intervened', text: 'No.' });
    expect(text).not.toContain(prompt);
  });

  test.each([2, 3, 4, 5])('keeps its answer in a form, after %i entries', async (entries) => {
    const { result } = await broken([[call('read'), answer('Heat')]], entries, { output });
    expect(result).toMatchObject({ stopReason: 'end_turn', output: { title: 'Heat' }, turns: 1 });
  });

  test('has the same answer in a form for whoever asks again, also one that JSON cannot hold', async () => {
    const store = memoryRunStore();
    const released = z.object({ year: z.string().transform((text) => BigInt(text)) });
    const model = script([call('final_answer', { year: '1995' })]);
    const first = await runAgent({ model, prompt, output: released, store, runId: 'run' }).result;
    expect(first).toMatchObject({ stopReason: 'end_turn', output: { year: 1995n } });
    const again = await resumeRun(store, 'run', { model: script(), output: released }).result;
    expect(again).toEqual(first);
  });

  test('is asked for its answer in a form once, in all', async () => {
    // started, step, corrected
    const { result } = await broken(['Heat.', 'Heat!', 'Heat?'], 3, { output });
    expect(result).toMatchObject({ stopReason: 'error', turns: 2 });
  });
});

describe('a call that waits for an approval', () => {
  const model = script([call('pay'), call('read')], 'ok');
  const waiting = async (store: RunStore) => {
    const servers = [counting().server()];
    const approveTool = ({ name }: { name: string }) => name === 'read' || ('later' as const);
    const first = await runAgent({ model, prompt, servers, store, approveTool, runId: 'run' }).result;
    expect(first.stopReason).toBe('awaiting_approval');
    return first;
  };
  const expectApproved = async (store: RunStore, { awaiting }: AgentResult) => {
    expect(awaiting).toMatchObject([{ toolUseId: 's0_0', arguments: {} }]);
    const { server, done } = counting();
    const decisions = { s0_0: true as const };
    const { result } = resumeRun(store, 'run', { model, servers: [server()], decisions });
    expect(await result).toMatchObject({ stopReason: 'end_turn', text: 'ok' });
    expect(done).toEqual(['pay']);
  };

  test('still waits where its server is not there', async () => {
    const store = memoryRunStore();
    await waiting(store);
    const away = { connect: () => Promise.reject(new Error('away')) };
    const result = await resumeRun(store, 'run', { model, servers: [away] }).result;
    expect(result.stopReason).toBe('awaiting_approval');
    await expectApproved(store, result);
  });

  test('is not used up where its server is away', async () => {
    const store = memoryRunStore();
    await waiting(store);
    const decisions = { s0_0: true as const };
    const { result } = resumeRun(store, 'run', { model, servers: [], decisions });
    expect((await result).stopReason).toBe('awaiting_approval');
    const { server, done } = counting();
    const resumed = await resumeRun(store, 'run', { model, servers: [server()] }).result;
    expect([resumed.stopReason, done]).toEqual(['end_turn', ['pay']]);
  });

  test('still waits where the run is aborted before anybody decides', async () => {
    const store = memoryRunStore();
    await waiting(store);
    const run = resumeRun(store, 'run', {
      model,
      servers: [counting().server()],
      approveTool: () => {
        run.abort();
        return new Promise<never>(() => {});
      },
    });
    const result = await run.result;
    expect(result.stopReason).toBe('awaiting_approval');
    await expectApproved(store, result);
  });

  test('is denied by a decision that is none', async () => {
    const store = memoryRunStore();
    await waiting(store);
    const { server, done } = counting();
    const decisions = { s0_0: null as never };
    const { result } = resumeRun(store, 'run', { model, servers: [server()], decisions });
    expect(await result).toMatchObject({ stopReason: 'end_turn' });
    expect(done).toEqual([]);
  });
});

test.each([[[{ hello: 1 }]], [['text']]])(
  'a store that returns %j is not taken for one without the run',
  async (entries) => {
    const store = { ...memoryRunStore(), load: async () => entries };
    const { error } = await resumeRun(store, 'run', { model: script() }).result;
    expect(error?.code).toBe('internal');
  },
);

describe('a run that was stopped', () => {
  const pays = script([call('pay')], [call('post')], 'Done.');

  test('by its caller goes on, and makes the calls that were not made', async () => {
    const store = memoryRunStore();
    const first = counting();
    const run = runAgent({
      model: pays,
      prompt: 'Pay.',
      servers: [first.server()],
      store,
      runId: 'run',
      approveTool: ({ name }) => {
        if (name === 'post') run.abort();
        return true;
      },
    });
    expect((await run.result).stopReason).toBe('aborted');
    const second = counting();
    const resumed = await resumeRun(store, 'run', { model: pays, servers: [second.server()] }).result;
    expect(resumed).toMatchObject({ stopReason: 'end_turn', text: 'Done.' });
    expect([first.done, second.done]).toEqual([['pay'], ['post']]);
  });

  test.each<[string, object, string]>([
    ['by a limit', { maxTurns: 1 }, 'max_turns'],
    ['by its model', { model: { id: 'm', stream: () => failing() } }, 'error'],
  ])('%s goes on', async (_, settings, stopReason) => {
    const store = memoryRunStore();
    const first = counting();
    const options = { model: pays, prompt: 'Pay.', servers: [first.server()], store, runId: 'run' };
    const run = runAgent({ ...options, ...(settings as object) });
    expect((await run.result).stopReason).toBe(stopReason);
    const second = counting();
    const resumed = await resumeRun(store, 'run', { model: pays, servers: [second.server()] }).result;
    expect(resumed).toMatchObject({ stopReason: 'end_turn', text: 'Done.' });
    expect([...first.done, ...second.done]).toEqual(['pay', 'post']);
  });
});

// biome-ignore lint/correctness/useYield: it fails at once
async function* failing(): AsyncGenerator<never> {
  throw new Error('away');
}
