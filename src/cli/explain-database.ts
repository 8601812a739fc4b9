import type { Pool } from 'pg';
import { openEmbedded, openPool } from './databases';
import {
  type DatabaseAddress,
  namedAddress,
  readEnvironment,
  servedDatabase,
  type TypedDatabase,
} from './environment';
import { CommandFailure } from './failure';
import { fillForHub, fillForTools } from './fill-embedded';

/** What a plan is made on, and where users are looked up. */
export interface ExplainDatabase {
  /** The login that serves: a plan depends on its settings, and row-level security would not bind an administrator's. */
  readonly reader: Pool;
  /** Undefined for an embedded database. */
  readonly address: DatabaseAddress | undefined;
  /** Opens what reads the hub's accounts. @throws CommandFailure when nothing names it. */
  accounts(): { pool: Pool; address: DatabaseAddress | undefined; close: () => Promise<void> };
  close(): Promise<void>;
}

/** Opens the server that is named, else the embedded database, which gets the demo's users when one is asked for. */
export async function openForPlans(options: TypedDatabase & { as?: string }): Promise<ExplainDatabase> {
  const environment = readEnvironment();
  const { MOVIE_HUB_ACCOUNTS_URL, MOVIE_HUB_ADMIN_URL } = environment;
  const from = servedDatabase(options, environment);
  const isDefault = 'dataDir' in from && options.dataDir === undefined;
  if (isDefault && MOVIE_HUB_ADMIN_URL)
    throw new CommandFailure(
      'MOVIE_HUB_ADMIN_URL names a server, but a plan is made with the login that serves there: set DATABASE_URL or give --database-url with the reader’s login.',
      2,
    );
  if ('dataDir' in from) {
    const { pools, close } = await openEmbedded(
      from.dataDir,
      options.as === undefined ? fillForTools : fillForHub,
    );
    const accounts = () => ({ pool: pools.accounts, address: undefined, close: async () => undefined });
    return { reader: pools.reader, address: undefined, accounts, close };
  }
  const reader = openPool(from.url);
  return {
    reader,
    address: from,
    accounts: () => {
      const [url, source] = MOVIE_HUB_ACCOUNTS_URL
        ? [MOVIE_HUB_ACCOUNTS_URL, 'MOVIE_HUB_ACCOUNTS_URL']
        : [MOVIE_HUB_ADMIN_URL, 'MOVIE_HUB_ADMIN_URL'];
      if (!url)
        throw new CommandFailure(
          '--as looks the user up: set MOVIE_HUB_ACCOUNTS_URL, as `movie-hub db install` prints it, or MOVIE_HUB_ADMIN_URL. Or give --title-types.',
          2,
        );
      const pool = openPool(url, { pipeline: false });
      return { pool, address: namedAddress(url, source), close: () => pool.end() };
    },
    close: () => reader.end(),
  };
}
