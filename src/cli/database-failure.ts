import { isMovieHubError } from 'movie-hub';
import type { DatabaseAddress } from './environment';
import { CommandFailure, reasonOf } from './failure';

/** Adds the setting, and what to do, to the message of a database error. */
export function databaseFailure(cause: unknown, { source, url }: DatabaseAddress): unknown {
  // Other errors are not related to the setting.
  if (!isMovieHubError(cause) || !/^(database|query)_/.test(cause.code)) return cause;
  const reason = reasonOf(cause.cause);
  const failure = (message: string) => new CommandFailure(`${source}: ${message}`, 1, { cause });
  if ((cause.cause as { code?: unknown } | undefined)?.code === '42501') {
    return failure(
      `This login lacks the required privilege (${reason}). Use an administrator's login with --database-url or MOVIE_HUB_ADMIN_URL.`,
    );
  }
  if (cause.code === 'database_unavailable') {
    const orEmbedded = url === '' ? ' Without these variables the embedded database is used.' : '';
    return failure(
      `Cannot connect to the database (${reason}). Check that the server is running, and that address, login and password are correct.${orEmbedded}`,
    );
  }
  return failure(reason === '' ? cause.message : `${cause.message} (${reason})`);
}
