import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { ToolSchema } from '../../src/sdk/schema';
import { argument } from '../support/messages';
import { anyRow, toolOf, type Zod, zods } from './schema-kinds';

type Json = Record<string, unknown>;

const text = { type: 'string' };
const refused = (name: string) =>
  expect.objectContaining({ code: 'invalid_argument', message: argument.unknown(name) });

/** A library whose JSON Schema is exactly this, and that takes every value and drops nothing. */
function ofLibrary(properties: Json, $defs: Json = {}): ToolSchema {
  const json = { type: 'object', properties, $defs };
  const jsonSchema = { input: () => structuredClone(json), output: () => structuredClone(json) };
  const validate = (value: unknown) => ({ value: value as object });
  return { '~standard': Object.assign({ version: 1, vendor: 'other', validate, jsonSchema } as const) };
}

describe('an unknown name inside an argument is refused whatever stands around it', () => {
  /** Holds itself, so that it stays a definition. */
  const node = {
    type: 'object',
    properties: { n: text, kids: { type: 'array', items: { $ref: '#/$defs/node' } } },
  };
  const looksLikeSchema = { allOf: [{ $ref: '#/$defs/node' }], properties: { n: text } };

  test.each<[what: string, beside: Json]>([
    ['nothing', {}],
    ['a description that quotes a schema', { description: JSON.stringify(looksLikeSchema) }],
    ['a title', { title: '"allOf":[{"$ref":"#/$defs/node"}]' }],
    ['a constant', { const: looksLikeSchema }],
    ['an enum', { enum: [looksLikeSchema, 1] }],
    ['a default', { default: looksLikeSchema }],
    ['a default that refers', { default: { $ref: '#/$defs/node', n: 'x' } }],
    ['examples', { examples: [looksLikeSchema] }],
    ['a keyword that nobody knows', { 'x-note': looksLikeSchema }],
    ['a property of that name', { type: 'object', properties: { allOf: { $ref: '#/$defs/node' } } }],
    ['a property named $ref', { type: 'object', properties: { $ref: text } }],
    ['one that is joined from it', { allOf: [{ $ref: '#/$defs/node' }, { properties: { more: text } }] }],
  ])('%s', async (_, beside) => {
    const about = { description: 'It.', ...beside };
    const input = ofLibrary({ a: { description: 'A node.', $ref: '#/$defs/node' }, beside: about }, { node });
    const tool = toolOf(input, anyRow, ['a', 'beside']);
    const given = (leaf: Json) => ({ a: { n: 'x', kids: [{ kids: [leaf] }] } });
    expect(await tool.readInput(given({ n: 'y' }))).toEqual(given({ n: 'y' }));
    await expect(tool.readInput(given({ m: 'y' }))).rejects.toEqual(refused('a.kids.0.kids.0.m'));
    // What is data is advertised as it was written.
    if (!('type' in beside || 'allOf' in beside)) expect(tool.inputSchema.properties.beside).toEqual(about);
  });

  test.each<[what: string, first: Json]>([
    ['a bracket', { description: 'one of [a] or [b]' }],
    ['an enum', { properties: { kind: { enum: ['x]'] } } }],
    ['a list', { properties: { tags: { type: 'array', prefixItems: [text] } } }],
    ['none of those', {}],
  ])('objects that are joined take the names of both: the first has %s', async (_, first) => {
    const input = ofLibrary(
      {
        a: {
          description: 'Both.',
          allOf: [{ type: 'object', properties: {}, ...first }, { $ref: '#/$defs/node' }],
        },
      },
      { node },
    );
    const tool = toolOf(input, anyRow, ['a']);
    expect(await tool.readInput({ a: { n: 'x' } })).toEqual({ a: { n: 'x' } });
    await expect(tool.readInput({ a: { kids: [{ m: 1 }] } })).rejects.toEqual(refused('a.kids.0.m'));
  });

  test('a definition whose name is written with escapes', async () => {
    const name = 'a/b~"c';
    const $ref = '#/$defs/a~1b~0"c';
    const odd = { type: 'object', properties: { n: text, kids: { type: 'array', items: { $ref } } } };
    const joined = { description: 'It.', allOf: [{ $ref }, { type: 'object', properties: { m: text } }] };
    const tool = toolOf(ofLibrary({ a: joined }, { [name]: odd }), anyRow, ['a']);
    const given = { a: { n: 'x', m: 'y', kids: [{ n: 'z' }] } };
    expect(await tool.readInput(given)).toEqual(given);
    await expect(tool.readInput({ a: { kids: [{ m: 'z' }] } })).rejects.toEqual(refused('a.kids.0.m'));
  });
});

