import { constants } from 'node:fs';
import { access, chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PGlite, PGliteOptions } from '@electric-sql/pglite';
import type { NodeFS } from '@electric-sql/pglite/nodefs';
import { MovieHubError } from 'movie-hub';
import { Pool } from 'pg';
import { isFileError } from './files';

/** What `openEmbeddedDatabase` takes. */
export interface EmbeddedDatabaseOptions {
  /**
   * Folder for the data alone, created if missing. It and its files become readable by their owner only. Without it, the data is in
   * memory and lost at the end.
   */
  dataDir?: string;
  /** A `snapshot()` of another embedded database: several times faster than installing and loading again. */
  from?: Blob;
}

/** PostgreSQL inside this process. */
export interface EmbeddedDatabase {
  /** A pool with one connection, as a superuser; the scopes still switch to the least privileged role. */
  readonly pool: Pool;
  /** Copies the database, for `from`. No transaction may be open. */
  snapshot(): Promise<Blob>;
  /** Ends the pool and writes the data to disk. */
  close(): Promise<void>;
}

/** Marks a connection as embedded for every copy of the SDK. */
const embeddedConnection = Symbol.for('movie-hub.embedded-connection');

const embedded = new WeakMap<Pool, PGlite>();

/**
 * Opens PostgreSQL inside this process (PGlite), for demos, tests and development.
 *
 * It has one connection and one login, ignores `statement_timeout`, cannot cancel a query and blocks the event loop
 * while one runs: use a server to test such limits. Two processes must not open the same folder.
 *
 * @throws MovieHubError `dependency_missing` without the package @electric-sql/pglite; `file_unavailable` when the folder cannot be created,
 *   read or written; `database_not_ready`, with the folder unchanged, when another major version of PostgreSQL created it.
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
          if (!isFileError(cause)) throw cause;
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
  // The engine's own error has no code.
  await access(dataDir, constants.R_OK | constants.W_OK);
  const folderVersion = await versionOf(dataDir);
  try {
    return await Engine.create({ ...settings, fs: createPrivateFiles(Files, dataDir) });
  } catch (cause) {
    if (folderVersion === undefined) throw cause;
    // The engine reports only a failure, and its version only once it runs.
    const inMemory = await Engine.create('memory://');
    const { rows } = await inMemory.query<{ server_version: string }>('SHOW server_version');
    await inMemory.close();
    const version = String(Number.parseInt(rows[0]?.server_version ?? '', 10));
    if (version === folderVersion) throw cause;
    throw new MovieHubError(
      'database_not_ready',
      `This database was created by PostgreSQL ${folderVersion}, and the installed @electric-sql/pglite is PostgreSQL ${version}. Install a version of that package with PostgreSQL ${folderVersion}, or start again in another folder.`,
      { cause },
    );
  }
}

/** Returns the database behind a pool of {@link openEmbeddedDatabase}, or undefined for any other pool. */
export function embeddedOf(pool: Pool): PGlite | undefined {
  return embedded.get(pool);
}

/**
 * Loads an optional package.
 *
 * @throws MovieHubError `dependency_missing`, with the command that installs it.
 */
export async function optionalImport<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw cause;
    const message = `The package ${name} is needed for this. Run: npm install ${name}`;
    throw new MovieHubError('dependency_missing', message, { cause });
  }
}

/** Permissions of everyone but the owner. */
const othersMode = 0o077;

/** Creates a folder that only its owner may read, or restricts an existing one with all its contents. */
async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // On Windows files inherit the permissions of their folder.
  if (process.platform !== 'win32') await restrictAll(folder);
}

/** Links are skipped: their targets may not be ours. */
async function restrictAll(folder: string): Promise<void> {
  await restrict(folder);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await restrictAll(path);
    else if (entry.isFile()) await restrict(path);
  }
}

async function restrict(path: string): Promise<void> {
  const { mode } = await stat(path);
  if (mode & othersMode) await chmod(path, mode & 0o700);
}

/** Returns the major version of PostgreSQL that created a data folder, such as 17; undefined when unknown. */
async function versionOf(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(() => '');
  return /^(\d+)\s*$/.exec(text)?.[1];
}

/** Returns the engine's file system with all files private: the engine makes some readable by everyone, whatever the umask. */
function createPrivateFiles(Files: typeof NodeFS, dataDir: string): NodeFS {
  class PrivateFiles extends Files {
    override async init(...[engine, options]: Parameters<NodeFS['init']>) {
      const { emscriptenOpts } = await super.init(engine, options);
      const keepPrivate = ({ NODEFS }: { NODEFS?: unknown }) => restrictModes(NODEFS as Operations);
      return {
        emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), keepPrivate] },
      };
    }
  }
  return new PrivateFiles(dataDir);
}

/** The operations of Emscripten's file system that set the mode of a file or folder. */
interface Operations {
  node_ops: { mknod: (...args: [unknown, string, number, number]) => unknown; setattr: SetAttributes };
  stream_ops: { setattr: SetAttributes };
}
type SetAttributes = (file: unknown, attributes: { mode?: number }) => void;

function restrictModes({ node_ops, stream_ops }: Operations): void {
  const { mknod } = node_ops;
  node_ops.mknod = (parent, name, mode, device) => mknod(parent, name, mode & ~othersMode, device);
  for (const operations of [node_ops, stream_ops]) {
    const { setattr } = operations;
    operations.setattr = (file, attributes) =>
      setattr(
        file,
        attributes.mode === undefined ? attributes : { ...attributes, mode: attributes.mode & ~othersMode },
      );
  }
}
