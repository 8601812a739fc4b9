import type { FastifyReply } from 'fastify';
import { limitConcurrency, MovieHubError } from 'movie-hub';
import type { Pool } from 'pg';

/** Longest time of one statement of a page that only reads, in ms. */
export const readTimeoutMs = 2_000;

/** Pages of one user that wait while another uses the database, as when a browser opens all its tabs again. */
const pagesWaiting = 8;
/** Files of one user that wait while another is sent. */
const filesWaiting = 1;

/** Limits the pages of one user that use the database at once to one. */
export function limitPages() {
  return limitConcurrency({
    atOnce: 1,
    waiting: pagesWaiting,
    refusal: () =>
      new MovieHubError(
        'too_many_requests',
        'Other pages of yours are still being loaded. Try again in a moment.',
      ),
  });
}

/** Returns how many tool calls of one user's chats may use a pool at once: a quarter of its connections. */
export function callsAtOnce({ options }: Pool): number {
  return Math.max(1, Math.floor((options?.max ?? 10) / 4));
}

/** Limits the files that one user is sent at once to one. */
export function limitFiles() {
  return limitConcurrency({
    atOnce: 1,
    waiting: filesWaiting,
    refusal: () =>
      new MovieHubError(
        'too_many_requests',
        'Another file is still being sent to you. Wait until it has arrived, then try again.',
      ),
  });
}

/** Returns a signal that aborts when the browser leaves, or was answered: what waits for its turn then need not begin. */
export function whenGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
