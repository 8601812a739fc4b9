import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, type TestDatabase } from '../support/databases';
import { addUsers, openHub } from './open-hub';
import { poolWith } from './pool-with';

describe('what a load balancer asks', () => {
  let db: TestDatabase;

  beforeAll(async () => {
    // Its one login is each of the three.
    db = await openDatabase('embedded');
    await addUsers(db);
  });
  afterAll(() => db?.close());

  test('is answered without a session, and sets none', async () => {
    const app = await openHub(db.pools);
    for (const url of ['/healthz', '/readyz']) {
      const answer = await app.inject({ url });
      expect(answer.statusCode).toBe(200);
      expect(answer.body).toBe('ok\n');
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(answer.headers['cache-control']).toBe('no-store');
    }
    await app.close();
  });

  test.each(['reader', 'editor', 'accounts'] as const)(
    'without the %s it lives, is not ready and tells only the log why, until it is back',
    async (name) => {
      const nowhere = new pg.Pool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 1000 });
      let isAway = true;
      const pool = poolWith(db.admin, () => (isAway ? nowhere : db.admin).connect());
      const log: string[] = [];
      const logger = { level: 'error', stream: { write: (line: string) => log.push(line) } };
      const app = await openHub({ ...db.pools, [name]: pool }, {}, { logger });
      const away = await app.inject({ url: '/readyz' });
      expect(away.statusCode).toBe(503);
      expect(away.body).toBe('not ready\n');
      expect(log.join('')).toContain('ECONNREFUSED');
      expect((await app.inject({ url: '/healthz' })).statusCode).toBe(200);
      isAway = false;
      let back = away;
      while (back.statusCode !== 200) {
        await sleep(100);
        back = await app.inject({ url: '/readyz' });
      }
      await app.close();
    },
  );

  test('asking often asks the databases once', async () => {
    let connections = 0;
    const pool = poolWith(db.admin, () => {
      connections += 1;
      return db.admin.connect();
    });
    const app = await openHub({ ...db.pools, accounts: pool });
    await Promise.all(Array.from({ length: 50 }, () => app.inject({ url: '/readyz' })));
    expect(connections).toBe(1);
    await app.close();
  });

  test('is answered under a prefix too', async () => {
    const { default: Fastify } = await import('fastify');
    const { hub } = await import('movie-hub/ui');
    const { createDemoModel } = await import('movie-hub/testing');
    const app = Fastify();
    const sessionSecret = 'a secret of the tests, long enough';
    await app.register(hub, { prefix: '/hub', pools: db.pools, model: createDemoModel(), sessionSecret });
    expect((await app.inject({ url: '/hub/readyz' })).statusCode).toBe(200);
    expect((await app.inject({ url: '/readyz' })).statusCode).toBe(404);
    await app.close();
  });
});
