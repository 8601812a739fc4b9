import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineQueryTool } from 'movie-hub';
import { afterAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { ToolSchema } from '../../src/sdk/schema';
import { anyRow, argumentKinds, zods } from './schema-kinds';

const folder = mkdtempSync(join(tmpdir(), 'movie-hub-sql-'));
const file = join(folder, 'find_orders.sql');
writeFileSync(file, '-- Orders of a customer.\nSELECT 1 AS n WHERE :customer = :tenant;\n');
afterAll(() => rmSync(folder, { recursive: true }));

type Definition = Parameters<typeof defineQueryTool<ToolSchema, ToolSchema, string, ToolSchema>>[0];

const customer = { type: 'string', description: 'Name of the customer.' } as const;
const input = (properties: Record<string, object>): ToolSchema => ({ type: 'object', properties });
const right: Definition = {
  name: 'find_orders',
  title: 'Orders',
  description: 'Finds the orders of a customer.',
  sql: 'SELECT 1 AS n WHERE :customer = :tenant',
  input: input({ customer }),
  row: anyRow,
  bind: { tenant: (principal) => principal },
};
const define = (change: object = {}) =>
  defineQueryTool<ToolSchema, ToolSchema, string, ToolSchema>({ ...right, ...change });

const output = input({ n: { type: 'integer' } });
const answer = () => ({ n: 1 });

/** What is wrong, and what makes it right. */
const mistakes: readonly (readonly [what: string, wrong: object, message: RegExp, mended: object])[] = [
  [
    'a bound value that is no function',
    { bind: { tenant: '7' } },
    /tenant of find_orders .*function/,
    { bind: { tenant: () => '7' } },
  ],
  [
    'a statement that ends the transaction',
    { sql: '-- done\n COMMIT', input: input({}), bind: {} },
    /transaction/,
    { sql: "-- done\n SELECT 'COMMIT'", input: input({}), bind: {} },
  ],
  [
    'a parameter that is neither argument nor bound',
    { sql: 'SELECT :customer, :tenant, :year' },
    /uses :year/,
    { sql: 'SELECT :customer, :tenant, 2026' },
  ],
  [
    'an argument that the SQL does not use',
    { sql: 'SELECT :tenant' },
    / :customer\b/,
    { sql: 'SELECT :tenant', input: input({}) },
  ],
  [
    'an argument that only a comment and a text name',
    { sql: "SELECT :tenant, ':customer' -- :customer" },
    / :customer\b/,
    { sql: "SELECT :tenant, ':customer' -- :customer\n, :customer" },
  ],
  [
    'a bound name that the SQL does not use',
    { sql: 'SELECT :customer' },
    / :tenant\b/,
    { sql: 'SELECT :customer', bind: {} },
  ],
  [
    'a name that is bound and an argument',
    { bind: { tenant: () => 1, customer: () => 1 } },
    /customer of find_orders is bound/,
    { bind: { tenant: () => 1 } },
  ],
  ['no SQL', { sql: '' }, /is empty/, {}],
  ['SQL of a semicolon', { sql: ' ; \n' }, /is empty/, { sql: `${String(right.sql)} ; \n` }],
  [
    'numbered parameters',
    { sql: 'SELECT $1, :customer, :tenant' },
    /not \$1/,
    { sql: "SELECT '$1', :customer, :tenant" },
  ],
  [
    'an open comment',
    { sql: 'SELECT :customer, :tenant /* ' },
    /comment/,
    { sql: 'SELECT :customer, :tenant /* */' },
  ],
  [
    'a file that is not there',
    { sql: pathToFileURL(join(folder, 'other.sql')) },
    /file:.*other\.sql/,
    { sql: pathToFileURL(file) },
  ],
  [
    'a URL that is no file’s',
    { sql: new URL('https://example.com/find_orders.sql') },
    /https:/,
    { sql: pathToFileURL(file) },
  ],
  ['a name with a capital', { name: 'findOrders' }, /must match/, { name: 'find_orders_2' }],
  ['a name with a dash', { name: 'find-orders' }, /must match/, {}],
  ['a name of 41 characters', { name: 'a'.repeat(41) }, /must match/, { name: 'a'.repeat(40) }],
  ['an empty name', { name: '' }, /must match/, {}],
  ['no name', { name: undefined }, /must match/, {}],
  ['no title', { title: undefined }, /needs a title/, {}],
  ['an empty title', { title: ' ' }, /needs a title/, {}],
  ['no description', { description: undefined }, /needs a description/, {}],
  ['an empty description', { description: '\n' }, /needs a description/, {}],
  [
    'an argument without a description',
    { input: input({ customer: { type: 'string' } }) },
    /customer of find_orders .*description/,
    { input: input({ customer }) },
  ],
  [
    'an argument with an empty one',
    { input: input({ customer: { ...customer, description: ' ' } }) },
    /customer of find_orders .*description/,
    { input: input({ customer }) },
  ],
  ['an output without an answer', { output }, /output .*answer/, { output, answer }],
  ['an answer without an output', { answer }, /output .*answer/, { output, answer }],
];

test('a definition of the right form is accepted, and does not change', () => {
  const tool = define();
  expect(tool.query).toMatchObject({
    text: 'SELECT 1 AS n WHERE $1 = $2',
    parameterNames: ['customer', 'tenant'],
  });
  expect(tool.parameters({ customer: 'Ann' }, 'one')).toEqual({ customer: 'Ann', tenant: 'one' });
  expect(Object.isFrozen(tool)).toBe(true);
});

test('a file’s SQL is read when the tool is defined', () => {
  expect(define({ sql: pathToFileURL(file) }).query.text).toBe(
    '-- Orders of a customer.\nSELECT 1 AS n WHERE $1 = $2',
  );
});

describe('refused at once', () => {
  test.each(mistakes)('%s', (_, wrong, message, mended) => {
    expect(() => define(wrong)).toThrow(message);
    expect(() => define(wrong)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(define(mended)).toMatchObject({ title: 'Orders' });
  });

  const limits = ['maxRows', 'maxBytes', 'statementTimeoutMs'] as const;
  test('a time that no timer has is none', () => {
    expect(() => define({ statementTimeoutMs: 2 ** 31 })).toThrow('at most 2147483647 ms');
    expect(define({ statementTimeoutMs: 2 ** 31 - 1 }).limits.statementTimeoutMs).toBe(2 ** 31 - 1);
  });

  const noLimits = [0, -1, Number.NaN, 1.5, Number.POSITIVE_INFINITY, '10', null];
  test.each(limits.flatMap((name) => noLimits.map((value) => [name, value] as const)))(
    '%s of %s',
    (name, value) => {
      expect(() => define({ [name]: value })).toThrow(
        expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(name) }),
      );
      expect(define({ [name]: 1 }).limits).toEqual({ ...define().limits, [name]: 1 });
    },
  );
});

describe('a name that is bound cannot be an argument, whatever describes it', () => {
  test.each(argumentKinds)('%s', (_, schema) => {
    const sql = 'SELECT :status, :min_total, :note, :page_size, :tags, :place, :title, :span';
    expect(define({ input: schema, sql, bind: {} }).query.parameterNames).toHaveLength(8);
    expect(() => define({ input: schema, sql, bind: { title: () => 'x' } })).toThrow(/title of find_orders/);
  });
});

test.each(zods)('%s: an argument needs a description', (_, zod) => {
  const described = (schema: z.ZodType) => define({ input: zod.object({ customer: schema }) });
  expect(() => described(zod.string())).toThrow(/customer of find_orders .*description/);
  expect(described(zod.string().describe('Name.')).name).toBe('find_orders');
});
