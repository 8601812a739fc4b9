import { isMovieHubError } from 'movie-hub';
import { createLogins, installSchema } from 'movie-hub/dataset';
import type { Pool } from 'pg';
import { loginUrl } from './database-url';
import type { DbOptions } from './db-command';
import { openEnvFile } from './env-file';
import type { DatabaseAddress } from './environment';
import { CommandFailure, writeWarning } from './failure';

type ScopeLogin = Awaited<ReturnType<typeof createLogins>>[number];

const variables = {
  reader: 'DATABASE_URL',
  editor: 'MOVIE_HUB_EDITOR_URL',
  accounts: 'MOVIE_HUB_ACCOUNTS_URL',
} as const;

/** Placeholder for the unknown password of an existing login. */
const unknownPassword = 'THE-PASSWORD-YOU-HAVE';

/** Where the settings are written. */
interface Target {
  /** What holds the settings, for messages. */
  readonly name: string;
  /** What to do with it, for messages. */
  readonly advice: string;
  save(logins: readonly ScopeLogin[], settings: string): void | Promise<void>;
  /** Removes the saved settings, if the target can. */
  revert?(): void;
  close(): void;
}

/** Installs schema and logins; the settings go to a file or to standard output, which receives nothing else. */
export async function install(pool: Pool, options: DbOptions, address: DatabaseAddress): Promise<void> {
  const settingsOf = (logins: readonly ScopeLogin[]) =>
    logins
      .map(({ purpose, user, password = unknownPassword }) => {
        return `${variables[purpose]}=${loginUrl(address.url, { user, password })}\n`;
      })
      .join('');
  // Fails before any change if a URL cannot hold the settings or the file cannot be written.
  settingsOf([{ purpose: 'reader', user: 'user', password: 'password' }]);
  const target = options.writeEnv === undefined ? standardOutput() : envFile(options.writeEnv);
  try {
    await installSchema(pool, { hub: true, onWarning: writeWarning });
    let isSaved = false;
    const logins = await createLogins(pool, {
      newPasswords: options.newPasswords ?? false,
      save: async (made) => {
        await target.save(made, settingsOf(made));
        isSaved = true;
      },
    }).catch((cause: unknown) => {
      if (isSaved) undo(target, cause);
      throw cause;
    });
    process.stderr.write(`The schema is installed. Serve with ${target.name}${target.advice}\n`);
    if (logins.some((login) => login.password === undefined)) {
      process.stderr.write('Existing logins keep their passwords; --new-passwords sets new ones.\n');
    }
    process.stderr.write(
      'Next, with the same login as now: `movie-hub db load-demo`, or `movie-hub db add-user`. Then serve: `movie-hub demo`.\n',
    );
  } finally {
    target.close();
  }
}

function standardOutput(): Target {
  return {
    name: 'these settings',
    advice:
      '; put them into .env. They contain passwords: --write-env .env writes a file that only you can read.',
    save: (_, settings) =>
      new Promise((resolve, reject) => {
        process.stdout.write(settings, (cause) => {
          if (!cause) return resolve();
          const message = `The settings could not be written (${cause.message}), so no password was set.`;
          reject(new CommandFailure(message, 1, { cause }));
        });
      }),
    close: () => undefined,
  };
}

function envFile(path: string): Target {
  const file = openEnvFile(path, Object.values(variables));
  return {
    name: path,
    advice: ', which only you can read.',
    save: (logins, settings) => {
      const known = logins.filter(({ password }) => password === undefined).map(({ user }) => user);
      if (known.length > 0)
        throw new CommandFailure(
          `The schema is installed, but nothing was written to ${path}: ${known.join(', ')} already had passwords, which cannot be read back. Add --new-passwords, which replaces them, or leave out --write-env.`,
        );
      file.append(settings);
    },
    revert: () => file.revert(),
    close: () => file.close(),
  };
}

/** Reverts saved logins that the server did not commit. */
function undo(target: Target, cause: unknown): void {
  const { code } = ((isMovieHubError(cause) ? cause.cause : cause) ?? {}) as { code?: unknown };
  // Without the server's answer it is unknown whether it committed.
  const isRefused = typeof code === 'string' && /^(?!08|57)[0-9A-Z]{5}$/.test(code);
  if (isRefused && target.revert !== undefined) target.revert();
  else if (isRefused) writeWarning(`The passwords in ${target.name} were not set.`);
  else
    writeWarning(
      `It is unknown whether the passwords in ${target.name} were set: try them, or run this again with --new-passwords.`,
    );
}
