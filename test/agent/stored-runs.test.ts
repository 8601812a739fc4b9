import { type AgentResult, memoryRunStore, type RunStore, resumeRun, runAgent } from 'movie-hub';
import { transcriptProblems } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import { call, counting, endingAfter, script } from './support/kept-run';
import { eventsOf, readAll } from './support/run';
import { toolServer } from './support/tool-server';

const model = script(
  [call('pay'), call('read')],
  [{ text: 'So far.' }, call('put'), call('post')],
  'All is done.',
);
const prompt = 'Pay and post.';

const runWhole = async (store?: RunStore) => {
  const { server, ...counted } = counting();
  const run = runAgent({ model, prompt, servers: [server()], ...(store && { store }) });
  return { ...counted, run, result: await run.result };
};

test('a run with a store is the same as one without', async () => {
  const without = await runWhole();
  const kept = await runWhole(memoryRunStore());
  // Each run has a mark and an id of its own.
  const plain = ({ runId: _, ...result }: AgentResult) =>
    JSON.parse(JSON.stringify(result).replaceAll(/\bf[0-9a-f]{15}\b/g, 'mark'));
  expect(plain(kept.result)).toEqual(plain(without.result));
  expect(kept.done).toEqual(without.done);
});

test('what a run does is kept before it is done, and its end after', async () => {
  const store = memoryRunStore();
  const seen: string[] = [];
  const server = toolServer('s', {
    pay: {
      run: async () => {
        const entries = (await store.load('run')) as Array<{ type: string }>;
        seen.push(entries.map(({ type }) => type).join(' '));
        return 'paid';
      },
    },
  });
  await runAgent({ model: script([call('pay')], 'ok'), prompt, servers: [server], store, runId: 'run' })
    .result;
  expect(seen).toEqual(['started step call']);
  const entries = (await store.load('run')) as Array<{ type: string }>;
  expect(entries.map(({ type }) => type)).toEqual(['started', 'step', 'call', 'result', 'step', 'ended']);
});

describe('a run whose process ends', () => {
  const total = 13;
  test.each(Array.from({ length: total }, (_, count) => count + 1))(
    'after %i entries is resumed to its end, and no call of unknown end is made twice',
    async (entries) => {
      const store = memoryRunStore();
      const first = counting();
      const broken = runAgent({
        model,
        prompt,
        servers: [first.server()],
        store: endingAfter(store, entries),
        runId: 'run',
      });
      const stopped = await broken.result;
      const second = counting();
      const { result } = resumeRun(store, 'run', { model, servers: [second.server()] });
      const resumed = await result;
      expect(resumed).toMatchObject({
        stopReason: 'end_turn',
        text: 'All is done.',
        turns: 3,
        toolCalls: 4,
        runId: 'run',
      });
      expect(transcriptProblems(resumed.messages)).toEqual([]);
      for (const name of ['pay', 'post'])
        expect(first.times(name) + second.times(name)).toBeLessThanOrEqual(1);
      for (const name of ['read', 'put'])
        expect(first.times(name) + second.times(name)).toBeGreaterThanOrEqual(1);
      if (entries < total) expect(stopped.stopReason).toBe(entries < total - 1 ? 'error' : 'end_turn');
      // Whoever asks again gets what it came to.
      const again = await resumeRun(store, 'run', { model: script(), servers: [] }).result;
      const { failedServers: _, ...expected } = resumed;
      expect(again).toMatchObject(expected);
    },
  );

  test('tells the model of a call whose end nobody knows', async () => {
    const store = memoryRunStore();
    const first = counting();
    // The result of the only call is not kept any more.
    const one = script([call('pay')], 'ok');
    await runAgent({
      model: one,
      prompt,
      servers: [first.server()],
      store: endingAfter(store, 3),
      runId: 'run',
    }).result;
    const second = counting();
    const run = resumeRun(store, 'run', { model: one, servers: [second.server()] });
    const [event] = eventsOf(await readAll(run), 'tool_result');
    expect(event).toMatchObject({ name: 'pay', isError: true });
    expect([first.done, second.done]).toEqual([['pay'], []]);
  });

  test('is gone on with by one process only', async () => {
    const store = memoryRunStore();
    const first = counting();
    await runAgent({ model, prompt, servers: [first.server()], store: endingAfter(store, 2), runId: 'run' })
      .result;
    const { server, times } = counting();
    const runs = [1, 2, 3].map(() => resumeRun(store, 'run', { model, servers: [server()] }).result);
    const results = await Promise.all(runs);
    const ends = results.map(({ stopReason, error }) => error?.code ?? stopReason).sort();
    expect(ends).toContain('end_turn');
    for (const end of ends) expect(['conflict', 'end_turn']).toContain(end);
    expect([times('pay'), times('post')]).toEqual([1, 1]);
  });

  test('ends with an error where nothing can be kept, before anything is done', async () => {
    const { server, done } = counting();
    const store = endingAfter(memoryRunStore(), 0);
    const { stopReason, messages, error } = await runAgent({ model, prompt, servers: [server()], store })
      .result;
    expect([stopReason, error?.code, done]).toEqual(['error', 'internal', []]);
    expect(messages).toHaveLength(1);
  });

  test('of an id that the store does not know is not found', async () => {
    const { result } = resumeRun(memoryRunStore(), 'other', { model });
    expect(await result).toMatchObject({ stopReason: 'error', error: { code: 'not_found' } });
  });
});

