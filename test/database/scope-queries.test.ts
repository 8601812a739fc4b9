import { defineEntitlements, runLimitedQuery, runQuery, withEntitlements } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withAccounts, withEditor } from '../../src/ui/scopes';
import { databaseKinds } from '../support/databases';
import { messageOf } from '../support/messages';
import {
  admin,
  broken,
  movies,
  ofCode,
  openScopeDatabase,
  type ScopeDatabase,
  sql,
  titles,
} from './scope-database';

const insert = sql<{ title_id: number }>(
  `INSERT INTO movie_hub.titles (title_type, primary_title, original_title) VALUES (1, 'New', 'New') RETURNING title_id`,
);

describe.each(databaseKinds)('queries of a scope on %s', (kind) => {
  let opened: ScopeDatabase;
  let one: ScopeDatabase['one'];

  beforeAll(async () => {
    opened = await openScopeDatabase(kind);
    one = opened.one;
  });
  afterAll(() => opened.close());

  test('a scope that reads writes nothing, even as a role that might', async () => {
    const editor = defineEntitlements({ role: 'movie_hub_editor', settings: {}, isEmpty: false });
    await expect(
      withEntitlements(one.editor, editor, (scope) => runQuery(scope, insert, {})),
    ).rejects.toEqual(
      expect.objectContaining({ code: 'query_failed', cause: expect.objectContaining({ code: '25006' }) }),
    );
    const [made] = await withEditor(one.editor, admin, (scope) => runQuery(scope, insert, {}));
    expect(await idsThereAre()).toEqual([1, 5, made?.title_id]);
    await opened.database.admin.query('DELETE FROM movie_hub.titles WHERE title_id = $1', [made?.title_id]);
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

  test.each<[what: string, thrown: unknown]>([
    ['an error', new Error('connection terminated')],
    ['what looks like an error of PostgreSQL', Object.assign(new Error('role'), { code: '22P02' })],
    ['an error for such a cause', new Error('mine', { cause: { code: '25006' } })],
    ['no error at all', 'text'],
    ['nothing', undefined],
  ])('what work throws is passed on as it is: %s', async (_, thrown) => {
    const fail = () => Promise.reject(thrown);
    for (const run of [
      () => withEntitlements(one.reader, movies, fail),
      () => withEditor(one.editor, admin, fail),
      () => withAccounts(one.accounts, fail),
    ])
      expect(await run().catch((cause: unknown) => ({ cause }))).toEqual({ cause: thrown });
    expect(await withEntitlements(one.reader, movies, (scope) => runQuery(scope, titles, {}))).toHaveLength(
      1,
    );
  });

  test('a query is one statement: a second one cannot end the transaction', async () => {
    // defineQuery would refuse it.
    const two = {
      ...sql<object>('SELECT 1'),
      text: `COMMIT; INSERT INTO movie_hub.titles (title_type, primary_title, original_title) VALUES (1, 'X', 'X')`,
    };
    await expect(withEditor(one.editor, admin, (scope) => runQuery(scope, two, {}))).rejects.toEqual(
      expect.objectContaining({ code: 'query_failed', cause: expect.objectContaining({ code: '42601' }) }),
    );
    expect(await idsThereAre()).toEqual([1, 5]);
  });

  test('no more rows come back than asked for, and whether there are more', async () => {
    const many = sql<{ n: number }>('SELECT n FROM generate_series(1, 10) AS n -- in order');
    const run = (maxRows: number) =>
      withEntitlements(one.reader, movies, (scope) =>
        runLimitedQuery(scope, many, {}, { maxRows, maxBytes: 1000 }),
      );
    expect(await run(3)).toEqual({ rows: [{ n: 1 }, { n: 2 }, { n: 3 }], truncated: 'rows' });
    expect(await run(10)).toMatchObject({ rows: { length: 10 }, truncated: false });
    for (const nothing of [0, -1, 1.5, Number.NaN])
      await expect(run(nothing)).rejects.toEqual(ofCode('invalid_argument'));
  });

  test('two columns of one name are refused: a row has room for one of them', async () => {
    const read = (text: string) =>
      withEntitlements(one.reader, movies, (scope) => runQuery(scope, sql(text), {}));
    await expect(read('SELECT 1 AS a, 2 AS b, 3 AS a')).rejects.toMatchObject({
      code: 'query_failed',
      cause: { message: expect.stringMatching(/\ba\b.*\bAS\b/) },
    });
    expect(await read('SELECT 1 AS a, 2 AS b, 3 AS c')).toEqual([{ a: 1, b: 2, c: 3 }]);
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
      nan: 'NaN',
      day: '2024-02-29',
      moment: '2024-02-29 23:59:59.123456',
      n: 7,
      yes: true,
      nothing: null,
      list: [1, 2],
      json: { a: [1] },
    });
  });

  describe('an error tells its code and nothing else', () => {
    const secret = /secret|select|insert|movie_hub\.|127\.0\.0\.1|localhost|hidden|role "|line \d/i;
    const read = (text: string) => () =>
      withEntitlements(one.reader, movies, (scope) => runQuery(scope, sql(text), {}));
    const edit = (text: string) => () =>
      withEditor(one.editor, admin, (scope) => runQuery(scope, sql(text), {}));

    test('database_not_ready: a missing role', async () => {
      const missing = defineEntitlements({ role: 'secret_role', settings: {} });
      const error = await withEntitlements(one.reader, missing, async () => 1).catch((cause: Error) => cause);
      expect(error).toMatchObject({ code: 'database_not_ready', message: expect.not.stringMatching(secret) });
      expect((error as Error).cause).toMatchObject({
        message: expect.stringContaining('CREATE ROLE secret_role'),
      });
    });

    test.each<[code: string, what: string, fail: () => Promise<unknown>, message: unknown]>([
      ['query_failed', 'a syntax error', read('SELEC secret'), messageOf.query_failed],
      ['query_failed', 'a division by zero', read(`SELECT length('secret') / 0`), messageOf.query_failed],
      [
        'query_failed',
        'a value of the wrong form in the SQL itself',
        read(`SELECT 'secret'::integer`),
        messageOf.query_failed,
      ],
      [
        'query_failed',
        'a missing right',
        read('SELECT password_hash FROM movie_hub_app.users'),
        messageOf.query_failed,
      ],
      [
        'query_failed',
        'a missing column',
        read('SELECT secret FROM movie_hub.titles'),
        messageOf.query_failed,
      ],
      [
        'conflict',
        'a key that is taken',
        edit(`INSERT INTO movie_hub.titles VALUES (5, 5, 'secret', 'secret')`),
        messageOf.conflict,
      ],
      [
        'conflict',
        'a row that something refers to is not there',
        edit(`INSERT INTO movie_hub.genres VALUES (99, 1, 'secret')`),
        messageOf.conflict,
      ],
      [
        'database_not_ready',
        'a missing table',
        read('SELECT * FROM movie_hub.secret'),
        expect.stringContaining('movie-hub db install'),
      ],
      [
        'database_not_ready',
        'a missing function',
        read('SELECT movie_hub.secret()'),
        expect.stringContaining('movie-hub db install'),
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
    const { rows } = await opened.database.admin.query<{ title_id: number }>(
      'SELECT title_id FROM movie_hub.titles ORDER BY 1',
    );
    return rows.map((row) => row.title_id);
  }
});
