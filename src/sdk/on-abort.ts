/**
 * Calls `listener` when `signal` aborts, or at once if it has. Returns how to take that back.
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
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };
  const shared = {
    listeners,
    end() {
      signal.removeEventListener('abort', tell);
      if (known.get(signal) === shared) known.delete(signal);
    },
  };
  known.set(signal, shared);
  signal.addEventListener('abort', tell, { once: true });
  return shared;
}
