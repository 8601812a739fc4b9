import { createMovieMcpServer, createPool } from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { call, connect } from '../support/mcp';
import { seed } from '../support/seed';
import { openGate } from './gate';
import { poolOf } from './pool-of';

describe.runIf(databaseKinds.includes('server'))('how often a tool call waits for the server', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase('server');
    await seed(database.admin, [{ id: 1, type: 1, title: 'Seen' }]);
  });
  afterAll(() => database.close());

  test.each<[name: string, waits: number, make: (url: string) => Pool]>([
    ['a plain pool', 4, poolOf],
    ['createPool', 1, (url) => createPool({ connectionString: url, max: 1 })],
  ])('on %s: %i', async (_, waits, make) => {
    const gate = await openGate(database.urls.reader);
    const pool = make(gate.url);
    const client = await connect(createMovieMcpServer(pool, { titleTypes: [1] }));
    onTestFinished(async () => {
      await client.close();
      await pool.end();
      await gate.close();
    });
    const ask = () => call(client, 'get_movie_characters', { title: 'Seen' });
    await ask();
    for (let i = 0; i < 3; i += 1) {
      const before = gate.waits();
      expect((await ask()).structuredContent).toMatchObject({ found: true });
      expect(gate.waits() - before).toBe(waits);
    }
  });
});
