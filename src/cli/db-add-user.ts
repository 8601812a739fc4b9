import { isMovieHubError, MovieHubError } from 'movie-hub';
import type { Pool } from 'pg';
import type { DbOptions } from './db-command';
import { CommandFailure } from './failure';
import { importHub } from './import-hub';
import { readPassword } from './read-password';

/** Shortest password that a person may have here, in characters. */
const shortestPassword = 8;

/** Adds a user of the hub, with a password that is asked for. */
export async function addOneUser(pool: Pool, options: DbOptions, username: string): Promise<void> {
  const { addUser } = await importHub();
  const titleTypes = options.titleTypes ?? [];
  await checkTitleTypes(pool, titleTypes);
  const password = await readPassword(`Password for ${username}: `);
  if (password.length < shortestPassword) {
    throw new CommandFailure(`A password needs at least ${shortestPassword} characters.`);
  }
  const user = { username, password, titleTypes, isAdmin: options.admin ?? false, isDemo: false };
  await addUser(pool, user).catch((cause: unknown) => {
    // What these say needs no hint at the database.
    if (isMovieHubError(cause) && ['conflict', 'invalid_argument'].includes(cause.code))
      throw new CommandFailure(cause.message, 1, { cause });
    throw cause;
  });
  process.stderr.write(`Added ${username}.\n`);
}

/** The accounts know numbers only, so a slip of the pen would go unnoticed. */
async function checkTitleTypes(pool: Pool, titleTypes: readonly number[]): Promise<void> {
  const { rows } = await pool
    .query<{ id: number; label: string }>(
      'SELECT title_type_id AS id, label FROM movie_hub.title_types ORDER BY 1',
    )
    .catch((cause: { code?: unknown }) => {
      const isMissing = cause.code === '42P01' || cause.code === '3F000';
      throw isMissing
        ? new MovieHubError(
            'database_not_ready',
            'The database has no Movie Hub schema. Run: movie-hub db install',
          )
        : new MovieHubError('database_unavailable', 'The database cannot be reached.', { cause });
    });
  const unknown = titleTypes.filter((type) => !rows.some(({ id }) => id === type));
  if (unknown.length === 0) return;
  const known = rows.map(({ id, label }) => `${id} ${label}`).join(', ');
  throw new CommandFailure(`There is no title type ${unknown.join(', ')}. There are: ${known}.`);
}
