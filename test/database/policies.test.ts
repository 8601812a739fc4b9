import { defineQuery, movieEntitlements, runQuery, withEntitlements } from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withAccounts, withEditor } from '../../src/ui/scopes';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { policyChecks, seedEveryTable } from './policy-checks';

describe.each(databaseKinds)('policies on %s', (kind) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openDatabase(kind);
    await seedEveryTable(database.admin);
  });
  afterAll(() => database.close());

  test.each(policyChecks)('$policy: $what', async ({ check }) => {
    expect(await check(database)).toBe(true);
  });

  test('dropping any one policy turns one of these checks red, and there is a check for every policy', async () => {
    const { rows } = await database.admin.query<{ policyname: string; tablename: string }>(
      `SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'movie_hub' ORDER BY 1`,
    );
    expect(rows.map((row) => row.policyname).sort()).toEqual(
      [...new Set(policyChecks.map((c) => c.policy))].sort(),
    );
    for (const { policyname, tablename } of rows) {
      const restore = await definitionOf(database.admin, policyname);
      await database.admin.query(`DROP POLICY ${policyname} ON movie_hub.${tablename}`);
      const red = await someCheckFails(database, policyname);
      await database.admin.query(restore);
      expect(red, `dropping ${policyname} turns a check red`).toBe(true);
      expect(await someCheckFails(database, policyname), `${policyname} is back`).toBe(false);
    }
  });

  test('a policy that lets everything through turns the refusals red', async () => {
    const { rows } = await database.admin.query<{ policyname: string; tablename: string; qual: string }>(
      `SELECT policyname, tablename, qual FROM pg_policies WHERE schemaname = 'movie_hub' AND policyname LIKE '%reader'`,
    );
    expect(rows.length).toBe(12);
    for (const { policyname, tablename, qual } of rows) {
      await database.admin.query(`ALTER POLICY ${policyname} ON movie_hub.${tablename} USING (true)`);
      const red = await someCheckFails(database, policyname);
      await database.admin.query(`ALTER POLICY ${policyname} ON movie_hub.${tablename} USING (${qual})`);
      expect(red, `opening ${policyname} turns a check red`).toBe(true);
    }
  });

  test('row-level security is on for every table, forced for none, and each object has a comment', async () => {
    const tables = await database.admin.query(
      `SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class
       WHERE relnamespace = 'movie_hub'::regnamespace AND relkind = 'r' ORDER BY 1`,
    );
    expect(tables.rows.length).toBe(12);
    for (const table of tables.rows)
      expect(table).toMatchObject({ relrowsecurity: true, relforcerowsecurity: false });
    const bare = await database.admin.query(`
      SELECT c.oid::regclass::text AS what FROM pg_class c
      WHERE c.relnamespace IN ('movie_hub'::regnamespace, 'movie_hub_app'::regnamespace) AND c.relkind = 'r'
        AND obj_description(c.oid, 'pg_class') IS NULL
      UNION ALL
      SELECT c.oid::regclass::text || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relnamespace IN ('movie_hub'::regnamespace, 'movie_hub_app'::regnamespace) AND c.relkind = 'r'
        AND a.attnum > 0 AND NOT a.attisdropped AND COALESCE(col_description(c.oid, a.attnum), '') !~ 'NULL'
      UNION ALL
      SELECT p.oid::regprocedure::text FROM pg_proc p
      WHERE p.pronamespace = 'movie_hub'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')`);
    expect(bare.rows).toEqual([]);
  });

  test('nobody without a role has any right: PUBLIC has none on tables or functions', async () => {
    const { rows } = await database.admin.query(`
      SELECT p.oid::regprocedure::text AS what FROM pg_proc p, LATERAL aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) a
      WHERE p.pronamespace = 'movie_hub'::regnamespace AND a.grantee = 0
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
      UNION ALL
      SELECT c.oid::regclass::text FROM pg_class c, LATERAL aclexplode(c.relacl) a
      WHERE c.relnamespace IN ('movie_hub'::regnamespace, 'movie_hub_app'::regnamespace) AND a.grantee = 0`);
    expect(rows).toEqual([]);
  });
});

