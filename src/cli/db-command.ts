import { Command } from 'commander';
import type { Pool } from 'pg';
import { databaseFailure } from './database-failure';
import { openPool } from './databases';
import { addOneUser } from './db-add-user';
import { checkCommand } from './db-check';
import { explainCommand } from './db-explain';
import { generateCommand } from './db-generate';
import { install } from './db-install';
import { loadCommand } from './db-load';
import { loadDemo } from './db-load-demo';
import { administeredServer, type DatabaseAddress, readEnvironment } from './environment';
import { notEmpty, parseTitleTypes } from './option-values';

/** Options of the database commands. */
export interface DbOptions {
  databaseUrl?: string;
  newPasswords?: boolean;
  writeEnv?: string;
  users?: boolean;
  titleTypes?: number[];
  admin?: boolean;
}

/** The commands for database administrators. */
export function dbCommand(): Command {
  const db = new Command('db').description(
    'Install and fill a database on a PostgreSQL server, and inspect query plans.',
  );
  db.command('install')
    .description(
      'Install or update schema, roles and policies, create a login for each part, and print the settings for serving, which contain passwords.',
    )
    // Not --env-file: Node.js treats that as its own option and exits when the file is missing.
    .option(
      '--write-env <file>',
      'append the settings to this file, readable only by you, and print nothing',
      notEmpty,
    )
    .option('--new-passwords', 'set new passwords for existing logins')
    .action(onDatabase(install));
  db.command('load-demo')
    .description('Load the demo data and the demo users with their public passwords.')
    .option('--no-users', 'load the data only')
    .action(onDatabase(loadDemo));
  db.command('add-user')
    .description('Add a user of the hub. The password is read from the terminal or from standard input.')
    .argument('<name>', 'login name: lower case letters, digits and . _ @ -')
    .option(
      '--title-types <list>',
      'title types that the user may see, such as 1,5 (default: none)',
      parseTitleTypes,
    )
    .option('--admin', 'may use the admin pages')
    .action((name: string, options: DbOptions) =>
      onDatabase((pool) => addOneUser(pool, options, name))(options),
    );
  db.addCommand(loadCommand((action, options) => onDatabase(action)(options)));
  const onServer = [...db.commands];
  db.addCommand(generateCommand());
  for (const command of onServer) {
    command.option(
      '--database-url <url>',
      "the administrator's login (or MOVIE_HUB_ADMIN_URL, DATABASE_URL, or PG* variables)",
    );
  }
  // These use the logins for serving, not the administrator's.
  return db.addCommand(checkCommand()).addCommand(explainCommand());
}

type Action = (pool: Pool, options: DbOptions, address: DatabaseAddress) => Promise<void>;

/** Runs an action with the administrator's pool, then closes it. */
function onDatabase(action: Action): (options: DbOptions) => Promise<void> {
  return async (options) => {
    const address = administeredServer(options, readEnvironment());
    const pool = openPool(address.url, { pipeline: false });
    try {
      await action(pool, options, address);
    } catch (cause) {
      throw databaseFailure(cause, address);
    } finally {
      await pool.end();
    }
  };
}
