import { movieEntitlements, withEntitlements } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';

describe.each(databaseKinds)('many scopes with one signal, on the %s database', (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase(kind);
  });
  afterAll(() => database?.close());

  test('are no leak to Node, and all end when it aborts', async () => {
    const warned = vi.fn();
    process.on('warning', warned);
    const controller = new AbortController();
    const work = (wait: Promise<unknown>) =>
      withEntitlements(database.pools.reader, movieEntitlements({ titleTypes: [1] }), () => wait, {
        signal: controller.signal,
      });
    await Promise.all(Array.from({ length: 15 }, () => work(Promise.resolve())));
    const waiting = Array.from({ length: 15 }, () => work(new Promise((resolve) => setTimeout(resolve, 50))));
    setTimeout(() => controller.abort(), 10);
    const ends = await Promise.allSettled(waiting);
    expect(ends.filter(({ status }) => status === 'rejected')).not.toHaveLength(0);
    await new Promise(setImmediate);
    process.off('warning', warned);
    expect(warned.mock.calls.map(([warning]) => warning.name)).not.toContain('MaxListenersExceededWarning');
  });
});
