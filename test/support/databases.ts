import { randomBytes } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { openEmbeddedDatabase } from 'movie-hub/dataset';
import pg, { type Pool } from 'pg';
import { inject } from 'vitest';
import { type PostgresServer, startPostgres } from './postgres-server';

export type DatabaseKind = 'embedded' | 'server';

/** A database of one test file, with a pool for each scope. */
export interface TestDatabase {
  readonly kind: DatabaseKind;
  readonly pools: { readonly reader: Pool; readonly editor: Pool; readonly accounts: Pool };
  /** The superuser's pool, for set-up and for looking at what is really there. */
  readonly admin: Pool;
  /** Connection URLs, on a server. */
  readonly urls: {
    readonly reader: string;
    readonly editor: string;
    readonly accounts: string;
    readonly admin: string;
  };
  close(): Promise<void>;
}

/**
 * The kinds of database that tests run on: in the fast lane one, a server where there is one; else both. Where PostgreSQL is
 * missing, the set-up has said so.
 */
export const databaseKinds: readonly DatabaseKind[] = inject('databaseKinds');

/** Starts one more server of the version that is tested, with nothing in it. */
export function startServer(settings: readonly string[] = []): Promise<PostgresServer> {
  const server = inject('server');
  if (server === undefined) throw new Error('no server to test on');
  return startPostgres(server.programs, settings);
}

/** Opens a database with the schemas of the data and of the hub, and the demo data if wanted. */
export async function openDatabase(
  kind: DatabaseKind,
  contents: 'empty' | 'demo' = 'empty',
): Promise<TestDatabase> {
  return kind === 'embedded' ? openEmbedded(contents) : openOnServer(contents);
}

async function openEmbedded(contents: 'empty' | 'demo'): Promise<TestDatabase> {
  const from = await openAsBlob(join(inject('snapshots'), contents));
  const { pool, close } = await openEmbeddedDatabase({ from });
  const none = 'an embedded database has no URL';
  return {
    kind: 'embedded',
    pools: { reader: pool, editor: pool, accounts: pool },
    admin: pool,
    urls: { reader: none, editor: none, accounts: none, admin: none },
    close,
  };
}

async function openOnServer(contents: 'empty' | 'demo'): Promise<TestDatabase> {
  const server = inject('server');
  if (server === undefined) throw new Error('no server to test on');
  const name = `movie_hub_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(server.url, `CREATE DATABASE ${name} TEMPLATE ${server.templates[contents]}`);
  const url = (purpose?: 'reader' | 'editor' | 'accounts') => {
    const changed = new URL(server.url);
    changed.pathname = `/${name}`;
    if (purpose !== undefined) {
      changed.username = `movie_hub_${purpose}_login`;
      changed.password = server.passwords[purpose];
    }
    return changed.href;
  };
  const urls = { reader: url('reader'), editor: url('editor'), accounts: url('accounts'), admin: url() };
  const pool = (connectionString: string) => {
    const made = new pg.Pool({ connectionString, max: 4 });
    // The database is dropped under idle connections at the end of a test.
    made.on('error', () => undefined);
    return made;
  };
  const pools = { reader: pool(urls.reader), editor: pool(urls.editor), accounts: pool(urls.accounts) };
  const admin = pool(urls.admin);
  return {
    kind: 'server',
    pools,
    admin,
    urls,
    close: async () => {
      await Promise.all([...Object.values(pools), admin].map((each) => each.end()));
      await asAdmin(server.url, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
