import { checkDatabase, createPool, movieTools } from 'movie-hub';
import { installSchema, openEmbeddedDatabase } from 'movie-hub/dataset';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { openGate } from './gate';
import { poolOf } from './pool-of';

const tables = [
  'akas',
  'crew',
  'episodes',
  'genres',
  'names',
  'principals',
  'ratings',
  'title_types',
  'titles',
];

describe.each(databaseKinds)('the guard on %s', (kind) => {
  let database: TestDatabase;
  const check = (role: 'reader' | 'editor' | 'accounts' = 'reader') =>
    checkDatabase(database.pools[role], { role: `movie_hub_${role}` });

  beforeAll(async () => {
    database = await openDatabase(kind);
  });
  afterAll(() => database.close());

  test.each(['reader', 'editor', 'accounts'] as const)(
    'lets the %s of a sound database through',
    async (role) => {
      expect(await check(role)).toBeUndefined();
    },
  );

  test('lets the tools of the movie server through, also on a pipelining pool', async () => {
    const options = { role: 'movie_hub_reader', tools: movieTools };
    expect(await checkDatabase(database.pools.reader, options)).toBeUndefined();
    if (kind === 'embedded') return;
    const pool = createPool({ connectionString: database.urls.reader, max: 1 });
    expect(await checkDatabase(pool, options)).toBeUndefined();
    await pool.end();
  });

  const no = (table: string) =>
    new RegExp(`movie_hub\\.${table}\\. .*(ENABLE ROW LEVEL SECURITY|CREATE POLICY)`);
  test.each<[what: string, breakIt: string[], mend: string[], message: RegExp]>([
    ...tables.map((table): [string, string[], string[], RegExp] => [
      `row-level security is off for ${table}`,
      [`ALTER TABLE movie_hub.${table} DISABLE ROW LEVEL SECURITY`],
      [`ALTER TABLE movie_hub.${table} ENABLE ROW LEVEL SECURITY`],
      no(table),
    ]),
    [
      'a table has no policy',
      [
        'DROP POLICY title_types_reader ON movie_hub.title_types',
        'DROP POLICY title_types_editor ON movie_hub.title_types',
      ],
      ['CREATE POLICY title_types_reader ON movie_hub.title_types TO movie_hub_reader USING (false)'],
      no('title_types'),
    ],
    [
      'somebody adds a table without thinking of it',
      ['CREATE TABLE movie_hub.awards (title_id integer)'],
      ['DROP TABLE movie_hub.awards'],
      no('awards'),
    ],
    [
      'and a partitioned one',
      ['CREATE TABLE movie_hub.awards (title_id integer) PARTITION BY LIST (title_id)'],
      ['DROP TABLE movie_hub.awards'],
      no('awards'),
    ],
    [
      'several are wrong: all are named',
      [
        'ALTER TABLE movie_hub.names DISABLE ROW LEVEL SECURITY',
        'ALTER TABLE movie_hub.crew DISABLE ROW LEVEL SECURITY',
      ],
      [
        'ALTER TABLE movie_hub.names ENABLE ROW LEVEL SECURITY',
        'ALTER TABLE movie_hub.crew ENABLE ROW LEVEL SECURITY',
      ],
      no('crew, movie_hub\\.names'),
    ],
    [
      'it is forced on the owner, which the search runs as',
      ['ALTER TABLE movie_hub.titles FORCE ROW LEVEL SECURITY'],
      ['ALTER TABLE movie_hub.titles NO FORCE ROW LEVEL SECURITY'],
      /movie_hub\.titles\. .*NO FORCE ROW LEVEL SECURITY/,
    ],
  ])('refuses when %s', async (_, breakIt, mend, message) => {
    for (const statement of breakIt) await database.admin.query(statement);
    await expect(check()).rejects.toEqual(
      expect.objectContaining({ code: 'database_unsafe', message: expect.stringMatching(message) }),
    );
    for (const statement of mend) await database.admin.query(statement);
    expect(await check()).toBeUndefined();
  });
});

