import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { ModelEvent } from 'movie-hub';
import { describe, expect, test, vi } from 'vitest';
import { instead } from '../support/messages';
import { goOn, httpVersions, realRun } from './support/real-client';
import { eventsOf } from './support/run';
import { toolServer } from './support/tool-server';

const call = (name: string) => ({ toolUse: { name } });
const serverA = () => toolServer('s', { a: { run: () => 'A' } });

describe.each(httpVersions)('over %s', (http) => {
  test('reasoning goes back with its signature before the use it led to, and takes no forced choice', async () => {
    const { bedrock, events } = await realRun({
      http,
      refuses: { refusesToolChoice: true },
      turns: [[{ reasoning: 'Hm.', signature: 'sig' }, call('a')], 'Done.'],
      servers: [serverA()],
      lookFirst: true,
    });
    expect(bedrock.requests[0]?.request.toolChoice).toEqual({ any: {} });
    expect(bedrock.requests[1]?.request).not.toHaveProperty('toolChoice');
    expect(bedrock.requests[2]?.request.messages[1]?.content).toMatchObject([
      { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'sig' } } },
      { toolUse: { name: 'a' } },
    ]);
    expect(eventsOf(events, 'tool_call')).toHaveLength(1);
    bedrock.assertComplete();
  });

  test('cache points are at most four, and tokens of the cache are counted beside the others', async () => {
    const usage = { inputTokens: 1, outputTokens: 1, cacheReadInputTokens: 600, cacheWriteInputTokens: 500 };
    const { bedrock, result } = await realRun({
      http,
      promptCaching: true,
      turns: [{ content: [call('a')], usage }, 'unused'],
      servers: [serverA()],
      maxInputTokens: 1_000,
    });
    const points = JSON.stringify(bedrock.requests[0]?.body).split('"cachePoint":').length - 1;
    expect(points).toBeLessThanOrEqual(4);
    expect(Object.keys(bedrock.requests[0]?.body ?? {})).toEqual(
      expect.arrayContaining(['toolConfig', 'system', 'messages']),
    );
    expect(result).toMatchObject({ stopReason: 'max_input_tokens', usage });
  });

  test('events and content that are yet to come are passed over', async () => {
    const known = (text: string) => ({ contentBlockDelta: { contentBlockIndex: 0, delta: { text } } });
    const unknown = [
      { someDay: { it: 'comes' } },
      { contentBlockStart: { contentBlockIndex: 1, start: { someDay: {} } } },
      { contentBlockDelta: { contentBlockIndex: 1, delta: { someDay: {} } } },
      { contentBlockStop: { contentBlockIndex: 1 } },
    ];
    const end = { messageStop: { stopReason: 'end_turn' } };
    const turn = { events: [known('In '), ...unknown, known('pieces'), end] as ModelEvent[] };
    const { result, ...real } = await realRun({ http, turns: [turn, 'Gladly.'] });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'In pieces' });
    expect(result.messages.at(-1)?.content).toEqual([{ text: 'In pieces' }]);
    expect((await goOn(real, result.messages)).result.text).toBe('Gladly.');
  });

  test('a model that refuses tools in a stream is asked for the whole answer', async () => {
    const { bedrock, result } = await realRun({
      http,
      refuses: { refusesToolsInStream: true },
      turns: ['Done.'],
      servers: [serverA()],
    });
    expect(bedrock.requests.map(({ streaming }) => streaming)).toEqual([true, false]);
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'Done.' });
  });

  test('the client is the caller’s, with the handler that he gave it, and stays his', async () => {
    const { bedrock, client } = await realRun({ http, turns: ['one', 'two'] });
    expect(bedrock.requests[0]?.httpVersion).toBe(http === 'HTTP/2' ? '2.0' : '1.1');
    expect((await goOn({ client }, [])).result.text).toBe('two');
  });

  test('the time for a tool is the one that was set, not the 60 s that the MCP client has by itself', async () => {
    const asked = vi.spyOn(Client.prototype, 'request');
    const longer = await realRun({
      http,
      turns: [[call('a')], 'Done.'],
      servers: [serverA()],
      toolTimeoutMs: 300_000,
    });
    expect(longer.result.stopReason).toBe('end_turn');
    const options = asked.mock.calls
      .filter(([{ method }]) => method === 'tools/call')
      .map(([, , more]) => more);
    asked.mockRestore();
    expect(options[0]?.timeout).toBeGreaterThan(300_000);
    const { events, result } = await realRun({
      http,
      turns: [[call('slow')], 'Done.'],
      servers: [toolServer('s', { slow: { run: () => new Promise(() => {}) } })],
      toolTimeoutMs: 100,
    });
    expect(result.stopReason).toBe('end_turn');
    expect(eventsOf(events, 'tool_result')).toMatchObject([{ content: instead.late(100) }]);
  });
});
