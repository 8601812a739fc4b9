import type { Model, ModelRequest, RunStore } from 'movie-hub';
import { ScriptedModel, type ScriptedTurn } from 'movie-hub/testing';
import { toolServer } from './tool-server';

export const call = (name: string, input = {}) => ({ toolUse: { name, input } });

/** A model that decides by the transcript alone, as one that a process asks after the end of another does. */
export const script = (...answers: ScriptedTurn[]) =>
  ({
    id: 'scripted',
    async *stream(request: ModelRequest, signal: AbortSignal) {
      const step = request.messages.filter(({ role }) => role === 'assistant').length;
      const turn = answers[step];
      if (turn === undefined) throw new Error('The run should have ended.');
      // Ids of an earlier answer must not come again.
      const named = Array.isArray(turn)
        ? turn.map((part, index) =>
            'toolUse' in part ? { toolUse: { ...part.toolUse, toolUseId: `s${step}_${index}` } } : part,
          )
        : turn;
      yield* new ScriptedModel({ turns: [named as ScriptedTurn] }).stream(request, signal);
    },
  }) satisfies Model;

/** Counts what its tools did. */
export function counting() {
  const done: string[] = [];
  const tool = (name: string, annotations = {}) => ({
    annotations,
    run: () => {
      done.push(name);
      return `${name} done`;
    },
  });
  const server = () =>
    toolServer('s', {
      pay: tool('pay'),
      post: tool('post'),
      read: tool('read', { readOnlyHint: true }),
      put: tool('put', { idempotentHint: true }),
    });
  return { done, server, times: (name: string) => done.filter((each) => each === name).length };
}

/** A store whose process ends after so many entries: nothing is kept any more, and whoever waits is refused. */
export function endingAfter(store: RunStore, entries: number): RunStore {
  let left = entries;
  return {
    ...store,
    async append(runId, from, added) {
      const kept = added.slice(0, Math.max(0, left));
      left -= added.length;
      if (kept.length > 0) await store.append(runId, from, kept);
      if (left < 0) throw new Error('The process ended.');
    },
  };
}
