import { checkDatabase, createMovieMcpServer, createPool } from 'movie-hub';
import { createLogins, demoDataFolder, installSchema, loadImdb } from 'movie-hub/dataset';
import { addUser } from 'movie-hub/ui';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { databaseKinds, startServer } from '../support/databases';
import { call, connect } from '../support/mcp';
import type { PostgresServer } from '../support/postgres-server';
import { openHub, users, visitorOf } from '../ui/open-hub';
import { inventory } from './bare-database';
import { managedServerSql } from './managed-server-sql';
import { poolOf } from './pool-of';

const purposes = ['reader', 'editor', 'accounts'] as const;
type Pools = Readonly<Record<(typeof purposes)[number], Pool>>;
const password = 'of-the-test';

describe.runIf(databaseKinds.includes('server'))('on a server whose superuser is out of reach', () => {
  let server: PostgresServer;
  /** What only the provider can do. It makes the first login, as RDS, Cloud SQL and Azure do, and is not used again. */
  let provider: Pool;
  beforeAll(async () => {
    server = await startServer();
    provider = poolOf(server.url);
  });
  afterAll(async () => {
    await provider?.end();
    await server?.stop();
  });

  /** Opens a pool that is closed with the test. Its password is a function's, as a token is that expires. */
  const open = (database: string, user: string): Pool => {
    const { hostname: host, port } = new URL(server.url);
    const pool = createPool({
      host,
      port: Number(port),
      database,
      user,
      max: 2,
      // Loading copies, which the pipeline mode does not know.
      pipeline: false,
      password: async () => password,
    });
    onTestFinished(() => pool.end());
    return pool;
  };
  const managedLogin = (name: string, attributes: string) =>
    provider.query(`CREATE ROLE ${name} LOGIN NOSUPERUSER ${attributes} PASSWORD '${password}'`);
  const removeAll = (...databases: string[]) =>
    onTestFinished(async () => {
      for (const name of databases) await provider.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      const { rows } = await provider.query<{ rolname: string }>(
        `SELECT rolname FROM pg_roles WHERE rolname ~ '^(movie_hub|films)_'`,
      );
      for (const { rolname } of rows) await provider.query(`DROP OWNED BY ${rolname}; DROP ROLE ${rolname}`);
    });

  /** Does as the installer all that is done once the roles exist, and serves three users. */
  async function fillAndServe(installer: Pool, pools: Pools): Promise<void> {
    const before = await inventory(installer);
    await installSchema(installer, { hub: true });
    expect(await inventory(installer)).toEqual(before);
    expect((await loadImdb(installer, demoDataFolder())).length).toBe(7);
    for (const username of ['jim', 'vlad', 'admin'] as const) {
      const user = { username, password: `${username}-demo`, isDemo: false, ...users[username] };
      await addUser(installer, user, { cost: 2 ** 10 });
    }
    for (const purpose of purposes)
      expect(await checkDatabase(pools[purpose], { role: `movie_hub_${purpose}` })).toBeUndefined();
    for (const [name, found] of [
      ['jim', false],
      ['vlad', true],
    ] as const) {
      const client = await connect(createMovieMcpServer(pools.reader, users[name]));
      const ask = async (title: string) =>
        (await call(client, 'get_movie_characters', { title })).structuredContent;
      expect(await ask('godfahter')).toMatchObject({ found: false });
      expect(await ask('amelie')).toMatchObject({ found: true, title: { title: 'Amélie' } });
      expect(await ask('Duel')).toMatchObject({ found });
      await client.close();
    }
    const app = await openHub(pools);
    onTestFinished(() => app.close());
    expect((await app.inject({ url: '/readyz' })).statusCode).toBe(200);
    expect((await (await visitorOf(app, 'vlad')).get('/movies?q=Duel')).body).toContain('>Duel<');
    const admin = await visitorOf(app, 'admin');
    await admin.get('/admin/titles/new');
    const made = await admin.post('/admin/titles/new', { title: 'Made Here', title_type: '1' });
    expect(made.statusCode).toBe(303);
  }

  /** The control: what a managed server refuses is refused here too. */
  async function expectRefusals(installer: Pool): Promise<void> {
    for (const refused of [
      'ALTER SYSTEM SET max_wal_size = 2048',
      'SET session_replication_role = replica',
      `COPY (SELECT 1) TO '/tmp/refused'`,
      'CREATE EXTENSION file_fdw',
      'ALTER TABLE movie_hub.principals DISABLE TRIGGER ALL',
      'CREATE ROLE films_bypass BYPASSRLS',
    ])
      await expect(installer.query(refused), refused).rejects.toMatchObject({
        code: '42501',
      });
  }

  test('a login with CREATEROLE and CREATEDB does everything, in a database that it makes', async () => {
    removeAll('films');
    await managedLogin('films_master', 'CREATEROLE CREATEDB');
    await open('postgres', 'films_master').query('CREATE DATABASE films');
    const installer = open('films', 'films_master');
    await installer.query('REVOKE ALL ON DATABASE films FROM PUBLIC');
    await installSchema(installer, { hub: true });
    await expectRefusals(installer);
    const logins = await createLogins(installer);
    expect(logins.map(({ user, password: own }) => [user, typeof own])).toEqual(
      purposes.map((purpose) => [`movie_hub_${purpose}_login`, 'string']),
    );
    const poolFor = (purpose: string) => {
      const login = logins.find((each) => each.purpose === purpose);
      const url = new URL(server.url);
      Object.assign(url, { pathname: '/films', username: login?.user, password: login?.password });
      const pool = createPool(url.href);
      onTestFinished(() => pool.end());
      return pool;
    };
    await fillAndServe(installer, {
      reader: poolFor('reader'),
      editor: poolFor('editor'),
      accounts: poolFor('accounts'),
    });
    const again = async (newPasswords: boolean) =>
      (await createLogins(installer, { newPasswords })).map((login) => login.password);
    expect(await again(false)).toEqual([undefined, undefined, undefined]);
    const changed = await again(true);
    expect(new Set([...changed, ...logins.map((login) => login.password)]).size).toBe(6);
    await expect(poolFor('accounts').query('SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  test('a login that may not even make roles does it with what the page has an administrator run before', async () => {
    removeAll('films');
    await managedLogin('films_dba', 'CREATEROLE CREATEDB');
    await open('postgres', 'films_dba').query('CREATE DATABASE films');
    const dba = open('films', 'films_dba');
    const [roles = '', extensions = '', logins = ''] = managedServerSql;
    await managedLogin('films_installer', '');
    const installer = open('films', 'films_installer');
    // Step by step, with what the page says that the server says.
    const [members = '', ...rest] = roles.split('\n').filter((line) => line.startsWith('GRANT'));
    const created = roles.split('\n').filter((line) => line.startsWith('CREATE'));
    for (const [refusal, ...mends] of [
      [/^permission denied for database films$/, ...rest.filter((line) => line.includes('films_installer'))],
      [/^permission denied to create role$/, ...created],
      [/^must have admin option on role|^permission denied to grant role/, members],
    ] as const) {
      await expect(installSchema(installer, { hub: true })).rejects.toMatchObject({
        code: 'query_failed',
        cause: { code: '42501', message: expect.stringMatching(refusal) },
      });
      for (const mend of mends) await dba.query(mend);
    }
    for (const last of rest.filter((line) => !line.includes('films_installer'))) await dba.query(last);
    await dba.query(extensions);
    await installSchema(installer, { hub: true });
    await expectRefusals(installer);
    await expect(createLogins(installer)).rejects.toMatchObject({ cause: { code: '42501' } });
    await dba.query(logins.replaceAll("'…'", `'${password}'`));
    const poolFor = (purpose: string) => open('films', `movie_hub_${purpose}_login`);
    await fillAndServe(installer, {
      reader: poolFor('reader'),
      editor: poolFor('editor'),
      accounts: poolFor('accounts'),
    });
    // In a schema of the administrator's, for both that need one.
    const { rows } = await dba.query(
      `SELECT extname, extnamespace::regnamespace::text AS home FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1`,
    );
    expect(rows).toEqual([
      { extname: 'pg_trgm', home: 'extensions' },
      { extname: 'unaccent', home: 'extensions' },
    ]);
  });
});
