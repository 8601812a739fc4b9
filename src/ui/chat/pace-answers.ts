import { setTimeout as sleep } from 'node:timers/promises';
import type { TurnUpdate } from './run-turn';

/** Shortest time between two renderings of an answer, in ms: longer for long ones, so that the work stays small. */
function pauseFor(text: string): number {
  return Math.min(60 + text.length / 20, 500);
}

/**
 * Passes updates on, but of the answer only the latest in each pause: each carries the whole text so far.
 *
 * Every other update comes at once, after the text before it.
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
      if (read?.done) return;
      if (read?.value.type === 'answer') {
        held = read.value;
        next = ahead(updates);
        continue;
      }
      if (held !== undefined) {
        yield held;
        due = performance.now() + pauseFor(held.text);
        held = undefined;
        pause = undefined;
      }
      if (read !== undefined) {
        next = ahead(updates);
        yield read.value;
      }
    }
  } finally {
    await updates.return();
  }
}

/** Asks for the next update before it is awaited: a failure must wait until then, not end the process. */
function ahead(updates: AsyncGenerator<TurnUpdate, void, undefined>) {
  const next = updates.next();
  next.catch(() => undefined);
  return next;
}

async function pauseUntil(until: number): Promise<undefined> {
  await sleep(Math.max(0, until - performance.now()));
  return undefined;
}
