import type { JsonObject } from 'movie-hub';
import { describe, expect, test, vi } from 'vitest';
import type { ApproveTool } from '../../src/sdk/agent/run-options';
import { instead } from '../support/messages';
import { markOf } from './support/fence';
import { eventsOf, scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

const input = { title: 'Alien', filter: { zone: 'UTC' } };

/** Lets the model call `get.cast` under an approval, and tells whether it ran and what the model was told. */
async function callUnder(approveTool: ApproveTool | undefined, given: JsonObject = input) {
  const run = vi.fn((_: Record<string, unknown>) => 'Ripley');
  const inputSchema = { type: 'object' as const, properties: { title: { type: 'string' } } };
  const server = toolServer('movies', { 'get.cast': { run, inputSchema } });
  const turns = [[{ toolUse: { name: 'get_cast', input: given } }], 'ok'];
  const { events, result } = await scriptedRun(turns, {
    servers: [server],
    ...(approveTool && { approveTool }),
  });
  expect(result).toMatchObject({ stopReason: 'end_turn', text: 'ok', toolCalls: 1 });
  const [block] = result.messages[2]?.content ?? [];
  const toolResult = block && 'toolResult' in block ? block.toolResult : undefined;
  return { run, toolResult, result, event: eventsOf(events, 'tool_result')[0] };
}

describe('a call runs', () => {
  test.each<[string, ApproveTool | undefined]>([
    ['when it is approved', () => true],
    ['when it is approved later', async () => true],
    ['when nobody is asked', undefined],
  ])('%s', async (_, approveTool) => {
    const { run, toolResult, event } = await callUnder(approveTool);
    expect(run).toHaveBeenCalledExactlyOnceWith(input, expect.anything());
    expect(toolResult && markOf(toolResult)).toBeDefined();
    expect(event).toMatchObject({ isError: false, content: 'Ripley' });
  });
});

describe('a call is denied', () => {
  const denied = instead.denied;
  const because = instead.deniedFor('not on a Sunday');
  test.each<[string, () => unknown, string]>([
    ['with a reason', () => ({ deny: 'not on a Sunday' }), because],
    ['with a reason, later', async () => ({ deny: 'not on a Sunday' }), because],
    ['with a blank reason', () => ({ deny: ' ' }), denied],
    ['with a reason that is no text', () => ({ deny: 7 }), denied],
    ['by false', () => false, denied],
    ['by nothing', () => undefined, denied],
    ['by null', () => null, denied],
    ['by something like yes', () => 'true', denied],
    ['by 1', () => 1, denied],
    ['by an object', () => ({ approve: true }), denied],
    [
      'by throwing',
      () => {
        throw new Error('secret detail');
      },
      denied,
    ],
    ['by rejecting', () => Promise.reject(new Error('secret detail')), denied],
  ])('%s', async (_, approveTool, text) => {
    const { run, toolResult, event } = await callUnder(approveTool as ApproveTool);
    expect(run).not.toHaveBeenCalled();
    expect(toolResult).toEqual({ toolUseId: 'tooluse_1', status: 'error', content: [{ text }] });
    expect(event).toMatchObject({ name: 'get.cast', isError: true, content: text });
  });
});

test("the decision is on the server's own name of the tool, and on the arguments", async () => {
  const approveTool = vi.fn<ApproveTool>(() => true);
  await callUnder(approveTool);
  const call = { toolUseId: 'tooluse_1', name: 'get.cast', server: 'movies', arguments: input };
  expect(approveTool).toHaveBeenCalledExactlyOnceWith(call);
});

test('what it does to the arguments changes nothing', async () => {
  const { run, result } = await callUnder((call) => {
    call.arguments.title = 'Aliens';
    (call.arguments.filter as JsonObject).zone = 'CET';
    return true;
  });
  expect(run).toHaveBeenCalledExactlyOnceWith(input, expect.anything());
  expect(result.messages[1]?.content).toMatchObject([{ toolUse: { input } }]);
});

test('a call that cannot run is not asked about', async () => {
  const approveTool = vi.fn<ApproveTool>(() => true);
  const { toolResult } = await callUnder(approveTool, { title: 7 });
  expect(toolResult?.status).toBe('error');
  expect(approveTool).not.toHaveBeenCalled();
});

test('each call of a turn is decided by itself, and the results keep their order', async () => {
  const server = toolServer('s', { a: { run: () => 'A' }, b: { run: () => 'B' } });
  const turn = ['a', 'b', 'a'].map((name) => ({ toolUse: { name } }));
  const { events, result } = await scriptedRun([turn, 'ok'], {
    servers: [server],
    approveTool: ({ name }) => name === 'b' || { deny: 'only b' },
  });
  const kept = result.messages[2]?.content.map((block) => 'toolResult' in block && block.toolResult.status);
  expect(kept).toEqual(['error', undefined, 'error']);
  expect(eventsOf(events, 'tool_call')).toHaveLength(3);
});
