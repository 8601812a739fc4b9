import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { FastifyInstance } from 'fastify';
import { createTimeMcpServer } from 'movie-hub';
import type { HubOptions } from 'movie-hub/ui';
import { afterEach, describe, test } from 'vitest';
import type { ChatContext } from '../../src/ui/hub-context';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { addUsers, openHub } from '../ui/open-hub';
import { tellStory } from './story';

let database: TestDatabase | undefined;
let app: FastifyInstance | undefined;
afterEach(async () => {
  await app?.close();
  await database?.close();
});

async function serve(database: TestDatabase, options: Partial<HubOptions> = {}): Promise<string> {
  await addUsers(database);
  app = await openHub(database.pools, options);
  return app.listen({ port: 0, host: '127.0.0.1' });
}

describe.each(databaseKinds)('the story on %s', (kind) => {
  test('works from the first step to the last', async () => {
    database = await openDatabase(kind, 'demo');
    await tellStory(await serve(database));
  });
});

describe.runIf(databaseKinds.includes('server'))('the story with a child process for each user', () => {
  const clients = new Map<string, Promise<Client>>();
  afterEach(async () => {
    for (const client of clients.values()) await (await client).close();
  });

  test('works from the first step to the last', async () => {
    database = await openDatabase('server', 'demo');
    const { reader } = database.urls;
    const servers = async ({ principal, entitlements }: ChatContext) => {
      const types = (await entitlements()).titleTypes.join(',');
      const key = `${principal.username} ${types}`;
      const client = clients.get(key) ?? startChild(types, reader);
      clients.set(key, client);
      return [await client, createTimeMcpServer()];
    };
    await tellStory(await serve(database, { servers }));
  });
});

async function startChild(types: string, url: string): Promise<Client> {
  const client = new Client({ name: 'story', version: '1' });
  const args = ['dist/cli/movie-hub-mcp.js', '--title-types', types, '--database-url', url];
  await client.connect(new StdioClientTransport({ command: process.execPath, args }));
  return client;
}
