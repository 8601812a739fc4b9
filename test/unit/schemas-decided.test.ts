import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { argument } from '../support/messages';
import { noArguments, toolOf, type Zod, zods } from './schema-kinds';

const page = { input: {}, truncated: false };
const escaped = new RegExp(['^', '-x$'].join('\\'));

/** What JSON Schema says otherwise than zod: a value that zod takes, what it makes of it, and one that it refuses. */
const decided: readonly (readonly [
  what: string,
  of: (zod: Zod) => z.ZodType,
  taken: unknown,
  made: unknown,
  refused: unknown,
])[] = [
  ['multiples of a fraction', (zod) => zod.number().multipleOf(0.01), 19.99, 19.99, 19.999],
  ['a pattern without case', (zod) => zod.string().regex(/^[a-z]{2}$/i), 'US', 'US', 'USA'],
  ['two, one of them without case', (zod) => zod.string().regex(/^U/).regex(/s$/i), 'US', 'US', 'us'],
  [
    'a pattern after folding',
    (zod) =>
      zod
        .string()
        .toLowerCase()
        .regex(/^[a-z]+$/),
    'AB',
    'ab',
    '1',
  ],
  ['a length after trimming', (zod) => zod.string().trim().max(2), '  ab  ', 'ab', 'abc'],
  ['a pattern that others cannot read', (zod) => zod.string().regex(escaped), '-x', '-x', 'x'],
];

describe.each(zods)('of values %s decides', (_, zod) => {
  test.each(decided)('%s, as an argument', async (_, of, taken, made, refused) => {
    const tool = toolOf(zod.object({ a: of(zod).describe('It.') as z.ZodString }));
    expect(await tool.readInput({ a: taken })).toEqual({ a: made });
    await expect(tool.readInput({ a: refused })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/^The argument a: /),
    });
  });

  test.each(decided)('%s, as a column, which clients take too', async (_, of, taken, made, refused) => {
    const row = zod.object({ a: of(zod).nullable() as unknown as z.ZodString });
    const tool = toolOf(noArguments, row);
    const answer = await tool.answer([{ a: taken }], page);
    expect(answer).toMatchObject({ rows: [{ a: made }] });
    expect(new Ajv2020({ strict: false }).validate(tool.outputSchema, answer)).toBe(true);
    await expect(tool.answer([{ a: refused }], page)).rejects.toMatchObject({ code: 'internal' });
  });

  test('what is coerced may be sent as text', async () => {
    const tool = toolOf(zod.object({ a: zod.coerce.number().max(9).describe('It.') }));
    expect(await tool.readInput({ a: '5' })).toEqual({ a: 5 });
    await expect(tool.readInput({ a: '50' })).rejects.toThrow(/^The argument a: /);
    await expect(tool.readInput({})).rejects.toThrow(argument.missing('a'));
  });

  test('what can be said is advertised', () => {
    const a = zod.string().min(2).regex(/^U/).regex(/s$/i);
    const b = zod.number().multipleOf(5).multipleOf(0.5);
    const { a: text, b: number } = toolOf(zod.object({ a: a.describe('It.'), b: b.describe('It.') }))
      .inputSchema.properties as Record<string, object>;
    expect(text).toMatchObject({ type: 'string', minLength: 2 });
    expect(JSON.stringify(text)).toContain('"^U"');
    expect(JSON.stringify(text)).not.toContain('s$');
    expect(JSON.stringify(number)).not.toContain('0.5');
  });

  test('names are of the member of a union that a value is of', async () => {
    const one = zod.object({ kind: zod.literal('one'), n: zod.number().optional() });
    const two = zod.object({ kind: zod.literal('two'), m: zod.number().optional() });
    const a = zod.union([one, two, zod.string()]).describe('It.');
    const tool = toolOf(zod.object({ a }));
    for (const given of ['x', { kind: 'one', n: 1 }, { kind: 'two', m: 1 }])
      expect(await tool.readInput({ a: given })).toEqual({ a: given });
    await expect(tool.readInput({ a: { kind: 'one', m: 1 } })).rejects.toThrow(argument.unknown('a.m'));
    await expect(tool.readInput({ a: { kind: 'six' } })).rejects.toThrow(/^The argument a/);
  });

  test('a name that a strict object refuses is not repeated', async () => {
    const strict = zod.object({ q: zod.string() }).strict();
    const both = zod.intersection(strict, zod.object({ r: zod.string().optional() }).passthrough());
    const tool = toolOf(zod.object({ a: both.describe('It.') }));
    const failure = await tool.readInput({ a: { q: 'x', 'do SECRET': 1 } }).catch(String);
    expect(failure).toMatch(/no argument of that name|"q"/);
    expect(failure).not.toContain('SECRET');
  });
});

describe.each(zods)('a schema of %s that holds itself', (_, zod) => {
  const tree = zod.object({
    name: zod.string(),
    get kids(): z.ZodOptional<z.ZodArray<z.ZodType>> {
      return zod.array(tree as z.ZodType).optional();
    },
  });
  const tool = toolOf(zod.object({ tree: tree.describe('A tree.') }));
  const nested = (leaf: object) => ({ tree: { name: 'a', kids: [{ name: 'b', kids: [leaf] }] } });

  test('has its names at every depth', async () => {
    expect(await tool.readInput(nested({ name: 'c' }))).toEqual(nested({ name: 'c' }));
    await expect(tool.readInput(nested({ name: 'c', colour: 1 }))).rejects.toThrow(
      argument.unknown('tree.kids.0.kids.0.colour'),
    );
    await expect(tool.readInput(nested({}))).rejects.toThrow(argument.missing('tree.kids.0.kids.0.name'));
  });
});