/** Where an object may stand, with what holds a value of it there, and the path to it. */
const places: readonly (readonly [
  what: string,
  of: (object: z.ZodType, zod: Zod) => z.ZodType,
  given: (value: Json) => unknown,
  path: string,
])[] = [
  ['itself', (object) => object, (value) => value, 'a'],
  ['one that may be missing or null', (object) => object.nullable().optional(), (value) => value, 'a'],
  ['a list', (object, zod) => zod.array(object), (value) => [value], 'a.0'],
  ['a list of lists', (object, zod) => zod.array(zod.array(object)), (value) => [[], [value]], 'a.1.0'],
  ['a tuple', (object, zod) => zod.tuple([zod.string(), object]), (value) => ['x', value], 'a.1'],
  ['a record', (object, zod) => zod.record(zod.string(), object), (value) => ({ x: value }), 'a.x'],
  ['an object', (object, zod) => zod.object({ in: object }), (value) => ({ in: value }), 'a.in'],
  [
    'an open object',
    (object, zod) => zod.object({ in: object }).passthrough(),
    (value) => ({ in: value, more: { any: 1 } }),
    'a.in',
  ],
  [
    'the rest of an object',
    (object, zod) => zod.object({}).catchall(object),
    (value) => ({ x: value }),
    'a.x',
  ],
  ['a union', (object, zod) => zod.union([zod.string(), zod.array(object)]), (value) => [value], 'a.0'],
  [
    'one of two joined objects',
    (object, zod) => zod.intersection(zod.object({ in: object }), zod.object({ r: zod.string() })),
    (value) => ({ in: value, r: 'x' }),
    'a.in',
  ],
  [
    'lists that are joined',
    (object, zod) => zod.intersection(zod.array(object), zod.array(zod.object({ r: zod.string() }))),
    (value) => [{ ...value, r: 'x' }],
    'a.0',
  ],
  [
    'both of two joined objects',
    (object, zod) =>
      zod.intersection(zod.object({ in: object }), zod.object({ in: zod.object({ r: zod.string() }) })),
    (value) => ({ in: { ...value, r: 'x' } }),
    'a.in',
  ],
  [
    'an object joined with a union',
    (object, zod) =>
      zod.intersection(object, zod.union([zod.object({ r: zod.string() }), zod.object({ s: zod.string() })])),
    (value) => ({ ...value, s: 'x' }),
    'a',
  ],
  [
    'three joined objects',
    (object, zod) =>
      zod.intersection(
        zod.intersection(zod.object({ r: zod.string() }), object),
        zod.object({ s: zod.string().optional() }),
      ),
    (value) => ({ ...value, r: 'x', s: 'y' }),
    'a',
  ],
];

describe.each(zods)('an unknown name in an object of %s is refused in', (_, zod) => {
  test.each(places)('%s', async (_, of, given, path) => {
    const a = of(zod.object({ n: zod.string() }), zod).describe('It.') as z.ZodString;
    const tool = toolOf(zod.object({ a }));
    expect(await tool.readInput({ a: given({ n: 'x' }) })).toEqual({ a: given({ n: 'x' }) });
    await expect(tool.readInput({ a: given({ n: 'x', m: 1 }) })).rejects.toEqual(refused(`${path}.m`));
  });

  test('and of joined unions by the member that is meant', async () => {
    const kind = (name: string) => zod.object({ kind: zod.literal(name), [name]: zod.string().optional() });
    const a = zod
      .intersection(zod.object({ r: zod.string() }), zod.union([kind('one'), kind('two')]))
      .describe('It.') as unknown as z.ZodString;
    const tool = toolOf(zod.object({ a }));
    expect(await tool.readInput({ a: { r: 'x', kind: 'two', two: 'y' } })).toEqual({
      a: { r: 'x', kind: 'two', two: 'y' },
    });
    await expect(tool.readInput({ a: { r: 'x', kind: 'two', one: 'y' } })).rejects.toEqual(refused('a.one'));
  });
});
