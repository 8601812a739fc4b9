import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { findPostgres, type PostgresServer, startPostgres } from '../support/postgres-server';
import { expectFailure } from './support/expect-failure';
import { cleanUp, newFolder, type RunOptions, runCli, startCli } from './support/run-cli';
import { signIn } from './support/sign-in';

afterAll(cleanUp);

/** Logins belong to a whole server, and others use those of the tests' server: this file has a server of its own. */
describe.runIf(inject('server'))('movie-hub db', () => {
  let server: PostgresServer;
  let admin: string;
  /** What the first `db install` printed. */
  let settings: Record<string, string>;

  beforeAll(async () => {
    server = await startPostgres(findPostgres() ?? '');
    admin = await createDatabase('hub');
    const { code, stdout, stderr } = await db('install');
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('put them into .env'),
    });
    settings = readSettings(stdout);
  });
  afterAll(() => server?.stop());

  async function createDatabase(name: string, owner = 'postgres'): Promise<string> {
    await query(server.url, `CREATE DATABASE ${name} OWNER ${owner}`);
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  function db(command: string, args: readonly string[] = [], options: RunOptions = {}) {
    return runCli('movie-hub', ['db', command, '--database-url', admin, ...args], options);
  }

  it('install prints three settings and nothing else on standard output', () => {
    const { host } = new URL(admin);
    expect(settings).toEqual({
      DATABASE_URL: expect.stringMatching(`^postgresql://movie_hub_reader_login:[\\w-]{32}@${host}/hub$`),
      MOVIE_HUB_EDITOR_URL: expect.stringMatching(
        `^postgresql://movie_hub_editor_login:[\\w-]{32}@${host}/hub$`,
      ),
      MOVIE_HUB_ACCOUNTS_URL: expect.stringMatching(
        `^postgresql://movie_hub_accounts_login:[\\w-]{32}@${host}/hub$`,
      ),
    });
  });

  it('check finds what was installed safe, and prints all that is wrong, of each login and each tool', async () => {
    const check = (env = settings) => runCli('movie-hub', ['db', 'check'], { env });
    const sound = [
      'DATABASE_URL: safe to serve as movie_hub_reader.\n',
      'MOVIE_HUB_EDITOR_URL: safe to serve as movie_hub_editor.\n',
      'MOVIE_HUB_ACCOUNTS_URL: safe to serve as movie_hub_accounts.\n',
    ];
    const away = { DATABASE_URL: 'postgresql://u:secret@127.0.0.1:1/x' };
    const [all, unnamed, unreachable] = await Promise.all([check(), check({}), check(away)]);
    expect(all).toMatchObject({ code: 0, stdout: sound.join(''), stderr: '' });
    expectFailure(unnamed, 2, 'Which database?');
    expect(unreachable).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^DATABASE_URL: No connection .*ECONNREFUSED/),
      stderr: 'movie-hub: Not ready to serve: 1 of 1 logins were refused.\n',
    });
    await query(
      admin,
      `GRANT TRUNCATE ON movie_hub.titles TO movie_hub_reader; GRANT pg_read_server_files TO movie_hub_editor_login;
       REVOKE SELECT ON movie_hub.principals FROM movie_hub_reader`,
    );
    const wrong = await check();
    const back = [...wrong.stdout.matchAll(/Run as an administrator: (REVOKE [^;]+);/g)].map(
      (match) => match[1],
    );
    await query(admin, `${back.join(';')}; GRANT SELECT ON movie_hub.principals TO movie_hub_reader`);
    expect(wrong).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^DATABASE_URL: 3 problems:\n- .*TRUNCATE.*\n- The tool get_movie_characters: permission denied for table principals.*\n- The tool get_actor_roles: .*\nMOVIE_HUB_EDITOR_URL: .*pg_read_server_files.*\nMOVIE_HUB_ACCOUNTS_URL: safe /,
      ),
      stderr: 'movie-hub: Not ready to serve: 2 of 3 logins were refused.\n',
    });
  });

  it('load-demo loads data and users, twice without harm', async () => {
    const first = await db('load-demo');
    expect(first.stderr).toMatch(/title\.basics +1\d\d lines\n/);
    expect(first.stderr).toContain('User vlad, password vlad-demo\n');
    expect(first.stderr).toContain('These passwords are public.');
    const counts =
      'SELECT count(*)::int AS titles, (SELECT count(*)::int FROM movie_hub_app.users) AS users FROM movie_hub.titles';
    const [before] = await query(admin, counts);
    expect(before).toEqual({ titles: expect.any(Number), users: 4 });
    const second = await db('load-demo');
    expect(second.stderr).toContain('User vlad was there already.\n');
    expect(await query(admin, counts)).toEqual([before]);
    expect([first, second]).toMatchObject([
      { code: 0, stdout: '' },
      { code: 0, stdout: '' },
    ]);
  });

  it('load-demo --no-users loads the data only', async () => {
    const bare = await createDatabase('bare');
    await runCli('movie-hub', ['db', 'install', '--database-url', bare]);
    const ended = await runCli('movie-hub', ['db', 'load-demo', '--no-users', '--database-url', bare]);
    expect(ended.code).toBe(0);
    expect(await query(bare, 'SELECT FROM movie_hub.titles LIMIT 1')).toHaveLength(1);
    expect(await query(bare, 'SELECT FROM movie_hub_app.users')).toHaveLength(0);
  });

  it('add-user reads the password from standard input, and the user can sign in with what was printed', async () => {
    const added = await db('add-user', ['ann', '--title-types', '1,5', '--admin'], {
      input: 'a long password\n',
    });
    expect(added).toMatchObject({ code: 0, stdout: '', stderr: 'Added ann.\n' });
    const bob = await db('add-user', ['bob'], { input: 'eight ch' });
    expect(bob.stderr).toBe('Added bob.\n');
    expect(
      await query(
        admin,
        `SELECT username, title_types, is_admin, is_demo FROM movie_hub_app.users WHERE username IN ('ann', 'bob') ORDER BY 1`,
      ),
    ).toEqual([
      { username: 'ann', title_types: [1, 5], is_admin: true, is_demo: false },
      { username: 'bob', title_types: [], is_admin: false, is_demo: false },
    ]);
    const demo = startCli('movie-hub-demo', ['--port', '0'], { env: settings });
    const address = await demo.ready;
    expect(await signIn(address, 'ann', 'a long password')).toContain('ann');
    expect(await signIn(address, 'bob', 'eight ch')).toContain('bob');
    expect(await signIn(address, 'jim', 'jim-demo')).toContain('jim');
    expect(await demo.stop('SIGTERM')).toMatchObject({ code: 0 });
  });

  it.each<[string[], string, ...string[]]>([
    [['jim'], 'a long password', 'There is a user jim already.'],
    [['carl'], 'secret7', 'at least 8 characters'],
    [['carl'], '', 'No password was given'],
    [['Carl C'], 'a long password', 'lower case letters, digits'],
    [['carl', '--title-types', '1,99'], 'a long password', 'no title type 99', '1 Movie, 2 Short'],
  ])('add-user %j with the password %j is refused', async (args, input, ...parts) => {
    expectFailure(await db('add-user', args, { input }), 1, ...parts);
  });

  it('install again keeps the passwords, and --new-passwords gives new ones', async () => {
    const again = await db('install');
    expect(again.code).toBe(0);
    expect(again.stderr).toContain('--new-passwords');
    expect(again.stdout.match(/:THE-PASSWORD-YOU-HAVE@/g)).toHaveLength(3);
    expect(await query(settings.DATABASE_URL ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    const renewed = readSettings((await db('install', ['--new-passwords'])).stdout);
    await expect(query(settings.DATABASE_URL ?? '', 'SELECT 1')).rejects.toThrow(
      'password authentication failed',
    );
    for (const url of Object.values(renewed))
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    settings = renewed;
  });

  it('install works for one who owns the database and may create roles; PG* variables and .env say where it is', async () => {
    await query(server.url, `CREATE ROLE installer LOGIN CREATEROLE PASSWORD 'secret'`);
    await createDatabase('owned', 'installer');
    const { hostname, port } = new URL(server.url);
    const env = {
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: 'installer',
      PGPASSWORD: 'secret',
      PGDATABASE: 'owned',
    };
    const installed = await runCli('movie-hub', ['db', 'install'], { env });
    expect(installed.stdout).toContain(`@${hostname}:${port}/owned\n`);
    expect((await runCli('movie-hub', ['db', 'load-demo'], { env })).code).toBe(0);
  });

  it('says that it needs an administrator when .env names the login to serve with', async () => {
    for (const command of ['install', 'load-demo']) {
      const ended = await runCli('movie-hub', ['db', command], { cwd: newFolder(), env: settings });
      expectFailure(
        ended,
        1,
        'DATABASE_URL: This login may not do that',
        "administrator's login",
        '--database-url',
      );
    }
    const added = await runCli('movie-hub', ['db', 'add-user', 'dora'], {
      env: settings,
      input: 'a long password',
    });
    expectFailure(added, 1, "administrator's login");
  });

  it('says that the schema comes first', async () => {
    const empty = ['--database-url', await createDatabase('empty')];
    expectFailure(await runCli('movie-hub', ['db', 'load-demo', ...empty]), 1, 'movie-hub db install');
    const input = 'a long password';
    expectFailure(
      await runCli('movie-hub', ['db', 'add-user', 'ann', ...empty], { input }),
      1,
      'movie-hub db install',
    );
  });

  it('says that the server cannot be reached', async () => {
    for (const command of [['install'], ['load-demo'], ['add-user', 'ann']]) {
      const args = ['db', ...command, '--database-url', 'postgresql://u:secret@127.0.0.1:1/x'];
      expectFailure(await runCli('movie-hub', args), 1, '--database-url: No connection', 'ECONNREFUSED');
    }
  });
});

function readSettings(stdout: string): Record<string, string> {
  const lines = stdout.trimEnd().split('\n');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
