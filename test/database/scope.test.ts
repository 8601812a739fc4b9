import {
  type AccountScope,
  createMovieMcpServer,
  defineEntitlements,
  defineQuery,
  movieEntitlements,
  type ReadScope,
  runQuery,
  type Scope,
  withAccounts,
  withEditor,
  withEntitlements,
} from 'movie-hub';
import pg, { type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { call, connect, textOf } from '../support/mcp';
import { seed } from '../support/seed';
import { type Gate, openGate } from './gate';
import { poolOf } from './pool-of';

const admin = { username: 'admin' };
const movies = movieEntitlements({ titleTypes: [1] });
const sql = <Row extends object>(text: string) => defineQuery<Row>({ name: 'q', sql: text, parameters: [] });
const titles = sql<{ title_id: number }>('SELECT title_id FROM movie_hub.titles ORDER BY 1');
const broken = sql<object>('SELECT 1 / 0');
const insert = sql<{ title_id: number }>(
  `INSERT INTO movie_hub.titles (title_type, primary_title, original_title) VALUES (1, 'New', 'New') RETURNING title_id`,
);
const ofCode = (code: string) => expect.objectContaining({ code });

describe.each(databaseKinds)('a scope on %s', (kind) => {
  let database: TestDatabase;
  /** A pool of one connection for each scope, so that what a call leaves behind would be seen by the next. */
  let one: TestDatabase['pools'];

  beforeAll(async () => {
    database = await openDatabase(kind);
    await seed(database.admin, [
      { id: 1, type: 1, title: 'Seen' },
      { id: 5, type: 5, title: 'Hidden' },
    ]);
    const { reader, editor, accounts } = database.urls;
    one =
      kind === 'embedded'
        ? database.pools
        : { reader: poolOf(reader, 1), editor: poolOf(editor, 1), accounts: poolOf(accounts, 1) };
  });
  afterAll(async () => {
    if (kind === 'server') await Promise.all(Object.values(one).map((pool) => pool.end()));
    await database.close();
  });

  const kinds: [
    name: string,
    run: (work: (scope: Scope) => Promise<unknown>) => Promise<unknown>,
    pool: () => Pool,
  ][] = [
    ['withEntitlements', (work) => withEntitlements(one.reader, movies, work), () => one.reader],
    ['withEditor', (work) => withEditor(one.editor, admin, work), () => one.editor],
    ['withAccounts', (work) => withAccounts(one.accounts, work), () => one.accounts],
  ];
  const endings: [what: string, work: (scope: Scope) => Promise<unknown>, ends: 'well' | string | RegExp][] =
    [
      ['work that succeeds', (scope) => runQuery(scope, sql('SELECT 1 AS n'), {}), 'well'],
      ['work that does nothing', async () => undefined, 'well'],
      ['work that throws', () => Promise.reject(new Error('mine')), /^mine$/],
      ['a query that fails', (scope) => runQuery(scope, broken, {}), 'query_failed'],
      [
        'a failure that work swallows',
        (scope) => runQuery(scope, broken, {}).catch(() => 'done'),
        'query_failed',
      ],
      ['a missing parameter', (scope) => runQuery(scope, needsOne, {} as { a: string }), 'invalid_argument'],
    ];

  describe.each(kinds)('%s', (_, run, poolOfKind) => {
    test.each(endings)('leaves nothing on the connection after %s', async (_what, work, ends) => {
      const before = await traces(poolOfKind());
      const outcome = run(work);
      if (ends === 'well') await outcome;
      else if (ends instanceof RegExp) await expect(outcome).rejects.toThrow(ends);
      else await expect(outcome).rejects.toEqual(ofCode(ends));
      expect(await traces(poolOfKind())).toEqual(before);
    });

    test('while it runs, role and settings are its own', async () => {
      const seen = await run((scope) => runQuery(scope, tracesQuery, {}));
      expect(seen).not.toEqual([await traces(poolOfKind())]);
    });

    test('is over when its work is', async () => {
      let escaped: Scope | undefined;
      await run(async (scope) => {
        escaped = scope;
      });
      await expect(runQuery(escaped as Scope, sql('SELECT 1 AS n'), {})).rejects.toEqual(ofCode('internal'));
      await run(async (scope) => {
        escaped = scope;
        throw new Error('mine');
      }).catch(() => undefined);
      await expect(runQuery(escaped as Scope, sql('SELECT 1 AS n'), {})).rejects.toEqual(ofCode('internal'));
    });

    test('gives back what its work returns and throws what it throws, whatever that looks like', async () => {
      const result = { any: 'thing' };
      expect(await run(async () => result)).toBe(result);
      const mine = Object.assign(new Error('a service of mine'), { code: 'ECONNREFUSED', severity: 'ERROR' });
      for (const thrown of [mine, undefined, null, 'text']) {
        const caught = await run(() => Promise.reject(thrown)).then(
          () => 'nothing',
          (error: unknown) => ({ error }),
        );
        expect(caught).toEqual({ error: thrown });
      }
    });

    test('works on a pool of one, one after another and all at once', async () => {
      for (let i = 0; i < 5; i += 1) await run((scope) => runQuery(scope, sql('SELECT 1 AS n'), {}));
      const all = await Promise.all(
        Array.from({ length: 10 }, () => run((scope) => runQuery(scope, sql('SELECT 1 AS n'), {}))),
      );
      expect(all).toEqual(Array(10).fill([{ n: 1 }]));
    });
  });

  test('each scope takes its role, its settings, and one of them reads only', async () => {
    const inside = async (run: (work: (scope: Scope) => Promise<unknown>) => Promise<unknown>) =>
      ((await run((scope) => runQuery(scope, tracesQuery, {}))) as object[])[0];
    expect(await inside((work) => withEntitlements(one.reader, movies, work))).toMatchObject({
      role: 'movie_hub_reader',
      types: '{1}',
      principal: '',
      timeout: '10s',
      read_only: 'on',
    });
    expect(
      await inside((work) => withEditor(one.editor, admin, work, { statementTimeoutMs: 1500 })),
    ).toMatchObject({
      role: 'movie_hub_editor',
      types: '',
      principal: 'admin',
      timeout: '1500ms',
      read_only: 'off',
    });
    expect(await inside((work) => withAccounts(one.accounts, work))).toMatchObject({
      role: 'movie_hub_accounts',
      types: '',
      principal: '',
      read_only: 'off',
    });
  });

  test('a scope that reads writes nothing, even as a role that might', async () => {
    const editor = defineEntitlements({ role: 'movie_hub_editor', settings: {}, isEmpty: false });
    await expect(
      withEntitlements(one.editor, editor, (scope) => runQuery(scope, insert, {})),
    ).rejects.toEqual(
      expect.objectContaining({ code: 'query_failed', cause: expect.objectContaining({ code: '25006' }) }),
    );
    const [made] = await withEditor(one.editor, admin, (scope) => runQuery(scope, insert, {}));
    expect(await idsThereAre()).toEqual([1, 5, made?.title_id]);
    await database.admin.query('DELETE FROM movie_hub.titles WHERE title_id = $1', [made?.title_id]);
  });

  test('work that swallows a failure is not done: nothing of it is kept', async () => {
    const swallowing = withEditor(one.editor, admin, async (scope) => {
      await runQuery(scope, insert, {});
      await runQuery(scope, broken, {}).catch(() => undefined);
      return 'done';
    });
    await expect(swallowing).rejects.toEqual(ofCode('query_failed'));
    expect(await idsThereAre()).toEqual([1, 5]);
  });

  test('a query is one statement: a second one cannot end the transaction', async () => {
    const two = sql<object>(
      `COMMIT; INSERT INTO movie_hub.titles (title_type, primary_title, original_title) VALUES (1, 'X', 'X')`,
    );
    await expect(withEditor(one.editor, admin, (scope) => runQuery(scope, two, {}))).rejects.toEqual(
      expect.objectContaining({ code: 'query_failed', cause: expect.objectContaining({ code: '42601' }) }),
    );
    expect(await idsThereAre()).toEqual([1, 5]);
  });

  test('at most one row more than asked for comes back', async () => {
    const many = sql<{ n: number }>('SELECT n FROM generate_series(1, 10) AS n -- in order');
    const run = (maxRows: number) =>
      withEntitlements(one.reader, movies, (scope) => runQuery(scope, many, {}, { maxRows }));
    expect((await run(3)).map((row) => row.n)).toEqual([1, 2, 3, 4]);
    expect((await run(10)).length).toBe(10);
    for (const nothing of [0, -1, 1.5, Number.NaN])
      await expect(run(nothing)).rejects.toEqual(ofCode('invalid_argument'));
  });

  test('no value loses anything on its way', async () => {
    const [row] = await withEntitlements(one.reader, movies, (scope) =>
      runQuery(
        scope,
        sql(`SELECT 9007199254740993::bigint AS big, 0.1000::numeric AS exact, 'NaN'::float8 AS nan, '2024-02-29'::date AS day,
               '2024-02-29 23:59:59.123456'::timestamp AS moment, 7 AS n, true AS yes, NULL AS nothing, '{1,2}'::int[] AS list,
               '{"a": [1]}'::jsonb AS json`),
        {},
      ),
    );
    expect(row).toEqual({
      big: '9007199254740993',
      exact: '0.1000',
      nan: Number.NaN,
      day: '2024-02-29',
      moment: '2024-02-29 23:59:59.123456',
      n: 7,
      yes: true,
      nothing: null,
      list: [1, 2],
      json: { a: [1] },
    });
  });

  describe('empty entitlements', () => {
    const none = movieEntitlements({ titleTypes: [] });
    const untouchable = {
      connect: () => {
        throw new Error('a connection was taken');
      },
    } as unknown as Pool;

    test('never take a connection, and no query gives a row', async () => {
      expect(await withEntitlements(untouchable, none, (scope) => runQuery(scope, titles, {}))).toEqual([]);
      const client = await connect(createMovieMcpServer(untouchable, { titleTypes: [] }));
      expect((await call(client, 'get_movie_characters', { title: 'Seen' })).structuredContent).toMatchObject(
        {
          found: false,
        },
      );
      await client.close();
    });

    test('while others do', async () => {
      await expect(withEntitlements(untouchable, movies, async () => 1)).rejects.toThrow(
        'a connection was taken',
      );
    });

    test('their scope ends too', async () => {
      let escaped: ReadScope | undefined;
      await withEntitlements(untouchable, none, async (scope) => {
        escaped = scope;
      });
      await expect(runQuery(escaped as ReadScope, titles, {})).rejects.toEqual(ofCode('internal'));
    });

    test('the policy would say the same, were the query run', async () => {
      const asked = defineEntitlements({
        role: 'movie_hub_reader',
        settings: { 'rls.types': '{}' },
        isEmpty: false,
      });
      expect(await withEntitlements(one.reader, asked, (scope) => runQuery(scope, titles, {}))).toEqual([]);
      const unset = defineEntitlements({ role: 'movie_hub_reader', settings: {}, isEmpty: false });
      expect(await withEntitlements(one.reader, unset, (scope) => runQuery(scope, titles, {}))).toEqual([]);
      expect(await withEntitlements(one.reader, movies, (scope) => runQuery(scope, titles, {}))).toEqual([
        { title_id: 1 },
      ]);
    });
  });

  describe('a function that tells entitlements', () => {
    const ask = async (pool: Pool, source: () => Promise<{ titleTypes: number[] }>) => {
      const client = await connect(createMovieMcpServer(pool, source));
      const answer = await call(client, 'get_movie_characters', { title: 'Seen' });
      await client.close();
      return answer;
    };

    test('may use the pool of one itself: it is asked before a connection is taken', async () => {
      const answer = await ask(one.reader, async () => {
        const { rows } = await one.reader.query<{ types: number[] }>(`SELECT '{1}'::int[] AS types`);
        return { titleTypes: rows[0]?.types ?? [] };
      });
      expect(answer.structuredContent).toMatchObject({ found: true, title: { title: 'Seen' } });
    });

    const sources: [what: string, source: () => Promise<{ titleTypes: number[] }>][] = [
      ['throws', () => Promise.reject(new Error('secret'))],
      ['returns null', async () => null as never],
      ['returns undefined', async () => undefined as never],
      ['never answers', () => new Promise(() => undefined)],
    ];
    test.each(sources)('that %s denies without taking a connection', async (_, source) => {
      let connections = 0;
      const counted = {
        connect: () => {
          connections += 1;
          return one.reader.connect();
        },
      } as unknown as Pool;
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        const asked = ask(counted, source);
        await vi.advanceTimersByTimeAsync(5_000);
        const answer = await asked;
        expect(textOf(answer)).toBe(
          'What you may see could not be determined. Try again later. (entitlements_unavailable)',
        );
      } finally {
        vi.useRealTimers();
      }
      expect(connections).toBe(0);
      expect((await ask(counted, async () => ({ titleTypes: [1] }))).structuredContent).toMatchObject({
        found: true,
      });
      expect(connections).toBe(1);
    });
  });

  describe('an error tells its code and nothing else', () => {
    const secret = /secret|select|insert|movie_hub\.|127\.0\.0\.1|localhost|hidden|role "|line \d/i;
    const read = (text: string) => () =>
      withEntitlements(one.reader, movies, (scope) => runQuery(scope, sql(text), {}));
    const edit = (text: string) => () =>
      withEditor(one.editor, admin, (scope) => runQuery(scope, sql(text), {}));
    const asRole = (role: string) => () =>
      withEntitlements(one.reader, defineEntitlements({ role, settings: {}, isEmpty: false }), async () => 1);

    test.each<[code: string, what: string, fail: () => Promise<unknown>, message: string]>([
      ['query_failed', 'a syntax error', read('SELEC secret'), 'The query failed.'],
      ['query_failed', 'a division by zero', read(`SELECT length('secret') / 0`), 'The query failed.'],
      [
        'invalid_argument',
        'a value of the wrong form',
        read(`SELECT 'secret'::integer`),
        'A value has a character or a form that the database cannot hold.',
      ],
      [
        'query_failed',
        'a missing right',
        read('SELECT password_hash FROM movie_hub_app.users'),
        'The query failed.',
      ],
      ['query_failed', 'a missing column', read('SELECT secret FROM movie_hub.titles'), 'The query failed.'],
      [
        'conflict',
        'a key that is taken',
        edit(`INSERT INTO movie_hub.titles VALUES (5, 5, 'secret', 'secret')`),
        'This clashes with what is there already.',
      ],
      [
        'conflict',
        'a row that something refers to is not there',
        edit(`INSERT INTO movie_hub.genres VALUES (99, 1, 'secret')`),
        'This clashes with what is there already.',
      ],
      [
        'database_not_ready',
        'a missing table',
        read('SELECT * FROM movie_hub.secret'),
        'The database has no Movie Hub schema, or an older one. Run: movie-hub db install',
      ],
      [
        'database_not_ready',
        'a missing function',
        read('SELECT movie_hub.secret()'),
        'The database has no Movie Hub schema, or an older one. Run: movie-hub db install',
      ],
      [
        'database_not_ready',
        'a missing role',
        asRole('secret_role'),
        'The database has no Movie Hub schema, or an older one. Run: movie-hub db install',
      ],
    ])('%s: %s', async (code, _what, fail, message) => {
      const error = await fail().then(
        () => undefined,
        (cause: Error) => cause,
      );
      expect(error).toMatchObject({ code, message });
      expect(error?.message).not.toMatch(secret);
      expect(error?.cause).toMatchObject({ code: expect.stringMatching(/^[0-9A-Z]{5}$/) });
      expect(await withEntitlements(one.reader, movies, (scope) => runQuery(scope, titles, {}))).toEqual([
        { title_id: 1 },
      ]);
    });
  });

  async function idsThereAre(): Promise<number[]> {
    const { rows } = await database.admin.query<{ title_id: number }>(
      'SELECT title_id FROM movie_hub.titles ORDER BY 1',
    );
    return rows.map((row) => row.title_id);
  }
});

