import { Command } from 'commander';
import { createLogins, demoDataFolder, installSchema, loadImdb } from 'movie-hub';
import type { Pool } from 'pg';
import { openPool } from './databases';
import { demoUsers } from './demo-users';
import { checkUrl, databaseUrl, readEnvironment } from './environment';
import { CommandFailure } from './failure';
import { readPassword } from './read-password';
import { parseTitleTypes } from './title-types';

/** The commands of whoever looks after the database. */
export function dbCommand(): Command {
  const db = new Command('db').description('Install and fill a database on a PostgreSQL server.');
  db.command('install')
    .description(
      'Install or update schema, roles and policies, make a login for each part, and print the settings to serve with.',
    )
    .option('--new-passwords', 'give logins that are there already a new password')
    .action(onDatabase(install));
  db.command('load-demo')
    .description('Load the demo data and the demo users with their public passwords.')
    .option('--no-users', 'load the data only')
    .action(onDatabase(loadDemo));
  db.command('add-user')
    .description('Add a user of the hub. The password is read from the terminal, or from standard input.')
    .argument('<name>', 'name to sign in with: lower case letters, digits and . _ @ -')
    .option(
      '--title-types <list>',
      'title types that the user may see, such as 1,5; without it none',
      parseTitleTypes,
      [],
    )
    .option('--admin', 'may use the admin pages')
    .action(onDatabase(addOneUser));
  for (const command of db.commands) {
    command.option(
      '--database-url <url>',
      "the administrator's login (or MOVIE_HUB_ADMIN_URL, DATABASE_URL, or PG* variables)",
    );
  }
  return db;
}

interface Options {
  databaseUrl?: string;
  newPasswords?: boolean;
  users?: boolean;
  titleTypes?: number[];
  admin?: boolean;
}

type Action = (pool: Pool, options: Options, url: string, name: string) => Promise<void>;

/** Gives an action the administrator's pool, and closes it. Commander hands over the arguments, the options, the command. */
function onDatabase(action: Action): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const options = given.at(-2) as Options;
    const environment = readEnvironment();
    const admin = options.databaseUrl === undefined ? environment.MOVIE_HUB_ADMIN_URL : undefined;
    const url = admin
      ? checkUrl(admin, 'MOVIE_HUB_ADMIN_URL')
      : databaseUrl(options.databaseUrl, environment);
    if (url === undefined) {
      throw new CommandFailure(
        'Which database? Give --database-url postgresql://…, MOVIE_HUB_ADMIN_URL or PG* variables. The demo needs none of this: it has its own.',
        2,
      );
    }
    const pool = openPool(url);
    try {
      await action(pool, options, url, String(given[0]));
    } finally {
      await pool.end();
    }
  };
}

async function install(pool: Pool, options: Options, url: string): Promise<void> {
  await installSchema(pool, { hub: true });
  const logins = await createLogins(pool, { newPasswords: options.newPasswords ?? false });
  const base = await baseUrl(pool, url);
  const variables = {
    reader: 'DATABASE_URL',
    editor: 'MOVIE_HUB_EDITOR_URL',
    accounts: 'MOVIE_HUB_ACCOUNTS_URL',
  };
  const lines = logins.map(({ purpose, user, password }) => {
    const login = new URL(base);
    login.username = user;
    login.password = password ?? 'THE-PASSWORD-YOU-HAVE';
    return `${variables[purpose]}=${login.href}`;
  });
  process.stderr.write('The schema is installed. Serve with these settings; put them into .env:\n');
  process.stdout.write(`${lines.join('\n')}\n`);
  if (logins.some((login) => login.password === undefined)) {
    process.stderr.write(
      'The logins were there already and keep their passwords; --new-passwords gives them new ones.\n',
    );
  }
}

/** Where the database is, without the administrator's own login. */
async function baseUrl(pool: Pool, url: string): Promise<string> {
  if (url !== '') return url;
  const { rows } = await pool.query<{ database: string }>('SELECT current_database() AS database');
  const { PGHOST = 'localhost', PGPORT = '5432' } = process.env;
  return `postgresql://${PGHOST.startsWith('/') ? 'localhost' : PGHOST}:${PGPORT}/${encodeURIComponent(rows[0]?.database ?? '')}`;
}

async function loadDemo(pool: Pool, options: Options): Promise<void> {
  const loaded = await loadImdb(pool, demoDataFolder(), {
    onFile: ({ file, lines, rejected }) => {
      process.stderr.write(
        `${file.padEnd(17)} ${String(lines).padStart(6)} lines${rejected ? `, ${rejected} rejected` : ''}\n`,
      );
    },
  });
  process.stderr.write(`Loaded ${loaded.length} files.\n`);
  if (options.users === false) return;
  const { addUser } = await import('movie-hub/ui');
  for (const { sees: _, ...user } of demoUsers) {
    const isNew = await addUser(pool, { ...user, isDemo: true }).then(
      () => true,
      (cause: { code?: string }) => {
        if (cause.code === 'conflict') return false;
        throw cause;
      },
    );
    process.stderr.write(
      isNew
        ? `User ${user.username}, password ${user.password}\n`
        : `User ${user.username} was there already.\n`,
    );
  }
  process.stderr.write(
    'These passwords are public: remove these users before anybody else can reach the hub.\n',
  );
}

async function addOneUser(pool: Pool, options: Options, _url: string, username: string): Promise<void> {
  const password = await readPassword(`Password for ${username}: `);
  if (password.length < 8) throw new CommandFailure('A password needs at least 8 characters.');
  const { addUser } = await import('movie-hub/ui');
  await addUser(pool, {
    username,
    password,
    titleTypes: options.titleTypes ?? [],
    isAdmin: options.admin ?? false,
    isDemo: false,
  }).catch((cause: { code?: string }) => {
    if (cause.code === 'conflict')
      throw new CommandFailure(`There is a user ${username} already.`, 1, { cause });
    throw cause;
  });
  process.stderr.write(`Added ${username}.\n`);
}
