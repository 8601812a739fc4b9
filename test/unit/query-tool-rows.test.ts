import { defineQueryTool, isMovieHubError } from 'movie-hub';
import { describe, expect, test } from 'vitest';
import type { ToolSchema } from '../../src/sdk/schema';
import { messageOf, resultMessage } from '../support/messages';
import { noArguments, toolOf, type Zod, zods } from './schema-kinds';

const rowOf = (zod: Zod): ToolSchema =>
  zod.object({
    id: zod.number().int(),
    total: zod.number(),
    code: zod.string(),
    either: zod.union([zod.string(), zod.number()]).optional(),
    note: zod.string().optional(),
    seen_on: zod.string().nullable(),
    rank: zod.number().int().nullable().optional(),
    share: zod.number().optional(),
    place: zod.object({ city: zod.string() }).optional(),
  });

const asJsonSchema: ToolSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    total: { type: 'number' },
    code: { type: 'string' },
    either: { type: ['string', 'number'] },
    note: { type: 'string' },
    seen_on: { type: ['string', 'null'] },
    rank: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
    share: { type: 'number' },
    place: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
  required: ['id', 'total', 'code', 'seen_on'],
};

const kinds: readonly (readonly [name: string, row: ToolSchema])[] = [
  ...zods.map(([name, zod]) => [name, rowOf(zod)] as const),
  ['JSON Schema', asJsonSchema],
];

const secret = 'SECRET';
const right = { id: 1, total: 2.5, code: 'A', seen_on: '2026-01-31' };

/** Rows as the driver gives them, with what becomes of them. */
const fitting: readonly (readonly [what: string, row: object, read: object])[] = [
  ['a row as described', right, right],
  ['a column that is not described is left out', { ...right, password: secret }, right],
  ['NULL is left out where the column may be missing', { ...right, note: null, share: null }, right],
  ['NULL is kept where it may be null', { ...right, seen_on: null }, { ...right, seen_on: null }],
  ['NULL is kept where it may be either', { ...right, rank: null }, { ...right, rank: null }],
  ['int8 becomes an integer', { ...right, id: '42' }, { ...right, id: 42 }],
  ['a negative one too', { ...right, id: '-42' }, { ...right, id: -42 }],
  ['the longest exact one', { ...right, id: '9007199254740991' }, { ...right, id: 9007199254740991 }],
  ['one that may be null', { ...right, rank: '7' }, { ...right, rank: 7 }],
  ['one that may be missing', { ...right, share: '7' }, { ...right, share: 7 }],
  ['int8 becomes a number', { ...right, total: '42' }, { ...right, total: 42 }],
  ['numeric becomes a number', { ...right, total: '19.90' }, { ...right, total: 19.9 }],
  [
    'numeric becomes the nearest number',
    { ...right, total: '3.33333333333333333333' },
    { ...right, total: 3.3333333333333335 },
  ],
  ['text stays text', { ...right, code: '42' }, { ...right, code: '42' }],
  [
    'where it may be text or a number too',
    { ...right, either: '9007199254740993' },
    { ...right, either: '9007199254740993' },
  ],
  ['a number stays a number', { ...right, either: 42 }, { ...right, either: 42 }],
];

/** Rows that do not fit, with the column that the log names. */
const misfits: readonly (readonly [what: string, row: object, column: string])[] = [
  ['text instead of a number', { ...right, total: secret }, 'total'],
  ['empty text instead of a number', { ...right, total: '' }, 'total'],
  ['a number instead of text', { ...right, code: 7 }, 'code'],
  ['NULL where there must be a value', { ...right, code: null }, 'code'],
  ['a column that is missing', { ...right, seen_on: undefined }, 'seen_on'],
  ['an int8 that a double would round', { ...right, id: '9007199254740993' }, 'id'],
  ['one that becomes a number', { ...right, total: '9007199254740993' }, 'total'],
  ['a fraction instead of an integer', { ...right, id: '1.5' }, 'id'],
  ['NaN', { ...right, total: 'NaN' }, 'total'],
  ['an infinity', { ...right, total: 'Infinity' }, 'total'],
  ['a value inside another', { ...right, place: { city: 7 } }, 'place'],
];

const page = { input: {}, truncated: false };