test('the guard asks for the schema that the role needs, and names the command', async () => {
  const { pool, close } = await openEmbeddedDatabase();
  onTestFinished(close);
  const check = (role: 'reader' | 'accounts') => checkDatabase(pool, { role: `movie_hub_${role}` });
  const notReady = expect.objectContaining({
    code: 'database_not_ready',
    message: expect.stringContaining('movie-hub db install'),
  });
  await expect(check('reader')).rejects.toEqual(notReady);
  await installSchema(pool);
  expect(await check('reader')).toBeUndefined();
  await expect(check('accounts')).rejects.toEqual(notReady);
  await installSchema(pool, { hub: true });
  expect(await check('accounts')).toBeUndefined();
  await pool.query('DROP OWNED BY movie_hub_accounts');
  await pool.query('DROP ROLE movie_hub_accounts');
  await expect(check('accounts')).rejects.toEqual(notReady);

  // Since PostgreSQL 16 a member may be one that cannot act as the role.
  await pool.query('CREATE ROLE half_member LOGIN');
  await pool.query('GRANT movie_hub_reader TO half_member WITH SET FALSE');
  await pool.query('SET SESSION AUTHORIZATION half_member');
  await expect(check('reader')).rejects.toMatchObject({ code: 'database_not_ready' });
  await pool.query('SET SESSION AUTHORIZATION postgres');
  await pool.query('GRANT movie_hub_reader TO half_member WITH SET TRUE');
  await pool.query('SET SESSION AUTHORIZATION half_member');
  expect(await check('reader')).toBeUndefined();
});

