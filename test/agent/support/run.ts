import { type AgentEvent, type AgentResult, type AgentRun, type RunAgentOptions, runAgent } from 'movie-hub';
import { ScriptedModel, type ScriptedTurn, transcriptProblems } from 'movie-hub/testing';
import { expect, vi } from 'vitest';

/** The transcript is one that Bedrock takes, as it is and with a further question. */
export function expectSound({ messages }: AgentResult): void {
  expect(transcriptProblems(messages)).toEqual([]);
}

export async function readAll(run: AgentRun): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

export function eventsOf<T extends AgentEvent['type']>(events: readonly AgentEvent[], type: T) {
  return events.filter((event): event is Extract<AgentEvent, { type: T }> => event.type === type);
}

/** Reads a run to its end, and checks what must hold of every run: the next one can go on from it. */
export async function finish(run: AgentRun): Promise<{ events: AgentEvent[]; result: AgentResult }> {
  const events = await readAll(run);
  const result = await run.result;
  const { stopReason, usage, turns, toolCalls } = result;
  expect(events.at(-1)).toMatchObject({ type: 'run_finished', stopReason, usage, turns, toolCalls });
  expect(eventsOf(events, 'run_finished')).toHaveLength(1);
  expectSound(result);
  await expectGoesOn(result);
  return { events, result };
}

/** Asks a further question after a run, with a model that refuses what Bedrock would. */
export async function expectGoesOn({ messages }: AgentResult): Promise<void> {
  const model = new ScriptedModel({ turns: ['Gladly.'] });
  const question = { role: 'user' as const, content: [{ text: 'And then?' }] };
  const { result } = runAgent({ model, messages: [...messages, question] });
  expect(await result).toMatchObject({ stopReason: 'end_turn', text: 'Gladly.' });
  model.assertComplete();
}

type Settings = Omit<RunAgentOptions, 'model' | 'client' | 'modelId' | 'prompt' | 'messages'>;

/** Does work without a wire in a time of its own: 10 ms pass whenever nothing else is left to do, however slow the machine is. */
export async function inOwnTime<T>(work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let isOver = false;
    const done = work().finally(() => {
      isOver = true;
    });
    done.catch(() => undefined);
    while (!isOver) {
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await vi.advanceTimersByTimeAsync(10);
    }
    return await done;
  } finally {
    vi.useRealTimers();
  }
}

/** Runs a script to its end without a wire. */
export async function scriptedRun(turns: readonly ScriptedTurn[], settings: Settings = {}) {
  const model = new ScriptedModel({ turns });
  return { model, ...(await finish(runAgent({ model, prompt: 'Who is in Alien?', ...settings }))) };
}
