import type { JsonObject, JsonValue } from 'movie-hub';
import { requestProblems } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import { repairInputSchema } from '../../src/sdk/agent/servers/schemas';

const text = { type: 'string' };
const number = { type: 'integer' };

/** What becomes of the schema of one property; `more` stands at the top. */
function repaired(a: JsonValue, more: JsonObject = {}) {
  const { schema } = repairInputSchema({ type: 'object', properties: { a }, ...more });
  const tools = [{ name: 'find', description: 'Finds.', inputSchema: schema }];
  expect(requestProblems({ messages: [{ role: 'user', content: [{ text: 'q' }] }], tools })).toEqual([]);
  return schema;
}

const property = (a: JsonValue) => repaired(a).properties;

const parsed = (json: string): JsonObject => JSON.parse(json);

describe('a schema in order comes back equal', () => {
  test.each<[string, JsonObject]>([
    ['of every kind', { type: 'object', description: 'd', default: { 'a b': 1 }, properties: { b: text } }],
    ['with what is negated', { not: { type: 'array', items: { minimum: 1 }, minItems: 1 } }],
    ['with alternatives', { oneOf: [{ ...text, pattern: '^a+$' }, { const: { required: true } }] }],
    [
      'with conditions',
      parsed('{"if":{"required":["b"]},"then":{"required":["c"]},"else":{"required":["d"]}}'),
    ],
    ['with tuples', { type: 'array', prefixItems: [text], items: false, contains: number, maxContains: 2 }],
    ['with words of its own', { type: 'string', 'x-order': 3, format: 'date', examples: ['a'] }],
    [
      'with names of keywords',
      { type: 'object', properties: { items: text, pattern: text, required: text } },
    ],
    ['of several types', { type: ['string', 'null'], enum: ['a', null] }],
  ])('%s', (_, schema) => {
    expect(property(schema)).toEqual({ a: schema });
  });

  test('with definitions, that may lead back to themselves', () => {
    const more = { $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } } };
    const a = { $ref: '#/$defs/node', description: 'first' };
    expect(repaired(a, more)).toEqual({ type: 'object', properties: { a }, ...more });
  });
});

describe('older drafts are translated', () => {
  test.each<[string, JsonObject, JsonObject]>([
    ['a list of items', { items: [text, number] }, { prefixItems: [text, number] }],
    ['and what follows', { items: [text], additionalItems: false }, { prefixItems: [text], items: false }],
    ['no items', { items: [] }, {}],
    ['a bound that is a flag', { minimum: 3, exclusiveMinimum: true }, { exclusiveMinimum: 3 }],
    ['and one that is off', { maximum: 3, exclusiveMaximum: false }, { maximum: 3 }],
    ['and one without a bound', { exclusiveMaximum: true }, {}],
    [
      'dependencies',
      { dependencies: { b: ['c'], d: { required: ['e'] } } },
      { dependentRequired: { b: ['c'] }, dependentSchemas: { d: { required: ['e'] } } },
    ],
    [
      'what is required, in the property',
      { properties: { b: { required: true } } },
      { properties: { b: {} }, required: ['b'] },
    ],
    ['any type', { type: 'any', description: 'd' }, { description: 'd' }],
    ['patterns of names', { patternProperties: { '^(.*)$': text } }, { additionalProperties: text }],
    [
      'several of them',
      { patternProperties: { '^a': text, '^b': number }, additionalProperties: false },
      { additionalProperties: { anyOf: [text, number] } },
    ],
    [
      'a draft, an id, an anchor',
      { $schema: 'http://json-schema.org/draft-04/schema#', $id: 'x', $anchor: 'a' },
      {},
    ],
  ])('%s', (_, schema, expected) => {
    expect(property(schema)).toEqual({ a: expected });
  });

  test.each<[string, string, JsonObject]>([
    ['definitions', '#/definitions/year', { definitions: { year: number } }],
    ['with a name that is quoted', '#/definitions/a~1year%20b', { definitions: { 'a/year b': number } }],
    ['of OpenAPI', '#/components/schemas/year', { components: { schemas: { year: number } } }],
    ['to an anchor', '#year', { $defs: { x: { $anchor: 'year', ...number } } }],
    [
      'by the id of the whole',
      'https://x.test/s#/$defs/year',
      { $id: 'https://x.test/s', $defs: { year: number } },
    ],
  ])('references are written anew: %s', (_, $ref, more) => {
    const { properties, $defs } = repaired({ $ref }, more);
    const [[name, definition] = []] = Object.entries($defs ?? {});
    expect(definition).toEqual(number);
    expect(properties).toEqual({ a: { $ref: `#/$defs/${name}` } });
  });
});

