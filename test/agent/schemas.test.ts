import type { JsonObject } from 'movie-hub';
import { requestProblems } from 'movie-hub/testing';
import { describe, expect, test, vi } from 'vitest';
import type { JsonValue } from '../../src/sdk/agent/model';
import { modelSchemaOf } from '../../src/sdk/agent/servers/schemas';
import { added, argument } from '../support/messages';
import { resultsIn } from './support/bedrock-run';
import { realRun } from './support/real-client';
import { eventsOf } from './support/run';
import { toolServer } from './support/tool-server';

const text = { type: 'string' };
const number = { type: 'integer' };

/** What the model gets for a schema, which every model accepts. */
function modelSchema(given: JsonObject) {
  const before = JSON.stringify(given);
  const { schema, rules } = modelSchemaOf(given);
  const tools = [{ name: 'find', description: 'Finds.', inputSchema: schema }];
  expect(requestProblems({ messages: [{ role: 'user', content: [{ text: 'q' }] }], tools })).toEqual([]);
  expect(JSON.stringify(given)).toBe(before);
  return { schema, rules };
}

/** What becomes of the schema of one property; `more` stands at the top. */
const property = (a: JsonValue, more: JsonObject = {}) =>
  Object.values(modelSchema({ type: 'object', properties: { a }, ...more }).schema.properties ?? {})[0];

const described = (rules: JsonObject) => added.rules(JSON.stringify(rules));
const parsed = (json: string): JsonObject => JSON.parse(json);

test('bounds of a number that leave the bound itself out are passed on', () => {
  const bounds = { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 9 };
  expect(property(bounds)).toEqual(bounds);
});

test('a schema that allows no value says so, and one that allows any says nothing', () => {
  expect(property(false)).toEqual({ description: added.noValue });
  expect(property(true)).toEqual({});
});

describe('keywords that every model family takes are passed on', () => {
  test.each<[string, JsonObject]>([
    [
      'text',
      { ...text, title: 't', description: 'd', default: 'a', minLength: 1, maxLength: 9, format: 'date' },
    ],
    ['numbers', { type: 'number', minimum: 1, maximum: 5 }],
    ['values', { enum: ['a', 1, null] }],
    ['several types', { type: ['string', 'null'] }],
    ['lists', { type: 'array', items: text, minItems: 1, maxItems: 5 }],
    ['alternatives', { anyOf: [text, { type: 'null' }] }],
    [
      'objects',
      {
        type: 'object',
        properties: { items: text, pattern: number },
        required: ['items'],
        additionalProperties: false,
      },
    ],
    ['free keys', { type: 'object', additionalProperties: text }],
  ])('%s', (_, schema) => {
    expect(property(schema)).toEqual(schema);
    const whole = { type: 'object', properties: { a: schema }, required: ['a'] };
    expect(modelSchema(whole)).toEqual({ schema: whole, rules: undefined });
  });
});

describe('the top holds a type, properties and required names only', () => {
  const a = text;
  const b = number;

  test.each<[string, JsonObject, JsonObject]>([
    ['nothing at all', {}, { properties: {} }],
    ['a closed object', { additionalProperties: false, properties: { a } }, { properties: { a } }],
    [
      'a union: all properties, and what each branch requires',
      {
        anyOf: [
          { properties: { a, b }, required: ['a', 'b'] },
          { properties: { a }, required: ['a'] },
        ],
      },
      { properties: { a, b }, required: ['a'] },
    ],
    [
      'a property that branches define differently',
      { oneOf: [{ properties: { a } }, { properties: { a: b } }] },
      { properties: { a: { anyOf: [a, b] } } },
    ],
    [
      'parts that all apply, by reference',
      {
        required: ['a'],
        properties: { a },
        allOf: [{ $ref: '#/$defs/more' }],
        $defs: { more: { properties: { b }, required: ['b'] } },
      },
      { properties: { a, b }, required: ['a', 'b'] },
    ],
    [
      'a reference, as zod-to-json-schema writes it',
      { $ref: '#/definitions/Args', definitions: { Args: { properties: { a }, required: ['a'] } } },
      { properties: { a }, required: ['a'] },
    ],
    [
      'a union in a part',
      { allOf: [{ anyOf: [{ properties: { a } }, { properties: { b } }] }] },
      { properties: { a, b } },
    ],
  ])('%s', (_, schema, expected) => {
    expect(modelSchema({ type: 'object', ...schema }).schema).toEqual({ type: 'object', ...expected });
  });

  test('and the rules of a union are described', () => {
    const anyOf = [
      { properties: { kind: { enum: ['film'] }, title: text }, required: ['kind', 'title'] },
      { properties: { kind: { enum: ['person'] }, name: text }, required: ['kind', 'name'] },
    ];
    expect(modelSchema({ type: 'object', description: 'One of two.', oneOf: anyOf })).toMatchObject({
      schema: { required: ['kind'] },
      rules: `One of two. ${described({ anyOf })}`,
    });
  });
});

