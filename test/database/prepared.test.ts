import {
  createPool,
  createQueryMcpServer,
  defineQuery,
  defineQueryTool,
  movieEntitlements,
  runQuery,
  withEntitlements,
} from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ScopeOptions } from '../../src/sdk/database/scope';
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
    /** Runs statements as the owner, and others after the test. */
    const change = async (now: string, afterwards: string) => {
      await database.admin.query(now);
      onTestFinished(async () => {
        await database.admin.query(afterwards);
      });
    };
    const stale = defineQuery<{ what: string }, { id: string }>({
      name: 'stale',
      sql: 'SELECT t.*, t.what::text AS text FROM movie_hub.stale_things AS t WHERE id = :id',
      parameters: ['id'],
    });
    const make = (columns: string, row: string) => `
      CREATE TABLE movie_hub.stale_things (${columns}); INSERT INTO movie_hub.stale_things VALUES (${row});
      ALTER TABLE movie_hub.stale_things ENABLE ROW LEVEL SECURITY;
      CREATE POLICY all_things ON movie_hub.stale_things USING (current_setting('rls.types', true) = '{1}');
      GRANT SELECT ON movie_hub.stale_things TO movie_hub_reader;`;
    const drop = 'DROP TABLE movie_hub.stale_things; DROP TYPE IF EXISTS movie_hub.stale_kind';
    const changes: Record<string, (pool: Pool) => Promise<unknown>> = {
      'a column was added': () =>
        database.admin.query('ALTER TABLE movie_hub.stale_things ADD COLUMN added integer'),
      'a column was dropped': () =>
        database.admin.query('ALTER TABLE movie_hub.stale_things DROP COLUMN other'),
      'a column has another type': () =>
        database.admin.query('ALTER TABLE movie_hub.stale_things ALTER COLUMN what TYPE varchar(9)'),
      'what a parameter is compared with has another type': () =>
        database.admin.query('ALTER TABLE movie_hub.stale_things ALTER COLUMN id TYPE text'),
      'it is another table of the name': () =>
        database.admin.query(`${drop}; ${make('id integer, what text, more date', `7, 'it'`)}`),
      'the type of a parameter is gone': async () => {
        await database.admin.query('ALTER TABLE movie_hub.stale_things ALTER COLUMN id TYPE text');
        await database.admin.query('DROP TYPE movie_hub.stale_kind');
      },
      'its statements were discarded': (pool) => pool.query('DEALLOCATE ALL'),
    };

    describe('a statement that a change made stale is run once more', () => {
      const ofThings = (pool: Pool, titleTypes = [1]) =>
        withEntitlements(
          pool,
          movieEntitlements({ titleTypes }),
          async (scope) => {
            ran += 1;
            return (await runQuery(scope, stale, { id: '7' })).map(({ what }) => what);
          },
          prepared,
        );
      let ran = 0;

      test.each(Object.entries(changes))('when %s, and the work is not', async (what, makeStale) => {
        const isKind = what.startsWith('the type of');
        await change(
          isKind
            ? `CREATE TYPE movie_hub.stale_kind AS ENUM ('7'); ${make('id movie_hub.stale_kind, what text, other text', `'7', 'it', 'x'`)}`
            : make('id integer, what text, other text', `7, 'it', 'x'`),
          drop,
        );
        const pool = open();
        for (let round = 0; round < 7; round += 1) expect(await ofThings(pool)).toEqual(['it']);
        await makeStale(pool);
        ran = 0;
        // Under policies as ever.
        expect(await ofThings(pool, [5])).toEqual([]);
        expect(await ofThings(pool)).toEqual(['it']);
        expect(ran).toBe(2);
        expect(await read(pool, [5])).toEqual([{ title_id: 5 }]);
      });

      test('as the second of a scope, where what the first has read and set stays', async () => {
        await change(make('id integer, what text, other text', `7, 'it', 'x'`), drop);
        const pool = open();
        const set = defineQuery<{ time: string; snapshot: string }>({
          name: 'set',
          sql: `SELECT now()::text AS time, pg_current_snapshot()::text AS snapshot, set_config('shop.tenant', '7', true)`,
          parameters: [],
        });
        const tenant = defineQuery<{ time: string; tenant: string }>({
          name: 'tenant',
          sql: `SELECT now()::text AS time, current_setting('shop.tenant', true) AS tenant`,
          parameters: [],
        });
        const both = () =>
          withEntitlements(
            pool,
            movies,
            async (scope) => {
              const [first] = await runQuery(scope, set, {});
              const [thing] = await runQuery(scope, stale, { id: '7' });
              const [last] = await runQuery(scope, tenant, {});
              return { what: thing?.what, tenant: last?.tenant, isOne: last?.time === first?.time };
            },
            prepared,
          );
        const whole = { what: 'it', tenant: '7', isOne: true };
        expect(await both()).toEqual(whole);
        await database.admin.query('ALTER TABLE movie_hub.stale_things ADD COLUMN added integer');
        expect(await both()).toEqual(whole);
        expect(await both()).toEqual(whole);
      });

      test('among several at once, whichever they are', async () => {
        await change(make('id integer, what text, other text', `7, 'it', 'x'`), drop);
        const pool = open();
        for (const order of ['first', 'last', 'all'] as const) {
          const ask = () =>
            withEntitlements(
              pool,
              movies,
              (scope) => {
                const things = () => runQuery(scope, stale, { id: '7' });
                const ids = () => runQuery(scope, titles, {});
                const each = {
                  first: [things, ids, ids],
                  last: [ids, ids, things],
                  all: [things, things, things],
                };
                return Promise.all(each[order].map((run) => run()));
              },
              prepared,
            );
          const answers = await ask();
          await database.admin.query(`ALTER TABLE movie_hub.stale_things ADD COLUMN "${order}" integer`);
          expect(await ask()).toMatchObject(answers);
        }
      });

      test('as a tool of a server', async () => {
        await change(make('id integer, what text, other text', `7, 'it', 'x'`), drop);
        const tool = defineQueryTool({
          name: 'things',
          title: 'Things',
          description: 'Lists things.',
          sql: 'SELECT * FROM movie_hub.stale_things',
          input: { type: 'object', properties: {}, additionalProperties: false },
          row: { type: 'object', properties: { what: { type: 'string' } } },
        });
        const words = { name: 'test', version: '1', instructions: 'For tests.', tools: [tool] };
        const client = await connect(createQueryMcpServer(open(), movies, { ...words, ...prepared }));
        const rows = async () => (await call(client, 'things', {})).structuredContent;
        expect(await rows()).toMatchObject({ rows: [{ what: 'it' }] });
        for (const column of ['a', 'b']) {
          await database.admin.query(`ALTER TABLE movie_hub.stale_things ADD COLUMN ${column} integer`);
          expect(await rows()).toMatchObject({ rows: [{ what: 'it' }] });
        }
        await client.close();
      });
    });

    test('what fails for another reason is not run until it has rows twice, and says why it failed', async () => {
      // The error of a stale statement, from within one that gives a row first.
      await change(
        `CREATE FUNCTION movie_hub.not_supported(n integer) RETURNS integer LANGUAGE plpgsql AS
           $$ BEGIN IF n = 2 THEN RAISE SQLSTATE '0A000'; END IF; RETURN n; END $$`,
        'DROP FUNCTION movie_hub.not_supported(integer)',
      );
      const pool = open();
      const sent: string[] = [];
      pool.on('connect', (client) => {
        const query = client.query.bind(client) as (...args: unknown[]) => unknown;
        Object.assign(client, {
          query: (...args: unknown[]) => {
            sent.push(String((args[0] as { text?: string }).text ?? args[0]));
            return query(...args);
          },
        });
      });
      const failWith = (text: string) => {
        const failing = defineQuery<object>({ name: 'failing', sql: text, parameters: [] });
        return withEntitlements(pool, movies, (scope) => runQuery(scope, failing, {}), prepared);
      };
      const late = 'SELECT movie_hub.not_supported(n) FROM generate_series(1, 2) AS n';
      await expect(failWith(late)).rejects.toMatchObject({ code: 'query_failed', cause: { code: '0A000' } });
      expect(sent.filter((text) => text === late)).toHaveLength(1);
      const missing = 'SELECT no_such_column FROM movie_hub.titles';
      await expect(failWith(missing)).rejects.toMatchObject({
        code: 'query_failed',
        cause: { code: '42703' },
      });
      await expect(failWith('SELECT 1 / 0 AS n')).rejects.toMatchObject({ cause: { code: '22012' } });
      expect(sent.filter((text) => text.includes('1 / 0'))).toHaveLength(1);
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
