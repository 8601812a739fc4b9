import { setTimeout as wait } from 'node:timers/promises';
import { runAgent } from 'movie-hub';
import { ScriptedModel } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import { never } from './support/models';
import { eventsOf, finish, scriptedRun } from './support/run';
import { barrier, toolServer } from './support/tool-server';

const call = (number: number) => ({ toolUse: { name: 'count', input: { number } } });
const calls = Array.from({ length: 12 }, (_, number) => call(number));

/** A tool that tells how many of it ran at once at the most; later calls are quicker than earlier ones. */
function countingServer() {
  const seen = { now: 0, most: 0 };
  const server = toolServer('s', {
    count: {
      run: async ({ number }) => {
        seen.now += 1;
        seen.most = Math.max(seen.most, seen.now);
        await wait(15 - Number(number));
        seen.now -= 1;
        return `result ${number}`;
      },
    },
  });
  return { seen, server };
}

describe('tools at once', () => {
  test.each([
    [1, 1],
    [3, 3],
    [12, 12],
    [Number.MAX_SAFE_INTEGER, 12],
    [undefined, 8],
  ])('up to %s: %s of twelve', async (maxParallelTools, most) => {
    const { seen, server } = countingServer();
    const limit = maxParallelTools === undefined ? {} : { maxParallelTools };
    const { events, result } = await scriptedRun([calls, 'ok'], { servers: [server], ...limit });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'ok', toolCalls: 12 });
    expect(seen.most).toBe(most);
    const kept = result.messages[2]?.content.map((block) => JSON.stringify(block)) ?? [];
    expect(kept).toHaveLength(12);
    for (const [number, block] of kept.entries()) expect(block).toContain(`"result ${number}"`);
    expect(eventsOf(events, 'tool_call').map((event) => event.arguments.number)).toEqual([...calls.keys()]);
    expect(eventsOf(events, 'tool_result')).toHaveLength(12);
  });

  test('as many as there may be do run at once', async () => {
    const together = barrier(3);
    const server = toolServer('s', { count: { run: () => together().then(() => 'met') } });
    const { events } = await scriptedRun([calls.slice(0, 3), 'ok'], {
      servers: [server],
      maxParallelTools: 3,
    });
    expect(eventsOf(events, 'tool_result').map(({ content }) => content)).toEqual(['met', 'met', 'met']);
  });

  test('those that wait for approval count', async () => {
    let asked = 0;
    const { server } = countingServer();
    const { result } = await scriptedRun([calls], {
      servers: [server],
      maxParallelTools: 2,
      stepTimeoutMs: 60,
      approveTool: () => {
        asked += 1;
        return never();
      },
    });
    expect(result.stopReason).toBe('step_timeout');
    expect(asked).toBe(2);
  });

  test('those that never began when the run ended are answered too', async () => {
    const begun: unknown[] = [];
    const run = ({ number }: Record<string, unknown>) => {
      begun.push(number);
      return never();
    };
    const model = new ScriptedModel({ turns: [calls] });
    const servers = [toolServer('s', { count: { run } })];
    const limits = { maxParallelTools: 2, stepTimeoutMs: 100 };
    const { events, result } = await finish(runAgent({ model, prompt: 'x', servers, ...limits }));
    expect(result.stopReason).toBe('step_timeout');
    expect(begun).toEqual([0, 1]);
    expect(eventsOf(events, 'tool_result')).toHaveLength(12);
    expect(result.messages.at(-1)?.content).toHaveLength(12);
  });
});
