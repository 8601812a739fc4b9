import type { Model, ModelEvent } from 'movie-hub';

export const piece = (text: string): ModelEvent => ({
  contentBlockDelta: { contentBlockIndex: 0, delta: { text } },
});
export const stop = (stopReason = 'end_turn'): ModelEvent => ({ messageStop: { stopReason } });

// Not of node:timers/promises, so that a test can have time pass.
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Something that never comes. */
export const never = () => new Promise<never>(() => {});

/** A model that heeds no signal: it yields events, waits the numbers among them as ms, and says nothing after 'silence'. */
export function deafModel(...script: ReadonlyArray<ModelEvent | number | 'silence'>): Model {
  return {
    id: 'deaf',
    async *stream() {
      for (const item of script) {
        if (item === 'silence') await never();
        else if (typeof item === 'number') await wait(item);
        else yield item;
      }
    },
  };
}

/** A model that says a word now and then, without end, and heeds no signal. */
export function endlessModel(everyMs: number): Model {
  return {
    id: 'endless',
    async *stream() {
      for (;;) {
        await wait(everyMs);
        yield piece('and ');
      }
    },
  };
}
