import type { EventEmitter } from 'node:events';
import type { Pool } from 'pg';

type Settle = (error?: Error | null, client?: unknown) => void;

interface DriverStream {
  destroy(): unknown;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** What the driver's client has at run time. */
interface DriverClient extends EventEmitter {
  readonly connection?: { readonly stream: DriverStream; attachListeners(stream: DriverStream): void };
  connect(callback: Settle): void;
}

/** Longest time that each pool's connections may take to be made, in ms; undefined while no scope has waited for one. */
const limits = new WeakMap<Pool, { timeoutMs: number | undefined }>();

/**
 * Has a pool close the socket of every connection that it cannot make, also of one that is not made in time. The driver
 * drops its client of a failed connect and leaves the socket to the server, whose authentication timeout is a minute: a
 * password that cannot be had would use up `max_connections`.
 *
 * @param timeoutMs Longest time to make a connection, in ms, for a pool without a limit of its own. Of several the longest counts.
 */
export function closeFailedConnects(pool: Pool, timeoutMs?: number): void {
  const known = limits.get(pool);
  if (known) {
    known.timeoutMs = Math.max(known.timeoutMs ?? 0, timeoutMs ?? 0) || undefined;
    return;
  }
  const limit = { timeoutMs };
  limits.set(pool, limit);
  const { options, Client } = pool as {
    options?: { connection?: unknown; connectionTimeoutMillis?: number };
  } & {
    Client?: new (config: object) => DriverClient;
  };
  // One that was handed its connection has no socket: an embedded database.
  if (Client === undefined || options?.connection !== undefined) return;

  class ClosingClient extends Client {
    override connect(callback: Settle): void {
      const { connection } = this;
      if (connection === undefined || callback === undefined) {
        super.connect(callback);
        return;
      }
      let isSettled = false;
      const settle: Settle = (error, client) => {
        if (isSettled) return;
        isSettled = true;
        clearTimeout(timer);
        this.off('error', settle);
        if (error) connection.stream.destroy();
        callback(error, client);
      };
      const fail = (error: Error) => {
        if (isSettled) throw error;
        settle(error);
      };
      const timeoutMs = options?.connectionTimeoutMillis ? undefined : limit.timeoutMs;
      const cut = () => settle(new Error('The connection was not made in time.'));
      const timer = timeoutMs === undefined ? undefined : setTimeout(cut, timeoutMs).unref();
      // For a password that it cannot hash or look up the driver emits an error and calls no callback.
      this.on('error', settle);
      catchInParser(connection, fail);
      super.connect(settle);
    }
  }
  Object.assign(pool, { Client: ClosingClient });
}

/** The driver's parser throws, where nobody else could catch it, when a server asks for a way to authenticate that it does not know. */
function catchInParser(
  connection: NonNullable<DriverClient['connection']>,
  fail: (error: Error) => void,
): void {
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = (stream) => {
    const { on } = stream;
    stream.on = (event, listener) => {
      const caught = (...args: unknown[]) => {
        try {
          listener(...args);
        } catch (error) {
          fail(error as Error);
        }
      };
      return on.call(stream, event, event === 'data' ? caught : listener);
    };
    attach(stream);
    stream.on = on;
  };
}