describe('what is wrong goes by itself, and the rest stays', () => {
  test.each<[string, JsonValue, JsonValue]>([
    ['a type that there is not', { type: 'film', description: 'd' }, { description: 'd' }],
    [
      'several types of which one is none',
      { type: ['film', 'string'], description: 'd' },
      { description: 'd' },
    ],
    ['a number that is text', { minimum: '3', maximum: 5 }, { maximum: 5 }],
    ['a count below nothing', { minLength: -1, maxLength: 5 }, { maxLength: 5 }],
    ['a description that is none', { description: 7, ...text }, text],
    ['values that are no list', { enum: 'a', ...text }, text],
    ['what is required, as a flag', { required: true, ...text }, text],
    ['a pattern that is none', { pattern: '(', ...text }, text],
    ['a pattern that engines dispute', { pattern: '^\\p{L}+$', ...text }, text],
    ['a reference to nowhere', { $ref: '#/$defs/none', description: 'd' }, { description: 'd' }],
    ['a reference to the network', { $ref: 'https://x.test/s' }, {}],
    ['a reference that is no text', { $ref: 7 }, {}],
    ['a schema that is none', 'string', {}],
    ['nothing', null, {}],
    ['properties that are none', { properties: [], ...text }, text],
    ['one property of two', { properties: { b: 7, c: text } }, { properties: { b: {}, c: text } }],
    ['branches that are none', { anyOf: {}, oneOf: [], ...text }, text],
    ['a negation that would forbid more', { not: { type: 'film' }, ...text }, text],
    ['a condition that would hold more often', parsed('{"if":{"type":"film"},"then":false,"else":{}}'), {}],
    ['alternatives that would fit at once', { oneOf: [{ minLength: '1' }, text] }, { anyOf: [{}, text] }],
  ])('%s', (_, schema, expected) => {
    expect(property(schema)).toEqual({ a: expected });
  });

  test('half a surrogate pair, anywhere', () => {
    const half = { description: 'a \ud83d', enum: ['\udfff'], 'x-\ud83d': 1, properties: { '\ud83d': text } };
    const [a] = Object.values(property(half) ?? {});
    expect(a).toMatchObject({ description: 'a \ufffd', enum: ['\ufffd'], 'x-\ufffd': 1 });
  });

  test('what is nested deeper than anyone reads', () => {
    const nested = (levels: number): JsonObject =>
      levels === 0 ? text : { type: 'array', items: nested(levels - 1) };
    expect(property(nested(20))).toEqual({ a: nested(20) });
    expect(JSON.stringify(property(nested(200))).length).toBeLessThan(2_000);
  });
});

test('what cannot be read at all is an open object that says so', () => {
  const undescribed = {
    type: 'object',
    description: 'The arguments of this tool are not described.',
    properties: {},
  };
  const loop: Record<string, unknown> = { type: 'object' };
  loop.properties = { loop };
  const wide = Object.fromEntries(Array.from({ length: 11_000 }, (_, index) => [`p${index}`, text]));
  for (const schema of [
    loop,
    { type: 'object', properties: { a: 1n } },
    { type: 'object', properties: wide },
    { type: 'object', description: 'x'.repeat(600_000) },
  ])
    expect(repairInputSchema(schema).schema).toEqual(undescribed);
});
