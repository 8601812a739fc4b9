import { onAbort } from './on-abort';

/**
 * Waits for `promise`, but no longer than until `signal` aborts: then it rejects with the signal's reason, whether or
 * not the work behind the promise heeds the signal.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const letGo = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(letGo);
  });
}

/**
 * Reads `source`, but no longer than until `signal` aborts: then it throws the signal's reason, even if the source
 * stays silent. The source is told to end without being waited for.
 */
export async function* readUntilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await untilAborted(iterator.next(), signal);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // A generator that waits inside itself would only end after that wait.
    Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** Runs `work` with a signal of its own that follows `signal`, so that nothing stays attached to `signal` afterwards. */
export async function withSignal<T>(signal: AbortSignal, work: (own: AbortSignal) => Promise<T>): Promise<T> {
  const own = new AbortController();
  const letGo = onAbort(signal, () => own.abort(signal.reason));
  try {
    return await untilAborted(work(own.signal), own.signal);
  } finally {
    letGo();
  }
}
