import type { JsonObject } from 'movie-hub';
import { describe, expect, test, vi } from 'vitest';
import { argumentProblem } from '../../src/sdk/agent/servers/check-arguments';
import { argument } from '../support/messages';
import { markOf } from './support/fence';
import { eventsOf, scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

const title = { type: 'string' };
const year = { type: 'integer' };
const zone = { enum: ['UTC', 'CET'] };
const schema: JsonObject = {
  type: 'object',
  properties: { title, year, zone, filter: { type: 'object', properties: { title }, required: ['title'] } },
  required: ['title'],
  additionalProperties: false,
};

/** Lets the model call a tool of this schema, which would answer, with these arguments. */
async function callWith(input: JsonObject, inputSchema: JsonObject = schema) {
  const run = vi.fn((_: Record<string, unknown>) => 'Ripley');
  const server = toolServer('s', { find: { run, inputSchema: inputSchema as { type: 'object' } } });
  const turns = [[{ toolUse: { name: 'find', input } }], 'ok'];
  const { events, result } = await scriptedRun(turns, { servers: [server] });
  const [block] = result.messages[2]?.content ?? [];
  const toolResult = block && 'toolResult' in block ? block.toolResult : undefined;
  return { run, toolResult, event: eventsOf(events, 'tool_result')[0] };
}

describe('arguments that do not fit are answered by the agent, and the server is not called', () => {
  test.each<[string, JsonObject, string]>([
    ['a wrong type', { title: 7 }, argument.is('title', 'string')],
    ['a number in words', { title: 'Alien', year: '1979' }, argument.is('year', 'integer')],
    ['one that is missing', {}, argument.missing('title')],
    ['one that is not known', { title: 'Alien', yaer: 1979 }, argument.unknownToAgent('yaer')],
    ['none of the values', { title: 'Alien', zone: 'EST' }, argument.is('zone', 'one of ["UTC","CET"]')],
    ['null', { title: null }, argument.is('title', 'string')],
    ['one that is missing inside', { title: 'A', filter: {} }, argument.missing('filter.title')],
    [
      'two at once',
      { year: 1.5, zone: 'UTC' },
      `${argument.missing('title')} ${argument.is('year', 'integer')}`,
    ],
  ])('%s', async (_, input, reason) => {
    const { run, toolResult, event } = await callWith(input);
    expect(run).not.toHaveBeenCalled();
    const text = argument.notRun(reason);
    expect(toolResult).toMatchObject({ status: 'error', content: [{ text }] });
    expect(event).toMatchObject({ name: 'find', isError: true, content: text });
  });

  test.each<JsonObject>([
    { title: 'Alien' },
    { title: '', year: 1979, zone: 'CET', filter: { title: 'x', more: 1 } },
  ])('while those that fit reach it: %j', async (input) => {
    const { run, toolResult } = await callWith(input);
    expect(run).toHaveBeenCalledExactlyOnceWith(input, expect.anything());
    expect(toolResult && markOf(toolResult)).toBeDefined();
  });
});

test('of a schema of several branches, those of any branch reach the server', async () => {
  const branch = (kind: string, name: string) => ({
    properties: { kind: { const: kind }, [name]: { type: 'string' } },
    required: ['kind', name],
  });
  for (const union of ['oneOf', 'anyOf']) {
    const either = { type: 'object', [union]: [branch('film', 'title'), branch('person', 'name')] };
    for (const input of [
      { kind: 'film', title: 'Alien' },
      { kind: 'person', name: 'Ripley' },
    ])
      expect((await callWith(input, either)).run, union).toHaveBeenCalledOnce();
    expect((await callWith({ title: 'Alien' }, either)).run).not.toHaveBeenCalled();
    expect((await callWith({ kind: 'book', title: 'Alien' }, either)).run).not.toHaveBeenCalled();
  }
});

describe('a schema that cannot be used checks nothing: the server checks again', () => {
  test.each<[string, JsonObject]>([
    ['a type that there is not', { type: 'object', properties: { title: { type: 'film' } } }],
    ['a reference to nowhere', { type: 'object', properties: { title: { $ref: '#/nowhere' } } }],
    [
      'a reference to the network',
      { type: 'object', properties: { title: { $ref: 'https://example.test/s' } } },
    ],
    ['a reference to itself', { type: 'object', $ref: '#' }],
    ['a list of items, as in draft 7', { type: 'object', properties: { title: { items: [title] } } }],
    [
      'an exclusive minimum, as in draft 4',
      { type: 'object', properties: { n: { exclusiveMinimum: true } } },
    ],
  ])('%s', async (_, inputSchema) => {
    const { run } = await callWith({ title: 7 }, inputSchema);
    expect(run).toHaveBeenCalledOnce();
  });
});

describe('a schema of a server that is not trusted', () => {
  test('keeps nobody busy with a pattern', () => {
    const slow = { type: 'object', properties: { title: { type: 'string', pattern: '^(a+)+$' } } };
    expect(argumentProblem(slow, { title: `${'a'.repeat(60)}!` })).toBeUndefined();
    expect(argumentProblem(slow, { title: 7 })).toContain('must be string');
  });

  test('nor with one for names, beside which it says nothing of other names', () => {
    const slow = { type: 'object', patternProperties: { '^(a+)+$': {} }, additionalProperties: false };
    expect(argumentProblem(slow as never, { [`${'a'.repeat(60)}!`]: 1 })).toBeUndefined();
    expect(argumentProblem(slow as never, [] as never)).toContain('must be object');
  });

  test('nor does a pattern that is left out have arguments refused that it would have told apart', () => {
    const kinds = ['^tt', '^nm'].map((pattern) => ({ type: 'string', pattern }));
    for (const title of [
      { oneOf: kinds },
      { not: { pattern: '^tt' } },
      { not: { $ref: '#/$defs/a' } },
      JSON.parse('{"if":{"pattern":"^tt"},"then":{"minLength":99}}'),
    ]) {
      const told = { type: 'object', properties: { title }, $defs: { a: { pattern: 'a' } } };
      expect(argumentProblem(told, { title: 'nm0000244' }), JSON.stringify(title)).toBeUndefined();
    }
    const either = { type: 'object', properties: { title: { oneOf: kinds } } };
    expect(argumentProblem(either, { title: 7 })).toContain('must be string');
  });

  test('names arguments as it likes, also like keywords', () => {
    const properties = { patternProperties: { type: 'string' }, pattern: { const: { pattern: 'x' } } };
    const closed = { type: 'object', properties, additionalProperties: false };
    expect(argumentProblem(closed, { patternProperties: 'x', pattern: { pattern: 'x' } })).toBeUndefined();
    expect(argumentProblem(closed, { patternProperties: 7 })).toContain('must be string');
    expect(argumentProblem(closed, { other: 7 })).toBe(argument.notRun(argument.unknownToAgent('other')));
  });

  test('nor with references that double at each step', () => {
    const steps = (count: number) => ({
      $defs: Object.fromEntries(
        Array.from({ length: count }, (_, i) => [
          `d${i}`,
          i === count - 1
            ? { type: 'object', required: ['title'] }
            : { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
        ]),
      ),
      allOf: [{ $ref: '#/$defs/d0' }],
    });
    expect(argumentProblem(steps(60) as never, {})).toBeUndefined();
    expect(argumentProblem(steps(3) as never, {})).toContain(argument.missing('title'));
  });

  test('that lists thousands of values is told of in short', () => {
    const many = {
      type: 'object',
      properties: { title: { enum: Array.from({ length: 5_000 }, (_, i) => `v${i}`) } },
    };
    expect(argumentProblem(many as never, { title: 'x' })?.length).toBeLessThan(1_200);
    expect(argumentProblem(many as never, { title: 'v7' })).toBeUndefined();
  });

  test('that calls itself asynchronous is checked like any other, and leaves no rejection behind', () => {
    expect(argumentProblem({ ...schema, $async: true }, {})).toContain(argument.missing('title'));
    expect(argumentProblem({ ...schema, $async: true }, { title: 'Alien' })).toBeUndefined();
  });

  test('names a draft or an id as it likes', () => {
    for (const extra of [{ $schema: 'http://json-schema.org/draft-07/schema#' }, { $id: 'urn:s' }]) {
      expect(argumentProblem({ ...schema, ...extra }, {})).toContain(argument.missing('title'));
      expect(argumentProblem({ ...schema, ...extra }, { title: 'Alien' })).toBeUndefined();
      const referring = { ...extra, $ref: '#/$defs/find', $defs: { find: schema } };
      expect(argumentProblem(referring, {})).toContain(argument.missing('title'));
    }
  });
});

test('a schema of an older draft is read as that draft was: later keywords, and those beside a reference, say nothing', () => {
  const draft = { $schema: 'http://json-schema.org/draft-07/schema#' };
  const beside = {
    type: 'object',
    properties: { title: { $ref: '#/$defs/text', minLength: 9 } },
    $defs: { text: { type: 'string' } },
  };
  const later = { type: 'object', dependentRequired: { title: ['year'] } };
  for (const rule of [beside, later]) {
    expect(argumentProblem({ ...draft, ...rule } as never, { title: 'Alien' })).toBeUndefined();
    expect(argumentProblem(rule as never, { title: 'Alien' })).toContain('Not run: ');
  }
  expect(argumentProblem({ ...draft, ...beside } as never, { title: 7 })).toContain(
    argument.is('title', 'string'),
  );
});

test('names that every object inherits are arguments like any other', () => {
  const inherited = { type: 'object', properties: { constructor: title }, required: ['toString'] };
  expect(argumentProblem(inherited, { toString: 'x' } as never)).toBeUndefined();
  expect(argumentProblem(inherited, {})).toContain(argument.missing('toString'));
  expect(argumentProblem(inherited, { toString: 'x', constructor: 7 } as never)).toContain('must be string');
});

test('more schemas than are remembered are all checked', () => {
  for (let number = 0; number < 600; number += 1) {
    const numbered = { type: 'object', properties: { [`a${number}`]: title } };
    expect(argumentProblem(numbered, { [`a${number}`]: 7 })).toContain(`a${number} must be string`);
  }
  expect(argumentProblem(schema, {})).toContain('title is missing');
});
