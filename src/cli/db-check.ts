import { Command } from 'commander';
import { checkDatabase, movieTools } from 'movie-hub';
import { databaseFailure } from './database-failure';
import { openPool } from './databases';
import { type DatabaseAddress, namedAddress, readEnvironment, servedDatabase } from './environment';
import { CommandFailure } from './failure';

/** The command that checks the logins of a server. */
export function checkCommand(): Command {
  return new Command('check')
    .description(
      'Check the logins used for serving, their privileges and roles, and the SQL of the tools; print every problem.',
    )
    .option('--database-url <url>', "the reader's login (or DATABASE_URL, or PG* variables)")
    .addHelpText(
      'after',
      `
No query is executed and no row is read. MOVIE_HUB_EDITOR_URL and
MOVIE_HUB_ACCOUNTS_URL set the other two logins; a login that is not set is
skipped.`,
    )
    .action(check);
}

async function check({ databaseUrl }: { databaseUrl?: string }): Promise<void> {
  const environment = readEnvironment();
  const reader = servedDatabase(databaseUrl === undefined ? {} : { databaseUrl }, environment);
  if ('dataDir' in reader)
    throw new CommandFailure(
      "No database given. Use --database-url postgresql://… or DATABASE_URL with the reader's login, or PG* variables.",
      2,
    );
  const others = [
    ['MOVIE_HUB_EDITOR_URL', 'movie_hub_editor'],
    ['MOVIE_HUB_ACCOUNTS_URL', 'movie_hub_accounts'],
  ] as const;
  const logins: readonly (readonly [role: string, address: DatabaseAddress])[] = [
    ['movie_hub_reader', reader],
    ...others.flatMap(([name, role]) => {
      const url = environment[name];
      return url ? [[role, namedAddress(url, name)] as const] : [];
    }),
  ];
  let refused = 0;
  for (const [role, address] of logins) {
    const problems = await findProblems(role, address);
    if (problems === '') process.stdout.write(`${address.source}: safe to serve as ${role}.\n`);
    else process.stdout.write(`${problems}\n`);
    refused += problems === '' ? 0 : 1;
  }
  if (refused > 0)
    throw new CommandFailure(`Not ready to serve: ${refused} of ${logins.length} logins were refused.`);
}

/** Returns all problems, one per line; '' without problems. */
async function findProblems(role: string, address: DatabaseAddress): Promise<string> {
  const pool = openPool(address.url);
  const tools = role === 'movie_hub_reader' ? movieTools : [];
  try {
    await checkDatabase(pool, { role, tools });
    return '';
  } catch (cause) {
    const failure = databaseFailure(cause, address);
    if (failure instanceof CommandFailure) return failure.message;
    throw failure;
  } finally {
    await pool.end();
  }
}
