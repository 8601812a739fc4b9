import { addUser } from 'movie-hub/ui';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../support/databases';
import { expectFailure } from './support/expect-failure';
import { cleanUp, newFolder, type RunOptions, runCli } from './support/run-cli';

afterAll(cleanUp);

const godfather = ['get_movie_characters', '--arg', 'title=The Godfather'];
const header =
  /^get_movie_characters as jim, who may see: Movie \(1\)\n {2}title = "The Godfather"\nSecond run. The first, on a new connection, took \d+ ms\.\n\n +time /;

function explain(args: readonly string[], options: RunOptions = {}) {
  return runCli('movie-hub', ['db', 'explain', ...args], options);
}

describe.concurrent('db explain, used wrongly', () => {
  const nowhere = ['--database-url', 'postgresql://u:secret@127.0.0.1:1/x'];
  it.each<[string[], ...string[]]>([
    [['get_secret', '--as', 'jim'], 'Unknown tool.', 'get_movie_characters, get_actor_roles'],
    [godfather, 'either --as', '--title-types'],
    [[...godfather, '--as', 'jim', '--title-types', '1'], 'either --as', '--title-types'],
    [[...godfather, '--as', ''], 'must not be empty'],
    [
      [...godfather, '--as', 'jim', '--arg', 'secret=1'],
      'Unknown argument.',
      'Arguments of get_movie_characters: title, skip.',
    ],
    [[...godfather, '--as', 'jim', '--arg', 'secret'], '--arg takes name=value', 'title, skip'],
    [[...godfather, '--as', 'jim', '--arg', 'title=secret'], 'The argument title is given twice'],
    [[...godfather, '--as', 'jim', '--arg', 'skip=secret'], 'The argument skip must be integer'],
    [['get_actor_roles', '--as', 'jim'], 'The argument actor is missing'],
  ])('%j', async (args, ...parts) => {
    expectFailure(await explain([...args, ...nowhere]), 2, ...parts);
  });

  it('says that the server cannot be reached, or which login is wanted', async () => {
    expectFailure(
      await explain([...godfather, '--title-types', '1', ...nowhere]),
      1,
      '--database-url: Cannot connect',
    );
    const env = { MOVIE_HUB_ADMIN_URL: 'postgresql://u:secret@127.0.0.1:1/x' };
    expectFailure(
      await explain([...godfather, '--as', 'jim'], { env }),
      2,
      'DATABASE_URL',
      'login for serving',
    );
  });
});

it('db explain makes an embedded database with the demo users', async () => {
  const cwd = newFolder();
  const ended = await explain([...godfather, '--as', 'jim'], { cwd });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toMatch(header);
  expect(ended.stdout).toContain('Inside movie_hub.search_titles(): ');
  expect(ended.stdout).toMatch(/\nNothing to warn of\.\n$/);
  expectFailure(
    await explain([...godfather, '--as', 'secret'], { cwd }),
    1,
    'Users: admin, jim, test2, vlad.',
  );
});

describe.runIf(inject('server'))('db explain on a server', () => {
  let database: TestDatabase;
  let env: Record<string, string>;
  beforeAll(async () => {
    database = await openDatabase('server', 'demo');
    const { reader, accounts } = database.urls;
    env = { DATABASE_URL: reader, MOVIE_HUB_ACCOUNTS_URL: accounts };
    for (const [username, titleTypes] of [
      ['jim', [1]],
      ['test2', [1, 5]],
      ['none', []],
    ] as const)
      await addUser(database.pools.accounts, { username, titleTypes });
  });
  afterAll(() => database?.close());

  it('prints the plan of a user, in words', async () => {
    const { code, stdout, stderr } = await explain([...godfather, '--as', 'jim'], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(header);
    expect(stdout).toMatch(/\nPlanning [\d.]+ ms, execution [\d.]+ ms\. Pages of 8 kB: [\d,]+ from memory, /);
    expect(stdout).toContain('\nNothing to warn of.\n');
    expect(stdout).toContain('In psql, \\d movie_hub.title_texts lists the indexes');
  });

  it('reads the title types of now, and the policy hides what they do not name', async () => {
    const { rows } = await database.admin.query(
      'SELECT primary_title AS title FROM movie_hub.titles WHERE title_type = 5 ORDER BY title_id LIMIT 1',
    );
    const args = ['get_movie_characters', '--arg', `title=${rows[0].title}`, '--json'];
    /** Rows that the plan's scan of credits gave: none for a title that is not seen. */
    const credits = async (who: string[]) => {
      const { stdout } = await explain([...args, ...who], { env });
      const rowsOf = (node: Record<string, unknown>): number =>
        (node['Relation Name'] === 'principals' ? Number(node['Actual Rows']) : 0) +
        ((node.Plans ?? []) as Record<string, unknown>[]).reduce((sum, each) => sum + rowsOf(each), 0);
      return rowsOf(JSON.parse(stdout).Plan);
    };
    expect(await credits(['--as', 'jim'])).toBe(0);
    expect(await credits(['--title-types', '1'])).toBe(0);
    expect(await credits(['--as', 'test2'])).toBeGreaterThan(0);
    expect(await credits(['--title-types', '1,5'])).toBeGreaterThan(0);
    await database.admin.query(`UPDATE movie_hub_app.users SET title_types = '{1}' WHERE username = 'test2'`);
    expect(await credits(['--as', 'test2'])).toBe(0);
  });

  it('looks the user up with the administrator’s login where there is no other', async () => {
    const { DATABASE_URL = '' } = env;
    const admin = { DATABASE_URL, MOVIE_HUB_ADMIN_URL: database.urls.admin };
    expect((await explain([...godfather, '--as', 'jim'], { env: admin })).stdout).toMatch(header);
    const neither = await explain([...godfather, '--as', 'jim'], { env: { DATABASE_URL } });
    expectFailure(neither, 2, 'MOVIE_HUB_ACCOUNTS_URL', 'MOVIE_HUB_ADMIN_URL', '--title-types');
    const types = await explain([...godfather, '--title-types', '{1}'], { env: { DATABASE_URL } });
    expect(types.stdout).toContain('get_movie_characters as a user, who may see: Movie (1)\n');
  });

  it('makes no plan with a login that row-level security does not bind', async () => {
    const args = [...godfather, '--as', 'jim', '--database-url', database.urls.admin];
    expectFailure(await explain(args, { env }), 1, '--database-url: ', 'is a superuser', 'db install');
  });

  it('tells who there is, and which title types', async () => {
    expectFailure(await explain([...godfather, '--as', 'secret'], { env }), 1, 'Users: jim, none, test2.');
    expectFailure(
      await explain([...godfather, '--title-types', '1,99'], { env }),
      1,
      'Unknown title type: 99',
    );
  });

  it('says that a user who may see nothing costs nothing, and that an account is closed', async () => {
    const nothing = await explain([...godfather, '--as', 'none'], { env });
    expect(nothing).toMatchObject({ code: 0, stderr: '' });
    expect(nothing.stdout).toContain('as none, who may see: no titles\n');
    expect(nothing.stdout).toContain('a call runs no query');
    await database.admin.query(`UPDATE movie_hub_app.users SET disabled_at = now() WHERE username = 'none'`);
    expect((await explain([...godfather, '--as', 'none'], { env })).stdout).toContain('as none (disabled), ');
  });
});
