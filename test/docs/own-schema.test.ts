import { randomBytes } from 'node:crypto';
import {
  checkDatabase,
  createPool,
  defineEntitlements,
  defineQuery,
  runQuery,
  withEntitlements,
} from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { blocksOf, pages } from './pages';

/** Roles belong to the whole server, so the page's have names of their own here. */
const suffix = randomBytes(4).toString('hex');
const role = `shop_reader_${suffix}`;
const app = `shop_app_${suffix}`;
const [schema = '', login = ''] = pages
  .filter((page) => page.path === 'docs/how-to/serve-your-own-schema.md')
  .flatMap(blocksOf)
  .filter((block) => block.language === 'sql')
  .map((block) => block.code.replaceAll('shop_reader', role).replaceAll('shop_app', app));

const countries = ['shop.countries'];
const tenants = defineQuery<{ tenant_id: number }>({
  name: 'tenants',
  sql: 'SELECT DISTINCT tenant_id FROM shop.orders',
  parameters: [],
});

describe.each(databaseKinds)('docs/how-to/serve-your-own-schema.md, on the %s database', (kind) => {
  let db: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    db = await openDatabase(kind);
    await db.admin.query(schema);
    await db.admin.query(login);
    await db.admin.query(`
      INSERT INTO shop.countries VALUES ('DE', 'Germany');
      INSERT INTO shop.orders (tenant_id, country_code, handled_by, placed_on)
      VALUES (1, 'DE', 'ann', '2025-01-01'), (2, 'DE', 'bo', '2025-01-02')`);
    pool = kind === 'embedded' ? db.admin : createPool(urlOfLogin(db));
  });

  afterAll(async () => {
    if (pool !== db.admin) await pool.end();
    await db.admin.query(`DROP SCHEMA shop CASCADE; DROP ROLE ${app}; DROP ROLE ${role}`);
    await db.close();
  });

  test('its SQL makes a database that is safe to serve from', async () => {
    await checkDatabase(pool, { role, lookupTables: countries });
  });

  test('the lookup table has to be named', async () => {
    await expect(checkDatabase(pool, { role })).rejects.toMatchObject({
      code: 'database_unsafe',
      message: expect.stringContaining('shop.countries'),
    });
  });

  // The embedded database cannot do this: it has one login and cannot cancel.

  if (kind === 'server')
    test('the owner of the tables may not serve them', async () => {
      const owner = checkDatabase(db.admin, { role, lookupTables: countries });
      await expect(owner).rejects.toMatchObject({ code: 'database_unsafe' });
    });

  test.each([
    ['1', [{ tenant_id: 1 }]],
    ['2', [{ tenant_id: 2 }]],
    ['', []],
    ['3', []],
  ])('tenant %j sees its own rows only', async (tenant, seen) => {
    const entitlements = defineEntitlements({ role, settings: { 'shop.tenant': tenant } });
    const work = withEntitlements(pool, entitlements, (scope) => runQuery(scope, tenants, {}), {
      lookupTables: countries,
    });
    expect(await work).toEqual(seen);
  });
});

function urlOfLogin(db: TestDatabase): string {
  const url = new URL(db.urls.admin);
  url.username = app;
  url.password = /PASSWORD '([^']+)'/.exec(login)?.[1] ?? '';
  return url.href;
}
