import { randomBytes } from 'node:crypto';
import { defineEntitlements, type Entitlements } from 'movie-hub';
import type { Pool } from 'pg';
import { poolOf } from '../database/pool-of';
import { type DatabaseKind, openDatabase, type TestDatabase } from './databases';

/** A database with a schema that is not Movie Hub's, a role that reads it, and a login for that role. */
export interface OwnSchema {
  readonly database: TestDatabase;
  /** Roles belong to the whole server, so the role's name is of this database only. */
  readonly role: string;
  readonly login: string;
  /** The login's URL, on a server. */
  readonly url: string;
  /** The login's pool; on an embedded database the one that there is. */
  readonly pool: Pool;
  readonly admin: Pool;
  /** Entitlements with the role and the tenant that the policies read. */
  of(tenant: string): Entitlements<{ tenant: string }>;
  close(): Promise<void>;
}

/** Opens a database and runs statements in it that may name the role. */
export async function openOwnSchema(
  kind: DatabaseKind,
  setup: (role: string) => readonly string[],
): Promise<OwnSchema> {
  const database = await openDatabase(kind);
  const { admin } = database;
  const suffix = randomBytes(4).toString('hex');
  const role = `shop_reader_${suffix}`;
  const login = `shop_login_${suffix}`;
  await admin.query(`CREATE ROLE ${role}`);
  await admin.query(`CREATE ROLE ${login} LOGIN NOINHERIT PASSWORD 'of-the-test'`);
  await admin.query(`GRANT ${role} TO ${login}`);
  for (const statement of setup(role)) await admin.query(statement);
  const url = kind === 'server' ? withLogin(database.urls.reader, login) : 'an embedded database has no URL';
  const pool = kind === 'server' ? poolOf(url, 4) : database.pools.reader;
  return {
    database,
    role,
    login,
    url,
    pool,
    admin,
    of: (tenant) => defineEntitlements({ role, settings: { 'shop.tenant': tenant }, principal: { tenant } }),
    close: async () => {
      if (kind === 'server') {
        await pool.end();
        for (const name of [role, login]) await admin.query(`DROP OWNED BY ${name}`);
        await admin.query(`DROP ROLE ${role}, ${login}`);
      }
      await database.close();
    },
  };
}

/** The same URL for another login, whose password is that of these tests. */
export function withLogin(url: string, login: string): string {
  const changed = new URL(url);
  changed.username = login;
  changed.password = 'of-the-test';
  return changed.href;
}

/** Orders of two tenants, with their policy. */
export const shop = (role: string): readonly string[] => [
  'CREATE SCHEMA shop',
  `GRANT USAGE ON SCHEMA shop TO ${role}`,
  'CREATE TABLE shop.orders (order_id integer PRIMARY KEY, tenant text NOT NULL, item text NOT NULL)',
  'ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY',
  `CREATE POLICY own ON shop.orders USING (tenant = current_setting('shop.tenant', true))`,
  `INSERT INTO shop.orders VALUES (1, 'ada', 'lamp'), (2, 'bob', 'rope'), (3, 'ada', 'tea')`,
  `GRANT SELECT ON shop.orders TO ${role}`,
];