describe.runIf(databaseKinds.includes('server'))('a scope whose server misbehaves', () => {
  let database: TestDatabase;
  let pool: Pool;
  let gate: Gate;
  const unavailable = expect.objectContaining({
    code: 'database_unavailable',
    message: 'The database cannot be reached at the moment. Try again later.',
  });
  const pid = sql<{ pid: number }>('SELECT pg_backend_pid() AS pid');

  beforeAll(async () => {
    database = await openDatabase('server');
    await seed(database.admin, [{ id: 1, type: 1, title: 'Seen' }]);
    gate = await openGate(database.urls.reader);
    pool = poolOf(gate.url, 1);
  });
  afterAll(async () => {
    await pool.end();
    await gate.close();
    await database.close();
  });

  const terminateOwn = async (scope: Scope): Promise<void> => {
    const [own] = await runQuery(scope, pid, {});
    const { rows } = await database.admin.query<{ gone: boolean }>(
      'SELECT pg_terminate_backend($1, 10000) AS gone',
      [own?.pid],
    );
    expect(rows).toEqual([{ gone: true }]);
  };
  const worksAgain = async () => {
    expect(await withEntitlements(pool, movies, (scope) => runQuery(scope, titles, {}))).toEqual([
      { title_id: 1 },
    ]);
    expect(pool.totalCount).toBe(1);
  };

  test.each<[what: string, work: (scope: Scope) => Promise<unknown>, thrown: unknown]>([
    ['before a query', (scope) => terminateOwn(scope).then(() => runQuery(scope, titles, {})), unavailable],
    ['before the end', terminateOwn, unavailable],
    [
      'and the failure is swallowed',
      (scope) => terminateOwn(scope).then(() => runQuery(scope, titles, {}).catch(() => 'done')),
      unavailable,
    ],
    [
      'and work throws its own error',
      (scope) => terminateOwn(scope).then(() => Promise.reject(new Error('mine'))),
      new Error('mine'),
    ],
  ])('a connection that is lost %s never goes back to the pool', async (_, work, thrown) => {
    await worksAgain();
    await expect(withEntitlements(pool, movies, work)).rejects.toEqual(thrown);
    expect(pool.totalCount).toBe(0);
    await worksAgain();
  });

  test('a statement that takes too long is ended by the server, and its connection stays', async () => {
    const [before] = await withEntitlements(pool, movies, (scope) => runQuery(scope, pid, {}));
    const sleep = sql<object>(`SELECT pg_sleep(60), 'secret'`);
    await expect(
      withEntitlements(pool, movies, (scope) => runQuery(scope, sleep, {}), { statementTimeoutMs: 50 }),
    ).rejects.toEqual(
      expect.objectContaining({
        code: 'query_timeout',
        message: 'The query took longer than allowed. Ask for less, or try again later.',
      }),
    );
    expect(await withEntitlements(pool, movies, (scope) => runQuery(scope, pid, {}))).toEqual([before]);
  });

  test("the driver's own limit is told as a timeout too, and its connection does not come back", async () => {
    const hasty = new pg.Pool({ connectionString: database.urls.reader, max: 1, query_timeout: 200 });
    hasty.on('error', () => undefined);
    const sleep = sql<object>('SELECT pg_sleep(60)');
    await expect(withEntitlements(hasty, movies, (scope) => runQuery(scope, sleep, {}))).rejects.toEqual(
      ofCode('query_timeout'),
    );
    expect(hasty.totalCount).toBe(0);
    expect(await withEntitlements(hasty, movies, (scope) => runQuery(scope, titles, {}))).toEqual([
      { title_id: 1 },
    ]);
    await hasty.end();
  });

  test('a database that goes away is told, and used again when it is back', async () => {
    await worksAgain();
    const during = withEntitlements(pool, movies, async (scope) => {
      await gate.shut();
      return runQuery(scope, titles, {});
    });
    await expect(during).rejects.toEqual(unavailable);
    for (let i = 0; i < 3; i += 1) {
      await expect(withEntitlements(pool, movies, (scope) => runQuery(scope, titles, {}))).rejects.toEqual(
        unavailable,
      );
    }
    await gate.open();
    await worksAgain();
  });

  test('a connection that broke while idle is replaced', async () => {
    await worksAgain();
    const lost = new Promise((resolve) => pool.once('error', resolve));
    await gate.shut();
    await lost;
    await gate.open();
    await worksAgain();
  });

  test.each<[what: string, change: (url: URL) => void]>([
    ['nobody listens', (url) => Object.assign(url, { port: '1' })],
    ['the password is wrong', (url) => Object.assign(url, { password: 'secret' })],
    ['the login is unknown', (url) => Object.assign(url, { username: 'secret' })],
    ['the database is unknown', (url) => Object.assign(url, { pathname: '/secret' })],
    ['the host is unknown', (url) => Object.assign(url, { hostname: 'secret.invalid' })],
  ])('where %s, the message is the same and the cause says why', async (_, change) => {
    const url = new URL(database.urls.reader);
    change(url);
    const elsewhere = poolOf(url.href, 1);
    const error = await withEntitlements(elsewhere, movies, async () => 1).catch((cause: Error) => cause);
    expect(error).toEqual(unavailable);
    expect((error as Error).cause).toBeInstanceOf(Error);
    await elsewhere.end();
  });

  test('a pool without a free connection, and one that has ended, are told as unavailable', async () => {
    const busy = new pg.Pool({
      connectionString: database.urls.reader,
      max: 1,
      connectionTimeoutMillis: 200,
    });
    const held = await busy.connect();
    await expect(withEntitlements(busy, movies, async () => 1)).rejects.toEqual(unavailable);
    held.release();
    expect(await withEntitlements(busy, movies, async () => 1)).toBe(1);
    await busy.end();
    await expect(withEntitlements(busy, movies, async () => 1)).rejects.toEqual(unavailable);
  });

  test('a login that may not become the role gets nothing', async () => {
    const wrong = (work: (scope: AccountScope) => Promise<unknown>) =>
      withAccounts(database.pools.reader, work);
    await expect(wrong(async () => 1)).rejects.toEqual(
      expect.objectContaining({ code: 'query_failed', cause: expect.objectContaining({ code: '42501' }) }),
    );
    expect(await withAccounts(database.pools.accounts, async () => 1)).toBe(1);
  });
});

const needsOne = defineQuery<object, { a: string }>({ name: 'q', sql: 'SELECT :a', parameters: ['a'] });

/** All that a call sets on its connection. */
const tracesQuery = sql<Record<string, string>>(
  `SELECT session_user::text AS login, current_user::text AS role, COALESCE(current_setting('rls.types', true), '') AS types,
     COALESCE(current_setting('movie_hub.principal', true), '') AS principal, current_setting('statement_timeout') AS timeout,
     current_setting('transaction_read_only') AS read_only`,
);

async function traces(pool: Pool): Promise<unknown> {
  const { rows } = await pool.query(tracesQuery.text);
  const activity = await pool.query('SELECT now() = statement_timestamp() AS outside_transaction');
  return { ...rows[0], ...activity.rows[0] };
}
