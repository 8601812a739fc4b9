import type { JsonObject } from 'movie-hub';
import { expect, test, vi } from 'vitest';
import { repairInputSchema } from '../../src/sdk/agent/servers/schemas';
import { resultsIn } from './support/bedrock-run';
import { realRun } from './support/real-client';
import { eventsOf } from './support/run';
import { toolServer } from './support/tool-server';

const text = { type: 'string' };
const long = 'settings__approved_or_denied_countries_or_regions__approved_list_x';

const inputSchema = {
  type: 'object' as const,
  properties: {
    'filter[title]': text,
    filter_title_: { type: 'integer' },
    電影: text,
    [long]: text,
    films: { type: 'array', items: { type: 'object', properties: { 'a b': text }, required: ['a b'] } },
    headers: { type: 'object', additionalProperties: text },
  },
  required: ['filter[title]'],
  additionalProperties: false,
};

/** What the model says, in the names it was told of, and what the server hears. */
const said = {
  filter_title__2: 'Alien',
  filter_title_: 7,
  property: 'x',
  films: [{ a_b: 'y' }],
  headers: { a_b: 'z', property: 'p' },
};
const heard = {
  'filter[title]': 'Alien',
  filter_title_: 7,
  電影: 'x',
  films: [{ 'a b': 'y' }],
  headers: { a_b: 'z', property: 'p' },
};

test('the model knows properties by safe names; server, events and approval by their own', async () => {
  const run = vi.fn((_: Record<string, unknown>) => 'ok');
  const approveTool = vi.fn(() => true);
  const { bedrock, events, result } = await realRun({
    turns: [[{ toolUse: { name: 'find', input: said } }], 'Done.'],
    servers: [toolServer('s', { find: { run, inputSchema } })],
    approveTool,
  });
  expect(result).toMatchObject({ stopReason: 'end_turn', text: 'Done.' });
  const told = bedrock.requests[0]?.request.tools?.[0]?.inputSchema;
  const properties = Object.keys(told?.properties ?? {});
  expect(properties).toEqual([
    'filter_title__2',
    'filter_title_',
    'property',
    expect.stringMatching(/^settings__.*_[0-9a-f]{8}$/),
    'films',
    'headers',
  ]);
  for (const name of properties) expect(name).toMatch(/^[a-zA-Z0-9_.-]{1,64}$/);
  expect(told).toMatchObject({
    required: ['filter_title__2'],
    properties: {
      property: { title: '電影', type: 'string' },
      films: { items: { properties: { a_b: text }, required: ['a_b'] } },
    },
  });
  expect(run).toHaveBeenCalledExactlyOnceWith(heard, expect.anything());
  expect(eventsOf(events, 'tool_call')[0]?.arguments).toEqual(heard);
  expect(approveTool).toHaveBeenCalledWith(expect.objectContaining({ arguments: heard }));
  expect(result.messages[1]?.content).toMatchObject([{ toolUse: { input: said } }]);
  bedrock.assertComplete();
});

test('what does not fit is told in the names that the model knows', async () => {
  const run = vi.fn(() => 'ok');
  const { bedrock } = await realRun({
    turns: [[{ toolUse: { name: 'find', input: { films: [{}], property: 7 } } }], 'Done.'],
    servers: [toolServer('s', { find: { run, inputSchema } })],
  });
  expect(run).not.toHaveBeenCalled();
  const [{ content } = {}] = resultsIn(bedrock.requests[1]?.request.messages ?? []);
  expect(JSON.stringify(content)).toContain('The argument filter_title__2 is missing.');
  expect(JSON.stringify(content)).toContain('The argument property must be string.');
  expect(JSON.stringify(content)).toContain('The argument films.0.a_b is missing.');
});

test('names lead back through branches, references and tuples, and the same schema gives the same names', () => {
  const schema: JsonObject = {
    type: 'object',
    anyOf: [
      { properties: { 'a b': { $ref: '#/$defs/node' } } },
      { properties: { c: { $ref: '#/$defs/node' } } },
    ],
    properties: {
      pair: { items: [{ properties: { 'x y': text } }, { additionalProperties: { $ref: '#/$defs/node' } }] },
    },
    $defs: { node: { oneOf: [text, { properties: { 'next one': { $ref: '#/$defs/node' } } }] } },
  };
  const { toServer, schema: told } = repairInputSchema(schema);
  expect(
    toServer({
      a_b: { next_one: { next_one: 'x', a_b: 1 } },
      c: { next_one: 'x' },
      pair: [{ x_y: 1 }, { free: { next_one: 1 }, x_y: 2 }],
      x_y: 3,
      'a b': 4,
    }),
  ).toEqual({
    'a b': 4,
    c: { 'next one': 'x' },
    pair: [{ 'x y': 1 }, { free: { 'next one': 1 }, x_y: 2 }],
    x_y: 3,
  });
  expect(toServer({ a_b: { next_one: { next_one: 'x', a_b: 1 } } })).toEqual({
    'a b': { 'next one': { 'next one': 'x', a_b: 1 } },
  });
  expect(JSON.stringify(repairInputSchema(structuredClone(schema)).schema)).toBe(JSON.stringify(told));
});

test('a property named like the prototype of every object is one like any other', () => {
  const schema = JSON.parse(
    '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{}}}',
  );
  const { schema: told, toServer } = repairInputSchema(schema);
  expect(Object.keys(told.properties ?? {})).toEqual(['proto', 'constructor']);
  expect(JSON.stringify(toServer({ proto: 'x', constructor: 1 }))).toBe('{"__proto__":"x","constructor":1}');
});
