import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { expect, onTestFinished, test } from 'vitest';
import { instead } from '../support/messages';
import { eventsOf, scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

/** A client whose calls fail on the way and whose pings, if they are `silent`, nobody answers. */
async function brokenClient(pings: 'silent' | 'answered') {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  await toolServer('far', { a: { run: () => 'A' } }).connect(serverSide);
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(clientSide);
  onTestFinished(() => client.close());
  const send = clientSide.send.bind(clientSide);
  const asked: string[] = [];
  const reasons: string[] = [];
  clientSide.send = async (message, options) => {
    const method = 'method' in message ? message.method : '';
    asked.push(method);
    if (method === 'notifications/cancelled') reasons.push(JSON.stringify(message));
    if (method === 'tools/call') throw new TypeError('fetch failed');
    if (method === 'ping' && pings === 'silent') return;
    return send(message, options);
  };
  return { client, asked, reasons };
}

const turns = [[{ toolUse: { name: 'a' } }], 'Done.'];

test('the end of a step does not wait for the ping after a call that failed', async () => {
  const { client, asked, reasons } = await brokenClient('silent');
  const { events, result } = await scriptedRun(turns.slice(0, 1), { servers: [client], stepTimeoutMs: 200 });
  expect(asked).toContain('ping');
  // It was given up with the step: its own time was not over.
  expect(reasons).toEqual([expect.not.stringMatching(/timed out/i)]);
  expect(result).toMatchObject({ stopReason: 'step_timeout', failedServers: [] });
  expect(eventsOf(events, 'tool_result')).toMatchObject([{ isError: true }]);
});

test('while a ping that is answered says that the server is there', async () => {
  const { client, asked } = await brokenClient('answered');
  const { events, result } = await scriptedRun(turns, { servers: [client] });
  expect(asked).toContain('ping');
  expect(result).toMatchObject({ stopReason: 'end_turn', failedServers: [] });
  expect(eventsOf(events, 'tool_result')).toMatchObject([{ isError: true, content: instead.failed }]);
});
