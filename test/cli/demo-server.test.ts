import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { addUser } from '../../src/ui/index';
import { openDatabase, type TestDatabase } from '../support/databases';
import { expectFailure } from './support/expect-failure';
import { cleanUp, type RunOptions, runCli, startCli } from './support/run-cli';
import { signIn } from './support/sign-in';

afterAll(cleanUp);

const port = ['--port', '0'];
const closedPort = 'postgresql://someone:secret@127.0.0.1:1/nowhere';

describe('movie-hub-demo with a server that is not there', () => {
  it.each<[string, string[], Record<string, string>, ...string[]]>([
    ['an option', ['--database-url', closedPort], {}, '--database-url:'],
    ['a variable', [], { DATABASE_URL: closedPort }, 'DATABASE_URL:'],
    [
      'PG* variables',
      [],
      { PGHOST: '127.0.0.1', PGPORT: '1', PGPASSWORD: 'secret' },
      'PGHOST, PGPORT:',
      'Without these variables the embedded database is used',
    ],
  ])('names what said so: %s', async (_, args, env, ...parts) => {
    const ended = await runCli('movie-hub-demo', [...port, ...args], { env });
    expectFailure(ended, 1, 'Cannot connect to the database', 'connect ECONNREFUSED 127.0.0.1:1', ...parts);
  });
});

describe.runIf(inject('server'))('movie-hub-demo on a server', () => {
  let database: TestDatabase;
  let three: Record<'DATABASE_URL' | 'MOVIE_HUB_EDITOR_URL' | 'MOVIE_HUB_ACCOUNTS_URL', string>;

  beforeAll(async () => {
    database = await openDatabase('server', 'demo');
    const { reader, editor, accounts } = database.urls;
    three = { DATABASE_URL: reader, MOVIE_HUB_EDITOR_URL: editor, MOVIE_HUB_ACCOUNTS_URL: accounts };
  });
  afterAll(() => database.close());

  const fails = async (options: RunOptions, args: string[], ...parts: (string | RegExp)[]) => {
    const ended = await runCli('movie-hub-demo', [...port, ...args], options);
    for (const url of Object.values(database.urls)) {
      expect(ended.stderr).not.toContain(new URL(url).password);
    }
    expectFailure(ended, 1, ...parts);
  };

  it('serves with three logins, and shows the demo users that are there', async () => {
    const demo = startCli('movie-hub-demo', port, { env: three });
    await demo.ready;
    const { host, pathname } = new URL(database.urls.reader);
    expect(demo.output.stdout).toMatch(/Database {2}PostgreSQL \d+/);
    expect(demo.output.stdout).toContain(` at ${host}, database ${pathname.slice(1)}\n`);
    expect(demo.output.stdout).toContain('Users     from the database; add one with `movie-hub db add-user`');
    expect(demo.output.stdout).not.toContain('jim-demo');
    expect(await demo.stop('SIGINT')).toMatchObject({ code: 0, signal: null });

    const jim = { username: 'jim', password: 'jim-demo', isDemo: true };
    await addUser(database.pools.accounts, { ...jim, titleTypes: [1, 3] });
    const again = startCli('movie-hub-demo', [...port, '--host', '0.0.0.0'], { env: three });
    expect(await signIn(await again.ready, 'jim', 'jim-demo')).toContain('jim');
    expect(again.output.stdout).toContain('    jim    jim-demo    title types 1, 3\n');
    expect(again.output.stdout).not.toContain('vlad-demo');
    const { stderr } = await again.stop('SIGTERM');
    expect(stderr, 'public passwords on a public address').toContain('anyone who can reach this address');
  });

  it('refuses a database without the schema, and names the command', async () => {
    const name = `movie_hub_test_${randomBytes(6).toString('hex')}`;
    await database.admin.query(`CREATE DATABASE ${name}`);
    const url = new URL(database.urls.reader);
    url.pathname = `/${name}`;
    await fails(
      {},
      ['--database-url', url.href],
      '--database-url: ',
      'no Movie Hub schema',
      'movie-hub db install',
    );
    await database.admin.query(`DROP DATABASE ${name}`);
  });

  it('refuses a superuser', async () => {
    await fails({}, ['--database-url', database.urls.admin], 'superuser', '`movie-hub db install`');
    const env = { ...three, MOVIE_HUB_EDITOR_URL: database.urls.admin };
    await fails({ env }, [], 'MOVIE_HUB_EDITOR_URL: ', 'superuser');
  });

  it.each(['MOVIE_HUB_EDITOR_URL', 'MOVIE_HUB_ACCOUNTS_URL'] as const)('asks for %s', async (name) => {
    const { [name]: _, ...env } = three;
    await fails({ env }, [], `${name} is not set`, '`movie-hub db install --write-env .env`');
    await fails(
      { env: { ...three, [name]: three.DATABASE_URL } },
      [],
      `${name}: `,
      'may not become movie_hub_',
    );
  });

  it('says that a password is wrong, or a database missing', async () => {
    const wrong = new URL(database.urls.reader);
    wrong.password = 'secret';
    await fails({}, ['--database-url', wrong.href], 'password authentication failed');
    const missing = new URL(database.urls.reader);
    missing.pathname = '/not_there';
    await fails({}, ['--database-url', missing.href], 'database "not_there" does not exist');
  });

  it('outlives the loss of its connections', async () => {
    const demo = startCli('movie-hub-demo', port, { env: three });
    const address = await demo.ready;
    const cut = new pg.Client({ connectionString: database.urls.admin });
    await cut.connect();
    await cut.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await cut.end();
    expect((await fetch(`${address}/login`)).status).toBe(200);
    expect(await demo.stop('SIGTERM')).toMatchObject({ code: 0 });
  });
});
