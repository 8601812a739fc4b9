import { setTimeout as sleep } from 'node:timers/promises';
import type { TurnUpdate } from './turn-update';

/** Shortest time between two renderings of an answer, in ms: longer for long ones, so that the work stays small. */
function pauseFor(text: string): number {
  return Math.min(60 + text.length / 20, 500);
}

/**
 * Passes updates on, but of the answer only the latest in each pause: each carries the whole text so far.
 *
 * Every other update, and a failure, comes at once, after the text before it.
 */
export async function* paceAnswers(
  updates: AsyncGenerator<TurnUpdate, void, undefined>,
): AsyncGenerator<TurnUpdate, void, undefined> {
  let held: Extract<TurnUpdate, { type: 'answer' }> | undefined;
  let due = 0;
  let pause: Promise<undefined> | undefined;
  let next = ahead(updates);
  try {
    while (true) {
      if (held) pause ??= pauseUntil(due);
      const read = held ? await Promise.race([next, pause]) : await next;
      if (read?.update?.type === 'answer') {
        held = read.update;
        next = ahead(updates);
        continue;
      }
      if (held) {
        yield held;
        due = performance.now() + pauseFor(held.text);
        held = undefined;
        pause = undefined;
      }
      if (read === undefined) continue;
      if ('failure' in read) throw read.failure;
      if (read.update === undefined) return;
      next = ahead(updates);
      yield read.update;
    }
  } finally {
    await updates.return();
  }
}

/** What was read ahead; an `update` that is undefined is the end. */
type Read =
  | { readonly update: TurnUpdate | undefined }
  | { readonly update?: never; readonly failure: unknown };

/** Asks for the next update before it is waited for: its failure is a value until then, or it would end the process. */
function ahead(updates: AsyncGenerator<TurnUpdate, void, undefined>): Promise<Read> {
  return updates.next().then(
    ({ done, value }) => ({ update: done ? undefined : value }),
    (failure: unknown) => ({ failure }),
  );
}

async function pauseUntil(time: number): Promise<undefined> {
  await sleep(Math.max(0, time - performance.now()));
  return undefined;
}