describe('an approval that comes later', () => {
  const asks = script([call('pay', { amount: 7 }), call('read')], 'ok');
  const waiting = async (store: RunStore) => {
    const { server, done } = counting();
    const asked: string[] = [];
    const run = runAgent({
      model: asks,
      prompt,
      servers: [server()],
      store,
      approveTool: ({ name }) => {
        asked.push(name);
        return name === 'read' || 'later';
      },
    });
    const events = await readAll(run);
    return { run, events, done, result: await run.result };
  };

  test('ends the run, with the calls that wait; the others were made', async () => {
    const { events, done, result } = await waiting(memoryRunStore());
    expect(result).toMatchObject({
      stopReason: 'awaiting_approval',
      awaiting: [{ toolUseId: 's0_0', name: 'pay', server: 's', arguments: { amount: 7 } }],
    });
    expect(done).toEqual(['read']);
    expect(eventsOf(events, 'approval_needed')).toMatchObject([{ name: 'pay', arguments: { amount: 7 } }]);
    expect(transcriptProblems(result.messages)).toEqual([]);
  });

  test.each<[string, true | { deny: string }, string[]]>([
    ['that approves lets the call run', true, ['pay']],
    ['that denies keeps it from running', { deny: 'too much' }, []],
  ])('%s, once', async (_, decision, expected) => {
    const store = memoryRunStore();
    const { run, result: first } = await waiting(store);
    const { server, done } = counting();
    const resumed = resumeRun(store, run.runId, {
      model: asks,
      servers: [server()],
      decisions: { s0_0: decision },
    });
    const events = await readAll(resumed);
    const result = await resumed.result;
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'ok' });
    expect(done).toEqual(expected);
    expect(eventsOf(events, 'tool_result')).toMatchObject([{ name: 'pay', isError: expected.length === 0 }]);
    expect(result.turns).toBe(first.turns + 1);
  });

  test('is not lost where the process ends right after it, and a second one does not count', async () => {
    const store = memoryRunStore();
    const { run } = await waiting(store);
    const none = counting();
    const broken = await resumeRun(endingAfter(store, 1), run.runId, {
      model: asks,
      servers: [none.server()],
      decisions: { s0_0: { deny: 'no' } },
    }).result;
    expect(broken.stopReason).toBe('error');
    const { server, done } = counting();
    const options = { model: asks, servers: [server()], decisions: { s0_0: true as const } };
    expect(await resumeRun(store, run.runId, options).result).toMatchObject({ stopReason: 'end_turn' });
    expect([...none.done, ...done]).toEqual([]);
  });

  test('may be waited for again, and be asked for again', async () => {
    const store = memoryRunStore();
    const { run } = await waiting(store);
    const resume = async (settings: object): Promise<[AgentResult, string[]]> => {
      const { server, done } = counting();
      return [
        await resumeRun(store, run.runId, { model: asks, servers: [server()], ...settings }).result,
        done,
      ];
    };
    const waits = { stopReason: 'awaiting_approval', awaiting: [{ name: 'pay' }] };
    expect(await resume({})).toMatchObject([waits, []]);
    expect(await resume({ decisions: { other: true } })).toMatchObject([waits, []]);
    expect(await resume({ approveTool: () => 'later' })).toMatchObject([waits, []]);
    expect(await resume({ approveTool: () => true })).toMatchObject([{ stopReason: 'end_turn' }, ['pay']]);
  });

  test('needs a store: without one the call is denied', async () => {
    const { server, done } = counting();
    const run = runAgent({ model: asks, prompt, servers: [server()], approveTool: () => 'later' });
    expect((await run.result).stopReason).toBe('end_turn');
    expect(done).toEqual([]);
  });

  test('is carried out with what the user may do then', async () => {
    const store = memoryRunStore();
    const { run } = await waiting(store);
    const refusing = toolServer('s', {
      pay: { run: () => ({ isError: true, content: [{ type: 'text', text: 'Not any more.' }] }) },
    });
    const resumed = resumeRun(store, run.runId, {
      model: asks,
      servers: [refusing],
      decisions: { s0_0: true },
    });
    expect(eventsOf(await readAll(resumed), 'tool_result')).toMatchObject([{ content: 'Not any more.' }]);
  });
});
