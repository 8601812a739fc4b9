import type { EventEmitter } from 'node:events';
import { type ClientBase, Pool, type PoolClient, type PoolConfig } from 'pg';
import { onAbort } from '../abort';
import { isMovieHubError, MovieHubError } from '../errors';
import { milliseconds } from '../options';
import { databaseError } from './database-error';

/**
 * Makes a pool for the scopes: with the driver's pipeline mode, so that a tool call waits for the server once instead of
 * four times, with a listener for idle connections that break, which would end the process, and without sockets that stay open
 * when a connection cannot be made.
 *
 * In pipeline mode a transaction that fails to begin does not stop what was sent behind it. Every scope therefore refuses a
 * login that is a superuser or has BYPASSRLS; what else you run on the pool should not rely on a transaction either, without
 * waiting for its begin. It needs version 8.22 of the driver or later; earlier ones do without.
 *
 * @param config As the driver's `Pool` takes it, or a connection URL. An empty one means the PG* variables.
 */
export function createPool(config: PoolConfig | string = {}): Pool {
  const given: PoolConfig = typeof config === 'string' ? { connectionString: config } : config;
  // As long as a scope waits: the pool must not go on waiting for a connection that nobody wants any more.
  const pool = new Pool({ keepAlive: true, pipeline: true, connectionTimeoutMillis: 10_000, ...given });
  pool.on('error', () => undefined);
  closeFailedConnects(pool);
  return pool;
}

/** Longest wait for a connection, in ms, unless said otherwise. */
const defaultConnectionTimeoutMs = 10_000;

/** What bounds the wait for a connection. */
export interface ConnectOptions {
  /** Longest wait for a connection of the pool, in ms; 10,000 unless given. */
  connectionTimeoutMs?: number;
  /** Ends the wait; in a scope it also ends whatever runs on the connection. */
  signal?: AbortSignal | undefined;
}

/**
 * Takes a connection from a pool. One that cannot be made leaves no socket open, also on a pool that is not `createPool`'s.
 *
 * @throws MovieHubError `database_busy` when all connections stay in use, `database_unavailable` when none can be made,
 *   `cancelled` when the signal aborts.
 */
export async function connect(pool: Pool, options: ConnectOptions): Promise<PoolClient> {
  const { signal } = options;
  const timeoutMs = milliseconds(
    'connectionTimeoutMs',
    options.connectionTimeoutMs ?? defaultConnectionTimeoutMs,
  );
  if (signal?.aborted) throw cancelled();
  closeFailedConnects(pool, timeoutMs);
  return new Promise((resolve, reject) => {
    let isOver = false;
    let stopListening: (() => void) | undefined;
    const settle = (outcome: () => void) => {
      isOver = true;
      clearTimeout(timer);
      stopListening?.();
      outcome();
    };
    const timer = setTimeout(() => settle(() => reject(tookTooLong(pool))), timeoutMs);
    stopListening = signal && onAbort(signal, () => settle(() => reject(cancelled())));
    pool.connect().then(
      // One that comes too late goes back at once: nobody else would return it.
      (client) => (isOver ? client.release() : settle(() => resolve(client))),
      (cause: unknown) => {
        if (!isOver)
          settle(() =>
            reject(
              isPoolTimeout(cause) ? tookTooLong(pool, cause) : databaseError(cause, { isConnecting: true }),
            ),
          );
      },
    );
  });
}

/** Returns the error for a call whose caller has cancelled it or has gone. */
export function cancelled(cause?: unknown): MovieHubError {
  if (isMovieHubError(cause) && cause.code === 'cancelled') return cause;
  return new MovieHubError('cancelled', 'The call was cancelled.', { cause });
}

/** The pool's own limit, for pools made with a connectionTimeoutMillis. */
function isPoolTimeout(cause: unknown): boolean {
  return /timeout exceeded when trying to connect/.test(String((cause as Error | undefined)?.message));
}

/** A pool whose connections are all in use is busy; one that is still making one has a server that does not answer. */
function tookTooLong(pool: Pool, cause?: unknown): MovieHubError {
  const isFull = pool.totalCount >= pool.options?.max;
  return isFull && !isMakingOne(pool)
    ? new MovieHubError('database_busy', 'The database is busy. Try again in a moment.', {
        cause: cause ?? new Error('All connections of the pool stayed in use.'),
      })
    : databaseError(cause ?? new Error('No connection was made in time.'), { isConnecting: true });
}

/** The driver counts connections that it is still making among the others; only its own fields distinguish them. */
function isMakingOne(pool: Pool): boolean {
  const { _clients: clients } = pool as { _clients?: readonly { readonly _connected?: boolean }[] };
  return clients?.some((client) => client._connected === false) ?? false;
}

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

/** Set by `openEmbeddedDatabase`; the same in every copy of this package. */
const brand = Symbol.for('movie-hub.embedded-connection');

/** Whether a connection is that of a database inside this process: its one login is a superuser, and nothing cancels it. */
export function isEmbedded(client: ClientBase): boolean {
  return brand in client;
}
