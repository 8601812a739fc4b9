import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import { CommandFailure } from './failure';

/** Variables that a command reads: those of the process, and below them those of a `.env` file in the working folder. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a database is, and who said so. */
export interface DatabaseAddress {
  /** A connection string; '' when the PG* variables say it. */
  readonly url: string;
  /** For messages: the option or the variable that names the database. */
  readonly source: string;
}

/** Reads the environment once. What is read elsewhere too, by pg and the AWS SDK, is put into the process's own. */
export function readEnvironment(): Environment {
  const fromFile = existsSync('.env') ? parse(readFileSync('.env')) : {};
  for (const [name, value] of Object.entries(fromFile)) {
    if (/^(PG|AWS_|MOVIE_HUB_DEBUG$)/.test(name)) process.env[name] ??= value;
  }
  return { ...fromFile, ...process.env };
}

/**
 * Returns where the database is: the option, else DATABASE_URL, else whatever the PG* variables say.
 *
 * @returns undefined when nothing names a database.
 * @throws CommandFailure with exit code 2 when the URL is none.
 */
export function databaseAddress(
  option: string | undefined,
  environment: Environment,
): DatabaseAddress | undefined {
  if (option !== undefined) return namedAddress(option, '--database-url');
  if (environment.DATABASE_URL) return namedAddress(environment.DATABASE_URL, 'DATABASE_URL');
  // Those that pg knows: it reads no service file.
  const names = ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER'].filter((name) => environment[name]);
  return names.length === 0 ? undefined : { url: '', source: names.join(', ') };
}

/** Returns an address after a look at its form. */
export function namedAddress(url: string, source: string): DatabaseAddress {
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return { url, source };
  throw new CommandFailure(
    `${source} must look like postgresql://user:password@host:5432/database, with special characters as in %40 for @.`,
    2,
  );
}
