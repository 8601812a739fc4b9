import type { FastifyReply } from 'fastify';
import { isMovieHubError } from 'movie-hub';

/** Runs work that may be refused for now; then the answer says in `Retry-After` when to try again: in two seconds. */
export async function orRetryLater<Result>(
  reply: FastifyReply,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (isMovieHubError(cause) && cause.code === 'overloaded') reply.header('Retry-After', 2);
    throw cause;
  }
}
