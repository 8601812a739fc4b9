import { getEventListeners } from 'node:events';
import { runAgent } from 'movie-hub';
import { ScriptedModel } from 'movie-hub/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { barrier, toolServer } from './support/tool-server';

const warned = vi.fn();
beforeAll(() => void process.on('warning', warned));
afterAll(() => void process.off('warning', warned));

const many = 30;
const each = Array.from({ length: many }, (_, index) => index);

/** Warnings are told in a tick of their own. */
async function warnings() {
  await new Promise((resolve) => setImmediate(resolve));
  return warned.mock.calls.map(([warning]) => String(warning));
}

test('warnings are seen here', async () => {
  const target = new EventTarget();
  for (const _ of each) target.addEventListener('abort', () => {});
  expect(await warnings()).toEqual([expect.stringContaining('MaxListenersExceededWarning')]);
  warned.mockClear();
});

test('many tools at once are no leak', async () => {
  const model = new ScriptedModel({ turns: [each.map(() => ({ toolUse: { name: 't' } })), 'ok'] });
  const meet = barrier(many);
  const t = { run: () => meet().then(() => 'x') };
  const { result } = runAgent({
    model,
    prompt: 'q',
    servers: [toolServer('s', { t })],
    maxParallelTools: many,
    approveTool: async () => true,
  });
  expect(await result).toMatchObject({ stopReason: 'end_turn', toolCalls: many });
  expect(await warnings()).toEqual([]);
});

test('nor are many servers', async () => {
  const model = new ScriptedModel({ turns: ['ok'] });
  const servers = each.map((index) => toolServer(`s${index}`, { [`t${index}`]: { run: () => 'x' } }));
  const result = await runAgent({ model, prompt: 'q', servers }).result;
  expect(result.failedServers).toEqual([]);
  expect(await warnings()).toEqual([]);
});

test('nor many runs that one signal of the caller ends, nor does it keep anything of them', async () => {
  const caller = new AbortController();
  const run = () =>
    runAgent({ model: new ScriptedModel({ turns: ['ok'] }), prompt: 'q', signal: caller.signal });
  await Promise.all(each.map(() => run().result));
  expect(getEventListeners(caller.signal, 'abort')).toEqual([]);

  const running = each.map(run);
  caller.abort('enough');
  for (const { result } of running) expect(await result).toMatchObject({ stopReason: 'aborted' });
  expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  expect(await warnings()).toEqual([]);
});
