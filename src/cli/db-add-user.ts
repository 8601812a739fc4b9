import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { isMovieHubError, MovieHubError } from 'movie-hub';
import type { Pool } from 'pg';
import type { DbOptions } from './db-command';
import { CommandFailure } from './failure';
import { importHub } from './import-hub';

/** In characters. */
const minPasswordLength = 8;

/** Adds a user of the hub after reading the password. */
export async function addOneUser(pool: Pool, options: DbOptions, username: string): Promise<void> {
  const { addUser } = await importHub();
  const titleTypes = options.titleTypes ?? [];
  await checkTitleTypes(pool, titleTypes);
  const password = await readPassword(`Password for ${username}: `);
  if (password.length < minPasswordLength) {
    throw new CommandFailure(`A password needs at least ${minPasswordLength} characters.`);
  }
  const user = { username, password, titleTypes, isAdmin: options.admin ?? false, isDemo: false };
  await addUser(pool, user).catch((cause: unknown) => {
    // These messages need no hint about the database setting.
    if (isMovieHubError(cause) && ['conflict', 'invalid_argument'].includes(cause.code))
      throw new CommandFailure(cause.message, 1, { cause });
    throw cause;
  });
  process.stderr.write(`Added ${username}.\n`);
}

/** The users table does not check title types, so a typo would go unnoticed. */
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
  throw new CommandFailure(`Unknown title type: ${unknown.join(', ')}. Known types: ${known}.`);
}

/** Reads a password from the terminal, without echo, or from the first line of standard input. */
async function readPassword(prompt: string): Promise<string> {
  const isTerminal = process.stdin.isTTY ?? false;
  if (isTerminal) process.stderr.write(prompt);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: isTerminal });
  // In a terminal in raw mode Ctrl-C sends no signal.
  lines.once('SIGINT', () => lines.close());
  try {
    for await (const line of lines) return line;
    throw new CommandFailure(
      'No password was given. Type it, or send it as the first line of standard input.',
    );
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write('\n');
  }
}