describe.each(kinds)('rows described with %s', (name, row) => {
  const tool = toolOf(noArguments, row);

  test.each(fitting)('%s', async (_, given, read) => {
    expect(await tool.answer([given], page)).toEqual({ rows: [read], message: '1 row.' });
  });

  test.each(misfits)('%s does not fit', async (_, given, column) => {
    const failure: unknown = await tool.answer([right, given], page).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'internal',
      message: messageOf.internal,
    });
    const { cause } = failure as Error;
    expect(cause).toMatchObject({ message: expect.stringContaining('a row of find_orders') });
    expect(String(cause)).toContain(column);
  });

  test('more than was described inside a value', async () => {
    const given = { ...right, place: { city: 'Rome', country: 'it' } };
    const place = name === 'JSON Schema' ? given.place : { city: 'Rome' };
    expect(await tool.answer([given], page)).toMatchObject({ rows: [{ place }] });
  });
});

test('a default of the row stands for what is missing, whatever describes it', async () => {
  const state = { type: 'string', default: 'open' };
  for (const row of [
    ...zods.map(([, zod]) => zod.object({ state: zod.string().default('open') })),
    { type: 'object', properties: { state } } as const,
  ]) {
    const { rows } = (await toolOf(noArguments, row).answer([{}, { state: null }, { state: 'x' }], page)) as {
      rows: unknown;
    };
    expect(rows).toEqual([{ state: 'open' }, { state: 'open' }, { state: 'x' }]);
  }
});

test('a column may be named like what every object has', async () => {
  const row: ToolSchema = { type: 'object', properties: { constructor: { type: 'string' } } };
  const rows: object[] = JSON.parse('[{}, { "constructor": "x" }]');
  expect(await toolOf(noArguments, row).answer(rows, page)).toEqual({ rows, message: '2 rows.' });
});

describe('what the list says', () => {
  const text = { name: 'find_orders', title: 'Orders', description: 'Finds.', sql: 'SELECT 1 AS n' };
  const row = { type: 'object', properties: { n: { type: 'integer' } } } as const;
  const own = { whenEmpty: 'No order.', whenTruncated: 'Ask with after.' };
  const rows = [{ n: 1 }, { n: 2 }];

  test.each([
    ['nothing', [], false, {}, { rows: [], message: resultMessage.nothing }],
    ['nothing, in words of its own', [], false, own, { rows: [], message: 'No order.' }],
    ['all', rows, false, own, { rows, message: '2 rows.' }],
    [
      'less than all',
      rows,
      true,
      {},
      {
        rows,
        truncated: true,
        message: resultMessage.first('2 rows'),
      },
    ],
    [
      'less than all, in words of its own',
      rows.slice(1),
      true,
      own,
      { rows: [{ n: 2 }], truncated: true, message: 'Only the first 1 row. Ask with after.' },
    ],
  ] as const)('%s', async (_, given, truncated, words, answer) => {
    const tool = defineQueryTool({ ...text, ...words, input: noArguments, row });
    expect(await tool.answer(given, { input: {}, truncated })).toEqual(answer);
  });
});

describe.each(zods)('an answer of one’s own, described with %s', (_, zod) => {
  const base = {
    name: 'count_orders',
    title: 'Count',
    description: 'Counts.',
    sql: 'SELECT 1 AS n',
  } as const;
  const row = zod.object({ n: zod.number().int() });
  const output = zod.object({ count: zod.number().int().min(1), more: zod.boolean() });
  const tool = defineQueryTool({
    ...base,
    input: noArguments,
    row,
    output,
    answer: (rows, { truncated }) => ({ count: rows.reduce((sum, { n }) => sum + n, 0), more: truncated }),
  });

  test('is made of rows as they are described', async () => {
    expect(tool.outputSchema.required).toEqual(['count', 'more']);
    expect(await tool.answer([{ n: '40', x: secret }, { n: 2 }], page)).toEqual({ count: 42, more: false });
  });

  test('fails when it does not fit its output, and the fault is not the caller’s', async () => {
    const failure: unknown = await tool.answer([], page).catch((error: unknown) => error);
    expect(String(failure)).toMatch(/count_orders .*\/count .*>= 1/);
    expect(isMovieHubError(failure) && failure.code).not.toBe('invalid_argument');
  });
});
