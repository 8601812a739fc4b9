import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { ToolSchema } from '../../src/sdk/schema';
import { argument } from '../support/messages';
import { advertised, anyRow, argumentKinds, noArguments, toolOf, zods } from './schema-kinds';

describe.each(argumentKinds)('%s', (_, input) => {
  test('one description of arguments is advertised in one way', () => {
    expect(toolOf(input).inputSchema).toEqual(advertised);
  });
});

describe.each(zods)('%s', (_, zod) => {
  const advertisedFor = (schema: object) => {
    const tool = toolOf(zod.object({ a: schema as z.ZodString }));
    return tool.inputSchema.properties.a;
  };

  test('a description may stand before or after what is said of the value', () => {
    expect(advertisedFor(zod.string().describe('It.').optional())).toEqual(
      advertisedFor(zod.string().optional().describe('It.')),
    );
    expect(advertisedFor(zod.string().describe('It.').default('x'))).toEqual({
      type: 'string',
      default: 'x',
      description: 'It.',
    });
  });

  test('an object inside that takes anything stays open', () => {
    const open = zod.object({ q: zod.string() }).passthrough().describe('Anything.');
    expect(advertisedFor(open)).not.toHaveProperty('additionalProperties', false);
    const tool = toolOf(zod.object({ a: open }));
    return expect(tool.readInput({ a: { q: 'x', more: 1 } })).resolves.toEqual({ a: { q: 'x', more: 1 } });
  });

  test('objects that are joined take what either has', async () => {
    const both = zod.intersection(zod.object({ q: zod.string() }), zod.object({ r: zod.string() }));
    const tool = toolOf(zod.object({ a: both.describe('Both.') }));
    expect(await tool.readInput({ a: { q: 'x', r: 'y' } })).toEqual({ a: { q: 'x', r: 'y' } });
    await expect(tool.readInput({ a: { q: 'x' } })).rejects.toThrow(argument.missing('a.r'));
  });

  test('a refinement of the whole leaves its arguments as they are', () => {
    const refined = zod.object({ a: zod.string().describe('It.') }).refine(() => true);
    const tool = toolOf(refined, anyRow, ['a']);
    expect(tool.inputSchema).toEqual({
      type: 'object',
      properties: { a: { type: 'string', description: 'It.' } },
      required: ['a'],
      additionalProperties: false,
    });
  });

  test('a row is advertised as the items of a list', () => {
    const row = zod.object({ id: zod.number(), note: zod.string().optional().describe('A note.') });
    expect(toolOf(noArguments, row).outputSchema.properties.rows).toEqual({
      type: 'array',
      description: expect.any(String),
      items: {
        type: 'object',
        properties: { id: { type: 'number' }, note: { type: 'string', description: 'A note.' } },
        required: ['id'],
        additionalProperties: false,
      },
    });
  });
});

describe.each(zods)('what %s keeps in a register', (version, zod) => {
  const id = () => zod.number().meta({ description: 'An id.', title: 'Id', examples: [7] });

  test('is advertised', () => {
    expect(toolOf(zod.object({ a: id().optional() })).inputSchema.properties.a).toEqual({
      type: 'number',
      description: 'An id.',
      title: 'Id',
      examples: [7],
    });
  });

  test('a schema with a name of its own is written out where it is used', async () => {
    const named = id().meta({ id: `named_${version}`, description: 'An id.' });
    const tool = toolOf(zod.object({ a: named }), zod.object({ n: named.nullable() }));
    expect(tool.inputSchema.properties.a).toMatchObject({ type: 'number', description: 'An id.' });
    expect(JSON.stringify([tool.inputSchema, tool.outputSchema])).not.toMatch(/\$ref|\$defs/);
    const answer = await tool.answer([{ n: '7' }, { n: null }], { input: {}, truncated: false });
    expect(answer).toMatchObject({ rows: [{ n: 7 }, { n: null }] });
  });

  test('a schema that holds itself can be looked up in the list of rows', () => {
    const { outputSchema } = toolOf(noArguments, zod.object({ n: zod.json() }));
    const refs = [...JSON.stringify(outputSchema).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, path = '']) => path,
    );
    expect(refs).not.toEqual([]);
    for (const path of refs) {
      const found = path
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], outputSchema);
      expect(found, path).toBeTypeOf('object');
    }
  });
});

describe('another library of the Standard Schema interface', () => {
  const json = { type: 'object', properties: { a: { type: 'string', description: 'It.' } } };
  const validate = (value: unknown) => ({ value: value as { a: string } });
  const standard = { version: 1, vendor: 'other', validate } as const;

  test('is asked for its JSON Schema', () => {
    const jsonSchema = { input: () => ({ ...json }), output: () => ({ ...json }) };
    const input: ToolSchema = { '~standard': Object.assign({ jsonSchema }, standard) };
    const tool = toolOf(input, anyRow, ['a']);
    expect(tool.inputSchema).toEqual({ ...json, additionalProperties: false });
  });

  test('is refused when it has none', () => {
    expect(() => toolOf({ '~standard': standard }, anyRow, ['a'])).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  });
});
