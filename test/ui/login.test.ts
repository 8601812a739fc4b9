import type { FastifyInstance } from 'fastify';
import { addUser } from 'movie-hub/ui';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { addUsers, openHub, Visitor, visitorOf, withoutToken } from './open-hub';

describe.each(databaseKinds)('logging in, on the %s database', (kind) => {
  let db: TestDatabase;
  let app: FastifyInstance;

  beforeAll(async () => {
    db = await openDatabase(kind);
    await addUsers(db);
    app = await openHub(db.pools);
  });
  afterAll(async () => {
    await app?.close();
    await db?.close();
  });

  const sessions = async (username: string) =>
    (await db.admin.query('SELECT * FROM movie_hub_app.sessions WHERE username = $1', [username])).rows;

  test('the right password leads to the movies, under a new session id', async () => {
    const visitor = new Visitor(app);
    await visitor.get('/login');
    const before = visitor.cookies.get('movie_hub_session');
    const answer = await visitor.post('/login', { username: 'jim', password: 'jim-demo' });
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe('/movies');
    const after = visitor.cookies.get('movie_hub_session');
    expect(after).toBeDefined();
    expect(after).not.toBe(before);
    const page = await visitor.get('/movies');
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('<span class="user">jim</span>');
    // The id that was known before login opens nothing.
    const old = await app.inject({ url: '/movies', headers: { cookie: `movie_hub_session=${before}` } });
    expect(old.statusCode).toBe(303);
  });

  test('the user name may be typed with capitals and spaces around', async () => {
    expect((await new Visitor(app).signIn(' Jim ', 'jim-demo')).statusCode).toBe(303);
  });

  test('a wrong password, an unknown user, a closed account and an impossible name look the same', async () => {
    await addUser(db.pools.accounts, { username: 'closed', password: 'closed-demo' }, { cost: 2 ** 10 });
    await db.admin.query(`UPDATE movie_hub_app.users SET disabled_at = now() WHERE username = 'closed'`);
    const bodies: string[] = [];
    for (const [username, password] of [
      ['jim', 'wrong'],
      ['nobody', 'wrong'],
      ['closed', 'closed-demo'],
      ["' OR 1=1 --", 'wrong'],
      ['jim\0', 'wrong'],
    ] as const) {
      const answer = await new Visitor(app).signIn(username, password);
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['cache-control']).toBe('no-store');
      bodies.push(withoutToken(answer.body).replace(/(name="username") value="[^"]*"/, '$1'));
    }
    expect(new Set(bodies).size).toBe(1);
    expect(bodies[0]).toContain('This user name and password do not go together.');
    expect(bodies[0]).toContain('aria-describedby="login-problem"');
  });

  test('what was typed as the user name is kept, and escaped; the password is not', async () => {
    const answer = await new Visitor(app).signIn('"><script>', 'secret-typed');
    expect(answer.body).toContain('value="&quot;&gt;&lt;script&gt;"');
    expect(answer.body).not.toContain('secret-typed');
  });

  test('without a form token, with another session’s or a made-up one, nothing is accepted', async () => {
    const other = new Visitor(app);
    await other.get('/login');
    for (const token of ['', 'made-up', other.csrfToken]) {
      const visitor = new Visitor(app);
      await visitor.get('/login');
      const answer = await visitor.post('/login', { username: 'jim', password: 'jim-demo', _csrf: token });
      expect(answer.statusCode).toBe(403);
      expect(answer.headers['content-type']).toContain('text/html');
      expect(answer.body).toContain('<h1>Not allowed</h1>');
    }
    const noSession = await new Visitor(app).post('/login', { username: 'jim', password: 'jim-demo' });
    expect(noSession.statusCode).toBe(403);
    expect((await new Visitor(app).signIn('jim')).statusCode).toBe(303);
  });

  test('pages send those who are not signed in to the login page, and htmx with them', async () => {
    for (const path of ['/movies', '/movies.csv', '/movies/1', '/chat', '/admin']) {
      const answer = await app.inject({ url: path });
      expect([path, answer.statusCode, answer.headers.location]).toEqual([path, 303, '/login']);
    }
    const part = await app.inject({ url: '/movies', headers: { 'hx-request': 'true' } });
    expect(part.statusCode).toBe(204);
    expect(part.headers['hx-redirect']).toBe('/login');
    expect((await new Visitor(app).post('/admin/people', { name: 'x' })).headers.location).toBe('/login');
  });

  test('the start page leads where one can go on', async () => {
    expect((await app.inject({ url: '/' })).headers.location).toBe('/login');
    const jim = await visitorOf(app, 'jim');
    expect((await jim.get('/')).headers.location).toBe('/movies');
    expect((await jim.get('/login')).headers.location).toBe('/movies');
  });

  test('logging out ends the session for good, and needs the token', async () => {
    const jim = await visitorOf(app, 'jim');
    const cookie = `movie_hub_session=${jim.cookies.get('movie_hub_session')}`;
    expect((await jim.post('/logout', { _csrf: 'made-up' })).statusCode).toBe(403);
    expect((await jim.get('/movies')).statusCode).toBe(200);
    const answer = await jim.post('/logout');
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe('/login');
    expect(jim.cookies.size).toBe(0);
    expect((await app.inject({ url: '/movies', headers: { cookie } })).statusCode).toBe(303);
  });

  test('the table holds no session id, and deleting a row signs that browser out', async () => {
    const vlad = await visitorOf(app, 'vlad');
    const id = vlad.cookies.get('movie_hub_session')?.split('.')[0] ?? '';
    expect(id).not.toBe('');
    const rows = await sessions('vlad');
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(id);
    expect((await vlad.get('/movies')).statusCode).toBe(200);
    await db.admin.query(`DELETE FROM movie_hub_app.sessions WHERE username = 'vlad'`);
    expect((await vlad.get('/movies')).statusCode).toBe(303);
    expect(await sessions('vlad')).toHaveLength(0);
  });

  test('a session that was revoked while a request of it ran is not saved back', async () => {
    const admin = await visitorOf(app, 'admin');
    await admin.get('/admin');
    await db.admin.query(`
      CREATE FUNCTION movie_hub_app.revoke() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN DELETE FROM movie_hub_app.sessions WHERE username = 'admin'; RETURN NULL; END $$;
      CREATE TRIGGER revoke AFTER INSERT ON movie_hub_app.audit EXECUTE FUNCTION movie_hub_app.revoke()`);
    try {
      // This saves the session with the message for the next page.
      expect((await admin.post('/admin/people', { name: 'Ann' })).statusCode).toBe(303);
      expect(await sessions('admin')).toHaveLength(0);
      expect((await admin.get('/admin')).headers.location).toBe('/login');
    } finally {
      await db.admin.query('DROP TRIGGER revoke ON movie_hub_app.audit');
    }
  });

  test('closing an account ends its sessions with the next click', async () => {
    await addUser(
      db.pools.accounts,
      { username: 'leaver', password: 'leaver-demo', titleTypes: [1] },
      { cost: 2 ** 10 },
    );
    const leaver = new Visitor(app);
    await leaver.signIn('leaver');
    expect((await leaver.get('/movies')).statusCode).toBe(200);
    await db.admin.query(`UPDATE movie_hub_app.users SET disabled_at = now() WHERE username = 'leaver'`);
    expect((await leaver.get('/movies')).headers.location).toBe('/login');
    expect((await leaver.get('/login')).statusCode).toBe(200);
  });

  test('sessions expire, and those that did are swept out', async () => {
    const test2 = await visitorOf(app, 'test2');
    const hours = `extract(epoch FROM expires_at - now()) / 3600`;
    const { rows } = await db.admin.query(
      `SELECT ${hours} AS hours FROM movie_hub_app.sessions WHERE username = 'test2'`,
    );
    expect(Number(rows[0].hours)).toBeCloseTo(12, 1);
    await db.admin.query(`UPDATE movie_hub_app.sessions SET expires_at = now() WHERE username = 'test2'`);
    expect((await test2.get('/movies')).statusCode).toBe(303);
    await new Visitor(app).get('/login');
    expect(await sessions('test2')).toHaveLength(0);
  });

  test('a forged or cut cookie is nobody’s', async () => {
    const jim = await visitorOf(app, 'jim');
    const value = jim.cookies.get('movie_hub_session') ?? '';
    for (const forged of [value.split('.')[0], `${value}x`, 'x.y', '%00']) {
      const answer = await app.inject({
        url: '/movies',
        headers: { cookie: `movie_hub_session=${forged}` },
      });
      expect(answer.statusCode).toBe(303);
    }
  });

  test('the cookie is out of reach of scripts and other sites', async () => {
    const [cookie] = (await app.inject({ url: '/login' })).cookies;
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
    expect(cookie?.secure).toBeUndefined();
  });

  test.each([
    ['http', undefined, undefined],
    ['http', false, undefined],
    ['http', true, true],
    ['https', undefined, true],
    ['https', false, undefined],
    ['https', true, true],
  ] as const)('over %s, with secureCookies %s, the cookie is marked: %s', async (protocol, given, marked) => {
    const options = given === undefined ? {} : { secureCookies: given };
    const behindProxy = await openHub(db.pools, options, { trustProxy: true });
    const headers = { 'x-forwarded-proto': protocol };
    const [cookie] = (await behindProxy.inject({ url: '/login', headers })).cookies;
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
    expect(cookie?.secure).toBe(marked);
    await behindProxy.close();
  });

  test('with TLS the cookie is for TLS only, also where a proxy ends it', async () => {
    const safe = await openHub(db.pools, { secureCookies: true });
    const admin = await visitorOf(safe, 'admin');
    const answer = await admin.get('/login');
    expect(answer.headers['strict-transport-security']).toBeDefined();
    const [cookie] = (await safe.inject({ url: '/login' })).cookies;
    expect(cookie?.secure).toBe(true);
    await admin.get('/admin');
    await admin.post('/admin/people', { name: 'Flash Gordon' });
    expect((await admin.get('/admin')).body).toContain('Created the person Flash Gordon.');
    expect((await admin.get('/admin')).body).not.toContain('Created the person');
    await safe.close();
  });

  test('tries are limited by address and name, with the same page, and the limit passes nobody by', async () => {
    const strict = await openHub(db.pools, { loginsPerMinute: 2 });
    const visitor = new Visitor(strict);
    const tries = [];
    for (let i = 0; i < 3; i += 1) tries.push((await visitor.signIn('jim', 'wrong')).statusCode);
    expect(tries).toEqual([401, 401, 429]);
    const right = await visitor.signIn('JIM ', 'jim-demo');
    expect(right.statusCode).toBe(429);
    expect(right.body).toContain('Too many tries');
    expect((await visitor.signIn('vlad')).statusCode).toBe(303);
    const names = [];
    for (let i = 0; i < 17; i += 1) names.push((await new Visitor(strict).signIn(`u${i}`)).statusCode);
    expect(names.at(0)).toBe(401);
    expect(names.at(-1)).toBe(429);
    await strict.close();
  });

  test('the sessions that one address begins are limited, and the limit has a page', async () => {
    const strict = await openHub(db.pools, { loginsPerMinute: 2 });
    const sessionCount = async () =>
      Number((await db.admin.query('SELECT count(*) FROM movie_hub_app.sessions')).rows[0].count);
    const before = await sessionCount();
    const opened = [];
    for (let i = 0; i < 45; i += 1) opened.push(await new Visitor(strict).get('/login'));
    expect(opened.map((page) => page.statusCode)).toEqual([
      ...new Array(40).fill(200),
      ...new Array(5).fill(429),
    ]);
    expect(opened.at(-1)?.body).toContain('<h1>Too many tries</h1>');
    expect(await sessionCount()).toBeLessThanOrEqual(before + 40);
    await strict.close();
  });

  test('the demo’s users are shown in a demo only, and only while they have the demo’s passwords', async () => {
    const demoUsers = ['jim', 'test2', 'vlad', 'admin', 'gone'].map((username) => ({
      username,
      password: `${username}-demo`,
    }));
    const demo = await openHub(db.pools, { demoUsers });
    const shown = (await demo.inject({ url: '/login' })).body;
    expect(shown).toContain('<code>jim-demo</code>');
    expect(shown).toContain('<td>Movie, TV movie</td>');
    expect(shown).toContain('11 kinds of titles');
    expect(shown).not.toContain('gone-demo');
    await db.admin.query(`UPDATE movie_hub_app.users SET is_demo = false WHERE username = 'jim'`);
    expect((await demo.inject({ url: '/login' })).body).not.toContain('jim-demo');
    await db.admin.query(`UPDATE movie_hub_app.users SET is_demo = true WHERE username = 'jim'`);
    expect((await app.inject({ url: '/login' })).body).not.toContain('-demo');
    await demo.close();
  });

  test('every answer carries the safety headers', async () => {
    for (const path of ['/login', '/movies', '/assets/hub.css', '/nothing-here']) {
      const { headers } = await app.inject({ url: path });
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });
});
