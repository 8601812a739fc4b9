import { databaseError, MovieHubError } from 'movie-hub';
import type { Pool, PoolClient } from 'pg';
import { embeddedOf } from './embedded';
import { optionalImport } from './optional-import';
import { packageFile } from './package-file';

/** What `installSchema` takes. */
export interface InstallSchemaOptions {
  /** Also installs the hub's own schema, `movie_hub_app`. An embedder's database needs none of it; false unless given. */
  hub?: boolean;
  /** Gets a sentence for each thing that this database cannot do as well as others, such as the case of letters beyond ASCII. */
  onWarning?: (warning: string) => void;
}

/**
 * Installs the schema `movie_hub`, its roles and policies, or brings an older one up to date.
 *
 * Safe to run again and from several processes at once: what is there stays, and each schema is applied as a whole or
 * not at all. The login must be allowed to create schemas in the database and, the first time on a server, roles.
 *
 * @param pool A pool whose login is a superuser, or owns the database and has CREATEROLE.
 * @throws MovieHubError `database_not_ready`, before any change, when the server is older than PostgreSQL 15 or the database's encoding
 *   cannot hold every title; `dependency_missing` without the package node-pg-migrate; `database_unavailable`; `query_failed` with
 *   PostgreSQL's reason as its cause.
 */
export async function installSchema(pool: Pool, options: InstallSchemaOptions = {}): Promise<void> {
  const { runner } = await optionalImport('node-pg-migrate', () => import('node-pg-migrate'));
  const client = await pool.connect().catch((cause: unknown) => {
    throw databaseError(cause, { isConnecting: true });
  });
  let failure: Error | undefined;
  let warnings: readonly string[] = [];
  try {
    warnings = await checkServer(client);
    await client.query(createInstallSchema);
    const parts = options.hub ? (['migrations', 'hub/migrations'] as const) : (['migrations'] as const);
    for (const part of parts) {
      await runner({
        dbClient: client,
        dir: packageFile(`sql/${part}`),
        direction: 'up',
        migrationsSchema: 'movie_hub_install',
        migrationsTable: part === 'migrations' ? 'data_migrations' : 'hub_migrations',
        singleTransaction: true,
        checkOrder: true,
        advisoryLockMode: 'wait',
        logger: silent,
      });
    }
    if (embeddedOf(pool) !== undefined) await closeDoorsOfSuperuser(client);
  } catch (cause) {
    failure = databaseError(cause, { client });
    throw failure;
  } finally {
    await client.query('RESET ROLE').catch((cause: Error) => {
      failure ??= cause;
    });
    client.release(failure);
  }
  // Whatever it throws is its caller's.
  for (const warning of warnings) options.onWarning?.(warning);
}

/** The oldest version whose views can run with the rights of who reads them. */
const oldestVersion = 15;

/** Refuses a server that cannot take the schema. Returns what will be lost on one that can. */
async function checkServer(client: PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ version: string; number: string; encoding: string }>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number,
            current_setting('server_encoding') AS encoding`,
  );
  const { version = '', number = '', encoding = '' } = rows[0] ?? {};
  if (Number(number) < oldestVersion * 10_000)
    throw new MovieHubError(
      'database_not_ready',
      `Movie Hub needs PostgreSQL ${oldestVersion} or newer, and this server is PostgreSQL ${version}. Nothing was changed.`,
    );
  if (encoding === 'SQL_ASCII')
    return [
      `The database has the encoding SQL_ASCII, so PostgreSQL takes each byte for a character. Outside ASCII, searches depend on upper and lower case, misspelled words are not suggested, parts of titles are not found, and long texts may be cut within a character. ${howToMakeOne}`,
    ];
  if (encoding !== 'UTF8')
    throw new MovieHubError(
      'database_not_ready',
      `The database has the encoding ${encoding}, which cannot hold titles and names of every script: most would be lost. Nothing was changed. ${howToMakeOne}`,
    );
  const { rows: folded } = await client.query<{ folds: boolean }>(`SELECT lower('É') = 'é' AS folds`);
  if (folded[0]?.folds) return [];
  return [
    `The database has LC_CTYPE C, or one like it, so PostgreSQL knows letters of ASCII only. Titles and names in Cyrillic, Greek and other scripts are found only in the upper and lower case they are stored in, and not when misspelled. ${howToMakeOne}`,
  ];
}

const howToMakeOne = `To lose nothing, make a database with: CREATE DATABASE films TEMPLATE template0 ENCODING 'UTF8' LC_CTYPE 'C.UTF-8'`;

/** IF NOT EXISTS is no help against another process that creates it at this very moment. */
const createInstallSchema = `
  DO $$ BEGIN
    CREATE SCHEMA movie_hub_install;
  EXCEPTION WHEN duplicate_schema OR unique_violation THEN NULL;
  END $$`;

/**
 * An embedded database has one login, a superuser: SQL that ran as the reader could take another role through these
 * functions. Only the superuser, who sets the scope up, may still call them.
 */
async function closeDoorsOfSuperuser(client: PoolClient): Promise<void> {
  await client.query(`
    REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean),
      pg_catalog.query_to_xml(text, boolean, boolean, text), pg_catalog.query_to_xmlschema(text, boolean, boolean, text),
      pg_catalog.query_to_xml_and_xmlschema(text, boolean, boolean, text),
      pg_catalog.ts_stat(text), pg_catalog.ts_stat(text, text),
      pg_catalog.ts_rewrite(tsquery, text) FROM PUBLIC`);
}

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