describe('references are inlined', () => {
  test.each<[string, string, JsonObject]>([
    ['definitions', '#/definitions/year', { definitions: { year: number } }],
    ['with a name that is quoted', '#/definitions/a~1year%20b', { definitions: { 'a/year b': number } }],
    ['of OpenAPI', '#/components/schemas/year', { components: { schemas: { year: number } } }],
    [
      'by the id of the whole',
      'https://x.test/s#/$defs/year',
      { $id: 'https://x.test/s', $defs: { year: number } },
    ],
    ['through another', '#/$defs/a', { $defs: { a: { $ref: '#/$defs/b' }, b: number } }],
  ])('%s', (_, $ref, more) => {
    expect(property({ $ref }, more)).toEqual(number);
    expect(property({ $ref, title: 'first' }, more)).toEqual({ ...number, title: 'first' });
  });

  test('one that leads back to itself is an open object', () => {
    const node = { type: 'object', properties: { name: text, next: { $ref: '#/$defs/node' } } };
    expect(property({ $ref: '#/$defs/node' }, { $defs: { node } })).toEqual({
      type: 'object',
      properties: { name: text, next: { type: 'object' } },
    });
    expect(modelSchema({ type: 'object', allOf: [{ $ref: '#' }] }).schema).toEqual({
      type: 'object',
      properties: {},
    });
  });

  test.each(['#/$defs/none', 'https://x.test/s', '#anchor', 7])(
    '%s leads nowhere, and allows anything',
    ($ref) => {
      expect(property({ $ref, description: 'd' })).toEqual({ description: 'd' });
    },
  );

  test('that double at each level end', () => {
    const steps = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => {
        const next = { $ref: `#/$defs/d${i + 1}` };
        return [`d${i}`, { type: 'object', properties: { a: next, b: next } }];
      }),
    );
    const { schema } = modelSchema({
      type: 'object',
      properties: { a: { $ref: '#/$defs/d0' } },
      $defs: steps,
    });
    expect(JSON.stringify(schema).length).toBeLessThan(500_000);
  });
});

describe('other rules are described', () => {
  test.each<[string, JsonObject, JsonObject]>([
    ['a pattern', { ...text, pattern: '^tt\\d+$' }, text],
    ['a negation', { not: { enum: ['a'] } }, {}],
    ['a condition', parsed('{"if":{"required":["b"]},"then":{"required":["c"]}}'), {}],
    ['patterns of names', { type: 'object', patternProperties: { '^x': text } }, { type: 'object' }],
    ['a tuple', { type: 'array', prefixItems: [text], items: number }, { type: 'array' }],
    ['a tuple of older drafts', { items: [text, number] }, {}],
    ['dependencies', { dependencies: { b: ['c'] } }, {}],
  ])('%s', (_, schema, left) => {
    const rules = Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== 'type'));
    expect(property(schema)).toEqual({ ...left, description: described(rules) });
    expect(property({ description: 'd.', ...schema })).toMatchObject({
      description: `d. ${described(rules)}`,
    });
  });

  test('by their keywords when they are long', () => {
    const long = property({ not: { enum: Array.from({ length: 2_000 }, (_, i) => `v${i}`) } });
    expect(JSON.stringify(long).length).toBeLessThan(200);
    expect(long).toMatchObject({ description: expect.stringContaining('not') });
  });

  test('in the description of the tool where they are of the whole', async () => {
    const inputSchema = { type: 'object' as const, properties: {}, dependentRequired: { a: ['b'] } };
    const { bedrock } = await realRun({
      turns: ['Done.'],
      servers: [toolServer('s', { find: { run: () => 'ok', inputSchema } })],
    });
    const [tool] = bedrock.requests[0]?.request.tools ?? [];
    expect(tool?.description).toContain(described({ dependentRequired: { a: ['b'] } }));
    expect(tool?.inputSchema).toEqual({ type: 'object', properties: {} });
  });
});

