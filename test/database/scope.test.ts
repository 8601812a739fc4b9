import { defineQuery, runQuery, type Scope, withEntitlements } from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withAccounts, withEditor } from '../../src/ui/scopes';
import { databaseKinds } from '../support/databases';
import { admin, broken, movies, ofCode, openScopeDatabase, type ScopeDatabase, sql } from './scope-database';

describe.each(databaseKinds)('a scope on %s', (kind) => {
  let opened: ScopeDatabase;
  let one: ScopeDatabase['one'];

  beforeAll(async () => {
    opened = await openScopeDatabase(kind);
    one = opened.one;
  });
  afterAll(() => opened.close());

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
