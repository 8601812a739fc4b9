import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { runAgent } from 'movie-hub';
import { ScriptedModel } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import { connectAsDescribed } from '../../src/sdk/agent/servers/transports';
import { scriptedRun } from './support/run';
import { type Behaviour, isThere, stdioChild } from './support/stdio-child';

describe('the process of a server, when the run has ended', () => {
  // One that is stubborn wants 1.5 s after SIGTERM: it is not given them.
  test.each<[Behaviour, string, string[]]>([
    ['cleans-up', 'has cleaned up in its own time after the end of its input', ['input ended', 'cleaned up']],
    ['terminates', 'is told to end when it stays, and may clean up', ['SIGTERM', 'cleaned up']],
    ['stubborn', 'is killed when it heeds nothing', ['SIGTERM']],
  ])('that %s %s', async (behaviour, _, expected) => {
    const { connection, isRunning, notes } = stdioChild(behaviour);
    const { result } = await scriptedRun([[{ toolUse: { name: 'folder' } }], 'ok'], {
      servers: [connection],
    });
    expect([isRunning(), notes()]).toEqual([false, expected]);
    expect(result).toMatchObject({ stopReason: 'end_turn', failedServers: [] });
  });

  test('is gone after an abort too, however stubborn', async () => {
    const { connection, isRunning, notes } = stdioChild('stubborn');
    const run = runAgent({
      model: new ScriptedModel({ turns: [() => new Promise(() => run.abort())] }),
      prompt: 'x',
      servers: [connection],
    });
    expect(await run.result).toMatchObject({ stopReason: 'aborted' });
    expect([isRunning(), notes()]).toEqual([false, ['SIGTERM']]);
  });

  test('takes along what it started itself, which may hold its output open', async () => {
    const script = fileURLToPath(new URL('./support/stdio-server.mjs', import.meta.url));
    const { connection, isRunning, folder } = stdioChild(undefined, {
      command: 'sh',
    });
    // The background process inherits the output, and would outlive the server.
    const args = [
      '-c',
      `sleep 30 & echo $! > "${folder}/sleeper"; exec "${process.execPath}" "${script}" "${folder}/pid"`,
    ];
    const client = new Client({ name: 'test', version: '1' });
    await connectAsDescribed({ ...connection, args }, client, {
      signal: new AbortController().signal,
      timeout: 30_000,
    });
    await client.close();
    const sleeper = Number(readFileSync(`${folder}/sleeper`, 'utf8'));
    expect([isRunning(), isThere(sleeper)]).toEqual([false, false]);
  });
});
