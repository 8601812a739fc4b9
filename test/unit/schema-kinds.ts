import { defineQueryTool, type QueryTool } from 'movie-hub';
import { z } from 'zod';
import { z as z4Of3 } from 'zod-3/v4';
import { z as z40 } from 'zod-4.0';
import type { ObjectSchema, ToolSchema } from '../../src/sdk/schema';

/** The interface of zod that these tests use; each version has it. */
export type Zod = typeof z;

/** The zods that an application may have. Only the first is the one that this package finds. */
export const zods: readonly (readonly [name: string, zod: Zod])[] = [
  ['zod 4.6', z],
  ['zod 4.0', z40 as unknown as Zod],
  ['zod 4 of 3.25', z4Of3 as unknown as Zod],
];

/** Arguments of every form, as zod describes them. */
function argumentsOf(zod: Zod): ToolSchema {
  return zod.object({
    status: zod.enum(['open', 'paid']).describe('State of the order.'),
    min_total: zod.number().gt(0).lt(1000).optional().describe('Least total, in euros.'),
    note: zod.string().nullable().describe('Text of the note; null for orders without one.'),
    page_size: zod.number().int().min(1).max(50).default(20).describe('Orders in one answer.'),
    tags: zod.array(zod.string().min(2).describe('One tag.')).describe('Tags that the order has.'),
    place: zod
      .object({
        city: zod.string().describe('City.'),
        zip: zod.string().optional().describe('Postal code.'),
      })
      .describe('Where it goes.'),
    title: zod.string().describe('Words of the title.').optional(),
    span: zod.tuple([zod.number(), zod.number()]).describe('Between which weeks.').optional(),
  });
}

/** The same as JSON Schema, and what the list of tools says for all of them. */
export const advertised: ObjectSchema = {
  type: 'object',
  properties: {
    status: { type: 'string', enum: ['open', 'paid'], description: 'State of the order.' },
    min_total: {
      type: 'number',
      exclusiveMinimum: 0,
      exclusiveMaximum: 1000,
      description: 'Least total, in euros.',
    },
    note: { type: ['string', 'null'], description: 'Text of the note; null for orders without one.' },
    page_size: {
      type: 'integer',
      minimum: 1,
      maximum: 50,
      default: 20,
      description: 'Orders in one answer.',
    },
    tags: {
      type: 'array',
      items: { type: 'string', minLength: 2, description: 'One tag.' },
      description: 'Tags that the order has.',
    },
    place: {
      type: 'object',
      properties: {
        city: { type: 'string', description: 'City.' },
        zip: { type: 'string', description: 'Postal code.' },
      },
      required: ['city'],
      additionalProperties: false,
      description: 'Where it goes.',
    },
    title: { type: 'string', description: 'Words of the title.' },
    span: {
      type: 'array',
      prefixItems: [{ type: 'number' }, { type: 'number' }],
      items: false,
      minItems: 2,
      maxItems: 2,
      description: 'Between which weeks.',
    },
  },
  required: ['status', 'note', 'tags', 'place'],
  additionalProperties: false,
};

const { additionalProperties: _, ...asJsonSchema } = advertised;

/** One description of arguments in every way that it may be written. */
export const argumentKinds: readonly (readonly [name: string, input: ToolSchema])[] = [
  ...zods.map(([name, zod]) => [name, argumentsOf(zod)] as const),
  ['JSON Schema', asJsonSchema],
];

/** Arguments that fit all of them. */
export const fitting = { status: 'open', note: null, tags: ['new'], place: { city: 'Rome' } };

/** Defines a tool whose SQL uses whatever arguments the input has. */
export function toolOf(
  input: ToolSchema,
  row: ToolSchema = anyRow,
  names: readonly string[] = propertiesOf(input),
): QueryTool {
  const sql = `SELECT 1 AS n${names.map((name) => `, :${name}`).join('')}`;
  return defineQueryTool({ name: 'find_orders', title: 'Orders', description: 'Finds.', sql, input, row });
}

export const anyRow = { type: 'object', properties: { n: { type: 'integer' } } } as const;
export const noArguments = { type: 'object', properties: {} } as const;

/** Names of the arguments, whatever describes them. */
function propertiesOf(input: ToolSchema): readonly string[] {
  if ('properties' in input) return Object.keys(input.properties);
  const { shape } = input as unknown as { shape: object };
  return Object.keys(shape);
}
