import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { JsonObject } from 'movie-hub';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../src/sdk/agent/model';
import { argumentProblem } from '../../src/sdk/agent/servers/check-arguments';
import { modelSchemaOf } from '../../src/sdk/agent/servers/schemas';

const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false, validateSchema: false });
const takes = ({ $schema: _, ...schema }: JsonObject, input: JsonValue) => ajv.validate(schema, input);

const upper = '^\\p{Lu}';
const inProperty = (a: JsonValue, $defs?: JsonObject): JsonObject => ({
  type: 'object',
  properties: { a },
  ...($defs && { $defs }),
});

describe('the schema for the model takes what the whole takes', () => {
  test.each<[string, JsonObject, JsonObject]>([
    [
      'not what lost its pattern',
      inProperty({ not: { $ref: '#/$defs/bad' } }, { bad: { type: 'string', pattern: upper } }),
      { a: 'lower' },
    ],
    [
      'not what refers to what lost it',
      inProperty(
        { not: { items: { $ref: '#/$defs/first' }, type: 'array' } },
        { first: { $ref: '#/$defs/second' }, second: { pattern: upper } },
      ),
      { a: ['lower'] },
    ],
    [
      'not what leads back to itself',
      inProperty(
        { not: { $ref: '#/$defs/node' } },
        { node: { properties: { next: { $ref: '#/$defs/node' }, name: { pattern: upper } } } },
      ),
      { a: { name: 'lower' } },
    ],
    [
      'one of several that lost theirs',
      inProperty(
        { oneOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/b' }] },
        { a: { type: 'string', pattern: upper }, b: { type: 'string', pattern: '^\\p{Ll}' } },
      ),
      { a: 'Xa' },
    ],
    [
      'one of several with patterns of names',
      inProperty(
        { oneOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/b' }] },
        {
          a: { type: 'object', patternProperties: { '^x': { type: 'number' } }, additionalProperties: false },
          b: { type: 'object', patternProperties: { '^y': { type: 'number' } }, additionalProperties: false },
        },
      ),
      { a: { x1: 1 } },
    ],
    [
      'what a condition that went had looked at',
      inProperty({
        type: 'object',
        properties: { kind: { type: 'string' } },
        if: { properties: { kind: { pattern: upper } } },
        // biome-ignore lint/suspicious/noThenProperty: A keyword of JSON Schema.
        then: { properties: { extra: {} } },
        unevaluatedProperties: false,
      }),
      { a: { kind: 'A', extra: 1 } },
    ],
    [
      'the same, in a part of it',
      inProperty({
        type: 'object',
        allOf: [
          // biome-ignore lint/suspicious/noThenProperty: A keyword of JSON Schema.
          { if: { properties: { kind: { pattern: upper } } }, then: { properties: { kind: {}, extra: {} } } },
        ],
        unevaluatedProperties: false,
      }),
      { a: { kind: 'A', extra: 1 } },
    ],
    [
      'the same, at the top',
      {
        type: 'object',
        properties: { kind: { type: 'string' } },
        if: { properties: { kind: { pattern: upper } } },
        // biome-ignore lint/suspicious/noThenProperty: A keyword of JSON Schema.
        then: { properties: { extra: { type: 'number' } } },
        unevaluatedProperties: false,
      },
      { kind: 'A', extra: 1 },
    ],
    [
      'what branches at the top had looked at',
      {
        type: 'object',
        allOf: [{ properties: { a: {} }, additionalProperties: { type: 'number' } }],
        unevaluatedProperties: false,
      },
      { a: 'x', b: 1 },
    ],
    [
      'a number of those that lost theirs',
      inProperty({ contains: { $ref: '#/$defs/p' }, maxContains: 1 }, { p: { pattern: upper } }),
      { a: ['A', 'b'] },
    ],
  ])('%s', (_, schema, input) => {
    const { schema: simple } = modelSchemaOf(schema);
    expect(takes(schema, input)).toBe(true);
    expect(takes(simple, input), JSON.stringify(simple)).toBe(true);
  });

  test('any of several types', () => {
    const { schema } = modelSchemaOf(inProperty({ type: ['string', 'any'] }));
    expect(takes(schema, { a: 5 })).toBe(true);
  });
});

const value: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom<JsonValue>('A', 'b', '', 1, null),
  fc.dictionary(fc.constantFrom('a', 'b', 'x1'), fc.constantFrom<JsonValue>('A', 'b', 2), { maxKeys: 3 }),
  fc.array(fc.constantFrom<JsonValue>('A', 'b', 1), { maxLength: 3 }),
);
const reference = fc.constantFrom('#/$defs/a', '#/$defs/b', '#/$defs/c').map(($ref) => ({ $ref }));
const { sub } = fc.letrec<{ sub: JsonObject; map: JsonObject; list: JsonValue }>((tie) => ({
  sub: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<JsonObject>(
      { pattern: upper },
      { pattern: '^A' },
      { type: 'string' },
      { type: 'object' },
      { maxLength: 0 },
      {},
    ),
    reference,
    fc.record(
      {
        type: fc.constantFrom<JsonValue>('string', 'object', 'array', ['string', 'number']),
        not: tie('sub'),
        if: tie('sub'),
        // biome-ignore lint/suspicious/noThenProperty: A keyword of JSON Schema.
        then: tie('sub'),
        else: tie('sub'),
        oneOf: tie('list'),
        anyOf: tie('list'),
        allOf: tie('list'),
        items: tie('sub'),
        contains: tie('sub'),
        maxContains: fc.nat(1),
        properties: tie('map'),
        patternProperties: fc.record({ '^x': tie('sub') }),
        additionalProperties: fc.oneof(fc.boolean(), tie('sub')),
        unevaluatedProperties: fc.boolean(),
        unevaluatedItems: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
  ) as fc.Arbitrary<JsonObject>,
  map: fc.dictionary(fc.constantFrom('a', 'b'), tie('sub'), { maxKeys: 2 }) as fc.Arbitrary<JsonObject>,
  list: fc.array(tie('sub'), { minLength: 1, maxLength: 2 }) as fc.Arbitrary<JsonValue>,
}));

test('whatever the schema of a property is, the model is allowed what it takes', () => {
  let taken = 0;
  fc.assert(
    fc.property(sub, fc.tuple(sub, sub, sub), value, (p, [a, b, c], drawn) => {
      const schema = inProperty(p, { a, b, c });
      const input = { a: drawn };
      try {
        if (!takes(schema, input)) return;
      } catch {
        // One that leads to itself without end.
        return;
      }
      taken += 1;
      expect(takes(modelSchemaOf(schema).schema, input)).toBe(true);
    }),
    { numRuns: 120 },
  );
  expect(taken).toBeGreaterThan(25);
});

describe('words that an older draft does not know', () => {
  const older = 'http://json-schema.org/draft-07/schema#';
  const newer = 'https://json-schema.org/draft/2020-12/schema';
  const cases: [string, JsonObject, JsonObject][] = [
    [
      'beside a reference',
      {
        properties: { a: { $ref: '#/definitions/x', maxLength: 1 } },
        definitions: { x: { type: 'string' } },
      },
      { a: 'ab' },
    ],
    ['of what was not looked at', { properties: { a: {} }, unevaluatedProperties: false }, { a: 1, b: 1 }],
    ['of what depends', { properties: { a: {} }, dependentRequired: { a: ['b'] } }, { a: 1 }],
    ['of schemas that depend', { properties: { a: {} }, dependentSchemas: { a: false } }, { a: 1 }],
  ];

  test.each(cases)('%s are not enforced in it', (_, schema, input) => {
    for (const $schema of [older, 'http://json-schema.org/draft-04/schema#', older.replace('#', '')]) {
      const given = { $schema, type: 'object', ...schema };
      expect(argumentProblem(given, input)).toBeUndefined();
      expect(takes(modelSchemaOf(given).schema, input)).toBe(true);
    }
  });

  test.each(cases)('%s are where the draft is newer, or not given', (_, schema, input) => {
    for (const draft of [{ $schema: newer }, {}])
      expect(argumentProblem({ ...draft, type: 'object', ...schema }, input)).toBeDefined();
  });
});
