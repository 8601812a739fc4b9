import { setTimeout as sleep } from 'node:timers/promises';

/** Proxies cut a connection on which nothing was sent for some time: often 60 s. */
const quietMs = 15_000;

/** Passes the messages of an event stream on, with a comment, which browsers skip, wherever nothing came for some time. */
export async function* keepOpen(
  messages: AsyncGenerator<string, void, undefined>,
  milliseconds = quietMs,
): AsyncGenerator<string, void, undefined> {
  try {
    while (true) {
      const next = messages.next();
      let read = await firstOf(next, milliseconds);
      while (read === 'quiet') {
        yield ': still at it\n\n';
        read = await firstOf(next, milliseconds);
      }
      if (read.done) return;
      yield read.value;
    }
  } finally {
    await messages.return();
  }
}

async function firstOf<Read>(next: Promise<Read>, milliseconds: number): Promise<Read | 'quiet'> {
  const timer = new AbortController();
  const quiet = sleep(milliseconds, 'quiet' as const, { signal: timer.signal, ref: false });
  try {
    return await Promise.race([next, quiet.catch(() => 'quiet' as const)]);
  } finally {
    timer.abort();
  }
}
