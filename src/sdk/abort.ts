/**
 * Calls `listener` when `signal` aborts, or at once if it has. Returns a function that unsubscribes.
 *
 * All that listen share one listener of the signal, which goes with the last of them: Node takes more than ten for a leak, and
 * says so on the caller's console.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) {
    listener();
    return () => undefined;
  }
  const shared = known.get(signal) ?? share(signal);
  // The same function may listen twice.
  const own = () => listener();
  shared.listeners.add(own);
  return () => {
    shared.listeners.delete(own);
    if (shared.listeners.size === 0) shared.end();
  };
}

interface Shared {
  readonly listeners: Set<() => void>;
  end(): void;
}

const known = new WeakMap<AbortSignal, Shared>();

function share(signal: AbortSignal): Shared {
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of [...listeners]) listener();
  };
  const shared = {
    listeners,
    end() {
      signal.removeEventListener('abort', notify);
      if (known.get(signal) === shared) known.delete(signal);
    },
  };
  known.set(signal, shared);
  signal.addEventListener('abort', notify, { once: true });
  return shared;
}

/**
 * Waits for `promise`, but no longer than until `signal` aborts: then it rejects with the signal's reason, whether or
 * not the work behind the promise follows the signal.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const unsubscribe = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(unsubscribe);
  });
}

/**
 * Reads `source`, but no longer than until `signal` aborts: then it throws the signal's reason, even if the source
 * stays silent. The source is asked to end, and not waited for.
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
  const unsubscribe = onAbort(signal, () => own.abort(signal.reason));
  try {
    return await untilAborted(work(own.signal), own.signal);
  } finally {
    unsubscribe();
  }
}

/**
 * Reads what `read` gives with a signal of its own, which follows `signal` and is aborted as soon as the reading is over:
 * at its end, at a failure, and when the reader leaves early. So nothing that follows the signal outlives the reading.
 */
export async function* withOwnSignal<T>(
  signal: AbortSignal,
  read: (own: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const own = new AbortController();
  const unsubscribe = onAbort(signal, () => own.abort(signal.reason));
  try {
    yield* read(own.signal);
  } finally {
    unsubscribe();
    own.abort();
  }
}
