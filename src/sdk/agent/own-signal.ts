import { onAbort } from '../on-abort';

/**
 * Reads what `read` gives with a signal of its own, which follows `signal` and is aborted as soon as the reading is over:
 * at its end, at a failure, and when the reader leaves early. So nothing that heeds the signal outlives the reading.
 */
export async function* withOwnSignal<T>(
  signal: AbortSignal,
  read: (own: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const own = new AbortController();
  const letGo = onAbort(signal, () => own.abort(signal.reason));
  try {
    yield* read(own.signal);
  } finally {
    letGo();
    own.abort();
  }
}
