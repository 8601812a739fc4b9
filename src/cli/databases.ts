import { checkDatabase, createPool, isMovieHubError, movieTools } from 'movie-hub';
import { openEmbeddedDatabase } from 'movie-hub/dataset';
import type { Pool } from 'pg';
import { databaseFailure } from './database-failure';
import { type DatabaseAddress, type Environment, namedAddress } from './environment';
import { CommandFailure } from './failure';
import { openDataDir } from './open-data-dir';

/** The hub's pools. */
export interface OpenDatabase {
  readonly pools: { readonly reader: Pool; readonly editor: Pool; readonly accounts: Pool };
  /** Shown at start: where the data is. Contains no password. */
  readonly label: string;
  close(): Promise<void>;
}

/**
 * Opens the embedded database in a folder that no other process uses.
 *
 * @param fill Updates schema and data; called at every start.
 */
export async function openEmbedded(
  dataDir: string,
  fill: (pool: Pool) => Promise<void>,
): Promise<OpenDatabase> {
  const folder = await openDataDir(dataDir);
  try {
    const database = await openEmbeddedDatabase({ dataDir: folder.database }).catch((cause: unknown) => {
      if (isMovieHubError(cause) && cause.code === 'database_not_ready')
        throw new CommandFailure(`The data folder ${dataDir}: ${cause.message}`, 1, { cause });
      if (isMovieHubError(cause)) throw cause;
      throw new CommandFailure(
        `The data folder ${dataDir} cannot be opened as a database. Choose another with --data-dir, or delete it if you do not need it.`,
        1,
        { cause },
      );
    });
    const { pool } = database;
    await fill(pool).catch(async (cause: unknown) => {
      await database.close().catch(() => undefined);
      throw cause;
    });
    folder.keep();
    return {
      pools: { reader: pool, editor: pool, accounts: pool },
      label: `PostgreSQL embedded in this process, data in ${dataDir}`,
      close: async () => {
        await database.close();
        folder.close();
      },
    };
  } catch (cause) {
    folder.close();
    throw cause;
  }
}

/** Opens a server with a login for each scope, and refuses logins that bypass row-level security. */
export async function openServer(address: DatabaseAddress, environment: Environment): Promise<OpenDatabase> {
  const opened: Pool[] = [];
  const open = async (from: DatabaseAddress, role: Role) => {
    const pool = openPool(from.url);
    opened.push(pool);
    await checkDatabase(pool, { role, ...(role === 'movie_hub_reader' && { tools: movieTools }) }).catch(
      (cause: unknown) => {
        throw databaseFailure(cause, from);
      },
    );
    return pool;
  };
  try {
    const reader = await open(address, 'movie_hub_reader');
    const editor = await open(requireAddress('MOVIE_HUB_EDITOR_URL', environment), 'movie_hub_editor');
    const accounts = await open(requireAddress('MOVIE_HUB_ACCOUNTS_URL', environment), 'movie_hub_accounts');
    return {
      pools: { reader, editor, accounts },
      label: await describeServer(reader),
      close: () => end(opened),
    };
  } catch (cause) {
    await end(opened);
    throw cause;
  }
}

type Role = 'movie_hub_reader' | 'movie_hub_editor' | 'movie_hub_accounts';

/** Opens a pool that survives lost connections. An empty URL means the PG* variables. */
export function openPool(url: string, options: { pipeline?: boolean } = {}): Pool {
  return createPool({
    ...options,
    ...(url !== '' && { connectionString: url }),
    connectionTimeoutMillis: 5_000,
  });
}

async function end(pools: readonly Pool[]): Promise<void> {
  await Promise.all(pools.map((pool) => pool.end()));
}

function requireAddress(
  name: 'MOVIE_HUB_EDITOR_URL' | 'MOVIE_HUB_ACCOUNTS_URL',
  environment: Environment,
): DatabaseAddress {
  const url = environment[name];
  if (url) return namedAddress(url, name);
  throw new CommandFailure(
    `${name} is not set, but each part of the hub has its own login. Run \`movie-hub db install --write-env .env\` to create them.`,
  );
}

async function describeServer(pool: Pool): Promise<string> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ database: string; version: string }>(
      `SELECT current_database() AS database, current_setting('server_version') AS version`,
    );
    return `PostgreSQL ${rows[0]?.version} at ${client.host}:${client.port}, database ${rows[0]?.database}`;
  } finally {
    client.release();
  }
}
