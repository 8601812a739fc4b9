import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { runAgent } from 'movie-hub';
import { ScriptedModel, type ScriptedTurn } from 'movie-hub/testing';
import { describe, expect, test, vi } from 'vitest';
import { instead } from '../support/messages';
import { eventsOf, scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

const call = (name: string) => ({ toolUse: { name } });
const remote = () => toolServer('remote', { r: { run: () => 'R' } });
const works = () => toolServer('works', { a: { run: () => 'A' } });
const namesIn = ({ tools = [] }: { tools?: readonly { name: string }[] }) => tools.map(({ name }) => name);

/** A client of the caller's own, connected to a server in this process. */
async function connected(onclose?: () => void) {
  const [here, there] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'test', version: '1' });
  if (onclose) client.onclose = onclose;
  await remote().connect(there);
  await client.connect(here);
  return client;
}

describe('a server of the caller', () => {
  test('in this process that closes in the middle is lost', async () => {
    const server = remote();
    const closing: ScriptedTurn = async () => {
      await server.close();
      return [call('r')];
    };
    const { model, events, result } = await scriptedRun([[call('r')], closing, 'ok'], {
      servers: [server, works()],
    });
    expect(eventsOf(events, 'server_failed')).toMatchObject([{ server: 'remote' }]);
    expect(eventsOf(events, 'tool_result').at(-1)).toMatchObject({
      content: instead.lost,
    });
    expect(model.requests.map(namesIn)).toEqual([['r', 'a'], ['r', 'a'], ['a']]);
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'ok' });
  });

  test('whose client has a listener of its own keeps it, and is told once in each run that loses it', async () => {
    const told = vi.fn();
    const client = await connected(told);
    expect((await scriptedRun([[call('r')], 'ok'], { servers: [client] })).result.failedServers).toEqual([]);
    expect(told).not.toHaveBeenCalled();
    const closing: ScriptedTurn = async () => {
      await client.close();
      return 'ok';
    };
    const { events, result } = await scriptedRun([closing], { servers: [client] });
    expect(told).toHaveBeenCalled();
    expect(eventsOf(events, 'server_failed')).toMatchObject([{ server: 'remote' }]);
    expect(result.failedServers).toHaveLength(1);
  });

  test('that refuses or times out is still there', async () => {
    const server = toolServer('s', {
      refuses: { run: () => Promise.reject(new Error('no')) },
      sleeps: { run: () => new Promise(() => {}) },
    });
    const { model, result } = await scriptedRun([[call('refuses'), call('sleeps')], 'ok'], {
      servers: [server],
      toolTimeoutMs: 100,
    });
    expect(model.requests.map(namesIn)).toEqual([
      ['refuses', 'sleeps'],
      ['refuses', 'sleeps'],
    ]);
    expect(result.failedServers).toMatchObject([]);
  });
});

/** How often a client in this process is told that it was closed, when nothing else is there. */
async function tellings() {
  const told = vi.fn();
  await (await connected(told)).close();
  return told.mock.calls.length;
}

describe('a client whose listener is set while a run uses it', () => {
  /** Closes the client, after its listener was replaced so that nobody is told. */
  const lose =
    (client: Client, listener: () => void): ScriptedTurn =>
    async () => {
      client.onclose = listener;
      await client.close();
      return [call('a')];
    };

  test('is found lost before the next step, once, and its tools leave', async () => {
    const client = await connected();
    const told = vi.fn();
    const { model, events, result } = await scriptedRun([lose(client, told), [call('r'), call('a')], 'ok'], {
      servers: [client, works()],
    });
    expect(told).toHaveBeenCalledTimes(await tellings());
    expect(eventsOf(events, 'server_failed')).toMatchObject([{ server: 'remote' }]);
    expect(result.failedServers).toMatchObject([{ server: 'remote', cause: expect.any(Error) }]);
    expect(model.requests.map(namesIn)).toEqual([['r', 'a'], ['a'], ['a']]);
    expect(client.onclose).toBe(told);
  });

  test('is found lost at the end where there is no further step', async () => {
    const client = await connected();
    const closes: ScriptedTurn = async () => {
      client.onclose = () => undefined;
      await client.close();
      return 'ok';
    };
    const { events, result } = await scriptedRun([closes], { servers: [client] });
    expect(eventsOf(events, 'server_failed')).toMatchObject([{ server: 'remote' }]);
    expect(result.failedServers).toHaveLength(1);
  });

  test('is watched anew by the next run, and told in it', async () => {
    const client = await connected();
    const told = vi.fn();
    const sets: ScriptedTurn = () => {
      client.onclose = told;
      return 'ok';
    };
    expect((await scriptedRun([sets], { servers: [client] })).result.failedServers).toEqual([]);
    const during = vi.fn();
    const closes: ScriptedTurn = async () => {
      during(client.onclose);
      await client.close();
      return 'ok';
    };
    const { result } = await scriptedRun([closes], { servers: [client] });
    expect(during).not.toHaveBeenCalledWith(told);
    expect(told).toHaveBeenCalledTimes(await tellings());
    expect(result.failedServers).toHaveLength(1);
  });

  test('keeps what the caller chained, and no run adds to the chain', async () => {
    const client = await connected();
    const told = vi.fn();
    const chains: ScriptedTurn = () => {
      const before = client.onclose;
      client.onclose = () => {
        before?.();
        told();
      };
      return 'ok';
    };
    await scriptedRun([chains], { servers: [client] });
    const chained = client.onclose;
    const closes: ScriptedTurn = () => client.close().then(() => 'ok');
    const { events } = await scriptedRun([closes], { servers: [client] });
    expect(client.onclose).toBe(chained);
    expect(told).toHaveBeenCalledTimes(await tellings());
    expect(eventsOf(events, 'server_failed')).toHaveLength(1);
  });

  test('that throws hides no loss', async () => {
    const client = await connected(() => {
      throw new Error('of the caller');
    });
    const closes: ScriptedTurn = () =>
      client
        .close()
        .then(() => 'ok')
        .catch(() => 'ok');
    const { result } = await scriptedRun([closes], { servers: [client] });
    expect(result.failedServers).toHaveLength(1);
  });
});

describe('runs on one client', () => {
  const runOn = (client: Client) =>
    runAgent({ model: new ScriptedModel({ turns: ['ok'] }), prompt: 'x', servers: [client] }).result;

  test.each([
    ['a listener of the caller', vi.fn()],
    ['none', undefined],
  ])('leave it as it was, with %s, however many', async (_, told) => {
    const client = await connected(told);
    const shape = Object.keys(client);
    for (let run = 0; run < 1_000; run += 10) {
      // At once, too: they end in no order.
      await Promise.all(Array.from({ length: 10 }, () => runOn(client)));
      expect(client.onclose).toBe(told);
    }
    expect(Object.keys(client)).toEqual(shape);
    await client.close();
    if (told) expect(told).toHaveBeenCalledTimes(await tellings());
  });
});
