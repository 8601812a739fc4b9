import { setTimeout as wait } from 'node:timers/promises';
import { bedrockModel, runAgent } from 'movie-hub';
import { type ScriptedTurn, startFakeBedrock } from 'movie-hub/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ScriptedFault } from '../../src/testing/script';
import { goOn, httpVersions, realRun, startReal } from './support/real-client';
import { eventsOf, finish } from './support/run';
import { toolServer } from './support/tool-server';

const refuses = { refusesToolsInStream: true };
const servers = () => [toolServer('s', { a: { run: () => 'A' } })];
const callA = { toolUse: { name: 'a' } };

/** An answer that takes longer than a stream may be silent. */
const slow = (answer: ScriptedTurn): ScriptedTurn => {
  return async () => {
    await wait(1_200);
    return answer;
  };
};
const short = { firstChunkTimeoutMs: 500, chunkTimeoutMs: 500 };

describe.each(httpVersions)('an answer of Converse over %s', (http) => {
  test('comes whole: it may take longer than a stream may be silent', async () => {
    // The first request of a process is slow: it must not be the one that time runs out for.
    await realRun({ http, turns: ['ok'] });
    const turns = [slow([{ text: 'Looking.' }, callA]), slow('It is A.')];
    const { events, result } = await realRun({ http, refuses, turns, servers: servers(), ...short });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'It is A.', turns: 2 });
    expect(eventsOf(events, 'retry')).toEqual([]);
    const streamed = await realRun({ http, turns: [turns[1] ?? ''], servers: servers(), ...short });
    expect(streamed.result.stopReason).toBe('first_chunk_timeout');
  });

  test.each([
    ['step_timeout', { stepTimeoutMs: 800 }],
    ['total_timeout', { totalTimeoutMs: 800 }],
  ])('is bounded by %s, which cancels the request', async (stopReason, limit) => {
    const turns: ScriptedTurn[] = [{ content: [], fault: 'stall' }];
    const settings = { ...short, ...limit };
    const { bedrock, result } = await realRun({ http, refuses, turns, servers: servers(), ...settings });
    expect(result).toMatchObject({ stopReason, text: '', turns: 0 });
    await vi.waitFor(() => expect(bedrock.openRequests).toBe(0));
    expect(bedrock.requests.map(({ streaming, cancelled }) => [streaming, cancelled])).toEqual([
      [true, false],
      [false, true],
    ]);
  });
});

describe.each(httpVersions)('what goes wrong with Converse over %s', (http) => {
  const content = [{ text: 'Half' }];
  const error = (status: number, type: string): ScriptedFault => ({ status, type });
  test.each<[string, ScriptedFault]>([
    ['429', error(429, 'ThrottlingException')],
    ['503', error(503, 'ServiceUnavailableException')],
    ['424', error(424, 'ModelErrorException')],
    ['400', error(400, 'ValidationException')],
    ['a reset', 'reset'],
    ['a connection that is reset', 'disconnect'],
  ])('%s is an error, nothing is counted, and the next run goes on', async (_, fault) => {
    const call: ScriptedTurn = [{ text: 'Looking.' }, callA];
    for (const before of [[], [call]]) {
      const turns: ScriptedTurn[] = [...before, { content, fault }, 'Gladly.'];
      const { events, result, ...real } = await realRun({
        http,
        refuses,
        turns,
        servers: servers(),
        maxStreamRetries: 0,
      });
      expect(result).toMatchObject({ stopReason: 'error', text: '', error: { code: 'model_failed' } });
      const count = before.length;
      expect(result).toMatchObject({ turns: count, usage: { inputTokens: 10 * count } });
      expect(result.messages).toHaveLength(1 + 2 * count);
      expect(eventsOf(events, 'retry')).toEqual([]);
      const next = await goOn(real, result.messages, { servers: servers() });
      expect(next.result.text).toBe('Gladly.');
      real.bedrock.assertComplete();
    }
  });

  test('an abort cancels the request', async () => {
    const turns: ScriptedTurn[] = [{ content, fault: 'stall' }, 'Gladly.'];
    const { run, ...real } = await startReal({ http, refuses, turns, servers: servers() });
    await vi.waitFor(() => expect(real.bedrock.requests).toHaveLength(2));
    run.abort();
    const { result } = await finish(run);
    expect(result).toMatchObject({ stopReason: 'aborted', text: '', turns: 0 });
    expect(result).not.toHaveProperty('error');
    await vi.waitFor(() => expect(real.bedrock.requests[1]?.cancelled).toBe(true));
    expect((await goOn(real, result.messages)).result.text).toBe('Gladly.');
  });
});

describe('a model that refuses to stream', () => {
  /** Plays turns to two clients over several runs. */
  async function start(turns: readonly ScriptedTurn[], refusals = refuses) {
    const bedrock = await startFakeBedrock({ turns, ...refusals });
    onTestFinished(() => bedrock.close());
    return { bedrock, client: bedrock.client(), other: bedrock.client() };
  }
  const ask = { prompt: 'x' };
  const streamed = ({ requests }: Awaited<ReturnType<typeof start>>['bedrock']) =>
    requests.map(({ streaming }) => streaming);

  test('is remembered for all runs with the same client and model, and for no other', async () => {
    const { bedrock, client, other } = await start(['a', 'b', 'c', 'd', 'e']);
    for (const [used, modelId] of [
      [client, 'm'],
      [client, 'm'],
      [client, 'n'],
      [other, 'm'],
    ] as const) {
      const { result } = await finish(runAgent({ client: used, modelId, ...ask, servers: servers() }));
      expect(result.stopReason).toBe('end_turn');
    }
    expect(streamed(bedrock)).toEqual([true, false, false, true, false, true, false]);
    const model = bedrockModel({ client, modelId: 'm' });
    await finish(runAgent({ model, ...ask, servers: servers() }));
    expect(streamed(bedrock)).toHaveLength(8);
    bedrock.assertComplete();
  });

  test('with tools still streams without them', async () => {
    const { bedrock, client } = await start(['a', 'b']);
    await finish(runAgent({ client, modelId: 'm', ...ask, servers: servers() }));
    await finish(runAgent({ client, modelId: 'm', ...ask }));
    expect(streamed(bedrock)).toEqual([true, false, true]);
  });

  test('anything at all is asked for whole answers, with tools and without', async () => {
    const message = 'The model is unsupported for streaming.';
    const refusal: ScriptedTurn = { fault: { status: 400, type: 'ValidationException', message } };
    const { bedrock, client } = await start([refusal, 'a', 'b', 'c'], { refusesToolsInStream: false });
    for (const more of [{}, { servers: servers() }, {}]) {
      const { result } = await finish(runAgent({ client, modelId: 'm', ...ask, ...more }));
      expect(result.stopReason).toBe('end_turn');
    }
    expect(streamed(bedrock)).toEqual([true, false, false, false]);
    bedrock.assertComplete();
  });

  test('is not remembered where Converse gave no answer either', async () => {
    const busy: ScriptedTurn = { fault: { status: 503, type: 'ServiceUnavailableException' } };
    const { bedrock, client } = await start([busy, 'a']);
    for (const stopReason of ['error', 'end_turn']) {
      const { result } = await finish(runAgent({ client, modelId: 'm', ...ask, servers: servers() }));
      expect(result.stopReason).toBe(stopReason);
    }
    expect(streamed(bedrock)).toEqual([true, false, true, false]);
  });
});
