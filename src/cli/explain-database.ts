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

/** The database for plans, and for looking up users. */
export interface ExplainDatabase {
  /** The login for serving: its settings affect plans, and an administrator's would bypass row-level security. */
  readonly reader: Pool;
  /** Undefined for an embedded database. */
  readonly address: DatabaseAddress | undefined;
  /** Opens the accounts database. @throws CommandFailure when no setting names it. */
  accounts(): { pool: Pool; address: DatabaseAddress | undefined; close: () => Promise<void> };
  close(): Promise<void>;
}

/** Opens the configured server, or the embedded database, which gets the demo users if --as is used. */
export async function openForPlans(options: TypedDatabase & { as?: string }): Promise<ExplainDatabase> {
  const environment = readEnvironment();
  const { MOVIE_HUB_ACCOUNTS_URL, MOVIE_HUB_ADMIN_URL } = environment;
  const from = servedDatabase(options, environment);
  const isDefault = 'dataDir' in from && options.dataDir === undefined;
  if (isDefault && MOVIE_HUB_ADMIN_URL)
    throw new CommandFailure(
      'MOVIE_HUB_ADMIN_URL names a server, but a plan needs the login for serving. Set DATABASE_URL or --database-url to the reader’s login.',
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
          'To look up the user of --as, set MOVIE_HUB_ACCOUNTS_URL from `movie-hub db install`, or MOVIE_HUB_ADMIN_URL. Or use --title-types.',
          2,
        );
      const pool = openPool(url, { pipeline: false });
      return { pool, address: namedAddress(url, source), close: () => pool.end() };
    },
    close: () => reader.end(),
  };
}
