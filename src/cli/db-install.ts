import { createLogins, installSchema } from 'movie-hub';
import type { Pool } from 'pg';
import type { DbOptions } from './db-command';
import type { DatabaseAddress } from './environment';

const variables = {
  reader: 'DATABASE_URL',
  editor: 'MOVIE_HUB_EDITOR_URL',
  accounts: 'MOVIE_HUB_ACCOUNTS_URL',
} as const;

/** Installs everything; standard output gets the settings to serve with, and nothing else. */
export async function install(pool: Pool, options: DbOptions, address: DatabaseAddress): Promise<void> {
  await installSchema(pool, { hub: true });
  const logins = await createLogins(pool, { newPasswords: options.newPasswords ?? false });
  const base = await baseUrl(pool, address.url);
  const settings = logins.map(({ purpose, user, password }) => {
    const login = new URL(base);
    login.username = user;
    login.password = password ?? 'THE-PASSWORD-YOU-HAVE';
    return `${variables[purpose]}=${login.href}\n`;
  });
  process.stderr.write('The schema is installed. Serve with these settings; put them into .env:\n');
  process.stdout.write(settings.join(''));
  if (logins.some((login) => login.password === undefined)) {
    process.stderr.write(
      'Logins that were there already keep their passwords; --new-passwords gives them new ones.\n',
    );
  }
  process.stderr.write(
    'Next, with the same login as now: `movie-hub db load-demo`, or `movie-hub db add-user`. Then serve: `movie-hub demo`.\n',
  );
}

/** Where the database is, without the administrator's own login. */
async function baseUrl(pool: Pool, url: string): Promise<URL> {
  if (url !== '') {
    const base = new URL(url);
    // These would win over the login in front of the host.
    base.searchParams.delete('user');
    base.searchParams.delete('password');
    return base;
  }
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ database: string }>('SELECT current_database() AS database');
    const isSocket = client.host.startsWith('/');
    const base = new URL(`postgresql://${isSocket ? 'localhost' : hostOf(client.host)}:${client.port}`);
    base.pathname = `/${encodeURIComponent(rows[0]?.database ?? '')}`;
    if (isSocket) base.searchParams.set('host', client.host);
    return base;
  } finally {
    client.release();
  }
}

function hostOf(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