describe.runIf(databaseKinds.includes('server'))('the guard looks at the login', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase('server');
  });
  afterAll(() => database.close());

  const unsafe = expect.objectContaining({
    code: 'database_unsafe',
    message: expect.stringMatching(/(?:superuser|BYPASSRLS).*movie-hub db install/),
  });

  /** Makes a login for one test and a pool with it. */
  async function login(attributes: string, ...memberOf: string[]): Promise<Pool> {
    const name = 'guard_test_login';
    await database.admin.query(`CREATE ROLE ${name} LOGIN ${attributes} PASSWORD 'of-the-test'`);
    for (const role of memberOf) await database.admin.query(`GRANT ${role} TO ${name}`);
    const url = new URL(database.urls.reader);
    Object.assign(url, { username: name, password: 'of-the-test' });
    const pool = poolOf(url.href);
    onTestFinished(async () => {
      await pool.end();
      await database.admin.query(`DROP ROLE ${name}`);
    });
    return pool;
  }

  test('it reads catalogs only: nobody who holds the tables keeps it waiting', async () => {
    const client = await database.admin.connect();
    await client.query('BEGIN');
    await client.query('LOCK TABLE movie_hub.titles, movie_hub_app.users IN ACCESS EXCLUSIVE MODE');
    expect(await checkDatabase(database.pools.reader, { role: 'movie_hub_reader' })).toBeUndefined();
    await client.query('ROLLBACK');
    client.release();
  });

  test('a superuser is refused; the same database serves an ordinary login', async () => {
    await expect(checkDatabase(database.admin, { role: 'movie_hub_reader' })).rejects.toEqual(unsafe);
    expect(await checkDatabase(database.pools.reader, { role: 'movie_hub_reader' })).toBeUndefined();
  });

  test.each([
    ['BYPASSRLS', ['movie_hub_reader']],
    ['SUPERUSER NOBYPASSRLS', []],
    ['NOINHERIT', ['movie_hub_reader', 'postgres']],
  ])('a login that is %s and a member of %j is refused', async (attributes, memberOf) => {
    const pool = await login(attributes, ...memberOf);
    await expect(checkDatabase(pool, { role: 'movie_hub_reader' })).rejects.toEqual(unsafe);
  });

  test.each(['movie_hub_editor', 'movie_hub_accounts', 'movie_hub_owner'])(
    "a reader's login that is also a member of %s is refused",
    async (role) => {
      const pool = await login('NOINHERIT', 'movie_hub_reader', role);
      await expect(checkDatabase(pool, { role: 'movie_hub_reader' })).rejects.toMatchObject({
        code: 'database_unsafe',
        message: expect.stringContaining(`REVOKE ${role} FROM`),
      });
      await database.admin.query(`REVOKE ${role} FROM guard_test_login`);
      expect(await checkDatabase(pool, { role: 'movie_hub_reader' })).toBeUndefined();
    },
  );

  test.each([
    [
      'a right on a column of the accounts',
      'GRANT SELECT (password_hash) ON movie_hub_app.users TO movie_hub_reader',
      'REVOKE ALL ON movie_hub_app.users FROM movie_hub_reader',
    ],
    [
      'a table of titles that the role owns',
      'ALTER TABLE movie_hub.titles OWNER TO movie_hub_reader',
      'ALTER TABLE movie_hub.titles OWNER TO movie_hub_owner',
    ],
  ])('%s: what is to be run leaves every other role its rights', async (_, wrong, right) => {
    await database.admin.query(wrong);
    const refusal: Error = await checkDatabase(database.pools.reader, { role: 'movie_hub_reader' }).then(
      () => Promise.reject(new Error('nothing was refused')),
      (cause: Error) => cause,
    );
    expect(refusal.message).toContain(right);
    expect(refusal.message).not.toContain('ROW LEVEL SECURITY');
    await database.admin.query(right);
    for (const [name, pool] of Object.entries(database.pools))
      expect(await checkDatabase(pool, { role: `movie_hub_${name}` })).toBeUndefined();
  });

  test('an ordinary member of the role is let through', async () => {
    const pool = await login('NOINHERIT', 'movie_hub_reader');
    expect(await checkDatabase(pool, { role: 'movie_hub_reader' })).toBeUndefined();
  });

  test('a login that may not become the role is refused, with what an administrator has to run', async () => {
    const pool = await login('NOINHERIT');
    await expect(checkDatabase(pool, { role: 'movie_hub_editor' })).rejects.toEqual(
      expect.objectContaining({
        code: 'database_not_ready',
        message: expect.stringMatching(/movie_hub_editor .*nothing else/),
      }),
    );
    await database.admin.query('GRANT movie_hub_editor TO guard_test_login');
    expect(await checkDatabase(pool, { role: 'movie_hub_editor' })).toBeUndefined();
  });

  test('a server older than PostgreSQL 15 is refused, with nothing but that', async () => {
    const pool = await login('NOINHERIT CREATEDB', 'movie_hub_reader');
    const options = { role: 'movie_hub_reader', tools: movieTools };
    await expect(checkDatabase(pool, options)).rejects.toMatchObject({ code: 'database_unsafe' });
    // What the server says of its version, to this login.
    await database.admin.query(`
      CREATE SCHEMA of_14;
      GRANT USAGE ON SCHEMA of_14 TO PUBLIC;
      CREATE FUNCTION of_14.current_setting(name text) RETURNS text LANGUAGE sql AS $$
        SELECT CASE name WHEN 'server_version_num' THEN '140012' ELSE pg_catalog.current_setting(name) END
      $$;
      ALTER ROLE guard_test_login SET search_path = of_14, pg_catalog`);
    const old = poolOf(pool.options.connectionString ?? '');
    await expect(checkDatabase(old, options)).rejects.toMatchObject({
      code: 'database_not_ready',
      message: expect.stringMatching(/^[^\n]*PostgreSQL 14[^\n]*PostgreSQL 15[^\n]*$/),
    });
    await old.end();
    await database.admin.query('DROP SCHEMA of_14 CASCADE');
  });

  test('a server that cannot be reached is told as such', async () => {
    const gate = await openGate(database.urls.reader);
    const pool = poolOf(gate.url);
    expect(await checkDatabase(pool, { role: 'movie_hub_reader' })).toBeUndefined();
    await gate.shut();
    await expect(checkDatabase(pool, { role: 'movie_hub_reader' })).rejects.toMatchObject({
      code: 'database_unavailable',
    });
    await pool.end();
  });
});
