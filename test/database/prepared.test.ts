import {
  createPool,
  createQueryMcpServer,
  defineQuery,
  defineQueryTool,
  movieEntitlements,
  runQuery,
  type ScopeOptions,
  withEntitlements,
} from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { call, connect } from '../support/mcp';
import { seed } from '../support/seed';
import { poolOf } from './pool-of';
import { movies, ofCode, titles } from './scope-database';

const makers = { plain: poolOf, pipelining: (url: string) => createPool({ connectionString: url, max: 1 }) };
const kinds = Object.keys(makers) as (keyof typeof makers)[];

describe.runIf(databaseKinds.includes('server')).each(kinds)(
  'prepared statements on a %s pool of one',
  (kind) => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await openDatabase('server');
      await seed(database.admin, [
        { id: 1, type: 1, title: 'A Film' },
        { id: 3, type: 3, title: 'A Series' },
        { id: 5, type: 5, title: 'A TV Film' },
      ]);
    });
    afterAll(() => database.close());

    const open = (): Pool => {
      const pool = makers[kind](database.urls.reader);
      onTestFinished(() => pool.end());
      return pool;
    };
    const prepared = { preparedStatements: true };
    const read = (pool: Pool, titleTypes: number[], options: ScopeOptions = prepared) =>
      withEntitlements(
        pool,
        movieEntitlements({ titleTypes }),
        (scope) => runQuery(scope, titles, {}),
        options,
      );
    test('a statement that its table has left behind costs one call, not every call', async () => {
      const pool = open();
      const all = defineQuery<object>({ name: 'all', sql: 'SELECT * FROM movie_hub.genres', parameters: [] });
      const readAll = () => withEntitlements(pool, movies, (scope) => runQuery(scope, all, {}), prepared);
      await readAll();
      await database.admin.query('ALTER TABLE movie_hub.genres ADD COLUMN added integer');
      onTestFinished(async () => {
        await database.admin.query('ALTER TABLE movie_hub.genres DROP COLUMN added');
      });
      await expect(readAll()).rejects.toEqual(ofCode('query_failed'));
      expect(await readAll()).toEqual([]);
    });

    const namesOn = async (pool: Pool): Promise<string[]> => {
      const { rows } = await pool.query('SELECT name FROM pg_prepared_statements ORDER BY 1');
      return rows.map(({ name }) => name);
    };

    test('are kept under names of theirs, and without the option there are none', async () => {
      const pool = open();
      expect(await read(pool, [1], {})).toEqual([{ title_id: 1 }]);
      expect(await read(pool, [1], { preparedStatements: false })).toEqual([{ title_id: 1 }]);
      expect(await namesOn(pool)).toEqual([]);
      await read(pool, [1]);
      const names = await namesOn(pool);
      expect(names).toEqual([
        expect.stringMatching(/^q_[0-9a-f]{16}$/),
        expect.stringMatching(/^settings_[0-9a-f]{16}$/),
      ]);
      await read(pool, [5]);
      expect(await namesOn(pool)).toEqual(names);
    });

    test('give each his own rows, however often they were planned for others', async () => {
      const pool = open();
      // PostgreSQL may take one plan for all from the sixth time on.
      for (let round = 0; round < 12; round += 1) {
        for (const types of [[1], [5], [1, 3], [3, 5], [1, 3, 5]])
          expect(await read(pool, types)).toEqual(types.map((title_id) => ({ title_id })));
      }
      const { rows } = await pool.query(
        `SELECT max(generic_plans) > 0 AS shared FROM pg_prepared_statements WHERE name ~ '^q_'`,
      );
      expect(rows).toEqual([{ shared: true }]);
    });

    test('are used again after a failure of any of them', async () => {
      const pool = open();
      const failing = defineQuery<object, { by: number }>({
        name: 'failing',
        sql: 'SELECT 1 / :by::integer AS quotient',
        parameters: ['by'],
      });
      const divide = (by: number) =>
        withEntitlements(pool, movies, (scope) => runQuery(scope, failing, { by }), prepared);
      const fail = () =>
        withEntitlements(
          pool,
          movies,
          async (scope) => {
            await runQuery(scope, failing, { by: 0 }).catch(() => undefined);
            // Not even parsed, in a transaction that has failed.
            return runQuery(scope, titles, {});
          },
          prepared,
        );
      for (let round = 0; round < 2; round += 1) {
        await expect(fail()).rejects.toEqual(ofCode('query_failed'));
        expect(await read(pool, [1])).toEqual([{ title_id: 1 }]);
        await expect(divide(0)).rejects.toEqual(ofCode('invalid_argument'));
        expect(await divide(1)).toEqual([{ quotient: 1 }]);
      }
      expect(pool.totalCount).toBe(1);
    });

    test('may run several at once in one scope, the same among them', async () => {
      const pool = open();
      const answers = await withEntitlements(
        pool,
        movies,
        (scope) => Promise.all([1, 2, 3].map(() => runQuery(scope, titles, {}))),
        prepared,
      );
      expect(answers).toEqual([1, 2, 3].map(() => [{ title_id: 1 }]));
    });

    test('two queries of one name and different text are not mixed up, whatever the name', async () => {
      const pool = open();
      const named = (name: string, n: number) =>
        defineQuery<{ n: number }>({ name, sql: `SELECT ${n} AS n`, parameters: [] });
      const odd = 'a name; with "quotes" '.repeat(5);
      const answers = await withEntitlements(
        pool,
        movies,
        async (scope) => [
          await runQuery(scope, named(odd, 1), {}),
          await runQuery(scope, named(odd, 2), {}),
          await runQuery(scope, named(odd, 1), {}),
        ],
        prepared,
      );
      expect(answers.flat()).toEqual([{ n: 1 }, { n: 2 }, { n: 1 }]);
      const names = await namesOn(pool);
      expect(names.length).toBe(3);
      for (const name of names) expect(name).toMatch(/^\w{1,63}$/);
    });

    test('are what tools use where the server is made with the option', async () => {
      const tool = defineQueryTool({
        name: 'list_titles',
        title: 'Titles',
        description: 'Lists titles.',
        sql: 'SELECT title_id FROM movie_hub.titles',
        input: { type: 'object', properties: {}, additionalProperties: false },
        row: { type: 'object', properties: { title_id: { type: 'integer' } } },
      });
      const words = { name: 'test', version: '1', instructions: 'For tests.', tools: [tool] };
      for (const [preparedStatements, names] of [
        [false, []],
        [true, [expect.stringMatching(/^list_titles_/), expect.stringMatching(/^settings_/)]],
      ] as const) {
        const pool = open();
        const client = await connect(createQueryMcpServer(pool, movies, { ...words, preparedStatements }));
        for (let round = 0; round < 2; round += 1) {
          const { structuredContent } = await call(client, 'list_titles', {});
          expect(structuredContent).toMatchObject({ rows: [{ title_id: 1 }] });
        }
        expect(await namesOn(pool)).toEqual(names);
        await client.close();
      }
    });
  },
);
