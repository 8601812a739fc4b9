import type { JsonObject, ModelEvent } from 'movie-hub';
import type { ScriptedTurn } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import type { ScriptedContent } from '../../src/testing/script';
import { instead } from '../support/messages';
import { resultsIn } from './support/bedrock-run';
import { goOn, httpVersions, realRun, startReal } from './support/real-client';
import { eventsOf } from './support/run';
import { type TestTool, toolServer } from './support/tool-server';

const safe = /^[a-zA-Z0-9_-]{1,64}$/;
const call = (name: string, input: string | JsonObject = {}, toolUseId?: string): ScriptedContent => ({
  toolUse: { name, input, ...(toolUseId !== undefined && { toolUseId }) },
});
const serverOf = (tools: Record<string, TestTool>) => toolServer('s', tools);

// What Bedrock would refuse, the endpoint refuses with 400: a run that ends with end_turn was taken whole.
describe.each(httpVersions)('over %s', (http) => {
  const run = (turns: ScriptedTurn[], tools: Record<string, TestTool> = {}, more = {}) =>
    realRun({ http, turns, servers: [serverOf(tools)], ...more });

  test('names and ids are ones that Bedrock takes, lead back to the tool, and those that a model invents too', async () => {
    const long = 'x'.repeat(128);
    const { bedrock, events, result, ...real } = await run(
      [
        ({ tools = [] }) => [
          ...tools.map(({ name }, n) => call(name, {}, `id:${n}`)),
          call('no.such tool', {}, 'x'.repeat(80)),
        ],
        'Done.',
        'Gladly.',
      ],
      { 'movies.get_cast': { run: () => 'cast', description: ' ' }, [long]: { run: () => 'long' } },
    );
    const { tools = [] } = bedrock.requests[0]?.request ?? {};
    expect(tools).toHaveLength(2);
    for (const { name, description } of tools) {
      expect(name).toMatch(safe);
      expect(description).toMatch(/\S/);
    }
    expect(eventsOf(events, 'tool_call').map(({ name }) => name)).toEqual([
      'movies.get_cast',
      long,
      'no_such_tool',
    ]);
    expect(eventsOf(events, 'tool_result').map(({ isError }) => isError)).toEqual(
      expect.arrayContaining([false, false, true]),
    );
    expect((await goOn(real, result.messages)).result.stopReason).toBe('end_turn');
    bedrock.assertComplete();
  });

  test('all results of a turn go in the next message, one for each use, none extra', async () => {
    const { bedrock, result } = await run([[call('a'), call('none'), call('a', '{"'), call('b')], 'Done.'], {
      a: { run: () => 'A' },
      b: { run: () => Promise.reject(new Error('x')) },
    });
    const ids = ['tooluse_1', 'tooluse_2', 'tooluse_3', 'tooluse_4'];
    expect(resultsIn(bedrock.requests[1]?.request.messages ?? []).map(({ toolUseId }) => toolUseId)).toEqual(
      ids,
    );
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'Done.' });
    bedrock.assertComplete();
  });

  test('a tool list is sent whenever the history holds tool blocks, and no tool choice with it', async () => {
    const { result, ...real } = await run([[call('a')], 'Done.', 'Gladly.'], { a: { run: () => 'A' } });
    await goOn(real, result.messages);
    const body = real.bedrock.requests[2]?.body;
    expect(body?.toolConfig).toEqual({ tools: [{ toolSpec: expect.objectContaining({ name: 'a' }) }] });
    real.bedrock.assertComplete();
  });

  test('blank text is not sent back, and an error without content says something', async () => {
    const { bedrock, result } = await run([[{ text: ' \n' }, call('a'), call('b')], 'Done.'], {
      a: { run: () => ({ content: [], isError: true }) },
      b: { run: () => ' ' },
    });
    expect(result.stopReason).toBe('end_turn');
    const [, said] = bedrock.requests[1]?.request.messages ?? [];
    expect(said?.content).toHaveLength(2);
    const results = resultsIn(bedrock.requests[1]?.request.messages ?? []);
    expect(results).toMatchObject([
      { status: 'error', content: [{ text: instead.failedWithoutText }] },
      { content: [{ text: instead.nothing }] },
    ]);
    bedrock.assertComplete();
  });

  test('json of a result is an object: other values of a transcript are wrapped; an error says that it is one', async () => {
    const result = (toolUseId: string, json: unknown) => ({
      toolResult: { toolUseId, content: [{ json }] },
    });
    const messages = [
      { role: 'user', content: [{ text: 'q' }] },
      {
        role: 'assistant',
        content: ['1', '2'].map((id) => ({ toolUse: { toolUseId: id, name: 'a', input: {} } })),
      },
      { role: 'user', content: [result('1', [1, 2]), result('2', 'scalar')] },
    ];
    const { bedrock } = await run(
      [[call('a')], 'Done.'],
      { a: { run: () => ({ content: [{ type: 'text', text: 'no' }], isError: true }) } },
      { messages: messages as never },
    );
    expect(bedrock.requests[0]?.request.messages[2]?.content).toEqual([
      result('1', { value: [1, 2] }),
      result('2', { value: 'scalar' }),
    ]);
    expect(resultsIn(bedrock.requests[1]?.request.messages ?? [])).toMatchObject([{ status: 'error' }]);
    bedrock.assertComplete();
  });

  test('an input schema has no union at the top, and keeps what it offers', async () => {
    const { bedrock } = await run(['Done.'], {
      a: {
        run: () => 'A',
        inputSchema: {
          type: 'object',
          oneOf: [
            { properties: { title: { type: 'string' } }, required: ['title'] },
            { properties: { id: { type: 'integer' } }, required: ['id'] },
          ],
        },
      },
    });
    expect(bedrock.requests[0]?.request.tools?.[0]?.inputSchema).toEqual({
      type: 'object',
      properties: { title: { type: 'string' }, id: { type: 'integer' } },
    });
    bedrock.assertComplete();
  });

  test('arguments come in pieces and interleaved, empty ones are {}, and cut ones are not run', async () => {
    const start = (contentBlockIndex: number, toolUseId: string): ModelEvent => ({
      contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId, name: 'a' } } },
    });
    const input = (contentBlockIndex: number, json: string): ModelEvent => ({
      contentBlockDelta: { contentBlockIndex, delta: { toolUse: { input: json } } },
    });
    const blocks = [start(1, 'one'), start(0, 'zero'), input(1, '{"n"'), input(1, ':1}')];
    const stops: ModelEvent[] = [0, 1].map((contentBlockIndex) => ({
      contentBlockStop: { contentBlockIndex },
    }));
    const whole = [...blocks, ...stops, { messageStop: { stopReason: 'tool_use' } }];
    const cut = [...blocks, ...stops, { messageStop: { stopReason: 'max_tokens' } }];
    const { events } = await run([{ events: whole }, 'Done.'], { a: { run: () => 'A' } });
    expect(eventsOf(events, 'tool_call').map((event) => event.arguments)).toEqual([{}, { n: 1 }]);
    const ended = await run([{ events: cut }], { a: { run: () => 'A' } });
    expect(ended.result).toMatchObject({ stopReason: 'max_tokens', toolCalls: 0 });
  });

  test('every stop reason ends well: known, lying, or yet to come', async () => {
    const reasons = [
      'end_turn',
      'stop_sequence',
      'max_tokens',
      'content_filtered',
      'guardrail_intervened',
      'malformed_model_output',
      'malformed_tool_use',
      'model_context_window_exceeded',
      'yet_to_come',
    ];
    const content = [{ text: 'Said.' }];
    for (const stopReason of reasons) {
      const { result } = await run([{ content, stopReason }]);
      expect(result).toMatchObject({ stopReason, text: 'Said.' });
    }
    expect((await run([{ content, stopReason: 'tool_use' }])).result.stopReason).toBe('end_turn');
    const lied = await run([{ content: [call('a')], stopReason: 'end_turn' }, 'Done.'], {
      a: { run: () => 'A' },
    });
    expect(lied.result).toMatchObject({ stopReason: 'end_turn', text: 'Done.', toolCalls: 1 });
  });

  test('a stream that ends without messageStop is a failure, unless it was aborted', async () => {
    const turn: ScriptedTurn = { content: [{ text: 'Half' }], fault: 'end' };
    const { result } = await run([turn]);
    expect(result).toMatchObject({ stopReason: 'error', error: { code: 'model_failed' }, text: 'Half' });
    const { run: stalled } = await startReal({ http, turns: [{ ...turn, fault: 'stall' }] });
    for await (const { type } of stalled) if (type === 'text') stalled.abort();
    const aborted = await stalled.result;
    expect(aborted).toMatchObject({ stopReason: 'aborted', text: 'Half' });
    expect(aborted).not.toHaveProperty('error');
  });

  test('HTTP errors are retried by the client; exceptions in the stream by the run, and only before output', async () => {
    const throttled: ScriptedTurn = { fault: { status: 429, type: 'ThrottlingException' } };
    const over = await run([throttled, 'Done.'], {}, { maxAttempts: 2 });
    expect(over.result.text).toBe('Done.');
    expect(eventsOf(over.events, 'retry')).toEqual([]);
    const fault = { exception: 'throttlingException' };
    const inside = await run([{ content: [], fault }, 'Done.']);
    expect(inside.result.text).toBe('Done.');
    expect(eventsOf(inside.events, 'retry')).toHaveLength(1);
    const late = await run([{ content: [{ text: 'Half' }], fault }, 'unused']);
    expect(late.result).toMatchObject({ stopReason: 'error', text: 'Half' });
  });
});
