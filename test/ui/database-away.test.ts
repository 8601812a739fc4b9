import pg, { type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, type TestDatabase } from '../support/databases';
import { addUsers, openHub, Visitor, visitorOf } from './open-hub';

/** A pool like the one given, until it is told that the database is away: then one of a port where nobody listens. */
function switchable(pool: Pool) {
  const nowhere = new pg.Pool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 1000 });
  const state = { isAway: false };
  const target = () => (state.isAway ? nowhere : pool);
  const proxy = new Proxy(pool, {
    get: (_, name) => {
      const value = Reflect.get(target(), name);
      return typeof value === 'function' ? value.bind(target()) : value;
    },
  });
  return { state, pool: proxy };
}

describe('while the database is away', () => {
  let db: TestDatabase;

  beforeAll(async () => {
    db = await openDatabase('embedded');
    await addUsers(db);
  });
  afterAll(() => db?.close());

  test('every page says so with 503, and works again when it is back', async () => {
    const { pool, state } = switchable(db.admin);
    const app = await openHub({ reader: pool, editor: pool, accounts: pool });
    const admin = await visitorOf(app, 'admin');
    const stranger = new Visitor(app);
    await stranger.get('/login');
    const newcomer = new Visitor(app);
    state.isAway = true;
    const answers = [
      await newcomer.get('/login'),
      await stranger.get('/login'),
      await stranger.get('/movies'),
      await stranger.post('/login', { username: 'jim', password: 'jim-demo' }),
      await admin.get('/movies'),
      await admin.get('/movies.csv'),
      await admin.get('/movies/1'),
      await admin.get('/chat'),
      await admin.get('/admin'),
      await admin.get('/nothing-here'),
      await admin.post('/admin/people', { name: 'Nobody' }),
      await admin.post('/logout'),
    ];
    for (const answer of answers) {
      expect(answer.statusCode).toBe(503);
      expect(answer.headers['content-type']).toContain('text/html');
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.body).toContain('The database cannot be reached at the moment. Try again later.');
      expect(answer.body).toMatch(/Request req-/);
      expect(answer.body).not.toMatch(/ECONN|127\.0\.0\.1|SELECT|node_modules/);
    }
    const part = await admin.get('/movies?q=x', { 'hx-request': 'true', 'hx-request-type': 'partial' });
    expect(part.statusCode).toBe(503);
    expect(part.body).not.toContain('<html');
    expect(part.body).toContain('role="alert"');
    expect(part.body).not.toContain('<h1');
    state.isAway = false;
    expect((await admin.get('/admin')).statusCode).toBe(200);
    expect((await newcomer.signIn('jim')).statusCode).toBe(303);
    await app.close();
  });

  test('while only the titles are away, the page knows who asks', async () => {
    const { pool, state } = switchable(db.admin);
    const app = await openHub({ reader: pool, editor: pool, accounts: db.admin });
    const jim = await visitorOf(app, 'jim');
    state.isAway = true;
    const answer = await jim.get('/movies');
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain('<span class="user">jim</span>');
    state.isAway = false;
    expect((await jim.get('/movies')).statusCode).toBe(200);
    await app.close();
  });

  test('a failure that is nobody’s fault shows no SQL and no stack, and is in the log', async () => {
    const { pool } = switchable(db.admin);
    const reader = new Proxy(pool, {
      get: (_, name) =>
        name === 'connect'
          ? async () => {
              throw new TypeError('SELECT secret FROM somewhere');
            }
          : Reflect.get(pool, name),
    });
    const log: string[] = [];
    const logger = { level: 'error', stream: { write: (line: string) => log.push(line) } };
    const app = await openHub({ reader, editor: pool, accounts: pool }, {}, { logger });
    const jim = new Visitor(app);
    await jim.signIn('jim');
    log.length = 0;
    const answer = await jim.get('/movies');
    expect(answer.statusCode).toBe(500);
    expect(answer.body).toContain('<h1>Something went wrong</h1>');
    expect(answer.body).toMatch(/Request req-/);
    expect(answer.body).not.toMatch(/SELECT|TypeError|at /);
    const number = /Request (req-\w+)/.exec(answer.body)?.[1];
    expect(log).toHaveLength(1);
    expect(JSON.parse(log[0] ?? '')).toMatchObject({ reqId: number, msg: 'request failed' });
    expect(log[0]).toContain('SELECT secret');
    await app.close();
  });

  test('a database without the schema says what to run', async () => {
    const { openEmbeddedDatabase } = await import('movie-hub');
    const empty = await openEmbeddedDatabase();
    const pools = { reader: empty.pool, editor: empty.pool, accounts: empty.pool };
    const app = await openHub(pools);
    const answer = await app.inject({ url: '/login' });
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain('movie-hub db install');
    await app.close();
    await empty.close();
  });
});
