import type { Pool, PoolClient } from 'pg';
import { onAbort } from '../abort';
import { isMovieHubError, MovieHubError } from '../errors';
import { milliseconds } from '../options';
import { closeFailedConnects } from './close-failed-connects';
import { databaseError } from './database-error';

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

/** What a call is told whose caller has cancelled it or has gone. */
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

/** The driver counts connections that it is still making among the others, and tells them apart in its own fields only. */
function isMakingOne(pool: Pool): boolean {
  const { _clients: clients } = pool as { _clients?: readonly { readonly _connected?: boolean }[] };
  return clients?.some((client) => client._connected === false) ?? false;
}
