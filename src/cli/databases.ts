import { checkDatabase, isMovieHubError, openEmbeddedDatabase } from 'movie-hub';
import pg, { type Pool } from 'pg';
import { lockDataDir } from './data-dir-lock';
import { checkUrl, type Environment } from './environment';
import { CommandFailure } from './failure';

/** The pools that the hub is served with. */
export interface OpenDatabase {
  readonly pools: { readonly reader: Pool; readonly editor: Pool; readonly accounts: Pool };
  readonly isEmbedded: boolean;
  /** For people: where the data is. Holds no password. */
  readonly label: string;
  close(): Promise<void>;
}

/** Opens the embedded database in a folder that no other process uses. */
export async function openEmbedded(dataDir: string): Promise<OpenDatabase> {
  const unlock = await lockDataDir(dataDir);
  const database = await openEmbeddedDatabase({ dataDir }).catch((cause: unknown) => {
    unlock();
    if (isMovieHubError(cause)) throw cause;
    throw new CommandFailure(
      `The data folder ${dataDir} cannot be opened as a database. Choose another with --data-dir, or delete it to begin anew.`,
      1,
      { cause },
    );
  });
  const { pool } = database;
  return {
    pools: { reader: pool, editor: pool, accounts: pool },
    isEmbedded: true,
    label: `PostgreSQL embedded in this process, kept in ${dataDir}`,
    close: async () => {
      await database.close();
      unlock();
    },
  };
}

/** Opens a server with a login for each scope, and refuses one that row-level security would not protect. */
export async function openServer(url: string, environment: Environment): Promise<OpenDatabase> {
  const reader = openPool(url);
  const pools = [reader];
  const close = async () => {
    await Promise.all(pools.map((pool) => pool.end()));
  };
  try {
    await checkDatabase(reader, { role: 'movie_hub_reader' });
    const editor = openPool(otherUrl('MOVIE_HUB_EDITOR_URL', environment));
    const accounts = openPool(otherUrl('MOVIE_HUB_ACCOUNTS_URL', environment));
    pools.push(editor, accounts);
    await checkDatabase(editor, { role: 'movie_hub_editor' });
    await checkDatabase(accounts, { role: 'movie_hub_accounts' });
    return {
      pools: { reader, editor, accounts },
      isEmbedded: false,
      label: await describe(reader, url),
      close,
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

/** Opens a pool that outlives the loss of its connections. An empty URL means the PG* variables. */
export function openPool(url: string): Pool {
  const pool = new pg.Pool({ ...(url !== '' && { connectionString: url }), connectionTimeoutMillis: 5_000 });
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  return pool;
}

function otherUrl(name: 'MOVIE_HUB_EDITOR_URL' | 'MOVIE_HUB_ACCOUNTS_URL', environment: Environment): string {
  const url = environment[name];
  if (url) return checkUrl(url, name);
  throw new CommandFailure(
    `${name} is not set: each part of the hub has a login of its own. Run \`movie-hub db install\` and put the settings that it prints into .env.`,
  );
}

async function describe(pool: Pool, url: string): Promise<string> {
  const { rows } = await pool.query<{ database: string; version: string }>(
    `SELECT current_database() AS database, current_setting('server_version') AS version`,
  );
  const host = url === '' ? (process.env.PGHOST ?? 'localhost') : new URL(url).host;
  return `PostgreSQL ${rows[0]?.version} at ${host}, database ${rows[0]?.database}`;
}
