import { expect, test } from 'vitest';
import { eventsOf, scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

test('a server that writes without end and without a line is ended, and the others go on', async () => {
  const flood = `const text = 'x'.repeat(2 ** 20); const write = () => process.stdout.write(text, write); write();`;
  const works = toolServer('works', { a: { run: () => 'A' } });
  const { events, result } = await scriptedRun([[{ toolUse: { name: 'a' } }], 'ok'], {
    servers: [{ command: process.execPath, args: ['-e', flood] }, works],
    toolTimeoutMs: 20_000,
  });
  expect(result).toMatchObject({ stopReason: 'end_turn', failedServers: [{ server: 'server-1' }] });
  expect(eventsOf(events, 'server_failed')[0]?.reason).toMatch(/closed/i);
});
