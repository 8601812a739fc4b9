import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/sdk/agent/model';
import { repairInputSchema } from '../../src/sdk/agent/servers/schemas';

describe('unions at the top', () => {
  const a = { type: 'string' };
  const b = { type: 'integer' };

  test.each<[string, JsonObject, JsonObject]>([
    [
      'a plain one is kept',
      { type: 'object', properties: { a }, required: ['a'] },
      { properties: { a }, required: ['a'] },
    ],
    ['properties are added', { type: 'object' }, { properties: {} }],
    [
      'anyOf: what each branch requires is required',
      {
        type: 'object',
        anyOf: [
          { properties: { a, b }, required: ['a', 'b'] },
          { properties: { a }, required: ['a'] },
        ],
      },
      { properties: { a, b }, required: ['a'] },
    ],
    [
      'oneOf of sets of names',
      { type: 'object', properties: { a, b }, oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      { properties: { a, b } },
    ],
    [
      'allOf: what any branch requires is required; references are followed',
      {
        type: 'object',
        required: ['a'],
        properties: { a },
        allOf: [{ $ref: '#/$defs/more' }],
        $defs: { more: { properties: { b }, required: ['b'] } },
      },
      { properties: { a, b }, required: ['a', 'b'] },
    ],
    [
      'a reference at the top, as zod-to-json-schema writes it',
      {
        $ref: '#/definitions/Args',
        definitions: { Args: { type: 'object', properties: { a }, required: ['a'] } },
      },
      { properties: { a }, required: ['a'] },
    ],
    [
      'branches within branches',
      { type: 'object', allOf: [{ anyOf: [{ properties: { a } }, { properties: { b } }] }] },
      { properties: { a, b } },
    ],
    [
      'deeper unions stay',
      { type: 'object', properties: { a: { anyOf: [a, b] } } },
      { properties: { a: { anyOf: [a, b] } } },
    ],
  ])('%s', (_, schema, repaired) => {
    const before = structuredClone(schema);
    expect(repairInputSchema(schema).schema).toEqual({ type: 'object', ...repaired });
    expect(schema).toEqual(before);
  });

  test('branches that double at each level end', () => {
    const doubled = (levels: number): JsonObject =>
      levels === 0
        ? { properties: { a } }
        : { $defs: { d: doubled(levels - 1) }, allOf: [{ $ref: '#/$defs/d' }, { $ref: '#/$defs/d' }] };
    const nested = (levels: number): JsonObject =>
      levels === 0 ? { properties: { a } } : { allOf: [nested(levels - 1), nested(levels - 1)] };
    expect(repairInputSchema(doubled(40)).schema).toMatchObject({ type: 'object' });
    expect(repairInputSchema(nested(5)).schema).toEqual({ type: 'object', properties: { a } });
    expect(repairInputSchema(nested(14)).schema.description).toContain('not described');
  });

  test('a reference that leads back to itself ends', () => {
    const schema = {
      type: 'object',
      allOf: [{ $ref: '#/$defs/x' }],
      $defs: { x: { allOf: [{ $ref: '#/$defs/x' }] } },
    };
    expect(repairInputSchema(schema).schema).toMatchObject({ type: 'object', properties: {} });
  });
});
