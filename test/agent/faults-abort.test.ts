import type { AgentEvent, AgentRun, ModelEvent } from 'movie-hub';
import type { FakeBedrock, ScriptedTurn } from 'movie-hub/testing';
import { describe, expect, test, vi } from 'vitest';
import type { InProcessServer } from '../../src/sdk/agent/servers/connect';
import { goOn, httpVersions, startReal } from './support/real-client';
import { expectSound } from './support/run';
import { toolServer } from './support/tool-server';

const start: ModelEvent = { messageStart: { role: 'assistant' } };
const text: ModelEvent = { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'Half' } } };
const json = (input: string): ModelEvent[] => [
  { contentBlockStart: { contentBlockIndex: 1, start: { toolUse: { toolUseId: 't1', name: 'a' } } } },
  { contentBlockDelta: { contentBlockIndex: 1, delta: { toolUse: { input } } } },
];
const stalled = (...events: ModelEvent[]): ScriptedTurn => ({ events, fault: 'stall' });
const deaf = () => new Promise<never>(() => {});

interface Moment {
  turns: ScriptedTurn[];
  /** The event at which the run is aborted; at once when there is none. */
  at?: AgentEvent['type'];
  /** Lets what follows that event, and gives no event itself, arrive. */
  after?: number;
  kept: string;
  server?: InProcessServer;
}

const moments: Record<string, () => Moment> = {
  'while a server connects': () => ({ turns: [], kept: '', server: { connect: deaf } }),
  'before the headers': () => ({ turns: [stalled()], after: 50, kept: '' }),
  'before the first piece': () => ({ turns: [stalled(start)], after: 50, kept: '' }),
  'in the text': () => ({ turns: [stalled(start, text)], at: 'text', kept: 'Half' }),
  'in the reasoning': () => ({
    turns: [
      stalled(start, {
        contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { text: 'Hm' } } },
      }),
    ],
    at: 'reasoning',
    kept: '',
  }),
  'in the JSON of a tool': () => ({
    turns: [stalled(start, text, ...json('{"a'))],
    at: 'text',
    after: 50,
    kept: 'Half',
  }),
  'after a tool was asked for in full': () => ({
    turns: [stalled(start, text, ...json('{}'), { contentBlockStop: { contentBlockIndex: 1 } })],
    at: 'text',
    after: 50,
    kept: 'Half',
  }),
  'after the stop reason, before the count of tokens': () => ({
    turns: [stalled(start, text, ...json('{}'), { messageStop: { stopReason: 'tool_use' } })],
    at: 'text',
    after: 50,
    kept: 'Half',
  }),
  'in the wait before a retry': () => ({
    turns: [{ events: [start], fault: { exception: 'throttlingException' } }],
    at: 'retry',
    kept: '',
  }),
  'in a tool': () => ({
    turns: [[{ text: 'Half' }, { toolUse: { name: 'a' } }]],
    at: 'tool_call',
    kept: 'Half',
    server: toolServer('s', { a: { run: deaf } }),
  }),
  'before the answer that follows a tool': () => ({
    turns: [[{ text: 'Half' }, { toolUse: { name: 'a' } }], stalled()],
    at: 'step_finished',
    after: 50,
    kept: '',
  }),
};

async function abortAt(run: AgentRun, { at, after = 0, turns }: Moment, bedrock: FakeBedrock): Promise<void> {
  const abort = async () => {
    if (after > 0) await vi.waitFor(() => expect(bedrock.requests).toHaveLength(turns.length));
    setTimeout(() => run.abort(), after);
  };
  const aborting = at === undefined ? [abort()] : [];
  for await (const { type } of run) {
    if (type !== at || aborting.length > 0) continue;
    if (after === 0) run.abort();
    aborting.push(abort());
  }
  await Promise.all(aborting);
}

describe.each(httpVersions)('an abort over %s', (http) => {
  test.each(Object.entries(moments))('%s: the run settles, and the next goes on', async (_, make) => {
    const moment = make();
    const server = moment.server ?? toolServer('s', { a: { run: () => 'A' } });
    const turns = [...moment.turns, 'Gladly.'];
    const { run, ...real } = await startReal({ http, turns, servers: [server] });
    await abortAt(run, moment, real.bedrock);
    const result = await run.result;
    expect(result).toMatchObject({ stopReason: 'aborted', text: moment.kept, failedServers: [] });
    expect(result).not.toHaveProperty('error');
    expectSound(result);
    const stalls = moment.turns.filter(
      (turn) => typeof turn === 'object' && 'fault' in turn && turn.fault === 'stall',
    );
    await vi.waitFor(() => {
      expect(real.bedrock.requests.filter(({ cancelled }) => cancelled)).toHaveLength(stalls.length);
    });
    expect((await goOn(real, result.messages)).result.text).toBe('Gladly.');
    real.bedrock.assertComplete();
  });
});

test('what was kept of an aborted run goes on to the next question', async () => {
  const { run, ...real } = await startReal({ turns: [stalled(start, text), 'Gladly.'] });
  for await (const event of run) if (event.type === 'text') run.abort();
  const next = await goOn(real, (await run.result).messages);
  expect(next.result).toMatchObject({ stopReason: 'end_turn', text: 'Gladly.' });
  expect(real.bedrock.requests[1]?.request.messages[1]).toEqual({
    role: 'assistant',
    content: [{ text: 'Half' }],
  });
});
