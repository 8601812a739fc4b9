import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  checkDatabase,
  createPool,
  defineEntitlements,
  defineQuery,
  type Entitlements,
  runQuery,
  withEntitlements,
} from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { call, connect } from '../support/mcp';
import { blocksOf, pageAt, pages } from './pages';

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
    pool = kind === 'embedded' ? db.admin : createPool(urlOf(db, app, login));
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

describe.each(databaseKinds)(
  'docs/how-to/use-policies-of-postgrest-and-supabase.md, on the %s database',
  (kind) => {
    /** Names that only PostgreSQL's own rules allow, for the page's. */
    const authenticated = `Signed-in "Users" ${suffix}`;
    const agent = `agent_${suffix}`;
    const blocks = blocksOf({
      path: 'supabase',
      text: pageAt('docs/how-to/use-policies-of-postgrest-and-supabase.md'),
    });
    const [tables = '', ownLogin = ''] = blocks
      .filter(({ language }) => language === 'sql')
      .map(({ code }) =>
        code
          .replaceAll(/\bauthenticated\b/g, `"${authenticated.replaceAll('"', '""')}"`)
          .replaceAll(/\bagent\b/g, agent),
      );
    const [ann, bob] = [1, 2].map((n) => `00000000-0000-4000-8000-00000000000${n}`) as [string, string];
    let db: TestDatabase;
    let pool: Pool;
    let page: {
      entitlementsOf: (claims?: object) => Entitlements;
      notesServer: (pool: Pool, claimsOf: () => Promise<object | undefined>) => Parameters<typeof connect>[0];
    };

    beforeAll(async () => {
      db = await openDatabase(kind);
      await db.admin.query(tables);
      await db.admin.query(ownLogin);
      await db.admin.query(`
      INSERT INTO app.notes VALUES (1, '${ann}', 'of Ann'), (2, '${bob}', 'of Bob');
      INSERT INTO app.tickets VALUES (1, 'red', 'Lamp'), (2, 'blue', 'Rope')`);
      pool =
        kind === 'embedded' ? db.admin : createPool({ connectionString: urlOf(db, agent, ownLogin), max: 1 });
      const code = blocks.find(({ language }) => language === 'ts')?.code ?? '';
      page = await moduleOf(code.replaceAll("'authenticated'", JSON.stringify(authenticated)));
    });
    afterAll(async () => {
      if (pool !== db.admin) await pool.end();
      const name = `"${authenticated.replaceAll('"', '""')}"`;
      await db.admin.query(`DROP SCHEMA app, auth CASCADE; DROP ROLE ${agent}; DROP ROLE ${name}`);
      await db.close();
    });

    test('its SQL makes a database that is safe to serve from', async () => {
      await checkDatabase(pool, { role: authenticated });
    });

    test('each user gets what the policies give, by auth.uid() and by a claim', async () => {
      const seen = (claims?: object) =>
        withEntitlements(pool, page.entitlementsOf(claims), async (scope) => [
          ...(await runQuery(scope, notesAndTickets, {})).map(({ what }) => what),
        ]);
      expect(await seen({ sub: ann, org: 'red' })).toEqual(['Lamp', 'of Ann']);
      expect(await seen({ sub: bob, org: 'red' })).toEqual(['Lamp', 'of Bob']);
      expect(await seen({ sub: bob })).toEqual(['of Bob']);
      expect(await seen({ org: 'blue' })).toEqual(['Rope']);
      expect(await seen()).toEqual([]);
      // Also where the query runs, on a connection that has served others.
      const { isEmpty: _, ...nobody } = page.entitlementsOf();
      expect(
        await withEntitlements(pool, defineEntitlements(nobody), (scope) =>
          runQuery(scope, notesAndTickets, {}),
        ),
      ).toEqual([]);
    });

    test('its server answers with the notes of the user', async () => {
      let claims: object | undefined = { sub: ann };
      const client = await connect(page.notesServer(pool, async () => claims));
      const notes = async () => (await call(client, 'list_notes', {})).structuredContent?.rows;
      expect(await notes()).toEqual([{ note_id: 1, body: 'of Ann' }]);
      claims = { sub: bob };
      expect(await notes()).toEqual([{ note_id: 2, body: 'of Bob' }]);
      claims = undefined;
      expect(await notes()).toEqual([]);
      await client.close();
    });

    test.each([
      'request.jwt.claims',
      'app.currentTenant',
      'APP.Tenant$1',
      '_a._1',
      'größe.mieter',
      `long.${'x'.repeat(100)}`,
      'search_path',
      'a.',
      '.a',
      'a..b',
      'a.1',
      'a.$b',
      'a.b-c',
      'a.b c',
      "a.b'",
      'a.b\n',
      '',
    ])('a setting named %j is taken where PostgreSQL takes it for one that is not its own', async (name) => {
      const taken = await db.admin.query('SELECT set_config($1, $2, true)', [name, 'x']).then(
        () => true,
        () => false,
      );
      const made = () => defineEntitlements({ role: 'r', settings: { [name]: 'x' } });
      if (taken && name.includes('.')) expect(made().settings).toEqual({ [name]: 'x' });
      else expect(made).toThrow(expect.objectContaining({ code: 'invalid_entitlements' }));
    });
  },
);

const notesAndTickets = defineQuery<{ what: string }>({
  name: 'notes_and_tickets',
  sql: 'SELECT body AS what FROM app.notes UNION ALL SELECT subject FROM app.tickets ORDER BY 1',
  parameters: [],
});

/** Loads a page's code with the sources of this repository. */
async function moduleOf<Module>(code: string): Promise<Module> {
  const folder = mkdtempSync(join(tmpdir(), 'movie-hub-page-'));
  try {
    writeFileSync(join(folder, 'page.ts'), code);
    return (await import(join(folder, 'page.ts'))) as Module;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function urlOf(db: TestDatabase, name: string, sql: string): string {
  const url = new URL(db.urls.admin);
  url.username = name;
  url.password = /PASSWORD '([^']+)'/.exec(sql)?.[1] ?? '';
  return url.href;
}