describe('a value that is wrong goes, and the rest stays', () => {
  test.each<[string, JsonValue, JsonValue]>([
    ['an unknown type', { type: 'film', description: 'd' }, { description: 'd' }],
    ['one unknown type of several', { type: ['film', 'string'] }, {}],
    ['a number that is text', { minimum: '3', maximum: 5 }, { maximum: 5 }],
    ['a bound that is a flag', { minimum: 3, exclusiveMinimum: true }, { minimum: 3 }],
    ['a count below 0', { minLength: -1, maxLength: 5 }, { maxLength: 5 }],
    ['values that are no list', { enum: 'a', ...text }, text],
    ['required as a flag', { required: true, ...text }, text],
    ['no schema', 'string', {}],
    ['null', null, {}],
    ['one property of two', { properties: { b: 7, c: text } }, { properties: { b: {}, c: text } }],
    ['branches that are none', { anyOf: {}, oneOf: [], ...text }, text],
    ['words of its own', { ...text, 'x-order': 3, $comment: 'c' }, text],
  ])('%s', (_, schema, expected) => {
    expect(property(schema)).toEqual(expected);
  });

  test('half a surrogate pair', () => {
    expect(property({ description: 'a \ud83d', enum: ['\udfff'] })).toEqual({
      description: 'a \ufffd',
      enum: ['\ufffd'],
    });
  });

  test('what is nested deeper than 40 levels', () => {
    const nested = (levels: number): JsonObject =>
      levels === 0 ? text : { type: 'array', items: nested(levels - 1) };
    expect(property(nested(20))).toEqual(nested(20));
    expect(JSON.stringify(property(nested(200))).length).toBeLessThan(2_000);
  });

  test('all of a schema that cannot be read', () => {
    const loop: Record<string, unknown> = { type: 'object' };
    loop.properties = { loop };
    for (const schema of [
      loop,
      { type: 'object', properties: { a: 1n } },
      { description: 'x'.repeat(600_000) },
    ])
      expect(modelSchemaOf(schema)).toEqual({
        schema: { type: 'object', properties: {} },
        rules: added.noSchema,
      });
  });
});

describe('properties whose names models refuse', () => {
  const long = 'settings__approved_or_denied_countries_or_regions__approved_list_x';
  const inputSchema = {
    type: 'object' as const,
    properties: {
      'filter[title]': text,
      電影: text,
      [long]: text,
      year: number,
      films: { type: 'array', items: { type: 'object', properties: { 'a b': text }, required: ['a b'] } },
    },
    required: ['filter[title]', 'year'],
    additionalProperties: false,
  };
  const input = { 'filter[title]': 'Alien', year: 1979, 電影: 'x', films: [{ 'a b': 'y' }] };

  async function callWith(given: JsonObject) {
    const run = vi.fn((_: Record<string, unknown>) => 'ok');
    const { bedrock, events } = await realRun({
      turns: [[{ toolUse: { name: 'find', input: given } }], 'Done.'],
      servers: [toolServer('s', { find: { run, inputSchema } })],
    });
    bedrock.assertComplete();
    return { run, bedrock, events };
  }

  test('are described, and reach the server as they are', async () => {
    const { run, bedrock, events } = await callWith(input);
    const [tool] = bedrock.requests[0]?.request.tools ?? [];
    expect(tool?.inputSchema).toMatchObject({ properties: { year: number, films: {} }, required: ['year'] });
    for (const name of ['filter[title]', '電影', long]) expect(tool?.description).toContain(`"${name}"`);
    expect(JSON.stringify(tool?.inputSchema)).toContain('a b');
    expect(run).toHaveBeenCalledExactlyOnceWith(input, expect.anything());
    expect(eventsOf(events, 'tool_call')[0]?.arguments).toEqual(input);
  });

  test('are checked', async () => {
    const { run, bedrock } = await callWith({ films: [{}], year: 1979, 電影: 7 });
    expect(run).not.toHaveBeenCalled();
    const answer = JSON.stringify(resultsIn(bedrock.requests[1]?.request.messages ?? []));
    expect(answer).toContain(argument.missing('filter[title]'));
    expect(answer).toContain(argument.is('電影', 'string'));
    expect(answer).toContain(argument.missing('films.0.a b'));
  });

  test('one like the prototype of every object is described, too', () => {
    const schema = parsed('{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{}}}');
    const given = modelSchema(schema);
    expect(Object.keys(given.schema.properties ?? {})).toEqual(['constructor']);
    expect(given.rules).toContain('"__proto__"');
  });
});
