import { mkdir } from 'node:fs/promises';
import type { PGlite } from '@electric-sql/pglite';
import { Pool } from 'pg';
import { markEmbedded } from '../database/embedded-connection';
import { MovieHubError } from '../errors';
import { isOfFiles } from './is-of-files';
import { optionalImport } from './optional-import';

/** What `openEmbeddedDatabase` takes. */
export interface EmbeddedDatabaseOptions {
  /** Folder that keeps the data; it is made when missing. In memory, and gone at the end, unless given. */
  dataDir?: string;
  /** What another embedded database was at its `snapshot()`: several times faster than installing and loading again. */
  from?: Blob;
}

/** PostgreSQL inside this process. */
export interface EmbeddedDatabase {
  /** A pool of one connection, that of a superuser: the scopes still drop to the least role. */
  readonly pool: Pool;
  /** Copies the whole database, for `from`. No transaction may be open. */
  snapshot(): Promise<Blob>;
  /** Ends the pool and writes the data out. */
  close(): Promise<void>;
}

const embedded = new WeakMap<Pool, PGlite>();

/**
 * Opens PostgreSQL inside this process (PGlite), for demos, tests and development.
 *
 * It has one connection and one login, ignores `statement_timeout`, cannot cancel a query and blocks the event loop
 * while one runs: what those protect from is proven on a server only. Two processes must not open one folder.
 *
 * @throws MovieHubError `dependency_missing` without the package @electric-sql/pglite; `file_unavailable` when the folder cannot be made,
 *   read or written.
 */
export async function openEmbeddedDatabase(options: EmbeddedDatabaseOptions = {}): Promise<EmbeddedDatabase> {
  const load = () =>
    Promise.all([
      import('@electric-sql/pglite'),
      import('@electric-sql/pglite/node-postgres'),
      import('@electric-sql/pglite/contrib/unaccent'),
      import('@electric-sql/pglite/contrib/pg_trgm'),
    ]);
  const [{ PGlite }, { createPgConfig }, { unaccent }, { pg_trgm }] = await optionalImport(
    '@electric-sql/pglite',
    load,
  );
  const { dataDir = 'memory://', from } = options;
  const open = async () => {
    if (options.dataDir !== undefined) await mkdir(options.dataDir, { recursive: true });
    return PGlite.create(dataDir, { extensions: { unaccent, pg_trgm }, ...(from && { loadDataDir: from }) });
  };
  const database = await open().catch((cause: unknown) => {
    if (!isOfFiles(cause)) throw cause;
    throw new MovieHubError('file_unavailable', `The folder ${dataDir} cannot be used.`, { cause });
  });
  const config = createPgConfig(database);
  const pool = new Pool({
    ...config,
    connection: config.connection,
    max: 1,
    idleTimeoutMillis: 0,
  } as ConstructorParameters<typeof Pool>[0]);
  pool.on('connect', markEmbedded);
  embedded.set(pool, database);
  return {
    pool,
    snapshot: () => database.dumpDataDir('none'),
    close: async () => {
      await pool.end();
      await database.close();
    },
  };
}

/** Returns the database behind a pool of {@link openEmbeddedDatabase}, or undefined for any other pool. */
export function embeddedOf(pool: Pool): PGlite | undefined {
  return embedded.get(pool);
}
