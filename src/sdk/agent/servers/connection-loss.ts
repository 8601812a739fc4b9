import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { withSignal } from '../../abort';
import { anyResult } from './lenient';

/** Detects that a connected server is gone. */
export interface ConnectionWatch {
  /** Returns whether the server is lost, and reports a loss that was not reported yet. */
  detectLoss(): boolean;
  /**
   * Returns whether the server is gone, after a request to it failed with `cause`; asks it no longer than until `patience` aborts.
   * Never rejects.
   */
  isLostAfter(cause: unknown, patience?: AbortSignal): Promise<boolean>;
  /** Detects a loss one last time, and ends the watch: a connection that closes later is not lost. */
  end(): void;
}

/** A server that does not answer a ping within this time, in ms, may be busy: it is not lost. */
const pingMs = 5_000;

/**
 * Watches a connection. It is lost when it closes; over HTTP, where nothing closes, when neither a request nor a ping
 * succeeds. `onLost` is called once at most, at the latest when the watch ends.
 *
 * The client's `onclose` is still called, and is restored with the last watch. A caller may set another one meanwhile: it
 * stays, and the next `detectLoss` finds the loss.
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
  const detectLoss = () => {
    if (client.transport === undefined) loseClosed();
    return state === 'lost';
  };
  const unsubscribe = onClose(client, loseClosed);
  detectLoss();
  return {
    detectLoss,
    async isLostAfter(cause, patience = signal) {
      if (state === 'alive' && (await isGone(client, cause, patience))) lose(cause);
      return state === 'lost';
    },
    end() {
      detectLoss();
      unsubscribe();
      if (state === 'alive') state = 'ended';
    },
  };
}

/** A ping decides: servers close idle connections, so one that breaks does not mean that the server is gone. */
async function isGone(client: Client, cause: unknown, signal: AbortSignal): Promise<boolean> {
  if (client.transport === undefined) return true;
  if (!isTransportError(cause)) return false;
  try {
    await withSignal(signal, (own) =>
      client.request({ method: 'ping' }, anyResult, { signal: own, timeout: pingMs }),
    );
    return false;
  } catch (error) {
    return !signal.aborted && isTransportError(error);
  }
}

/** The code of the MCP SDK, whose module of types takes long to load. */
const connectionClosed = -32_000;

/** A failure to reach the server, or an HTTP status; not the server's own answer, nor a timeout. */
function isTransportError(cause: unknown): boolean {
  const { code } = (cause ?? {}) as { code?: unknown };
  if (code === connectionClosed) return true;
  return cause instanceof TypeError || (typeof code === 'number' && code >= -1);
}

/** Stands in for a client's own listener during watches. */
interface Hook {
  readonly onclose: () => void;
  readonly callers: Client['onclose'];
  readonly listeners: Set<() => void>;
}

const hooks = new WeakMap<Client, Hook>();

/** A client serves many runs at once and has room for one listener: the runs share a hook, and the last one removes it. */
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

/** Restores the caller's listener, unless the caller has set another one since. */
function unhook(client: Client, hook: Hook): void {
  if (hooks.get(client) === hook) hooks.delete(client);
  if (client.onclose !== hook.onclose) return;
  if (hook.callers === undefined) delete client.onclose;
  else client.onclose = hook.callers;
}
