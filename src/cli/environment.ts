import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse } from 'dotenv';
import { hasPassword, hasSeveralHosts, isDatabaseUrl } from './database-url';
import { CommandFailure, writeWarning } from './failure';
import { notEmpty } from './not-empty';

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

/** A database inside this process, and the folder that keeps it. */
export interface EmbeddedAddress {
  readonly dataDir: string;
}

/** What a person typed to name a database. */
export interface TypedDatabase {
  dataDir?: string;
  databaseUrl?: string;
}

const defaultDataDir = '.movie-hub';

/** Adds the options that name the database which a command serves. */
export function withDatabaseOptions(command: Command): Command {
  return command
    .option('--data-dir <dir>', `folder of the embedded database (default: "${defaultDataDir}")`, notEmpty)
    .option(
      '--database-url <url>',
      "PostgreSQL server to use instead, with the reader's login (or DATABASE_URL, or PG* variables)",
    );
}

/**
 * Returns the database that a command serves: what was typed, else what the environment names, else the embedded one.
 *
 * @param warn Gets a sentence about a password that others can read.
 * @throws CommandFailure with exit code 2 when two were typed, or when a URL is none.
 */
export function servedDatabase(
  typed: TypedDatabase,
  environment: Environment,
  warn = writeWarning,
): DatabaseAddress | EmbeddedAddress {
  return chooseDatabase(typed, environment, ['DATABASE_URL'], warn) ?? { dataDir: defaultDataDir };
}

/**
 * Returns the server that an administrator works on: what was typed, else what the environment names.
 *
 * @param warn Gets a sentence about a password that others can read.
 * @throws CommandFailure with exit code 2 when nothing names one, or when a URL is none.
 */
export function administeredServer(
  { databaseUrl }: { databaseUrl?: string },
  environment: Environment,
  warn = writeWarning,
): DatabaseAddress {
  const typed = databaseUrl === undefined ? {} : { databaseUrl };
  const chosen = chooseDatabase(typed, environment, ['MOVIE_HUB_ADMIN_URL', 'DATABASE_URL'], warn);
  if (chosen !== undefined && 'url' in chosen) return chosen;
  throw new CommandFailure(
    'Which database? Give --database-url postgresql://…, MOVIE_HUB_ADMIN_URL or PG* variables. The demo needs none of this: it has its own.',
    2,
  );
}

/** Decides for every command: what was typed beats the environment. `variables` may hold a URL; the first one set counts. */
function chooseDatabase(
  { dataDir, databaseUrl }: TypedDatabase,
  environment: Environment,
  variables: readonly [string, ...string[]],
  warn: (warning: string) => void,
): DatabaseAddress | EmbeddedAddress | undefined {
  if (dataDir !== undefined && databaseUrl !== undefined)
    throw new CommandFailure('--data-dir and --database-url name two databases: give one of them.', 2);
  if (dataDir !== undefined) return { dataDir };
  if (databaseUrl !== undefined) {
    const address = namedAddress(databaseUrl, '--database-url');
    if (hasPassword(databaseUrl))
      warn(
        `Everybody on this machine can read the password in --database-url from the list of processes. Set ${variables[0]} instead, in the environment or in .env.`,
      );
    return address;
  }
  for (const name of variables) {
    const url = environment[name];
    if (url) return namedAddress(url, name);
  }
  // Those that pg knows: it reads no service file.
  const names = ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER'].filter((name) => environment[name]);
  return names.length === 0 ? undefined : { url: '', source: names.join(', ') };
}

/** Returns an address after a look at its form. */
export function namedAddress(url: string, source: string): DatabaseAddress {
  if (hasSeveralHosts(url))
    throw new CommandFailure(`${source} names several hosts, and only one can be used: give one.`, 2);
  if (isDatabaseUrl(url)) return { url, source };
  throw new CommandFailure(
    `${source} must look like postgresql://user:password@host:5432/database, with special characters as in %40 for @.`,
    2,
  );
}
