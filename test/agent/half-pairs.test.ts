import { runAgent } from 'movie-hub';
import { ScriptedModel } from 'movie-hub/testing';
import { describe, expect, test, vi } from 'vitest';
import { wellFormedJson } from '../../src/sdk/agent/wire';
import { resultsIn } from './support/bedrock-run';
import { httpVersions, realRun } from './support/real-client';
import { eventsOf } from './support/run';
import { type TestTool, toolServer } from './support/tool-server';

const half = 'half \ud83d';
const whole = 'half \ufffd';
const call = { toolUse: { name: 'a', input: '{"\\udfff":"half \\ud83d"}' } };

describe.each(httpVersions)('over %s, no half of a surrogate pair reaches Bedrock', (http) => {
  const run = (tool: Partial<TestTool>, more = {}) =>
    realRun({
      http,
      turns: [[call], 'Done.'],
      servers: [toolServer('s', { a: { run: () => half, ...tool } })],
      ...more,
    });

  test.each<[string, Partial<TestTool>, object]>([
    ['text of a result', {}, {}],
    [
      'structured content, names too',
      { run: () => ({ content: [], structuredContent: { [half]: [{ a: half }] } }) },
      {},
    ],
    ['an error', { run: () => ({ content: [{ type: 'text', text: half }], isError: true }) }, {}],
    ['a description', { description: half }, {}],
    ['a title', { description: '', title: half }, {}],
    ['the system prompt', {}, { system: half }],
    ['the reason of a denial', {}, { approveTool: () => ({ deny: half }) }],
    ['messages', {}, { messages: [{ role: 'user', content: [{ text: half }] }] }],
    [
      'messages of a step',
      {},
      { prepareStep: () => ({ messages: [{ role: 'user', content: [{ text: half }] }] }) },
    ],
  ])('from %s', async (_, tool, more) => {
    const { bedrock, result } = await run(tool, more);
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'Done.' });
    bedrock.assertComplete();
  });

  test('from what the model said itself, which the server gets repaired too', async () => {
    const asked = vi.fn((_: Record<string, unknown>) => half);
    const { bedrock, events, result } = await run({ run: asked });
    expect(result.stopReason).toBe('end_turn');
    expect(asked).toHaveBeenCalledExactlyOnceWith({ '\ufffd': whole }, expect.anything());
    expect(eventsOf(events, 'tool_call')[0]?.arguments).toEqual({ '\ufffd': whole });
    expect(resultsIn(bedrock.requests[1]?.request.messages ?? [])).toMatchObject([
      { content: [{ text: whole }] },
    ]);
  });
});

test('what the model said goes back whole: a pair in two pieces stays, a half of one does not', async () => {
  const said = [{ reasoning: half }, { text: ['\u{1F3AC} ', 'cut \ud83c', '\udfac', half].join('') }, call];
  const model = new ScriptedModel({ turns: [said, 'Done.'] });
  const servers = [toolServer('s', { a: { run: () => 'fine' } })];
  const result = await runAgent({ model, prompt: 'q', servers }).result;
  expect(result.stopReason).toBe('end_turn');
  expect(JSON.stringify(model.requests[1]?.messages)).toContain(`cut \u{1F3AC}${whole}`);
});

test('a cut leaves no half behind, wherever it falls', async () => {
  for (let size = 200; size < 208; size += 1) {
    const model = new ScriptedModel({ turns: [[{ toolUse: { name: 'a' } }], 'Done.'] });
    const servers = [toolServer('s', { a: { run: () => '\u{1F3AC}'.repeat(500) } })];
    const result = await runAgent({ model, prompt: 'q', servers, maxToolResultBytes: size }).result;
    expect(result.stopReason).toBe('end_turn');
    const [told] = resultsIn(model.requests[1]?.messages ?? []);
    expect(JSON.stringify(told)).toMatch(/^[^\ufffd]*\[Cut here/);
  }
});

describe('JSON that a request can hold', () => {
  test('comes back as the same object', () => {
    const bytes = new Uint8Array([0xd8, 0x3d]);
    const value = { a: [{ b: '\u{1F3AC}' }], bytes, nothing: null };
    expect(wellFormedJson(value)).toBe(value);
  });

  test('is made of what holds itself, is too deep, or has no JSON', () => {
    const loop: Record<string, unknown> = { n: 1n };
    Object.assign(loop, { one: loop, two: [loop] });
    const note = expect.stringContaining('too deep');
    expect(wellFormedJson(loop)).toEqual({ n: '1', one: note, two: [note] });
    let deep: unknown = half;
    for (let level = 0; level < 5_000; level += 1) deep = [deep];
    expect(JSON.stringify(wellFormedJson(deep))).toContain('too deep');
  });
});
