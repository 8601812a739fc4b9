import {
  createLogins,
  defineQuery,
  demoDataFolder,
  installSchema,
  loadImdb,
  movieEntitlements,
  openEmbeddedDatabase,
  runQuery,
  withAccounts,
  withEditor,
  withEntitlements,
} from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { findPostgres, startPostgres } from '../support/postgres-server';
import { inventory, openBare } from './bare-database';
import { poolOf } from './pool-of';

const addAmelie = defineQuery<object>({
  name: 'add',
  sql: `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title) VALUES (1, 1, 'Amélie', 'Amélie')`,
  parameters: [],
});
const findAmelie = defineQuery<{ title_id: number; words: string }>({
  name: 'find',
  sql: `SELECT title_id, movie_hub.normalise('WALL·É') AS words
        FROM movie_hub.search_titles('amelie', 5) JOIN movie_hub.titles USING (title_id)`,
  parameters: [],
});
const addUser = defineQuery<object>({
  name: 'add_user',
  sql: `INSERT INTO movie_hub_app.users (username, password_hash) VALUES ('eve', 'x')`,
  parameters: [],
});

/** Does a little with each of the three scopes. */
async function useScopes(pools: { reader: Pool; editor: Pool; accounts: Pool }): Promise<void> {
  await withEditor(pools.editor, { username: 'admin' }, (scope) => runQuery(scope, addAmelie, {}));
  await withAccounts(pools.accounts, (scope) => runQuery(scope, addUser, {}));
  const find = (titleTypes: number[]) =>
    withEntitlements(pools.reader, movieEntitlements({ titleTypes }), (scope) =>
      runQuery(scope, findAmelie, {}),
    );
  expect(await find([1])).toEqual([{ title_id: 1, words: 'wall e' }]);
  expect(await find([2])).toEqual([]);
}

describe.each(databaseKinds)('with unaccent in a schema of somebody else on %s', (kind) => {
  test('the functions use it from there, for every role', async () => {
    const database = await openBare(kind);
    const logins: string[] = [];
    onTestFinished(async () => {
      for (const user of logins) await database.admin.query(`DROP ROLE ${user}`);
      await database.close();
    });
    await database.admin.query('CREATE SCHEMA "other Tools"');
    await database.admin.query('CREATE EXTENSION unaccent SCHEMA "other Tools"');
    await installSchema(database.admin, { hub: true });
    const login = async (role: string) => {
      if (kind === 'embedded') return database.admin;
      const user = `${role}_beside_tools`;
      await database.admin.query(
        `CREATE ROLE ${user} LOGIN NOINHERIT PASSWORD 'of-the-test' IN ROLE ${role}`,
      );
      logins.push(user);
      return database.pool({ user, password: 'of-the-test' });
    };
    await useScopes({
      reader: await login('movie_hub_reader'),
      editor: await login('movie_hub_editor'),
      accounts: database.admin,
    });
  });
});

const installer = { user: 'film_installer', password: 'of-the-test' };
const makeInstaller = `CREATE ROLE ${installer.user} LOGIN CREATEROLE NOSUPERUSER PASSWORD '${installer.password}'`;

describe.runIf(databaseKinds.includes('server'))('on a new server', () => {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => {
    server = await startPostgres(findPostgres() ?? '');
  });
  afterAll(() => server.stop());

  test('many installations at once, in several databases, all succeed with the same result', async () => {
    const databases = await Promise.all([1, 2, 3].map(() => openBare('server', server.url)));
    const pools = databases.flatMap((database) => [1, 2, 3, 4].map(() => database.pool()));
    // Connected before they begin, so that they begin together.
    await Promise.all(pools.map((pool) => pool.query('SELECT 1')));
    await Promise.all(pools.map((pool) => installSchema(pool, { hub: true })));
    const found = await Promise.all(databases.map((database) => inventory(database.admin)));
    expect(found[0]?.length).toBeGreaterThan(50);
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
    await Promise.all(databases.map((database) => database.close()));
    const set = poolOf(server.url);
    for (const name of ['owner', 'reader', 'editor', 'accounts'])
      await set.query(`DROP ROLE movie_hub_${name}`);
    await set.end();
  });

  test('who owns the database and may create roles installs, loads and serves without a superuser', async () => {
    const database = await openBare('server', server.url);
    onTestFinished(() => database.close());
    await database.admin.query(makeInstaller);
    const { rows } = await database.admin.query<{ name: string }>('SELECT current_database() AS name');
    const { name } = rows[0] ?? { name: '' };
    await database.admin.query(`ALTER DATABASE ${name} OWNER TO ${installer.user}`);
    await database.admin.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
    const pool = database.pool(installer);
    await installSchema(pool, { hub: true });
    await installSchema(pool, { hub: true });
    const logins = await createLogins(pool);
    expect(logins.map(({ user, password }) => [user, typeof password])).toEqual([
      ['movie_hub_reader_login', 'string'],
      ['movie_hub_editor_login', 'string'],
      ['movie_hub_accounts_login', 'string'],
    ]);
    const poolFor = (purpose: string) => {
      const login = logins.find((each) => each.purpose === purpose);
      return database.pool({ user: login?.user ?? '', password: login?.password ?? '' });
    };
    await useScopes({ reader: poolFor('reader'), editor: poolFor('editor'), accounts: poolFor('accounts') });
    await withAccounts(pool, async () => 'the installer adds users');
    expect((await loadImdb(pool, demoDataFolder())).length).toBe(7);
    const again = async (newPasswords: boolean) =>
      (await createLogins(pool, { newPasswords })).map((login) => login.password);
    expect(await again(false)).toEqual([undefined, undefined, undefined]);
    const changed = await again(true);
    expect(new Set([...changed, ...logins.map((login) => login.password)]).size).toBe(6);
    await expect(withAccounts(poolFor('accounts'), async () => 1)).rejects.toMatchObject({
      cause: { code: '28P01' },
    });
  });
});

test('the same on the version of PostgreSQL that is embedded, which since 16 asks more of who creates roles', async () => {
  const { pool, close } = await openEmbeddedDatabase();
  onTestFinished(close);
  await pool.query(makeInstaller);
  const { rows } = await pool.query<{ version: number; name: string }>(
    `SELECT current_setting('server_version_num')::int AS version, current_database() AS name`,
  );
  expect(rows[0]?.version).toBeGreaterThanOrEqual(160_000);
  await pool.query(`ALTER DATABASE ${rows[0]?.name} OWNER TO ${installer.user}`);
  // Taken for a server's pool: what the embedded one gets in addition needs its superuser.
  const asServer: Pool = Object.create(pool);
  const become = (login: string) => pool.query(`SET SESSION AUTHORIZATION ${login}`);
  await become(installer.user);
  await installSchema(asServer, { hub: true });
  await installSchema(asServer, { hub: true });
  expect((await createLogins(asServer)).length).toBe(3);
  await withAccounts(asServer, async () => 'the installer adds users');
  const as = (login: string) =>
    Object.assign(Object.create(pool), {
      connect: async () => {
        await become(login);
        return pool.connect();
      },
    }) as Pool;
  await useScopes({
    reader: as('movie_hub_reader_login'),
    editor: as('movie_hub_editor_login'),
    accounts: as('movie_hub_accounts_login'),
  });
});
