import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { EmptyResultSchema, ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import { withSignal } from '../abort';

/** Tells whether a server that was connected still is. */
export interface ConnectionWatch {
  /** Looks, too: a loss that nobody was told of is told of now. */
  readonly isLost: boolean;
  /**
   * Tells whether the server is gone, after a request to it failed with `cause`; asks no longer than until `patience` aborts. Never
   * rejects.
   */
  isLostAfter(cause: unknown, patience?: AbortSignal): Promise<boolean>;
  /** Looks a last time, and ends the watch: what closes from now on is not lost. */
  end(): void;
}

/** A server that does not answer a ping within this time, in ms, may be busy: it is not lost. */
const pingMs = 5_000;

/**
 * Watches a connection. It is lost when it closes; over HTTP, where nothing closes, when neither a request nor a ping comes
 * through. `onLost` is called once at most, at the end of the watch at the latest.
 *
 * The client's `onclose` is called as before, and is as before when no watch is left. Whoever sets it anew meanwhile keeps
 * what was set; the watch finds the loss all the same, when it is asked.
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
  const loseClosed = () => lose(new Error('The connection was closed.'));
  const loseIfClosed = () => {
    if (client.transport === undefined) loseClosed();
  };
  const stop = onClose(client, loseClosed);
  loseIfClosed();
  return {
    get isLost() {
      loseIfClosed();
      return state === 'lost';
    },
    async isLostAfter(cause, patience = signal) {
      if (state === 'alive' && (await isGone(client, cause, patience))) lose(cause);
      return state === 'lost';
    },
    end() {
      loseIfClosed();
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

/** What stands in for a client's own listener while somebody watches. */
interface Hook {
  readonly onclose: () => void;
  readonly callers: Client['onclose'];
  readonly listeners: Set<() => void>;
}

const hooks = new WeakMap<Client, Hook>();

/** A client serves many runs at once, and has room for one listener: the runs share it, and the last one takes it away. */
function onClose(client: Client, listener: () => void): () => void {
  const known = hooks.get(client);
  const hook = known && client.onclose === known.onclose ? known : hookInto(client);
  hook.listeners.add(listener);
  return () => {
    hook.listeners.delete(listener);
    if (hook.listeners.size === 0) unhook(client, hook);
  };
}

function hookInto(client: Client): Hook {
  const callers = client.onclose;
  const listeners = new Set<() => void>();
  const onclose = () => {
    try {
      callers?.call(client);
    } finally {
      for (const each of [...listeners]) each();
    }
  };
  client.onclose = onclose;
  const hook = { onclose, callers, listeners };
  hooks.set(client, hook);
  return hook;
}

/** Gives back what is still ours: what the caller has set since then stays. */
function unhook(client: Client, hook: Hook): void {
  if (hooks.get(client) === hook) hooks.delete(client);
  if (client.onclose !== hook.onclose) return;
  if (hook.callers === undefined) delete client.onclose;
  else client.onclose = hook.callers;
}
