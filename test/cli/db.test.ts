import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startServer } from '../support/databases';
import type { PostgresServer } from '../support/postgres-server';
import { expectFailure, passwordWarning } from './support/expect-failure';
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
    server = await startServer(['log_statement=all', 'logging_collector=on']);
    admin = await createDatabase('hub');
    const { code, stdout, stderr } = await db('install');
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('put them into .env'),
    });
    settings = readSettings(stdout);
  });
  afterAll(() => server?.stop());

  async function createDatabase(name: string, settings = ''): Promise<string> {
    await query(server.url, `CREATE DATABASE ${name} ${settings}`);
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  function db(command: string, args: readonly string[] = [], options: RunOptions = {}) {
    const env = { MOVIE_HUB_ADMIN_URL: admin, ...options.env };
    return runCli('movie-hub', ['db', command, ...args], { ...options, env });
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
    expectFailure(unnamed, 2, 'No database given.');
    expect(unreachable).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^DATABASE_URL: Cannot connect .*ECONNREFUSED/),
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

  it('install leaves no password in the log of the server', async () => {
    const statement = 'ALTER ROLE movie_hub_accounts_login PASSWORD';
    const readLog = async () =>
      String((await query(server.url, 'SELECT pg_read_file(pg_current_logfile()) AS log'))[0]?.log);
    let log = await readLog();
    for (; !log.includes(statement); log = await readLog()) await sleep(50);
    expect(log).toContain(`${statement} 'SCRAM-SHA-256$4096:`);
    for (const url of Object.values(settings)) {
      expect(log).not.toContain(new URL(url).password);
      expect(await query(url, 'SELECT 1 AS one'), 'the password is right').toEqual([{ one: 1 }]);
    }
  });

  it('install --write-env appends to a file that only its owner may read, by a socket too', async () => {
    const folder = String(
      (await query(server.url, 'SHOW unix_socket_directories'))[0]?.unix_socket_directories,
    );
    const { port } = new URL(server.url);
    const url = `postgresql://postgres:set-up-only@/hub?host=${encodeURIComponent(folder)}&port=${port}&application_name=a`;
    const cwd = newFolder();
    const path = join(cwd, 'settings');
    const options = { cwd, env: { MOVIE_HUB_ADMIN_URL: url } };
    expectFailure(
      await db('install', ['--write-env', path], options),
      1,
      'already had passwords',
      '--new-passwords',
    );
    expect(readdirSync(cwd), 'nothing is left of a failure').toEqual([]);
    writeFileSync(path, 'LOG_LEVEL=info', { mode: 0o644 });
    const installed = await db('install', ['--write-env', path, '--new-passwords'], options);
    expect(installed).toMatchObject({ code: 0, stdout: '' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { LOG_LEVEL, ...written } = readSettings(readFileSync(path, 'utf8'));
    expect(LOG_LEVEL).toBe('info');
    expect(Object.keys(written)).toEqual(Object.keys(settings));
    for (const [name, each] of Object.entries(written)) {
      expect(each).toContain(`@${encodeURIComponent(folder)}:${port}/hub?application_name=a`);
      expect(await query(each, 'SELECT session_user AS login')).toEqual([
        { login: new URL(settings[name] ?? '').username },
      ]);
    }
    settings = written;
    // Whatever fails from here on changes nothing.
    const before = readFileSync(path, 'utf8');
    const again = await db('install', ['--write-env', path, '--new-passwords'], options);
    expectFailure(
      again,
      1,
      'settings already contains DATABASE_URL, MOVIE_HUB_EDITOR_URL, MOVIE_HUB_ACCOUNTS_URL',
    );
    const nowhere = await db('install', ['--write-env', join(cwd, 'no', 'file'), '--new-passwords'], options);
    expectFailure(nowhere, 1, 'cannot be written', '--write-env');
    const unread = startCli('movie-hub', ['db', 'install', '--new-passwords'], options);
    unread.process.stdout?.destroy();
    expectFailure(await unread.ended, 1, 'no password was set');
    expect(readFileSync(path, 'utf8')).toBe(before);
    for (const each of Object.values(settings))
      expect(await query(each, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('install says what a database will lose, and refuses one that would lose most', async () => {
    const settingsOf = (encoding: string) =>
      `TEMPLATE template0 ENCODING '${encoding}' LC_CTYPE 'C' LC_COLLATE 'C'`;
    const env = { MOVIE_HUB_ADMIN_URL: await createDatabase('letters', settingsOf('UTF8')) };
    const { code, stderr } = await db('install', [], { env });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Warning: The database has LC_CTYPE C[^\n]*upper and lower case/);
    const latin = { MOVIE_HUB_ADMIN_URL: await createDatabase('latin', settingsOf('LATIN1')) };
    expectFailure(
      await db('install', [], { env: latin }),
      1,
      'encoding LATIN1',
      'Nothing was changed',
      'UTF8',
    );
  });

  it('warns of a password on the command line, and of none elsewhere', async () => {
    const typed = await runCli('movie-hub', ['db', 'add-user', 'jim', '--database-url', admin], {
      input: 'x',
    });
    expect(typed.stderr).toMatch(passwordWarning);
    expect((await db('add-user', ['jim'], { input: 'x' })).stderr).not.toContain('Warning');
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
    expect(second.stderr).toContain('User vlad already exists.\n');
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
    [['jim'], 'a long password', 'The user jim already exists.'],
    [['carl'], 'secret7', 'at least 8 characters'],
    [['carl'], '', 'No password was given'],
    [['Carl C'], 'a long password', 'lower case letters, digits'],
    [['carl', '--title-types', '1,99'], 'a long password', 'Unknown title type: 99', '1 Movie, 2 Short'],
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
    await createDatabase('owned', 'OWNER installer');
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
        'DATABASE_URL: This login lacks the required privilege',
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
      expectFailure(await runCli('movie-hub', args), 1, '--database-url: Cannot connect', 'ECONNREFUSED');
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
