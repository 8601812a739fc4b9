import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { EmptyResultSchema, ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import { withSignal } from '../until-aborted';

/** Tells whether a server that was connected still is. */
export interface ConnectionWatch {
  readonly isLost: boolean;
  /**
   * Tells whether the server is gone, after a request to it failed with `cause`; asks no longer than until `patience` aborts. Never
   * rejects.
   */
  isLostAfter(cause: unknown, patience?: AbortSignal): Promise<boolean>;
  /** Ends the watch: what closes from now on is not lost. */
  end(): void;
}

/** A server that does not answer a ping within this time, in ms, may be busy: it is not lost. */
const pingMs = 5_000;

/**
 * Watches a connection. It is lost when it closes; over HTTP, where nothing closes, when neither a request nor a ping comes
 * through. `onLost` is called once at most.
 */
export function watchConnection(
  client: Client,
  signal: AbortSignal,
  onLost: (cause: unknown) => void,
): ConnectionWatch {
  let state: 'alive' | 'lost' | 'ended' = 'alive';
  const lose = (cause: unknown) => {
    if (state !== 'alive' || signal.aborted) return;
    state = 'lost';
    onLost(cause);
  };
  const stop = onClose(client, () => lose(new Error('The connection was closed.')));
  if (client.transport === undefined) lose(new Error('The connection was closed.'));
  return {
    get isLost() {
      return state === 'lost';
    },
    async isLostAfter(cause, patience = signal) {
      if (state === 'alive' && (await isGone(client, cause, patience))) lose(cause);
      return state === 'lost';
    },
    end() {
      stop();
      if (state === 'alive') state = 'ended';
    },
  };
}

/** One connection that breaks is no server that is gone: servers close idle ones. So a ping has the last word. */
async function isGone(client: Client, cause: unknown, signal: AbortSignal): Promise<boolean> {
  if (client.transport === undefined) return true;
  if (!isOfTransport(cause)) return false;
  try {
    await withSignal(signal, (own) =>
      client.request({ method: 'ping' }, EmptyResultSchema, { signal: own, timeout: pingMs }),
    );
    return false;
  } catch (error) {
    return !signal.aborted && isOfTransport(error);
  }
}

/** A failure to reach the server, or a status of HTTP; not what the server itself answered, nor a wait that was too long. */
function isOfTransport(cause: unknown): boolean {
  const { code } = (cause ?? {}) as { code?: unknown };
  if (code === ErrorCode.ConnectionClosed) return true;
  return cause instanceof TypeError || (typeof code === 'number' && code >= -1);
}

const listenersOf = new WeakMap<Client, Set<() => void>>();

/** A client of the caller's serves many runs, and has room for one listener only: that one is shared, and set once. */
function onClose(client: Client, listener: () => void): () => void {
  const listeners = listenersOf.get(client) ?? new Set();
  if (!listenersOf.has(client)) {
    listenersOf.set(client, listeners);
    const callers = client.onclose;
    client.onclose = () => {
      callers?.();
      for (const each of [...listeners]) each();
    };
  }
  listeners.add(listener);
  return () => listeners.delete(listener);
}
