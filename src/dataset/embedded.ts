import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { PGlite, PGliteOptions } from '@electric-sql/pglite';
import type { NodeFS } from '@electric-sql/pglite/nodefs';
import { MovieHubError } from 'movie-hub';
import { Pool } from 'pg';
import { isOfFiles } from './is-of-files';
import { optionalImport } from './optional-import';
import { createPrivateFiles, makePrivate, versionOf } from './private-folder';

/** What `openEmbeddedDatabase` takes. */
export interface EmbeddedDatabaseOptions {
  /**
   * Folder that keeps the data and nothing else; it is made when missing. Only its owner may read it and its files, whatever they
   * were before. In memory, and gone at the end, unless given.
   */
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

/** Marks a connection as one of this kind to any copy of the SDK. */
const embeddedConnection = Symbol.for('movie-hub.embedded-connection');

const embedded = new WeakMap<Pool, PGlite>();

/**
 * Opens PostgreSQL inside this process (PGlite), for demos, tests and development.
 *
 * It has one connection and one login, ignores `statement_timeout`, cannot cancel a query and blocks the event loop
 * while one runs: what those protect from is proven on a server only. Two processes must not open one folder.
 *
 * @throws MovieHubError `dependency_missing` without the package @electric-sql/pglite; `file_unavailable` when the folder cannot be made,
 *   read or written; `database_not_ready` when it was made by another major version of PostgreSQL. It is left unchanged then.
 */
export async function openEmbeddedDatabase(options: EmbeddedDatabaseOptions = {}): Promise<EmbeddedDatabase> {
  const load = () =>
    Promise.all([
      import('@electric-sql/pglite'),
      import('@electric-sql/pglite/nodefs'),
      import('@electric-sql/pglite/node-postgres'),
      import('@electric-sql/pglite/contrib/unaccent'),
      import('@electric-sql/pglite/contrib/pg_trgm'),
    ]);
  const [{ PGlite }, { NodeFS }, { createPgConfig }, { unaccent }, { pg_trgm }] = await optionalImport(
    '@electric-sql/pglite',
    load,
  );
  const { dataDir } = options;
  const settings: PGliteOptions = {
    extensions: { unaccent, pg_trgm },
    ...(options.from && { loadDataDir: options.from }),
  };
  const database =
    dataDir === undefined
      ? await PGlite.create('memory://', settings)
      : await openFolder(PGlite, NodeFS, dataDir, settings).catch((cause: unknown) => {
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
  pool.on('connect', (client) => Object.defineProperty(client, embeddedConnection, { value: true }));
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

async function openFolder(
  Engine: typeof PGlite,
  Files: typeof NodeFS,
  dataDir: string,
  settings: PGliteOptions,
): Promise<PGlite> {
  await makePrivate(dataDir);
  // What the engine says of it has no code.
  await access(dataDir, constants.R_OK | constants.W_OK);
  const folderVersion = await versionOf(dataDir);
  try {
    return await Engine.create({ ...settings, fs: createPrivateFiles(Files, dataDir) });
  } catch (cause) {
    if (folderVersion === undefined) throw cause;
    // The engine only reports that it failed. It knows its version once it runs.
    const inMemory = await Engine.create('memory://');
    const { rows } = await inMemory.query<{ server_version: string }>('SHOW server_version');
    await inMemory.close();
    const version = String(Number.parseInt(rows[0]?.server_version ?? '', 10));
    if (version === folderVersion) throw cause;
    throw new MovieHubError(
      'database_not_ready',
      `This database was made by PostgreSQL ${folderVersion}, and the installed @electric-sql/pglite is PostgreSQL ${version}. Install a version of that package with PostgreSQL ${folderVersion}, or begin anew in another folder.`,
      { cause },
    );
  }
}

/** Returns the database behind a pool of {@link openEmbeddedDatabase}, or undefined for any other pool. */
export function embeddedOf(pool: Pool): PGlite | undefined {
  return embedded.get(pool);
}
