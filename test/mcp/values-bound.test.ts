import { inspect } from 'node:util';
import {
  createPool,
  createQueryMcpServer,
  defineQuery,
  defineQueryTool,
  runLimitedQuery,
  runQuery,
  withEntitlements,
} from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ParameterValue } from '../../src/sdk/database/query';
import { databaseKinds } from '../support/databases';
import { call, connect, textOf } from '../support/mcp';
import { argument as argumentText, refusal, value as valueIs } from '../support/messages';
import { type OwnSchema, openOwnSchema } from '../support/own-schema';

const setup = (role: string): readonly string[] => [
  'CREATE SCHEMA kinds',
  'CREATE DOMAIN kinds.document AS jsonb',
  'CREATE DOMAIN kinds.titled AS kinds.document CHECK (VALUE IS NOT NULL)',
  'CREATE DOMAIN kinds.ids AS int8[]',
  'CREATE TABLE kinds.changing (value text[])',
  'ALTER TABLE kinds.changing ENABLE ROW LEVEL SECURITY',
  'CREATE POLICY every_row ON kinds.changing USING (true)',
  `GRANT USAGE ON SCHEMA kinds TO ${role}`,
  `GRANT SELECT ON kinds.changing TO ${role}`,
];

/** What arrives, as `::text` writes it. */
const arriving: readonly (readonly [type: string, value: ParameterValue, text: string | null])[] = [
  ['jsonb', ['a'], '["a"]'],
  ['jsonb', [], '[]'],
  ['json', [], '[]'],
  ['json', ['a', { b: [1, null] }], '["a",{"b":[1,null]}]'],
  ['jsonb', [[1, 2], []], '[[1, 2], []]'],
  ['jsonb', [null], '[null]'],
  ['jsonb', {}, '{}'],
  ['jsonb', { a: 'say "hi" \\ {}' }, '{"a": "say \\"hi\\" \\\\ {}"}'],
  ['jsonb', { at: new Date('2024-02-29T23:30:00Z') }, '{"at": "2024-02-29T23:30:00.000Z"}'],
  ['jsonb', '{"id": 9007199254740993}', '{"id": 9007199254740993}'],
  ['jsonb', '"a"', '"a"'],
  ['jsonb', 5, '5'],
  ['jsonb', true, 'true'],
  ['jsonb', null, null],
  ['kinds.document', ['a'], '["a"]'],
  ['kinds.titled', { a: [] }, '{"a": []}'],
  ['jsonb[]', [{ a: 1 }, ['b'], null, '"c"', 5], '{"{\\"a\\": 1}","[\\"b\\"]",NULL,"\\"c\\"",5}'],
  ['json[]', [], '{}'],
  ['kinds.document[]', [['a']], '{"[\\"a\\"]"}'],
  ['text[]', ['a', 'b"c', '{d}', '\\', '', 'NULL'], '{a,"b\\"c","{d}","\\\\","","NULL"}'],
  ['text[]', [], '{}'],
  ['text[]', [null, 'a'] as string[], '{NULL,a}'],
  ['int4[]', [1, 2], '{1,2}'],
  [
    'int4[]',
    [
      [1, 2],
      [3, 4],
    ] as object,
    '{{1,2},{3,4}}',
  ],
  ['int8[]', ['9007199254740993', 9007199254740993n], '{9007199254740993,9007199254740993}'],
  ['kinds.ids', [1, 2], '{1,2}'],
  ['bool[]', [true, false] as object, '{t,f}'],
  ['bytea[]', [Buffer.from('ab')] as object, '{"\\\\x6162"}'],
  ['bytea', Buffer.from('ab'), '\\x6162'],
  ['box[]', ['(1,1),(0,0)', '(3,3),(2,2)'], '{(1,1),(0,0);(3,3),(2,2)}'],
  ['timestamp[]', [new Date('2024-02-29T23:30:00Z')] as object, '{"2024-02-29 23:30:00"}'],
  ['int8', 9007199254740991, '9007199254740991'],
  ['int8', 9007199254740993n, '9007199254740993'],
  ['int8', '9007199254740993', '9007199254740993'],
  ['float8', 1e300, '1e+300'],
  ['float8[]', [1e300, 0.5], '{1e+300,0.5}'],
];

