import type { Pool, PoolClient } from 'pg';
import { connectError, databaseError } from '../database/database-error';
import { embeddedOf } from './embedded';
import { optionalImport } from './optional-import';
import { packageFile } from './package-file';

/** What `installSchema` takes. */
export interface InstallSchemaOptions {
  /** Also installs the hub's own schema, `movie_hub_app`. An embedder's database needs none of it; false unless given. */
  hub?: boolean;
}

/**
 * Installs the schema `movie_hub`, its roles and policies, or brings an older one up to date.
 *
 * Safe to run again and from several processes at once: what is there stays, and each schema is applied as a whole or
 * not at all. The login must be allowed to create schemas in the database and, the first time on a server, roles.
 *
 * @param pool A pool whose login is a superuser, or owns the database and has CREATEROLE.
 * @throws MovieHubError `dependency_missing` without the package node-pg-migrate; `database_unavailable`; `query_failed`
 *   with PostgreSQL's reason as its cause.
 */
export async function installSchema(pool: Pool, options: InstallSchemaOptions = {}): Promise<void> {
  const { runner } = await optionalImport('node-pg-migrate', () => import('node-pg-migrate'));
  const client = await pool.connect().catch((cause: unknown) => {
    throw connectError(cause);
  });
  let failure: Error | undefined;
  try {
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
}

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
