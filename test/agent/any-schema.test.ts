import fc from 'fast-check';
import type { JsonObject } from 'movie-hub';
import { requestProblems, type ScriptedTurn } from 'movie-hub/testing';
import { expect, test, vi } from 'vitest';
import type { JsonValue } from '../../src/sdk/agent/model';
import { modelSchemaOf } from '../../src/sdk/agent/servers/schemas';
import { runsOf } from '../support/lane';
import { realRun } from './support/real-client';
import { toolServer } from './support/tool-server';

const request = (inputSchema: JsonObject) => ({
  messages: [{ role: 'user' as const, content: [{ text: 'q' }] }],
  tools: [{ name: 'find', description: 'Finds.', inputSchema }],
});

const keywords = [
  ...['type', 'properties', 'required', 'items', 'additionalItems', 'additionalProperties', 'anyOf', 'oneOf'],
  ...['allOf', 'not', 'if', 'then', '$ref', '$defs', 'definitions', 'pattern', 'patternProperties', 'enum'],
  ...['minimum', 'exclusiveMinimum', 'dependencies', 'dependentRequired', 'const', 'description', '$id'],
  ...['$anchor', '$dynamicRef', 'propertyNames', 'contains', 'unevaluatedProperties', 'prefixItems', 'x-own'],
];
const scalar = fc.oneof(
  fc.constantFrom<JsonValue>(
    'string',
    'object',
    'any',
    '#',
    '#/$defs/a',
    '#/definitions/a b',
    '#a',
    '(',
    '^a',
  ),
  fc.constantFrom<JsonValue>('\ud83d', true, false, null, 0, -1, 1.5),
);
const name = fc.constantFrom(
  'a',
  'a b',
  'a_b',
  '電影',
  '__proto__',
  '\udfff',
  'x'.repeat(70),
  'pattern',
  '$ref',
);

/** JSON that looks much like a schema, and often is none. */
const { value: nearlySchema } = fc.letrec<{ value: JsonValue; map: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keywords), fc.oneof(tie('value'), tie('map')), { maxKeys: 5 }),
  ) as fc.Arbitrary<JsonValue>,
  map: fc.dictionary(name, tie('value'), { maxKeys: 3 }) as fc.Arbitrary<JsonValue>,
}));

const anyObject = fc.oneof(
  fc.dictionary(fc.constantFrom(...keywords), nearlySchema, { maxKeys: 8 }),
  fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ noUnicodeString: false }), { maxKeys: 4 }),
) as fc.Arbitrary<JsonObject>;

test('any JSON given as an input schema yields a request that is accepted', () => {
  fc.assert(
    fc.property(anyObject, (given) => {
      const before = JSON.stringify(given);
      const { schema } = modelSchemaOf(given);
      expect(requestProblems(request(schema))).toEqual([]);
      expect(JSON.stringify(given)).toBe(before);
      // Its own result stays as it is.
      expect(modelSchemaOf(schema).schema).toEqual(schema);
    }),
    { numRuns: runsOf(3_000) },
  );
});

test('one server with a hostile schema takes nothing from the others, through the AWS client', async () => {
  const hostile: JsonObject[] = [
    { items: [{ type: 'string' }], properties: { a: { items: [{}, {}] } } },
    { properties: { a: { pattern: '(' }, 'b c': { type: 'any', required: true } } },
    {
      $schema: 'http://json-schema.org/draft-04/schema#',
      properties: { a: { minimum: 1, exclusiveMinimum: true } },
    },
    { properties: { a: { $ref: '#/definitions/none' }, b: { minimum: '3' } }, definitions: [] },
    { oneOf: [{ $ref: '#/definitions/x' }], definitions: { x: { properties: { 'a[b]': {} } } } },
    { properties: { '\ud83d': { description: 'half \udfff' } } },
    { properties: { a: { patternProperties: { '^(.*)$': {} } } } },
  ];
  const run = vi.fn(() => 'ok');
  const tools = hostile.map((schema, index) => [
    `t${index}`,
    { run, inputSchema: { type: 'object', ...schema } },
  ]);
  const turn: ScriptedTurn = tools.map((_, index) => ({ toolUse: { name: `t${index}`, input: {} } }));
  const { bedrock, result } = await realRun({
    turns: [turn, 'Done.'],
    servers: [toolServer('s', Object.fromEntries(tools))],
  });
  expect(result).toMatchObject({ stopReason: 'end_turn', text: 'Done.' });
  expect(bedrock.requests[0]?.request.tools).toHaveLength(hostile.length);
  expect(run).toHaveBeenCalledTimes(hostile.length);
  bedrock.assertComplete();
});
