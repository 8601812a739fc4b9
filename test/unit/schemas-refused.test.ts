import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { z as z3 } from 'zod-3';
import type { ToolSchema } from '../../src/sdk/schema';
import { argument } from '../support/messages';
import { anyRow, noArguments, toolOf, type Zod, zods } from './schema-kinds';

/** What has no JSON Schema, with what says the same as JSON. */
const notJson: readonly (readonly [
  what: string,
  wrong: (zod: Zod) => object,
  right: (zod: Zod) => object,
])[] = [
  ['a date', (zod) => zod.date(), (zod) => zod.string()],
  ['a coerced date', (zod) => zod.coerce.date(), (zod) => zod.coerce.number()],
  ['a bigint', (zod) => zod.bigint(), (zod) => zod.number().int()],
  ['a map', (zod) => zod.map(zod.string(), zod.number()), (zod) => zod.record(zod.string(), zod.number())],
  ['a set', (zod) => zod.set(zod.string()), (zod) => zod.array(zod.string())],
  ['a symbol', (zod) => zod.symbol(), (zod) => zod.string()],
  ['undefined', (zod) => zod.undefined(), (zod) => zod.null()],
  ['a date that may be missing', (zod) => zod.date().optional(), (zod) => zod.string().optional()],
  ['a list of dates', (zod) => zod.array(zod.date()), (zod) => zod.array(zod.string())],
  [
    'an object with a date',
    (zod) => zod.object({ on: zod.date() }),
    (zod) => zod.object({ on: zod.string() }),
  ],
  [
    'a date or a text',
    (zod) => zod.union([zod.date(), zod.string()]),
    (zod) => zod.union([zod.null(), zod.string()]),
  ],
];

/** What has none on the way out only: what it makes is unknown. */
const transforms: typeof notJson = [
  ['a transform', (zod) => zod.string().transform((text) => text.length), (zod) => zod.string()],
  [
    'one inside',
    (zod) => zod.array(zod.string().transform((text) => text.length)),
    (zod) => zod.array(zod.string()),
  ],
];

const refusal = (what: string) =>
  expect.objectContaining({
    code: 'invalid_argument',
    message: expect.stringContaining(what),
  });

describe.each(zods)('%s', (_, zod) => {
  const withArgument = (schema: object) =>
    toolOf(zod.object({ a: (schema as z.ZodType).describe('It.') as z.ZodString }));
  const withColumn = (schema: object) => toolOf(noArguments, zod.object({ a: schema as z.ZodString }));

  test.each(notJson)('%s is refused as an argument and as a column', (_, wrong, right) => {
    expect(() => withArgument(wrong(zod))).toThrow(refusal('the input of find_orders'));
    expect(() => withColumn(wrong(zod))).toThrow(refusal('a row of find_orders'));
    expect(withArgument(right(zod)).inputSchema.properties).toHaveProperty('a');
    expect(withColumn(right(zod)).name).toBe('find_orders');
  });

  test.each(transforms)('%s is refused as a column, and taken as an argument', (_, wrong, right) => {
    expect(() => withColumn(wrong(zod))).toThrow(refusal('a row of find_orders'));
    expect(withColumn(right(zod)).name).toBe('find_orders');
    expect(withArgument(wrong(zod)).inputSchema.properties).toHaveProperty('a');
  });

  const one = () => zod.object({ a: zod.string().describe('It.') });
  const two = () => zod.object({ a: zod.number().describe('It.') });
  const roots: readonly (readonly [what: string, root: ToolSchema])[] = [
    ['one of two objects', zod.union([one(), two()])],
    [
      'one of two that tell themselves apart',
      zod.discriminatedUnion('a', [
        zod.object({ a: zod.literal('x').describe('It.') }),
        zod.object({ a: zod.literal('y').describe('It.') }),
      ]),
    ],
    ['an object or null', one().nullable()],
    ['a text', zod.string()],
    ['a list', zod.array(one())],
    ['a record', zod.record(zod.string(), zod.string())],
  ];

  test.each(roots)('the root must not be %s', (_, root) => {
    const refused = expect.objectContaining({
      code: 'invalid_argument',
      message: expect.stringMatching(/^The root of .* must/),
    });
    expect(() => toolOf(root, anyRow, ['a'])).toThrow(refused);
    expect(() => toolOf(noArguments, root)).toThrow(refused);
    expect(toolOf(one(), two()).inputSchema.type).toBe('object');
  });
});

test('a classic schema of zod 3 is refused, with what to use instead', () => {
  const classic = z3.object({ a: z3.string().describe('It.') });
  const refused = expect.objectContaining({
    code: 'invalid_argument',
    message: expect.stringMatching(/zod 3 .*zod 4/),
  });
  expect(() => toolOf(classic, anyRow, ['a'])).toThrow(refused);
  expect(() => toolOf(noArguments, classic)).toThrow(refused);
});

describe('JSON Schema', () => {
  const a = { type: 'string', description: 'It.' };
  const wrongs: readonly (readonly [what: string, schema: object])[] = [
    ['of a text', { type: 'string' }],
    ['without a type', { properties: { a } }],
    ['without properties', { type: 'object' }],
    ['with oneOf', { type: 'object', properties: { a }, oneOf: [{ required: ['a'] }] }],
    ['with anyOf', { type: 'object', properties: { a }, anyOf: [{ required: ['a'] }] }],
    ['with allOf', { type: 'object', properties: { a }, allOf: [{ required: ['a'] }] }],
    ['of an unknown type', { type: 'object', properties: { a: { ...a, type: 'txt' } } }],
    ['with a wrong limit', { type: 'object', properties: { a: { ...a, minLength: 'one' } } }],
    ['with a wrong pattern', { type: 'object', properties: { a: { ...a, pattern: '(' } } }],
    ['that looks up what is not there', { type: 'object', properties: { a: { ...a, $ref: '#/$defs/b' } } }],
  ];

  test.each(wrongs)('%s is refused', (_, schema) => {
    const refused = expect.objectContaining({ code: 'invalid_argument' });
    expect(() => toolOf(schema as ToolSchema, anyRow, ['a'])).toThrow(refused);
    expect(() => toolOf(noArguments, schema as ToolSchema)).toThrow(refused);
  });

  test('of the right form is accepted, and looks up its own definitions', async () => {
    const tool = toolOf({
      type: 'object',
      properties: { a: { $ref: '#/$defs/text' } },
      $defs: { text: a },
    } as ToolSchema);
    expect(tool.inputSchema.properties).toEqual({ a });
    await expect(tool.readInput({ a: 1 })).rejects.toThrow(argument.is('a', 'string'));
  });

  test('is read once: what is done to it later changes no tool', async () => {
    const schema = { type: 'object' as const, properties: { a: { ...a } } };
    const tool = toolOf(schema);
    schema.properties.a.type = 'number';
    expect(tool.inputSchema.properties.a).toEqual(a);
    expect(await tool.readInput({ a: 'x' })).toEqual({ a: 'x' });
  });
});

test.each([null, 'text', 7])('%s is no schema', (schema) => {
  const refused = expect.objectContaining({ code: 'invalid_argument' });
  expect(() => toolOf(schema as unknown as ToolSchema, anyRow, [])).toThrow(refused);
  expect(() => toolOf(noArguments, schema as unknown as ToolSchema)).toThrow(refused);
});