/** What is refused by name: it would arrive as another value. */
const refused: readonly (readonly [type: string, value: ParameterValue, predicate: string])[] = [
  ['text', ['a'], valueIs.list],
  ['int4', [1], valueIs.list],
  ['text', { a: 1 }, valueIs.object],
  ['text[]', { a: 1 }, valueIs.object],
  ['text[]', [{ a: 1 }], valueIs.object],
  ['int8', 9007199254740992, valueIs.rounded],
  ['int8', -9007199254740992, valueIs.rounded],
  ['numeric', 1e25, valueIs.rounded],
  ['text', 9007199254740992, valueIs.rounded],
  ['int8[]', [1, 9007199254740992], valueIs.rounded],
  ['jsonb', 9007199254740992, valueIs.rounded],
  ['jsonb', { a: [9007199254740992] }, valueIs.rounded],
  ['jsonb[]', [9007199254740992], valueIs.rounded],
  ['jsonb', { a: Number.NaN }, valueIs.notJson],
  ['timestamptz', new Date(Number.NaN), valueIs.invalidDate],
  ['date[]', [new Date(Number.NaN)] as object, valueIs.invalidDate],
  ['jsonb', { at: new Date(Number.NaN) }, valueIs.invalidDate],
];

/** Zones on both sides of UTC, with half hours, days of the year that differ, and odd offsets long ago. */
const zones = [
  'UTC',
  'America/New_York',
  'Asia/Kolkata',
  'Pacific/Kiritimati',
  'Europe/Amsterdam',
  'Africa/Monrovia',
];

const dates: readonly (readonly [iso: string, date: string, timestamp: string])[] = [
  ['2024-02-29T23:59:59.999Z', '2024-02-29', '2024-02-29 23:59:59.999'],
  ['2024-07-01T00:00:00.000Z', '2024-07-01', '2024-07-01 00:00:00'],
  ['1899-12-31T23:59:59.000Z', '1899-12-31', '1899-12-31 23:59:59'],
  ['1800-01-01T00:00:07.000Z', '1800-01-01', '1800-01-01 00:00:07'],
  ['0099-03-01T12:00:00.000Z', '0099-03-01', '0099-03-01 12:00:00'],
  ['0000-03-15T12:00:00.000Z', '0001-03-15 BC', '0001-03-15 12:00:00 BC'],
  ['-000043-03-15T12:00:00.123Z', '0044-03-15 BC', '0044-03-15 12:00:00.123 BC'],
  ['+012024-02-29T10:00:00.000Z', '12024-02-29', '12024-02-29 10:00:00'],
  ['+275760-09-13T00:00:00.000Z', '275760-09-13', '275760-09-13 00:00:00'],
];

/** With the value as text first: a bigint cannot be part of a test's name. */
const named = <Case extends readonly [type: string, value: unknown, ...rest: unknown[]]>(
  cases: readonly Case[],
) => cases.map((each) => [each[0], inspect(each[1]), each] as const);

const echo = (type: string) =>
  defineQuery<{ text: string | null }, { value: ParameterValue }>({
    name: 'echo',
    sql: `SELECT (:value::${type})::text AS text`,
    parameters: ['value'],
  });

