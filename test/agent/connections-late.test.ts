import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runAgent } from 'movie-hub';
import { ScriptedModel } from 'movie-hub/testing';
import { expect, test, vi } from 'vitest';
import { finish } from './support/run';
import { stdioChild } from './support/stdio-child';

const gate = vi.hoisted(() => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
});
vi.mock('@modelcontextprotocol/sdk/client/stdio.js', async (original) => {
  await gate.opened;
  return original();
});

const start = (child: ReturnType<typeof stdioChild>, toolTimeoutMs: number) =>
  finish(
    runAgent({
      model: new ScriptedModel({ turns: ['ok'] }),
      prompt: 'x',
      servers: [child.connection],
      toolTimeoutMs,
    }),
  );

test('a process whose time is over before it could be started is not started later', async () => {
  const late = stdioChild();
  const { result } = await start(late, 50);
  expect(result).toMatchObject({ stopReason: 'end_turn', failedServers: [{ server: 'server-1' }] });
  gate.open();
  // One that begins after it, and has gone through all its life.
  const next = stdioChild();
  expect((await start(next, 20_000)).result.failedServers).toEqual([]);
  expect(existsSync(join(next.folder, 'pid'))).toBe(true);
  expect(existsSync(join(late.folder, 'pid'))).toBe(false);
});
