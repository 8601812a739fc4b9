import { describe, expect, test } from 'vitest';
import { added, argument, instead } from '../support/messages';
import { bedrockRun, eventsOf, resultsIn } from './support/bedrock-run';
import { type TestTool, toolServer } from './support/tool-server';

/** Lets the model call `tool` once and returns what the model and the reader of events got. */
async function callOnce(tool: TestTool, input: string | Record<string, string> = {}, limits = {}) {
  const { bedrock, events } = await bedrockRun({
    turns: [[{ toolUse: { name: 'a', input } }], 'ok'],
    servers: [toolServer('s', { a: tool })],
    ...limits,
  });
  const [toModel] = resultsIn(bedrock.requests[1]?.request.messages ?? []);
  return { toModel, event: eventsOf(events, 'tool_result')[0], call: eventsOf(events, 'tool_call')[0] };
}

const id = { toolUseId: 'tooluse_1' };

describe('what the model gets of a tool', () => {
  test('an error is text with status error', async () => {
    const wrong = { content: [{ type: 'text' as const, text: 'No such zone.' }], isError: true };
    const { toModel, event } = await callOnce({
      run: () => ({ ...wrong, structuredContent: { code: 'x' } }),
    });
    expect(toModel).toEqual({ ...id, status: 'error', content: [{ text: 'No such zone.' }] });
    expect(event).toMatchObject({
      isError: true,
      content: 'No such zone.',
      structuredContent: { code: 'x' },
    });
  });

  test('a refusal of the arguments is passed on', async () => {
    const { toModel } = await callOnce({
      run: () => Promise.reject(Object.assign(new Error('title is missing'), { code: -32602 })),
    });
    expect(toModel).toMatchObject({
      status: 'error',
      content: [{ text: instead.refused('title is missing') }],
    });
  });

  test('any other failure is a fixed sentence that tells nothing of the inside', async () => {
    const { toModel, event } = await callOnce({
      run: () => Promise.reject(new Error('password authentication failed for user "x" at 10.0.0.7')),
    });
    expect(toModel).toEqual({
      ...id,
      status: 'error',
      content: [{ text: instead.failed }],
    });
    expect(event).toMatchObject({
      isError: true,
      content: instead.failed,
    });
  });

  test('a tool that takes too long is given up, and is told so', async () => {
    let stopped = false;
    const { toModel } = await callOnce(
      {
        run: (_, signal) =>
          new Promise(() => {
            signal.addEventListener('abort', () => {
              stopped = true;
            });
          }),
      },
      {},
      { toolTimeoutMs: 50 },
    );
    expect(toModel).toMatchObject({
      status: 'error',
      content: [{ text: instead.late(50) }],
    });
    expect(stopped).toBe(true);
  });

  test('nothing, blank text and other media become text that is not blank', async () => {
    const nothing = await callOnce({ run: () => ({ content: [] }) });
    expect(nothing.toModel).toEqual({ ...id, content: [{ text: instead.nothing }] });
    const blank = await callOnce({ run: () => ' \n ' });
    expect(blank.toModel).toEqual(nothing.toModel);
    const media = await callOnce({
      run: () => ({
        content: [
          { type: 'image', data: 'AAAA', mimeType: 'image/png' },
          { type: 'resource', resource: { uri: 'file:///a', text: 'plot' } },
          { type: 'resource_link', name: 'poster', uri: 'https://example.test/p' },
        ],
      }),
    });
    const text = '(image of type image/png, not shown)\nplot\nposter: https://example.test/p';
    expect(media.toModel).toEqual({ ...id, content: [{ text }] });
  });

  test('structured content that JSON cannot hold is an error, not a crash', async () => {
    const { toModel } = await callOnce({ run: () => ({ content: [], structuredContent: { big: 1n } }) });
    expect(toModel).toMatchObject({
      status: 'error',
      content: [{ text: instead.unreadable }],
    });
  });

  test('structured content is passed on even where the output schema is wrong', async () => {
    const outputSchema = { type: 'object' as const, properties: { a: { $ref: '#/nowhere' } } };
    const { toModel } = await callOnce({
      outputSchema,
      run: () => ({ content: [], structuredContent: { a: 1 } }),
    });
    expect(toModel).toEqual({ ...id, content: [{ json: { a: 1 } }] });
  });

  test('a result above the bound is cut at a character, says so, and stays within the bound', async () => {
    const { toModel, event } = await callOnce(
      { run: () => '€'.repeat(1000) },
      {},
      { maxToolResultBytes: 301 },
    );
    const [part] = toModel?.content ?? [];
    const text = part && 'text' in part ? part.text : '';
    expect(text).toMatch(/^€+\n\[.*\]$/);
    expect(text).toContain(`\n${added.cut(3000)}`);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(301);
    expect(event?.content).toBe(text);
  });

  test('structured content above the limit is cut as text; just within it, it is not', async () => {
    const rows = { rows: 'x'.repeat(489) };
    const run = () => ({ content: [], structuredContent: rows });
    const whole = await callOnce({ run }, {}, { maxToolResultBytes: 500 });
    expect(whole.toModel?.content).toEqual([{ json: rows }]);
    const { toModel, event } = await callOnce({ run }, {}, { maxToolResultBytes: 499 });
    expect(toModel?.content).toEqual([{ text: expect.stringMatching(/^\{"rows":"x+…"\}\n\[Cut here/) }]);
    expect(event).not.toHaveProperty('structuredContent');
  });
});

describe('what the model asks for', () => {
  test.each(['{"title": "Ali', '[1]', '"x"', '{"a":1}{"b":2}'])(
    'arguments that are no JSON object are answered, not run: %s',
    async (input) => {
      const runs: string[] = [];
      const { toModel, call } = await callOnce({ run: () => `run ${runs.push(input)}` }, input);
      expect(toModel).toMatchObject({
        status: 'error',
        content: [{ text: argument.notRun('the arguments were not a JSON object.') }],
      });
      expect(call?.arguments).toEqual({});
      expect(runs).toEqual([]);
    },
  );

  test('no arguments at all mean the empty object', async () => {
    const { call, toModel } = await callOnce({ run: (input) => JSON.stringify(input) }, '');
    expect(call?.arguments).toEqual({});
    expect(toModel).toEqual({ ...id, content: [{ text: '{}' }] });
  });

  test('a tool that does not exist is answered with those that do, and its name made safe', async () => {
    const { bedrock, events, result } = await bedrockRun({
      turns: [[{ toolUse: { name: 'drop table; --', toolUseId: 'x y' } }, { toolUse: { name: 'a' } }], 'ok'],
      servers: [toolServer('s', { a: { run: () => 'A' }, b: { run: () => 'B' } })],
    });
    expect(resultsIn(bedrock.requests[1]?.request.messages ?? [])).toEqual([
      {
        toolUseId: 'x_y',
        status: 'error',
        content: [{ text: instead.unknown('drop_table_--', 'a', 'b') }],
      },
      { toolUseId: 'tooluse_2', content: [{ text: 'A' }] },
    ]);
    expect(eventsOf(events, 'tool_call')[0]).toMatchObject({ name: 'drop_table_--', server: '' });
    expect(result.stopReason).toBe('end_turn');
  });

  test('ids that the model uses twice are told apart', async () => {
    const again = [
      { toolUse: { name: 'a', toolUseId: 'same' } },
      { toolUse: { name: 'a', toolUseId: 'same' } },
    ];
    const { result } = await bedrockRun({
      turns: [again, again, 'ok'],
      servers: [toolServer('s', { a: { run: () => 'A' } })],
    });
    const ids = result.messages.flatMap(({ content }) =>
      content.flatMap((block) => ('toolUse' in block ? [block.toolUse.toolUseId] : [])),
    );
    expect(ids).toEqual(['same', 'same_2', 'same_3', 'same_4']);
  });

  test('blocks that come interleaved are kept apart', async () => {
    const start = (contentBlockIndex: number, toolUseId: string) => ({
      contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId, name: 'a' } } },
    });
    const input = (contentBlockIndex: number, json: string) => ({
      contentBlockDelta: { contentBlockIndex, delta: { toolUse: { input: json } } },
    });
    const { events } = await bedrockRun({
      turns: [
        {
          events: [
            { messageStart: { role: 'assistant' } },
            start(1, 'one'),
            start(0, 'zero'),
            input(1, '{"n":'),
            input(0, '{"n":"0"}'),
            input(1, '"1"}'),
            { contentBlockStop: { contentBlockIndex: 0 } },
            { contentBlockStop: { contentBlockIndex: 1 } },
            { messageStop: { stopReason: 'tool_use' } },
          ],
        },
        'ok',
      ],
      servers: [toolServer('s', { a: { run: () => 'A' } })],
    });
    expect(eventsOf(events, 'tool_call').map((event) => [event.toolUseId, event.arguments])).toEqual([
      ['zero', { n: '0' }],
      ['one', { n: '1' }],
    ]);
  });
});