describe.each(databaseKinds)('values that are bound, on %s', (kind) => {
  let own: OwnSchema;
  let pools: Pool[];
  beforeAll(async () => {
    own = await openOwnSchema(kind, setup);
    pools = kind === 'server' ? [own.pool, createPool({ connectionString: own.url, max: 1 })] : [own.pool];
  });
  afterAll(async () => {
    await pools[1]?.end();
    await own.close();
  });

  /** The same on a pool that sends ahead and on one that does not. */
  const onEach = async (type: string, value: ParameterValue) => {
    const query = echo(type);
    return Promise.all(
      pools.map(async (pool) => {
        const [row] = await withEntitlements(pool, own.of('ada'), (scope) =>
          runQuery(scope, query, { value }),
        );
        return row?.text;
      }),
    );
  };

  test.each(named(arriving))('%s takes %s', async (_, __, [type, value, text]) => {
    expect(await onEach(type, value)).toEqual(pools.map(() => text));
  });

  test.each(named(refused))('%s refuses %s by name', async (_, __, [type, value, predicate]) => {
    await expect(onEach(type, value)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: valueIs.of('value', predicate),
    });
  });

  test('what a value converts itself to is sent, and what it throws is passed on', async () => {
    expect(await onEach('timestamp', { toPostgres: () => new Date('2024-02-29T23:30:00Z') })).toEqual(
      pools.map(() => '2024-02-29 23:30:00'),
    );
    expect(await onEach('jsonb', { toPostgres: () => ['a'] })).toEqual(pools.map(() => '["a"]'));
    const thrown = new Error('of the caller');
    const throwing = () => {
      throw thrown;
    };
    await expect(onEach('text', { toPostgres: throwing })).rejects.toBe(thrown);
    await expect(onEach('jsonb', { toJSON: throwing })).rejects.toBe(thrown);
  });

  test('the types are asked for once, and only for values that depend on them', async () => {
    const query = defineQuery<object, { tags: ParameterValue }>({
      name: 'asked_once',
      sql: 'SELECT :tags::text[] AS tags',
      parameters: ['tags'],
    });
    for (const pool of pools) {
      const run = (tags: ParameterValue) =>
        countingQueries(pool, () =>
          withEntitlements(pool, own.of('ada'), (scope) =>
            runLimitedQuery(scope, query, { tags }, { maxRows: 5, maxBytes: 500 }),
          ),
        );
      await run(null);
      const without = await run('{a}');
      expect(await run(['a'])).toBe(without + 2);
      expect(await run(['b'])).toBe(without);
    }
  });

  test('two queries of one scope may learn their types at once', async () => {
    for (const pool of pools) {
      const rows = await withEntitlements(pool, own.of('ada'), (scope) =>
        Promise.all([
          runQuery(scope, echo('jsonb'), { value: ['a'] }),
          runQuery(scope, echo('text[]'), { value: ['a'] }),
          runQuery(scope, echo('int4'), { value: 7 }),
        ]),
      );
      expect(rows).toEqual([[{ text: '["a"]' }], [{ text: '{a}' }], [{ text: '7' }]]);
    }
  });

  test.each([{}, { preparedStatements: true }])(
    'a type that changed is learned again (%j)',
    async (options) => {
      const query = defineQuery<{ n: number }, { value: ParameterValue }>({
        name: 'changing',
        sql: 'SELECT count(*)::int4 AS n FROM kinds.changing WHERE value = :value',
        parameters: ['value'],
      });
      const hold = async (type: string, value: string) => {
        await own.admin.query(`ALTER TABLE kinds.changing DROP COLUMN value, ADD COLUMN value ${type}`);
        await own.admin.query(`INSERT INTO kinds.changing VALUES ('${value}')`);
      };
      const count = (pool: Pool, value: ParameterValue) =>
        withEntitlements(pool, own.of('ada'), (scope) => runQuery(scope, query, { value }), options);
      await own.admin.query('TRUNCATE kinds.changing');
      await hold('text[]', '{}');
      for (const pool of pools) expect(await count(pool, [])).toEqual([{ n: 1 }]);
      await own.admin.query('TRUNCATE kinds.changing');
      await hold('jsonb', '[]');
      for (const pool of pools) {
        // An empty list of text would be the empty object: it is never taken for it.
        expect(await count(pool, []).catch(() => [{ n: 1 }])).toEqual([{ n: 1 }]);
        expect(await count(pool, [])).toEqual([{ n: 1 }]);
        expect(await count(pool, {})).toEqual([{ n: 0 }]);
      }
    },
  );

  describe('as arguments of a tool', () => {
    const argument = (schema: object) => ({ description: 'A value.', ...schema });
    const ask = async (schema: object, type: string, value: unknown) => {
      const tool = defineQueryTool({
        name: 'ask',
        title: 'Ask',
        description: 'Returns what it is given.',
        sql: `SELECT (:value::${type})::text AS text`,
        input: { type: 'object', properties: { value: argument(schema) }, required: ['value'] },
        row: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
      });
      const client = await connect(
        createQueryMcpServer(own.pool, own.of('ada'), {
          name: 'bound',
          version: '1',
          instructions: 'Values.',
          tools: [tool],
        }),
      );
      const result = await call(client, 'ask', { value });
      await client.close();
      return result.isError
        ? textOf(result)
        : (result.structuredContent as { rows: { text: string }[] }).rows[0]?.text;
    };
    const beyond = (advice: string) => refusal(argumentText.beyond('value', advice));

    test.each<[schema: object, type: string, json: string, result: string]>([
      [{ type: 'array', items: { type: 'string' } }, 'jsonb', '["a"]', '["a"]'],
      [{ type: 'array', items: { type: 'string' } }, 'jsonb', '[]', '[]'],
      [{ type: 'array', items: { type: 'string' } }, 'text[]', '["a"]', '{a}'],
      [{ type: 'object' }, 'jsonb', '{"a": []}', '{"a": []}'],
      [{ type: 'integer' }, 'int8', '9007199254740991', '9007199254740991'],
      [{ type: 'integer' }, 'int8', '9007199254740993', beyond('')],
      [{ type: ['integer', 'string'] }, 'int8', '9007199254740993', beyond(': send it as text')],
      [{ type: ['integer', 'string'] }, 'int8', '"9007199254740993"', '9007199254740993'],
      [
        { anyOf: [{ type: 'integer' }, { type: 'string' }] },
        'int8',
        '-9007199254740993',
        beyond(': send it as text'),
      ],
      [{ type: 'number' }, 'int8', '9007199254740993', refusal(valueIs.of('value', valueIs.rounded))],
      [{ type: 'number' }, 'float8', '1e300', '1e+300'],
      [{}, 'numeric', '9007199254740993', refusal(valueIs.of('value', valueIs.rounded))],
    ])('%j for %s: %s', async (schema, type, json, result) => {
      expect(await ask(schema, type, JSON.parse(json))).toBe(result);
    });

    test('inside lists and objects too', async () => {
      const ids = { type: 'array', items: { type: 'integer' } };
      const list = JSON.parse('[1, 9007199254740993]');
      expect(await ask(ids, 'int8[]', list)).toBe(beyond('').replace('value', 'value.1'));
      expect(await ask(ids, 'int8[]', [1, 2])).toBe('{1,2}');
      expect(await ask({ type: 'object' }, 'jsonb', { list })).toBe(
        refusal(valueIs.of('value', valueIs.rounded)),
      );
    });
  });

  describe('as a Date', () => {
    const zone = process.env.TZ;
    afterEach(() => {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    });

    const instant = defineQuery<Record<string, string>, { at: Date }>({
      name: 'instant',
      sql: `SELECT :at::timestamptz AT TIME ZONE 'UTC' AS instant`,
      parameters: ['at'],
    });
    const wall = (type: string) =>
      defineQuery<{ value: string }, { at: Date }>({
        name: 'wall',
        sql: `SELECT :at::${type} AS value`,
        parameters: ['at'],
      });

    test.each(zones)(
      'arrives as the instant, or its date and time in UTC, where the process is in %s',
      async (tz) => {
        process.env.TZ = tz;
        for (const [iso, date, timestamp] of dates) {
          const at = new Date(iso);
          const read = await withEntitlements(own.pool, own.of('ada'), async (scope) => [
            (await runQuery(scope, instant, { at }))[0]?.instant,
            (await runQuery(scope, wall('date'), { at }))[0]?.value,
            (await runQuery(scope, wall('timestamp'), { at }))[0]?.value,
          ]);
          expect(read, iso).toEqual([timestamp, date, timestamp]);
        }
      },
    );

    test('before what PostgreSQL holds is refused', async () => {
      const at = new Date(-8_640_000_000_000_000);
      await expect(
        withEntitlements(own.pool, own.of('ada'), (scope) => runQuery(scope, instant, { at })),
      ).rejects.toMatchObject({ code: 'invalid_argument' });
    });
  });
});

/** Runs work, and returns how many statements the pool's one connection was sent. */
async function countingQueries(pool: Pool, work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const clients = new Set<{ query: unknown }>();
  const onAcquire = (client: { query: unknown }) => {
    if (clients.has(client)) return;
    clients.add(client);
    const original = client.query as (...args: unknown[]) => unknown;
    client.query = (...args: unknown[]) => {
      count += 1;
      return original.apply(client, args);
    };
  };
  pool.on('acquire', onAcquire);
  await work();
  pool.off('acquire', onAcquire);
  for (const client of clients) delete (client as { query?: unknown }).query;
  return count;
}
