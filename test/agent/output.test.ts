import { runAgent } from 'movie-hub';
import { ScriptedModel, type ScriptedTurn } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { bedrockRun, eventsOf } from './support/bedrock-run';
import { finish } from './support/run';
import { toolServer } from './support/tool-server';

const output = z.object({ title: z.string(), year: z.number().int().nullable() });
const heat = { title: 'Heat', year: 1995 };
const gives = (input: unknown): ScriptedTurn => [
  { toolUse: { name: 'final_answer', input: input as never } },
];
const looks: ScriptedTurn = [{ toolUse: { name: 'find' } }];
const servers = () => [toolServer('s', { find: { run: () => 'Heat, 1995' } })];
const run = async (turns: readonly ScriptedTurn[], settings: object = {}) => {
  const model = new ScriptedModel({ turns });
  const done = await finish(
    runAgent({ model, prompt: 'Which film?', servers: servers(), output, ...settings }),
  );
  model.assertComplete();
  return { model, ...done };
};

describe('an answer in a form', () => {
  test('is what the schema makes of it', async () => {
    const { events, result } = await run([looks, gives(heat)]);
    expect(result).toMatchObject({ stopReason: 'end_turn', output: heat, turns: 2, toolCalls: 1 });
    expect(eventsOf(events, 'tool_call')).toMatchObject([{ name: 'find' }]);
  });

  test('may be JSON Schema, and has the defaults and transforms of a library', async () => {
    const json = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } as const;
    expect((await run([gives({ n: 3 })], { output: json })).result.output).toEqual({ n: 3 });
    const withDefault = z.object({ n: z.number().default(7) });
    expect((await run([gives({})], { output: withDefault })).result.output).toEqual({ n: 7 });
  });

  test.each<[string, ScriptedTurn]>([
    ['text', 'It is Heat.'],
    ['of another form', gives({ title: 7 })],
    ['no object', [{ toolUse: { name: 'final_answer', input: '[1' } }]],
  ])('that is %s at first is asked for once more', async (_, first) => {
    const { result } = await run([looks, first, gives(heat)]);
    expect(result).toMatchObject({ stopReason: 'end_turn', output: heat });
  });

  test.each<[string, ScriptedTurn, ScriptedTurn]>([
    ['text', 'It is Heat.', 'I said so.'],
    ['of another form', gives({ title: 7 }), gives({ title: 8 })],
  ])('that is %s twice is an error', async (_, first, second) => {
    const { result } = await run([first, second]);
    expect(result).toMatchObject({ stopReason: 'error', error: { code: 'model_failed' } });
    expect(result.error?.cause).toBeInstanceOf(Error);
    expect(result).not.toHaveProperty('output');
  });

  test('that is given twice at once is read once, and every call has a result', async () => {
    const twice = (first: unknown): ScriptedTurn => [first, heat].flatMap((each) => gives(each) as never);
    expect((await run([twice(heat)])).result).toMatchObject({ output: heat, turns: 1 });
    expect((await run([twice({}), gives(heat)])).result).toMatchObject({ output: heat, turns: 2 });
  });

  test('is not made of arguments that are cut off, where the form would allow none', async () => {
    const optional = z.object({ title: z.string().optional() });
    const cut: ScriptedTurn = [{ toolUse: { name: 'final_answer', input: '{"title": "He' } }];
    const { result } = await run([cut, gives({ title: 'Heat' })], { output: optional });
    expect(result).toMatchObject({ output: { title: 'Heat' }, turns: 2 });
  });

  test('is told apart from a tool of the same name', async () => {
    const named = () => [toolServer('s', { final_answer: { run: () => 'Heat, 1995' } })];
    const turns: ScriptedTurn[] = [[{ toolUse: { name: 's_final_answer' } }], gives(heat)];
    const { events, result } = await run(turns, { servers: named() });
    expect(eventsOf(events, 'tool_result')).toMatchObject([{ name: 'final_answer', isError: false }]);
    expect(result).toMatchObject({ output: heat });
  });

  test('does not come before what must be looked up first', async () => {
    const { model } = await run([looks, gives(heat)], { lookFirst: true });
    const names = model.requests.map(({ tools = [] }) => tools.map(({ name }) => name));
    expect(names).toEqual([['find'], ['find', 'final_answer']]);
  });

  test('counts against the limits like any other', async () => {
    const { result } = await run(['It is Heat.'], { maxTurns: 1 });
    expect(result).toMatchObject({ stopReason: 'max_turns' });
  });

  test('needs a schema of an object', () => {
    expect(() =>
      runAgent({ model: new ScriptedModel({ turns: [] }), prompt: 'x', output: z.string() }),
    ).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});

test.each([
  ['forces the tool', 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0', true],
  ['cannot be forced', 'us.meta.llama3-3-70b-instruct-v1:0', false],
])('a model that %s gives it too', async (_, modelId, isForced) => {
  const { bedrock, result } = await bedrockRun({
    modelId,
    turns: ['It is Heat.', gives(heat)],
    servers: servers(),
    output,
  });
  expect(result).toMatchObject({ stopReason: 'end_turn', output: heat });
  expect(bedrock.requests).toHaveLength(2);
  expect(bedrock.requests[1]?.request.toolChoice !== undefined).toBe(isForced);
});
