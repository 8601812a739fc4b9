import { defineQueryTool } from 'movie-hub';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { z as z4Of3 } from 'zod-3/v4';
import { z as z40 } from 'zod-4.0';
import type { InferSchema } from '../../src/sdk/schema';

// The compiler runs these tests (`npm run check:types`): a line that should be an error and is none is one itself.
// What is given to `compiled` is never called.
const compiled = (_: () => unknown) => undefined;

const text = { name: 'find_orders', title: 'Orders', description: 'Finds orders.' };
const sql = 'SELECT :customer, :from, :page_size';
const output = {
  type: 'object',
  properties: { count: { type: 'integer' }, first: { type: 'string' } },
  required: ['count'],
} as const;

interface Input {
  customer: string;
  page_size: number;
  from?: string | undefined;
}
interface Row {
  id: number;
  state: 'open' | 'paid';
  note: string | null;
  lines: { sku: string }[];
}
type Flat<Type> = { [Key in keyof Type]: Type[Key] };

const zodInput = z.object({
  customer: z.string().describe('Name.'),
  page_size: z.number().default(5).describe('How many.'),
  from: z.string().optional().describe('Since when.'),
});
const zodRow = z.object({
  id: z.number(),
  state: z.enum(['open', 'paid']),
  note: z.string().nullable(),
  lines: z.array(z.object({ sku: z.string() })),
});

test('arguments and rows have the types that zod 4 gives them', () => {
  compiled(() =>
    defineQueryTool({
      ...text,
      sql,
      input: zodInput,
      row: zodRow,
      output,
      answer: (rows, { input, truncated }) => {
        expectTypeOf(rows).toEqualTypeOf<readonly Flat<Row>[]>();
        expectTypeOf(input).toEqualTypeOf<Flat<Input>>();
        expectTypeOf(truncated).toEqualTypeOf<boolean>();
        // @ts-expect-error a column that the row does not have
        rows[0]?.total;
        // @ts-expect-error an argument that the input does not have
        input.until;
        return { count: rows.length };
      },
    }),
  );
});

test('and the same from any other zod', () => {
  const rowOf40 = z40.object({
    id: z40.number(),
    note: z40.string().nullable(),
    at: z40.string().optional(),
  });
  const rowOf4Of3 = z4Of3.object({
    id: z4Of3.number(),
    note: z4Of3.string().nullable(),
    at: z4Of3.string().optional(),
  });
  type Expected = { id: number; note: string | null; at?: string | undefined };
  expectTypeOf<InferSchema<typeof rowOf40>>().toEqualTypeOf<Expected>();
  expectTypeOf<InferSchema<typeof rowOf4Of3>>().toEqualTypeOf<Expected>();
  compiled(() => [
    defineQueryTool({
      ...text,
      sql: 'SELECT :page_size',
      input: z40.object({ page_size: z40.number().default(5).describe('How many.') }),
      row: rowOf40,
      output,
      answer: (rows, { input }) => {
        expectTypeOf(rows).toEqualTypeOf<readonly Expected[]>();
        expectTypeOf(input).toEqualTypeOf<{ page_size: number }>();
        return { count: rows.length };
      },
    }),
  ]);
});

test('and from JSON Schema that is written where the tool is defined', () => {
  compiled(() =>
    defineQueryTool({
      ...text,
      sql,
      input: {
        type: 'object',
        properties: {
          customer: { type: 'string', description: 'Name.' },
          page_size: { type: 'integer', default: 5, description: 'How many.' },
          from: { type: 'string', description: 'Since when.' },
        },
        required: ['customer'],
      },
      row: {
        type: 'object',
        properties: {
          id: { type: 'integer' },
          state: { enum: ['open', 'paid'] },
          note: { type: ['string', 'null'] },
          lines: {
            type: 'array',
            items: { type: 'object', properties: { sku: { type: 'string' } }, required: ['sku'] },
          },
          kind: { const: 'order' },
          isGift: { type: 'boolean' },
          other: {},
        },
        required: ['id', 'state', 'note', 'lines'],
      },
      output,
      answer: (rows, { input }) => {
        expectTypeOf(rows).toEqualTypeOf<
          readonly Flat<Row & { kind?: 'order'; isGift?: boolean; other?: unknown }>[]
        >();
        expectTypeOf(input).toEqualTypeOf<{ customer: string; page_size: number; from?: string }>();
        return { count: rows.length };
      },
    }),
  );
});

test('an answer has the type of its output', () => {
  const base = { ...text, sql, input: zodInput, row: zodRow };
  compiled(() => [
    defineQueryTool({ ...base, output, answer: (rows) => ({ count: rows.length, first: 'x' }) }),
    defineQueryTool({
      ...base,
      output: z.object({ ids: z.array(z.number()) }),
      answer: (rows) => ({ ids: rows.map(({ id }) => id) }),
    }),
    // @ts-expect-error a property is missing
    defineQueryTool({ ...base, output, answer: () => ({ first: 'x' }) }),
    // @ts-expect-error one has another type
    defineQueryTool({ ...base, output, answer: () => ({ count: 'x' }) }),
    // @ts-expect-error nor that of zod 4
    defineQueryTool({ ...base, output: z.object({ n: z.number() }), answer: () => ({ n: 'x' }) }),
    // @ts-expect-error it is made at once
    defineQueryTool({ ...base, output, answer: async () => ({ count: 1 }) }),
  ]);
});

test('a schema is an object of JSON Schema, or one of a library', () => {
  const base = { ...text, sql, input: zodInput, row: zodRow };
  compiled(() => [
    defineQueryTool(base),
    // @ts-expect-error JSON Schema of a text
    defineQueryTool({ ...base, row: { type: 'string' } }),
    // @ts-expect-error an object without properties
    defineQueryTool({ ...base, row: { type: 'object' } }),
    // @ts-expect-error zod's properties without their object
    defineQueryTool({ ...base, input: { customer: z.string() } }),
    // @ts-expect-error a type of PostgreSQL
    defineQueryTool({ ...base, row: 'orders' }),
  ]);
});
