import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse } from 'dotenv';
import { hasPassword, hasSeveralHosts, isDatabaseUrl } from './database-url';
import { CommandFailure, writeWarning } from './failure';
import { notEmpty } from './option-values';

/** Variables of the process, and of a `.env` file in the working directory; those of the process win. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A database's address and the setting it came from. */
export interface DatabaseAddress {
  /** A connection string; '' for the PG* variables. */
  readonly url: string;
  /** For messages: the option or variable with the address. */
  readonly source: string;
}

/** Reads the environment. Variables of `.env` for pg and the AWS SDK are copied to `process.env`. */
export function readEnvironment(): Environment {
  const fromFile = existsSync('.env') ? parse(readFileSync('.env')) : {};
  for (const [name, value] of Object.entries(fromFile)) {
    if (/^(PG|AWS_|MOVIE_HUB_DEBUG$)/.test(name)) process.env[name] ??= value;
  }
  return { ...fromFile, ...process.env };
}

/** An embedded database and its folder. */
export interface EmbeddedAddress {
  readonly dataDir: string;
}

/** The database options of a command line. */
export interface TypedDatabase {
  dataDir?: string;
  databaseUrl?: string;
}

const defaultDataDir = '.movie-hub';

/** Adds the options for the database to serve. */
export function withDatabaseOptions(command: Command): Command {
  return command
    .option('--data-dir <dir>', `folder of the embedded database (default: "${defaultDataDir}")`, notEmpty)
    .option(
      '--database-url <url>',
      "PostgreSQL server to use instead, with the reader's login (or DATABASE_URL, or PG* variables)",
    );
}

/**
 * Returns the database to serve: from the options, or else the environment, or else the embedded one.
 *
 * @param warn Called with a warning about a password that others can read.
 * @throws CommandFailure with exit code 2 for two databases, or an invalid URL.
 */
export function servedDatabase(
  typed: TypedDatabase,
  environment: Environment,
  warn = writeWarning,
): DatabaseAddress | EmbeddedAddress {
  return chooseDatabase(typed, environment, ['DATABASE_URL'], warn) ?? { dataDir: defaultDataDir };
}

/**
 * Returns the server to administer: from the options, or else the environment.
 *
 * @param warn Called with a warning about a password that others can read.
 * @throws CommandFailure with exit code 2 when none is given, or for an invalid URL.
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
    'No database given. Use --database-url postgresql://…, MOVIE_HUB_ADMIN_URL or PG* variables. The demo does not need this: it has its own database.',
    2,
  );
}

/** Options win over the environment. Of `variables` the first that is set is used. */
function chooseDatabase(
  { dataDir, databaseUrl }: TypedDatabase,
  environment: Environment,
  variables: readonly [string, ...string[]],
  warn: (warning: string) => void,
): DatabaseAddress | EmbeddedAddress | undefined {
  if (dataDir !== undefined && databaseUrl !== undefined)
    throw new CommandFailure('--data-dir and --database-url name two databases. Use only one of them.', 2);
  if (dataDir !== undefined) return { dataDir };
  if (databaseUrl !== undefined) {
    const address = namedAddress(databaseUrl, '--database-url');
    if (hasPassword(databaseUrl))
      warn(
        `Everyone on this machine can read the password in --database-url in the list of processes. Set ${variables[0]} instead, in the environment or in .env.`,
      );
    return address;
  }
  for (const name of variables) {
    const url = environment[name];
    if (url) return namedAddress(url, name);
  }
  // The variables that pg supports; it does not read service files.
  const names = ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER'].filter((name) => environment[name]);
  return names.length === 0 ? undefined : { url: '', source: names.join(', ') };
}

/** Validates an address. */
export function namedAddress(url: string, source: string): DatabaseAddress {
  if (hasSeveralHosts(url))
    throw new CommandFailure(`${source} names several hosts, but only one is supported.`, 2);
  if (isDatabaseUrl(url)) return { url, source };
  throw new CommandFailure(
    `${source} must look like postgresql://user:password@host:5432/database, with special characters percent-encoded, such as %40 for @.`,
    2,
  );
}
