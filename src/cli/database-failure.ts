import { isMovieHubError } from 'movie-hub';
import type { DatabaseAddress } from './environment';
import { CommandFailure, reasonOf } from './failure';

/** Says of a failure which setting it comes from, and what to do about it. */
export function databaseFailure(cause: unknown, { source, url }: DatabaseAddress): unknown {
  // What else can fail does not come from the setting.
  if (!isMovieHubError(cause) || !/^(database|query)_/.test(cause.code)) return cause;
  const reason = reasonOf(cause.cause);
  const say = (message: string) => new CommandFailure(`${source}: ${message}`, 1, { cause });
  if ((cause.cause as { code?: unknown } | undefined)?.code === '42501') {
    return say(
      `This login may not do that (${reason}). Give an administrator's login with --database-url or MOVIE_HUB_ADMIN_URL.`,
    );
  }
  if (cause.code === 'database_unavailable') {
    const orEmbedded = url === '' ? ' Without these variables the embedded database is used.' : '';
    return say(
      `No connection to the database (${reason}). See whether the server runs, and whether address, login and password are right.${orEmbedded}`,
    );
  }
  return say(reason === '' ? cause.message : `${cause.message} (${reason})`);
}
