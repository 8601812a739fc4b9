import type { FastifyReply } from 'fastify';
import { type LimitedRun, limitConcurrency, MovieHubError } from 'movie-hub';
import type { Pool } from 'pg';

/** Longest time of one statement of a page that only reads, in ms. */
export const readTimeoutMs = 2_000;

/** Pages of one user that use the database at once. */
const pagesAtOnce = 2;
/** Pages of one user that wait for those, as when a browser opens all its tabs again. */
const pagesWaiting = 8;
/** Files that one user is sent at once. */
const filesAtOnce = 2;

/** Makes what bounds the pages of one user that use the database at once: with the files, fewer than a pool of four or more has connections. */
export function limitPages(pools: Readonly<Record<string, Pool>>): LimitedRun {
  const smallest = Math.min(...Object.values(pools).map((pool) => pool.options?.max ?? 10));
  return limitConcurrency({
    atOnce: Math.max(1, Math.min(pagesAtOnce, smallest - filesAtOnce - 1)),
    waiting: pagesWaiting,
    refusal: () =>
      new MovieHubError(
        'too_many_requests',
        'Other pages of yours are still being loaded. Try again in a moment.',
      ),
  });
}

/** Returns how many tool calls of one user's chats may use a pool at once: beside pages and files a pool of ten keeps two connections free. */
export function callsAtOnce({ options }: Pool): number {
  return Math.max(1, Math.floor((options?.max ?? 10) / 2) - 1);
}

/** Makes what bounds the files that one user is sent at once. */
export function limitFiles(): LimitedRun {
  return limitConcurrency({
    atOnce: filesAtOnce,
    waiting: filesAtOnce,
    refusal: () =>
      new MovieHubError(
        'too_many_requests',
        'Two of your files are still being sent. Wait until one is there, then try again.',
      ),
  });
}

/** Returns a signal that aborts when the browser leaves, or was answered: what waits for its turn then need not begin. */
export function whenGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
