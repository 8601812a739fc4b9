import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineQuery, movieEntitlements, runQuery, withEntitlements } from 'movie-hub';
import { createLogins, installSchema, openEmbeddedDatabase } from 'movie-hub/dataset';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { withAccounts, withEditor } from '../../src/ui/scopes';
import { databaseKinds, startServer } from '../support/databases';
import type { PostgresServer } from '../support/postgres-server';
import { inventory, openBare } from './bare-database';
import { emptyFolder } from './imdb-folder';
import { managedServerSql } from './managed-server-sql';
import { poolOf } from './pool-of';

test('an embedded database in a folder that cannot be is refused with a code of its own', async () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'file'), '');
  for (const dataDir of [join(folder, 'file'), join(folder, 'file', 'below')])
    await expect(openEmbeddedDatabase({ dataDir })).rejects.toMatchObject({
      code: 'file_unavailable',
      cause: { syscall: 'mkdir' },
    });
});

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

describe.runIf(databaseKinds.includes('server'))('on a new server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startServer();
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
});

describe('on the version of PostgreSQL that is embedded, which since 16 asks more of who creates roles', () => {
  const [roles = '', extensions = '', logins = ''] = managedServerSql;
  test.each<
    [who: string, attributes: string, before: string[], makeLogins: (pool: Pool) => Promise<unknown>]
  >([
    [
      'may create roles',
      'CREATEROLE',
      ['ALTER DATABASE films OWNER TO films_installer'],
      async (pool) => {
        await become(pool, 'films_installer');
        expect((await createLogins(pool)).length).toBe(3);
      },
    ],
    [
      'may not, but has an administrator,',
      'NOCREATEROLE',
      [roles, extensions],
      (pool) => become(pool, 'postgres').then(() => pool.query(onThis(logins))),
    ],
  ])('who %s installs and serves without a superuser', async (_, attributes, before, makeLogins) => {
    const { pool, close } = await openEmbeddedDatabase();
    onTestFinished(close);
    const { rows } = await pool.query<{ version: number; name: string }>(
      `SELECT current_setting('server_version_num')::int AS version`,
    );
    expect(rows[0]?.version).toBeGreaterThanOrEqual(160_000);
    await pool.query(`CREATE ROLE films_installer LOGIN ${attributes} NOSUPERUSER`);
    for (const statements of before) await pool.query(onThis(statements));
    // Taken for a server's pool: what the embedded one gets in addition needs its superuser.
    const asServer: Pool = Object.create(pool);
    await become(pool, 'films_installer');
    await installSchema(asServer, { hub: true });
    await installSchema(asServer, { hub: true });
    await makeLogins(asServer);
    await become(pool, 'films_installer');
    await withAccounts(asServer, async () => 'the installer adds users');
    const as = (login: string) =>
      Object.assign(Object.create(pool), {
        connect: async () => {
          await become(pool, login);
          return pool.connect();
        },
      }) as Pool;
    await useScopes({
      reader: as('movie_hub_reader_login'),
      editor: as('movie_hub_editor_login'),
      accounts: as('movie_hub_accounts_login'),
    });
  });
});

const become = (pool: Pool, login: string) => pool.query(`SET SESSION AUTHORIZATION ${login}`);

/** The embedded database has a name of its own. */
const onThis = (statements: string) => statements.replaceAll('DATABASE films', 'DATABASE postgres');
