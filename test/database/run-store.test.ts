import { createRunStore, type RunStore, resumeRun, runAgent } from 'movie-hub';
import { ScriptedModel } from 'movie-hub/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';

describe.each(databaseKinds)('a store of runs on a database: %s', (kind) => {
  let db: TestDatabase;
  let store: RunStore;
  beforeAll(async () => {
    db = await openDatabase(kind);
    store = createRunStore(db.pools.accounts);
  });
  afterAll(() => db?.close());

  test('keeps entries in order, whatever text is in them, and removes them', async () => {
    const odd = { type: 'odd', text: 'a\u0000b "c" \\ é 🎬', none: null };
    await store.append('one', 0, [{ n: 1 }, odd]);
    await store.append('one', 2, [{ n: 3 }]);
    await store.append('two', 0, [{ n: 9 }]);
    expect(await store.load('one')).toEqual([{ n: 1 }, odd, { n: 3 }]);
    await store.remove('one');
    expect([await store.load('one'), await store.load('two')]).toEqual([[], [{ n: 9 }]]);
  });

  test('refuses what another process has added, and keeps none of it', async () => {
    await store.append('shared', 0, [{ n: 1 }]);
    await store.append('shared', 1, [{ n: 2 }]);
    await expect(store.append('shared', 1, [{ n: 3 }, { n: 4 }])).rejects.toMatchObject({ code: 'conflict' });
    expect(await store.load('shared')).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test('serves a run, and its resumption from another pool', async () => {
    const model = new ScriptedModel({ turns: ['Hello.'] });
    const run = runAgent({ model, prompt: 'Hi.', store });
    const { failedServers: _, ...result } = await run.result;
    const again = await resumeRun(createRunStore(db.pools.accounts), run.runId, { model }).result;
    expect(again).toMatchObject(result);
  });

  test.each(['runs; DROP TABLE x', 'a.b.c', '"Runs"', ''])('takes no table of the name %j', (table) => {
    expect(() => createRunStore(db.pools.accounts, { table })).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  });

  test('is out of reach of those who read and edit titles', async () => {
    await store.append('secret', 0, [{ n: 1 }]);
    for (const name of ['reader', 'editor'] as const) {
      const own = createRunStore(db.pools[name], { role: `movie_hub_${name}` });
      await expect(own.load('secret')).rejects.toMatchObject({ code: 'query_failed' });
    }
    expect(await store.load('secret')).toEqual([{ n: 1 }]);
  });
});