describe.each(databaseKinds)('what each role cannot reach on %s', (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase(kind);
    await seedEveryTable(database.admin);
    await database.admin.query(
      `INSERT INTO movie_hub_app.users (username, password_hash) VALUES ('eve', 'secret')`,
    );
  });
  afterAll(() => database.close());

  const users = defineQuery<{ username: string }>({
    name: 'users',
    sql: 'SELECT username FROM movie_hub_app.users',
    parameters: [],
  });
  const titles = defineQuery<{ title_id: number }>({
    name: 'titles',
    sql: 'SELECT title_id FROM movie_hub.titles',
    parameters: [],
  });
  const insertTitle = defineQuery<object>({
    name: 'insert',
    sql: `INSERT INTO movie_hub.titles (title_type, primary_title, original_title) VALUES (1, 'x', 'x') RETURNING title_id`,
    parameters: [],
  });
  const all = movieEntitlements({ titleTypes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] });
  const read = (query: typeof users | typeof titles | typeof insertTitle) =>
    withEntitlements(database.pools.reader, all, (scope) =>
      runQuery<Record<never, never>, object>(scope, query, {}),
    );
  const edit = (query: typeof users | typeof titles) =>
    withEditor(database.pools.editor, { username: 'admin' }, (scope) =>
      runQuery<Record<never, never>, object>(scope, query, {}),
    );
  const account = (query: typeof users | typeof titles) =>
    withAccounts(database.pools.accounts, (scope) =>
      runQuery<Record<never, never>, object>(scope, query, {}),
    );
  const denied = expect.objectContaining({
    code: 'query_failed',
    cause: expect.objectContaining({ code: '42501' }),
  });

  test('users: accounts reads them, reader and editor may not', async () => {
    expect(await account(users)).toEqual([{ username: 'eve' }]);
    await expect(read(users)).rejects.toEqual(denied);
    await expect(edit(users)).rejects.toEqual(denied);
  });

  test('titles: reader and editor read them, accounts may not', async () => {
    expect((await read(titles)).length).toBe(3);
    expect((await edit(titles)).length).toBe(3);
    await expect(account(titles)).rejects.toEqual(denied);
  });

  describe('the audit trail', () => {
    const trail = async () =>
      (
        await database.admin.query(
          "SELECT actor, at > now() - interval '1 hour' AS is_now FROM movie_hub_app.audit",
        )
      ).rows;
    const as = (username: string, sql: string) => {
      const query = defineQuery<object>({ name: 'audit', sql, parameters: [] });
      return withEditor(database.pools.editor, { username }, (scope) => runQuery(scope, query, {}));
    };
    const addEdit = (session: string) =>
      `SELECT movie_hub_app.add_edit('${session}', 'title.create', '1', '{}') AS is_added`;

    beforeAll(async () => {
      await database.admin.query(
        `INSERT INTO movie_hub_app.users (username, password_hash, is_admin, disabled_at) VALUES
           ('admin', 'secret', true, NULL), ('gone', 'secret', true, now()), ('user', 'secret', false, NULL)`,
      );
      await database.admin.query(
        `INSERT INTO movie_hub_app.sessions (session_hash, username, data, expires_at)
         SELECT username || ' now', username, '{}'::jsonb, now() + interval '1 hour' FROM movie_hub_app.users
         UNION ALL SELECT 'admin before', 'admin', '{}', now()
         UNION ALL SELECT 'nobody now', NULL, '{}', now() + interval '1 hour'`,
      );
    });

    test.each([
      `INSERT INTO movie_hub_app.audit (actor, action, subject) VALUES ('admin', 'title.create', '1')`,
      `INSERT INTO movie_hub_app.audit (at, actor, action, subject) VALUES ('2001-01-01', 'admin', 'title.create', '1')`,
      `SELECT movie_hub_app.may_act('admin', 'title.create', '1')`,
      'SELECT actor FROM movie_hub_app.audit',
      'SELECT session_hash FROM movie_hub_app.sessions',
    ])('an editor may not: %s', async (sql) => {
      await expect(as('admin', sql)).rejects.toEqual(denied);
      expect(await trail()).toEqual([]);
    });

    test.each(['admin', 'admin before', 'gone now', 'user now', 'nobody now', ''])(
      'an editor leaves no line with the session %j, whatever name it gives itself',
      async (session) => {
        expect(await as('admin', addEdit(session))).toEqual([{ is_added: false }]);
        expect(await trail()).toEqual([]);
      },
    );

    test('with the open session of an administrator the line is in its name, and of now', async () => {
      expect(await as('user', addEdit('admin now'))).toEqual([{ is_added: true }]);
      expect(await trail()).toEqual([{ actor: 'admin', is_now: true }]);
    });

    test('accounts leaves no line of another time, and none for whoever is no administrator', async () => {
      const leave = (columns: string, values: string) => {
        const sql = `INSERT INTO movie_hub_app.audit (${columns}) VALUES (${values})`;
        const query = defineQuery<object>({ name: 'audit', sql, parameters: [] });
        return withAccounts(database.pools.accounts, (scope) => runQuery(scope, query, {}));
      };
      const before = await trail();
      await expect(leave('at, actor, action, subject', `'2001-01-01', 'admin', 'x', '1'`)).rejects.toEqual(
        denied,
      );
      await expect(leave('actor, action, subject', `'user', 'x', '1'`)).rejects.toEqual(denied);
      expect(await trail()).toEqual(before);
      await leave('actor, action, subject', `'admin', 'x', '1'`);
      expect(await trail()).toHaveLength(before.length + 1);
    });
  });

  test('a reader writes nothing', async () => {
    await expect(read(insertTitle)).rejects.toEqual(
      expect.objectContaining({ code: 'query_failed', cause: expect.objectContaining({ code: '25006' }) }),
    );
  });

  test('a reader does not see of which hidden types a person has titles', async () => {
    const types = defineQuery<object>({
      name: 'types',
      sql: 'SELECT title_types FROM movie_hub.names',
      parameters: [],
    });
    await expect(read(types)).rejects.toEqual(denied);
  });

  test('SQL that runs as a reader cannot become another role', async () => {
    const become = (role: string) =>
      defineQuery<object>({
        name: 'escape',
        sql: `SELECT set_config('role', '${role}', true)`,
        parameters: [],
      });
    for (const role of ['movie_hub_accounts', 'movie_hub_editor', 'movie_hub_owner', 'postgres']) {
      await expect(read(become(role))).rejects.toEqual(denied);
    }
  });

  test('each login is an ordinary one, a member of its own role only', async () => {
    if (kind !== 'server') return;
    const memberships = async (pool: Pool) =>
      (
        await pool.query(
          `SELECT r.rolsuper, r.rolbypassrls, r.rolinherit, ARRAY(SELECT m.roleid::regrole::text FROM pg_auth_members m WHERE m.member = r.oid) AS roles
           FROM pg_roles r WHERE r.rolname = current_user`,
        )
      ).rows[0];
    for (const purpose of ['reader', 'editor', 'accounts'] as const) {
      expect(await memberships(database.pools[purpose])).toEqual({
        rolsuper: false,
        rolbypassrls: false,
        rolinherit: false,
        roles: [`movie_hub_${purpose}`],
      });
    }
  });
});

async function someCheckFails(database: TestDatabase, policy: string): Promise<boolean> {
  for (const { check } of policyChecks.filter((candidate) => candidate.policy === policy)) {
    if (!(await check(database).catch(() => false))) return true;
  }
  return false;
}

async function definitionOf(admin: Pool, policy: string): Promise<string> {
  const { rows } = await admin.query<{ sql: string }>(
    `SELECT format('CREATE POLICY %I ON movie_hub.%I FOR %s TO %s USING (%s)', policyname, tablename, cmd, array_to_string(roles, ','), qual)
       || CASE WHEN with_check IS NULL THEN '' ELSE format(' WITH CHECK (%s)', with_check) END AS sql
     FROM pg_policies WHERE policyname = $1`,
    [policy],
  );
  return rows[0]?.sql ?? '';
}
