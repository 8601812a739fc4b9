import type { FastifyReply } from 'fastify';
import { limitConcurrency, MovieHubError } from 'movie-hub';
import type { Pool } from 'pg';

/** Statement timeout of pages that only read, in ms. */
export const readTimeoutMs = 2_000;

/** Waiting pages per user: a browser may restore many tabs at once. */
const maxWaitingPages = 8;
/** Waiting downloads per user. */
const maxWaitingFiles = 1;

/** Allows each user one page at a time that uses the database. */
export function limitPages() {
  return limitConcurrency({
    atOnce: 1,
    waiting: maxWaitingPages,
    refusal: () =>
      new MovieHubError('too_many_requests', 'Your other pages are still loading. Try again in a moment.'),
  });
}

/** Returns the maximum of concurrent tool calls per user: a quarter of the pool's connections. */
export function maxConcurrentCalls({ options }: Pool): number {
  return Math.max(1, Math.floor((options?.max ?? 10) / 4));
}

/** Allows each user one download at a time. */
export function limitFiles() {
  return limitConcurrency({
    atOnce: 1,
    waiting: maxWaitingFiles,
    refusal: () =>
      new MovieHubError(
        'too_many_requests',
        'Another download of yours is still running. Wait until it is complete, then try again.',
      ),
  });
}

/** Returns a signal that aborts when the browser leaves or the response is complete, so that waiting work is dropped. */
export function closeSignal(reply: FastifyReply): AbortSignal {
  const closed = new AbortController();
  reply.raw.once('close', () => closed.abort());
  return closed.signal;
}
