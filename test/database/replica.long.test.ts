import { setImmediate } from 'node:timers/promises';
import {
  checkDatabase,
  createMovieMcpServer,
  movieEntitlements,
  runQuery,
  withEntitlements,
} from 'movie-hub';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { withAccounts, withEditor } from '../../src/ui/scopes';
import { databaseKinds } from '../support/databases';
import { call, connect } from '../support/mcp';
import { openReplicated, type ReplicatedDatabase, until } from '../support/replica';
import { users } from '../ui/open-hub';
import { sql } from './scope-database';

const insertTitle = `INSERT INTO movie_hub.titles (title_type, primary_title, original_title) VALUES (1, 'Kept', 'Kept')`;
const addUser = sql<object>(
  `INSERT INTO movie_hub_app.users (username, password_hash) VALUES ('kept', 'x') ON CONFLICT DO NOTHING`,
);
const takesNoChanges = expect.stringMatching(/no changes/);
const admin = { username: 'admin' };

describe.runIf(databaseKinds.includes('server'))('a primary and a streaming replica', () => {
  let db: ReplicatedDatabase;
  beforeAll(async () => {
    db = await openReplicated();
  });
  afterAll(() => db?.close());

  const read = <Row extends object>(name: keyof typeof users, text: string, on = db.pools.reader) =>
    withEntitlements(on, movieEntitlements(users[name]), (scope) => runQuery(scope, sql<Row>(text), {}));

  test('the reader is served from the replica, and the others from the primary', async () => {
    for (const role of ['reader', 'editor', 'accounts'] as const)
      expect(await checkDatabase(db.pools[role], { role: `movie_hub_${role}` })).toBeUndefined();
    const where = 'SELECT pg_is_in_recovery() AS "isReplica"';
    expect(await read('jim', where)).toEqual([{ isReplica: true }]);
    expect(await withEditor(db.pools.editor, admin, (scope) => runQuery(scope, sql(where), {}))).toEqual([
      { isReplica: false },
    ]);
  });

  test.each([
    ['jim', 'The Godfather', true],
    ['jim', 'Duel', false],
    ['test2', 'Duel', true],
    ['test2', 'Chernobyl', false],
    ['vlad', 'Chernobyl', true],
  ] as const)('%s asks the replica for the characters of %s: found is %s', async (name, title, found) => {
    const client = await connect(createMovieMcpServer(db.pools.reader, users[name]));
    onTestFinished(() => client.close());
    const answer = await call(client, 'get_movie_characters', { title });
    expect(answer.isError ?? false).toBe(false);
    expect(answer.structuredContent).toMatchObject({
      found,
      ...(found && { title: { title }, characters: expect.arrayContaining([expect.anything()]) }),
    });
  });

  test('who is searched for, and what is suggested, is found there too', async () => {
    const client = await connect(createMovieMcpServer(db.pools.reader, users.jim));
    onTestFinished(() => client.close());
    const roles = await call(client, 'get_actor_roles', { actor: 'marlon brando' });
    expect(JSON.stringify(roles.structuredContent)).toContain('The Godfather');
    const misspelt = await call(client, 'get_movie_characters', { title: 'Godfahter' });
    expect(misspelt.structuredContent).toMatchObject({ found: false });
    expect(JSON.stringify(misspelt.structuredContent)).toContain('The Godfather');
  });

  test('a reader writes nothing, on the replica as on the primary', async () => {
    for (const on of [db.pools.reader, db.open('reader', 'primary')]) {
      expect((await read('jim', 'SELECT 1 FROM movie_hub.titles LIMIT 1', on)).length).toBe(1);
      await expect(read('jim', insertTitle, on)).rejects.toMatchObject({
        code: 'query_failed',
        cause: { code: '25006' },
      });
    }
  });

  test.each(['editor', 'accounts'] as const)(
    'the %s on the replica is refused, with what to set; on the primary he is not',
    async (purpose) => {
      const role = `movie_hub_${purpose}`;
      const misled = db.open(purpose, 'replica');
      await expect(checkDatabase(misled, { role })).rejects.toMatchObject({
        code: 'database_not_ready',
        message: expect.stringMatching(`replica.*${role}.*primary`),
      });
      expect(await checkDatabase(db.open(purpose, 'primary'), { role })).toBeUndefined();
    },
  );

  test('scopes that change something say so too when their pool leads to the replica', async () => {
    const edit = (on: 'primary' | 'replica') =>
      withEditor(db.open('editor', on), admin, (scope) => runQuery(scope, sql('SELECT 1'), {}));
    await expect(edit('replica')).rejects.toMatchObject({
      code: 'database_not_ready',
      cause: { message: expect.stringContaining('replica') },
    });
    expect((await edit('primary')).length).toBe(1);
    const account = (on: 'primary' | 'replica') =>
      withAccounts(db.open('accounts', on), (scope) => runQuery(scope, addUser, {}));
    await expect(account('replica')).rejects.toMatchObject({
      code: 'database_not_ready',
      message: takesNoChanges,
      cause: { cause: { code: '25006' } },
    });
    await account('primary');
  });

  test('after a failover the connections to what is a replica now are not used again', async () => {
    const nameOf = (on: 'primary' | 'replica') => db.open('editor', on).options.connectionString;
    const pool = db.open('editor', 'primary');
    const add = () => withEditor(pool, admin, (scope) => runQuery(scope, sql(insertTitle), {}));
    await add();
    // The name of the cluster leads to another server from now on, and back.
    pool.options.connectionString = nameOf('replica');
    await db.admin.primary.query(
      `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'movie_hub_editor_login'`,
    );
    while (pool.totalCount > 0) await setImmediate();
    await expect(add()).rejects.toMatchObject({
      code: 'database_not_ready',
      message: takesNoChanges,
      cause: { cause: { code: '25006' } },
    });
    pool.options.connectionString = nameOf('primary');
    await add();
  });

  test('a login that may only read everywhere is told so, on a primary', async () => {
    const check = () => checkDatabase(db.open('editor', 'primary'), { role: 'movie_hub_editor' });
    await db.admin.primary.query('ALTER ROLE movie_hub_editor_login SET default_transaction_read_only = on');
    await expect(check()).rejects.toMatchObject({
      code: 'database_not_ready',
      message: expect.stringContaining('default_transaction_read_only is on'),
    });
    await db.admin.primary.query('ALTER ROLE movie_hub_editor_login RESET default_transaction_read_only');
    expect(await check()).toBeUndefined();
  });

  test('a query that stands in the way of replay is ended, and says to try again', async () => {
    const slow = read('jim', 'SELECT pg_sleep(600) FROM movie_hub.titles LIMIT 1');
    const told = expect(slow).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Try again.'),
      cause: { code: '40001', message: expect.stringContaining('conflict with recovery') },
    });
    await until(
      db.admin.replica,
      `EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND usename = 'movie_hub_reader_login')`,
    );
    const client = await db.admin.primary.connect();
    await client.query('BEGIN; LOCK TABLE movie_hub.titles IN ACCESS EXCLUSIVE MODE; COMMIT');
    client.release();
    await told;
    await db.caughtUp();
    expect((await read('jim', 'SELECT 1 FROM movie_hub.titles LIMIT 1')).length).toBe(1);
  });
});
