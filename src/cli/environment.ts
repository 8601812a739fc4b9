import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import { CommandFailure } from './failure';

/** Variables that a command reads: those of the process, and below them those of a `.env` file in the working folder. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment once. What pg itself reads (PGHOST and its like) is put into the process's own. */
export function readEnvironment(): Environment {
  const fromFile = existsSync('.env') ? parse(readFileSync('.env')) : {};
  for (const [name, value] of Object.entries(fromFile)) {
    if (/^(PG|AWS_)/.test(name)) process.env[name] ??= value;
  }
  return { ...fromFile, ...process.env };
}

/**
 * Returns where the database is: the option, else DATABASE_URL, else whatever the PG* variables say.
 *
 * @returns A connection string; '' when the PG* variables say it; undefined when nothing names a database.
 * @throws CommandFailure with exit code 2 when the URL is none.
 */
export function databaseUrl(option: string | undefined, environment: Environment): string | undefined {
  const url = option ?? environment.DATABASE_URL;
  if (url !== undefined && url !== '')
    return checkUrl(url, option === undefined ? 'DATABASE_URL' : '--database-url');
  const named = ['PGHOST', 'PGHOSTADDR', 'PGDATABASE', 'PGSERVICE', 'PGUSER', 'PGPORT'].some(
    (name) => environment[name],
  );
  return named ? '' : undefined;
}

/** Checks the form of a connection string. */
export function checkUrl(url: string, source: string): string {
  const isUrl = URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol);
  if (isUrl) return url;
  throw new CommandFailure(`${source} must look like postgresql://user:password@host:5432/database`, 2);
}
