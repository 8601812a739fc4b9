import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { createTimeMcpServer, type ToolServer } from 'movie-hub';
import { expect, test } from 'vitest';

/** Connects a client to a server, and returns it. */
async function clientOf(server: ToolServer): Promise<Client> {
  const [here, there] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'test', version: '1' });
  await Promise.all([server.connect(there), client.connect(here)]);
  return client;
}

test('a server is connected again after it was closed, from either side', async () => {
  const server = createTimeMcpServer();
  let isClosed = false;
  server.onclose = () => {
    isClosed = true;
  };
  for (const end of [
    (client: Client) => client.close(),
    () => server.close(),
    (client: Client) => client.close(),
  ]) {
    const client = await clientOf(server);
    expect((await client.listTools()).tools).toHaveLength(2);
    isClosed = false;
    await end(client);
    expect(isClosed).toBe(true);
  }
});

test('a server serves one transport at a time, and goes on with the first', async () => {
  const server = createTimeMcpServer();
  const client = await clientOf(server);
  const [, second] = InMemoryTransport.createLinkedPair();
  await expect(server.connect(second)).rejects.toThrow(/Already connected/);
  expect((await client.listTools()).tools).toHaveLength(2);
  await server.close();
});

test('a server that was never connected can be closed', async () => {
  await expect(createTimeMcpServer().close()).resolves.toBeUndefined();
});

test('a server that is closed while it is connected is closed in the end', async () => {
  const server = createTimeMcpServer();
  const [here, there] = InMemoryTransport.createLinkedPair();
  let isClosed = false;
  here.onclose = () => {
    isClosed = true;
  };
  const connecting = server.connect(there);
  await server.close();
  await connecting;
  expect(isClosed).toBe(true);
});

test('a transport that is closed before the server is connected is left alone, and the server takes another', async () => {
  const server = createTimeMcpServer();
  const [, there] = InMemoryTransport.createLinkedPair();
  const connecting = server.connect(there);
  there.onclose?.();
  await expect(connecting).rejects.toThrow(/was closed/);
  const client = await clientOf(server);
  expect((await client.listTools()).tools).toHaveLength(2);
  await server.close();
});

test('a failure of the transport is reported to onerror', async () => {
  const server = createTimeMcpServer();
  const errors: Error[] = [];
  server.onerror = (error) => errors.push(error);
  const [, there] = InMemoryTransport.createLinkedPair();
  await server.connect(there);
  there.onerror?.(new Error('unreadable'));
  await server.close();
  expect(errors.map(({ message }) => message)).toEqual(['unreadable']);
});
