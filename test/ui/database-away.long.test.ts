import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import pg, { type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, type TestDatabase } from '../support/databases';
import { addUsers, openHub, Visitor, visitorOf } from './open-hub';
import { PlayedModel } from './played-model';
import { poolWith } from './pool-with';
import { messagesOf } from './stream-messages';

/** A pool like the one given, until it may connect no more: then the database is away. */
function switchable(pool: Pool) {
  const nowhere = new pg.Pool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 1000 });
  const state = { connectionsLeft: Number.POSITIVE_INFINITY };
  const next = () => (state.connectionsLeft-- > 0 ? pool : nowhere).connect();
  return { state, pool: poolWith(pool, next) };
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
    state.connectionsLeft = 0;
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
    state.connectionsLeft = Number.POSITIVE_INFINITY;
    expect((await admin.get('/admin')).statusCode).toBe(200);
    expect((await newcomer.signIn('jim')).statusCode).toBe(303);
    await app.close();
  });

  test.each([
    ['a page that failed', 'GET', '/movies?q=a&after=1', '/movies?q=a&amp;after=1'],
    ['a form', 'POST', '/chat', '/'],
    ['another host', 'GET', '//evil.example/path', '/'],
    ['another host', 'GET', '/\\evil.example/path', '/'],
  ] as const)('the way on from %s (%s %s) is %s', async (_, method, url, href) => {
    const { pool, state } = switchable(db.admin);
    const app = await openHub({ reader: pool, editor: pool, accounts: pool });
    const { cookie } = await visitorOf(app, 'jim');
    state.connectionsLeft = 0;
    const port = new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port;
    // With the path as it is: inject() and fetch() would normalise it.
    const request = httpRequest({ port, method, path: url, headers: { cookie } }).end();
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(503);
    const body = await text(answer);
    expect(/<a href="([^"]*)">Try again/.exec(body)?.[1]).toBe(href);
    await app.close();
  });

  test.each([
    ['while the model answers', 0],
    ['when the turn is to be kept', 1],
  ])(
    'a chat turn ends with an alert if the database goes %s, and is kept when it is back',
    async (_, connectionsLeft) => {
      const { pool, state } = switchable(db.admin);
      const model = new PlayedModel();
      const app = await openHub({ reader: pool, editor: pool, accounts: pool }, { model });
      const jim = await visitorOf(app, 'jim');
      const goAway = () => {
        state.connectionsLeft = connectionsLeft;
        return 'Kept later.';
      };
      model.play(goAway);
      const page = await jim.post('/chat', { message: 'Hi' });
      expect(page.statusCode).toBe(503);
      expect(page.body).toContain('The database cannot be reached at the moment.');
      state.connectionsLeft = Number.POSITIVE_INFINITY;
      model.play(goAway);
      const stream = await jim.stream('Hi');
      expect(stream.statusCode).toBe(200);
      expect(messagesOf(stream.body).at(-1)?.data).toMatch(/role="alert">Something went wrong\. Try again/);
      state.connectionsLeft = Number.POSITIVE_INFINITY;
      expect((await jim.get('/chat')).body.match(/<p>Kept later\.<\/p>/g)).toHaveLength(2);
      const { rows } = await db.admin.query(`SELECT FROM movie_hub_app.turns WHERE stop_reason = 'running'`);
      expect(rows).toEqual([]);
      await db.admin.query('DELETE FROM movie_hub_app.threads');
      await app.close();
    },
  );

  test('while only the titles are away, the page knows who asks', async () => {
    const { pool, state } = switchable(db.admin);
    const app = await openHub({ reader: pool, editor: pool, accounts: db.admin });
    const jim = await visitorOf(app, 'jim');
    state.connectionsLeft = 0;
    const answer = await jim.get('/movies');
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain('<span class="user">jim</span>');
    state.connectionsLeft = Number.POSITIVE_INFINITY;
    expect((await jim.get('/movies')).statusCode).toBe(200);
    await app.close();
  });

  test('a failure that is nobody’s fault shows no SQL and no stack, and is in the log', async () => {
    const { pool } = switchable(db.admin);
    const reader = poolWith(pool, async () => {
      const client = await pool.connect();
      const query = () => Promise.reject(new TypeError('SELECT secret FROM somewhere'));
      return new Proxy(client, {
        get: (target, name) => {
          const value: unknown = name === 'query' ? query : Reflect.get(target, name);
          return typeof value === 'function' && name !== 'Client' ? value.bind(target) : value;
        },
      });
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
    const { openEmbeddedDatabase } = await import('movie-hub/dataset');
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
