import { setTimeout as sleep } from 'node:timers/promises';

/** Proxies close idle connections, often after 60 s. */
const idleMs = 15_000;

/** Passes on the messages of an event stream, with a comment, which browsers ignore, whenever the stream is idle. */
export async function* keepOpen(
  messages: AsyncGenerator<string, void, undefined>,
  milliseconds = idleMs,
): AsyncGenerator<string, void, undefined> {
  try {
    while (true) {
      const next = messages.next();
      let read = await raceTimer(next, milliseconds);
      while (read === 'idle') {
        yield ': keep-alive\n\n';
        read = await raceTimer(next, milliseconds);
      }
      if (read.done) return;
      yield read.value;
    }
  } finally {
    await messages.return();
  }
}

async function raceTimer<Read>(next: Promise<Read>, milliseconds: number): Promise<Read | 'idle'> {
  const timer = new AbortController();
  const idle = sleep(milliseconds, 'idle' as const, { signal: timer.signal, ref: false });
  try {
    return await Promise.race([next, idle.catch(() => 'idle' as const)]);
  } finally {
    timer.abort();
  }
}
