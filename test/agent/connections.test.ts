import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { runAgent } from 'movie-hub';
import { ScriptedModel } from 'movie-hub/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StdioConnection } from '../../src/sdk/agent/servers/transports';
import { instead } from '../support/messages';
import { resultsIn } from './support/bedrock-run';
import { eventsOf, finish, scriptedRun } from './support/run';
import { stdioChild } from './support/stdio-child';
import { toolServer } from './support/tool-server';

const call = (name: string) => ({ toolUse: { name } });
const works = () => toolServer('works', { a: { run: () => 'A' } });
const namesIn = ({ tools = [] }: { tools?: readonly { name: string }[] }) => tools.map(({ name }) => name);

describe('a server that a command starts', () => {
  test('is connected, its tools run, and its process is gone after the run', async () => {
    const { connection, isRunning } = stdioChild();
    let ran = false;
    const { events, result } = await scriptedRun(
      [
        [call('folder')],
        () => {
          ran = isRunning();
          return 'ok';
        },
      ],
      { servers: [connection] },
    );
    expect(result).toMatchObject({ stopReason: 'end_turn', failedServers: [] });
    expect(eventsOf(events, 'tool_call')).toMatchObject([{ name: 'folder', server: 'child' }]);
    expect(eventsOf(events, 'tool_result')).toMatchObject([{ isError: false }]);
    expect([ran, isRunning()]).toEqual([true, false]);
  });

  test('gets the environment and the folder that are given to it, and nothing else of this process', async () => {
    process.env.MOVIE_HUB_TEST_SECRET = 'secret';
    onTestFinished(() => {
      delete process.env.MOVIE_HUB_TEST_SECRET;
    });
    const { connection, folder } = stdioChild(undefined, { env: { GIVEN: 'yes' }, cwd: tmpdir() });
    expect(folder).toContain(tmpdir());
    const { result } = await scriptedRun([[call('environment'), call('folder')], 'ok'], {
      servers: [connection],
    });
    const [environment, cwd] = resultsIn(result.messages.slice(0, 3)).map(({ content: [part] }) =>
      part && 'text' in part ? part.text : '',
    );
    expect(JSON.parse(environment ?? '')).toMatchObject({ GIVEN: 'yes', PATH: process.env.PATH });
    expect(environment).not.toContain('MOVIE_HUB_TEST_SECRET');
    expect(environment).not.toContain('VITEST');
    expect(cwd).toBe(realpathSync(tmpdir()));
  });

  test.each<[string, () => StdioConnection, object]>([
    ['does not exist', () => ({ command: '/no/such/command' }), {}],
    ['has no such folder', () => stdioChild(undefined, { cwd: '/no/such/folder' }).connection, {}],
    ['exits at once', () => stdioChild('exits').connection, {}],
    ['never answers', () => stdioChild('hangs').connection, { toolTimeoutMs: 1_000 }],
    ['speaks no MCP', () => ({ command: 'echo', args: ['hello'] }), {}],
  ])('that %s is reported, and the others go on', async (_, connection, limits) => {
    const { model, events, result } = await scriptedRun([[call('a')], 'ok'], {
      servers: [connection(), works()],
      ...limits,
    });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'ok' });
    expect(eventsOf(events, 'server_failed')).toMatchObject([
      { type: 'server_failed', server: 'server-1', message: expect.stringContaining('server-1') },
    ]);
    expect(result.failedServers).toMatchObject([{ server: 'server-1', cause: expect.any(Error) }]);
    expect(namesIn(model.requests[0] ?? {})).toEqual(['a']);
  });

  test.each(['hangs', 'stays'] as const)('and %s is ended all the same', async (behaviour) => {
    const { connection, isRunning } = stdioChild(behaviour);
    await scriptedRun(['ok'], { servers: [connection], toolTimeoutMs: 1_000 });
    expect(isRunning()).toBe(false);
  });

  test('is ended when the run is aborted while it starts', async () => {
    const { connection, isRunning } = stdioChild('hangs');
    const run = runAgent({ model: new ScriptedModel({ turns: [] }), prompt: 'x', servers: [connection] });
    const starts = setInterval(() => {
      try {
        if (isRunning()) run.abort();
      } catch {
        // It has not begun.
      }
    }, 20);
    const result = await run.result;
    clearInterval(starts);
    expect(result).toMatchObject({ stopReason: 'aborted', failedServers: [] });
    expect(isRunning()).toBe(false);
  });

  test('and that dies in a call loses that call and its tools, and nothing else', async () => {
    const { connection } = stdioChild();
    const { model, events, result } = await scriptedRun(
      [[call('die'), call('a')], [call('folder'), call('a')], 'ok'],
      { servers: [connection, works()] },
    );
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'ok' });
    expect(eventsOf(events, 'tool_result').map(({ name, content }) => [name, content])).toEqual(
      expect.arrayContaining([
        ['die', instead.lost],
        ['a', 'A'],
        ['folder', instead.notNow('folder', 'a')],
      ]),
    );
    expect(model.requests.map(namesIn)).toEqual([['environment', 'folder', 'die', 'a'], ['a'], ['a']]);
    expect(eventsOf(events, 'server_failed')).toMatchObject([
      { type: 'server_failed', server: 'child', message: expect.stringContaining('child') },
    ]);
    expect(result.failedServers).toMatchObject([{ server: 'child', cause: expect.any(Error) }]);
  });

  test('of the only server that dies, the run goes on without tools', async () => {
    const { connection } = stdioChild();
    const { model, result } = await scriptedRun([[call('die')], 'I cannot look.'], { servers: [connection] });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'I cannot look.' });
    expect(model.requests.map(namesIn)).toEqual([['environment', 'folder', 'die'], []]);
  });
});

describe('a description', () => {
  const command = process.execPath;
  test.each<[string, unknown]>([
    ['a blank command', { command: ' ' }],
    ['a command that is no text', { command: 7 }],
    ['args that are text', { command, args: '-v' }],
    ['args that hold a number', { command, args: [1] }],
    ['env that holds a number', { command, env: { A: 1 } }],
    ['env that is a list', { command, env: ['A=1'] }],
    ['a cwd that is no text', { command, cwd: 1 }],
    ['both command and url', { command, url: 'http://127.0.0.1/' }],
    ['an address that is none', { url: 'nowhere' }],
    ['an address of a file', { url: 'file:///etc/passwd' }],
    ['an address with credentials', { url: 'http://name:secret@127.0.0.1/' }],
    ['a header that is no text', { url: 'http://127.0.0.1/', headers: { authorization: 7 } }],
    ['a header with a line break', { url: 'http://127.0.0.1/', headers: { a: 'b\r\nc: d' } }],
    ['a header with no name', { url: 'http://127.0.0.1/', headers: { '': 'b' } }],
    ['headers that are a list', { url: 'http://127.0.0.1/', headers: ['a: b'] }],
  ])('with %s is refused before anything starts', (_, server) => {
    const model = new ScriptedModel({ turns: [] });
    expect(() => runAgent({ model, prompt: 'x', servers: [server as never] })).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
    expect(model.requests).toEqual([]);
  });

  test('is none where the thing can connect by itself: an object of the caller may have a url', async () => {
    const server = Object.assign(works(), { url: 'not an address', command: 1 });
    const model = new ScriptedModel({ turns: [[call('a')], 'ok'] });
    const { events, result } = await finish(runAgent({ model, prompt: 'x', servers: [server] }));
    expect(result.failedServers).toMatchObject([]);
    expect(eventsOf(events, 'tool_result')).toMatchObject([{ content: 'A' }]);
  });
});
