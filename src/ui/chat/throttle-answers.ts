import { setTimeout as sleep } from 'node:timers/promises';
import type { TurnUpdate } from './update-queue';

/** Minimum time between two renderings of an answer, in ms; longer for long answers, which cost more. */
function pauseAfter(text: string): number {
  return Math.min(60 + text.length / 20, 500);
}

/**
 * Passes on updates, but only the latest answer in each interval: each has the whole text so far.
 *
 * Other updates, and a failure, are passed on at once, after the text before them.
 */
export async function* throttleAnswers(
  updates: AsyncGenerator<TurnUpdate, void, undefined>,
): AsyncGenerator<TurnUpdate, void, undefined> {
  let held: Extract<TurnUpdate, { type: 'answer' }> | undefined;
  let due = 0;
  let pause: Promise<undefined> | undefined;
  let next = readAhead(updates);
  try {
    while (true) {
      if (held) pause ??= pauseUntil(due);
      const read = held ? await Promise.race([next, pause]) : await next;
      if (read?.update?.type === 'answer') {
        held = read.update;
        next = readAhead(updates);
        continue;
      }
      if (held) {
        yield held;
        due = performance.now() + pauseAfter(held.text);
        held = undefined;
        pause = undefined;
      }
      if (read === undefined) continue;
      if ('failure' in read) throw read.failure;
      if (read.update === undefined) return;
      next = readAhead(updates);
      yield read.update;
    }
  } finally {
    await updates.return();
  }
}

/** A result of reading ahead; an undefined `update` is the end. */
type Read =
  | { readonly update: TurnUpdate | undefined }
  | { readonly update?: never; readonly failure: unknown };

/** Requests the next update. A failure becomes a value, because an unhandled rejection would end the process. */
function readAhead(updates: AsyncGenerator<TurnUpdate, void, undefined>): Promise<Read> {
  return updates.next().then(
    ({ done, value }) => ({ update: done ? undefined : value }),
    (failure: unknown) => ({ failure }),
  );
}

async function pauseUntil(time: number): Promise<undefined> {
  await sleep(Math.max(0, time - performance.now()));
  return undefined;
}
