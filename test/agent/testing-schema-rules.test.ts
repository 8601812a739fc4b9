import type { JsonObject, ModelRequest } from 'movie-hub';
import { requestProblems } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';

const half = '\ud83d';
const question = { role: 'user' as const, content: [{ text: 'q' }] };
const tool = { name: 'a', description: 'd', inputSchema: { type: 'object' } as JsonObject };
const problemsOf = (schema: JsonObject) =>
  requestProblems({
    messages: [question],
    tools: [{ ...tool, inputSchema: { type: 'object', ...schema } }],
  });
const property = (a: JsonObject) => ({ properties: { a } });

describe('the rules of input schemas', () => {
  test.each<[string, JsonObject]>([
    ['nothing but an object', {}],
    ['names of every kind', { properties: { 'a.B-c_9': {}, ['x'.repeat(64)]: true } }],
    ['unions inside', property({ anyOf: [{ type: 'string' }, {}] })],
    [
      'names that are data',
      property({ const: { 'a b': 1 }, default: { $ref: 7 }, 'x-own': { properties: { 'a b': 1 } } }),
    ],
    ['references', { ...property({ $ref: '#/$defs/x~1y' }), $defs: { 'x/y': { $ref: '#' } } }],
    ['patterns', property({ pattern: '^\\d{4}$', patternProperties: { '^a': {} } })],
  ])('let pass %s', (_, schema) => {
    expect(problemsOf(schema)).toEqual([]);
  });

  test.each<[string, JsonObject, string]>([
    ['a union at the top', { anyOf: [{}] }, 'has anyOf at the top level'],
    ['no object at the top', { type: 'string' }, 'is not of type object'],
    ['a name with a blank', { properties: { 'a b': {} } }, 'a property named "a b"'],
    ['a name that is too long', { properties: { ['x'.repeat(65)]: {} } }, 'a property named'],
    ['a name at a depth', property({ items: { allOf: [{ properties: { 'a[]': {} } }] } }), 'named "a[]"'],
    ['a name in a definition', { $defs: { x: { properties: { ü: {} } } } }, 'named "ü"'],
    ['a list of items', property({ items: [{}] }), 'draft 2020-12'],
    ['a bound that is a flag', property({ exclusiveMinimum: true }), 'draft 2020-12'],
    ['a bound that is text', property({ minimum: '3' }), 'draft 2020-12'],
    ['required as a flag', property({ required: true }), 'draft 2020-12'],
    ['a type that there is not', property({ type: 'any' }), 'draft 2020-12'],
    ['a property that is no schema', { properties: { a: 'string' } }, 'draft 2020-12'],
    ['a pattern that is none', property({ pattern: '(' }), 'an invalid pattern'],
    ['one of names', property({ patternProperties: { '[': {} } }), 'an invalid pattern'],
    ['a reference to nowhere', property({ $ref: '#/$defs/x' }), 'an unresolvable $ref'],
    ['a reference to the network', property({ $ref: 'https://x.test/s' }), 'an unresolvable $ref'],
  ])('find %s', (_, schema, problem) => {
    expect(problemsOf(schema).join(' ')).toContain(problem);
  });
});

describe('half a surrogate pair is found', () => {
  const use = (input: JsonObject) => [
    question,
    { role: 'assistant' as const, content: [{ toolUse: { toolUseId: '1', name: 'a', input } }] },
    { role: 'user' as const, content: [{ toolResult: { toolUseId: '1', content: [{ text: 'x' }] } }] },
  ];

  test.each<[string, Partial<ModelRequest>]>([
    ['text', { messages: [{ role: 'user', content: [{ text: half }] }] }],
    ['an input', { messages: use({ a: [half] }) }],
    ['a name of an input', { messages: use({ [half]: 1 }) }],
    ['a description', { tools: [{ ...tool, description: half }] }],
    ['a schema', { tools: [{ ...tool, inputSchema: { type: 'object', title: half } }] }],
    ['the system prompt', { system: half }],
  ])('in %s', (_, more) => {
    const problems = requestProblems({ messages: [question], tools: [tool], ...more });
    expect(problems.join(' ')).toContain('surrogate');
    const whole = JSON.parse(JSON.stringify(more).replaceAll('\\ud83d', '\u{1F3AC}'));
    expect(requestProblems({ messages: [question], tools: [tool], ...whole })).toEqual([]);
  });
});
