import type { FastifyInstance } from 'fastify';
import { addUser, hashPassword } from 'movie-hub/ui';
import { describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { hubOn, openHub, Visitor, visitorOf, withoutToken } from './open-hub';

describe.each(databaseKinds)('logging in, on the %s database', (kind) => {
  const hub = hubOn(kind);

  test('the right password leads to the movies, under a new session id', async () => {
    const visitor = new Visitor(hub.app);
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
    const old = await hub.app.inject({ url: '/movies', headers: { cookie: `movie_hub_session=${before}` } });
    expect(old.statusCode).toBe(303);
  });

  test('the user name may be typed with capitals and spaces around', async () => {
    expect((await new Visitor(hub.app).signIn(' Jim ', 'jim-demo')).statusCode).toBe(303);
  });

  test('a wrong password, an unknown user, a closed account and an impossible name look the same', async () => {
    await addUser(hub.db.pools.accounts, { username: 'closed', password: 'closed-demo' }, { cost: 2 ** 10 });
    await hub.db.admin.query(`UPDATE movie_hub_app.users SET disabled_at = now() WHERE username = 'closed'`);
    const bodies: string[] = [];
    for (const [username, password] of [
      ['jim', 'wrong'],
      ['nobody', 'wrong'],
      ['closed', 'closed-demo'],
      ["' OR 1=1 --", 'wrong'],
      ['jim\0', 'wrong'],
    ] as const) {
      const answer = await new Visitor(hub.app).signIn(username, password);
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['cache-control']).toBe('no-store');
      bodies.push(withoutToken(answer.body).replace(/(name="username") value="[^"]*"/, '$1'));
    }
    expect(new Set(bodies).size).toBe(1);
    expect(bodies[0]).toContain('Wrong user name or password.');
    expect(bodies[0]).toContain('aria-describedby="login-problem"');
  });

  test('what was typed as the user name is kept, and escaped; the password is not', async () => {
    const answer = await new Visitor(hub.app).signIn('"><script>', 'secret-typed');
    expect(answer.body).toContain('value="&quot;&gt;&lt;script&gt;"');
    expect(answer.body).not.toContain('secret-typed');
  });

  test('without a form token, with another session’s or a made-up one, nothing is accepted', async () => {
    const other = new Visitor(hub.app);
    await other.get('/login');
    for (const token of ['', 'made-up', other.csrfToken]) {
      const visitor = new Visitor(hub.app);
      await visitor.get('/login');
      const answer = await visitor.post('/login', { username: 'jim', password: 'jim-demo', _csrf: token });
      expect(answer.statusCode).toBe(403);
      expect(answer.headers['content-type']).toContain('text/html');
      expect(answer.body).toContain('<h1>Not allowed</h1>');
    }
    const noSession = await new Visitor(hub.app).post('/login', { username: 'jim', password: 'jim-demo' });
    expect(noSession.statusCode).toBe(403);
    expect((await new Visitor(hub.app).signIn('jim')).statusCode).toBe(303);
  });

  test('pages send those who are not signed in to the login page, and htmx with them', async () => {
    for (const [path, next] of [
      ['/movies?q=a%20b&after=1', '?next=%2Fmovies%3Fq%3Da%2520b%26after%3D1'],
      ['/movies.csv', ''],
      ['/movies/1', '?next=%2Fmovies%2F1'],
      ['/chat', '?next=%2Fchat'],
      ['/admin', '?next=%2Fadmin'],
    ] as const) {
      const answer = await hub.app.inject({ url: path });
      expect([path, answer.statusCode, answer.headers.location]).toEqual([path, 303, `/login${next}`]);
    }
    const part = await hub.app.inject({ url: '/movies', headers: { 'hx-request': 'true' } });
    expect(part.statusCode).toBe(204);
    expect(part.headers['hx-redirect']).toBe('/login');
    expect((await new Visitor(hub.app).post('/admin/people', { name: 'x' })).headers.location).toBe('/login');
  });

  test('the start page leads where one can go on', async () => {
    expect((await hub.app.inject({ url: '/' })).headers.location).toBe('/login');
    const jim = await visitorOf(hub.app, 'jim');
    expect((await jim.get('/')).headers.location).toBe('/movies');
    expect((await jim.get('/login')).headers.location).toBe('/movies');
  });

  test('logging out ends the session for good, and needs the token', async () => {
    const jim = await visitorOf(hub.app, 'jim');
    const cookie = `movie_hub_session=${jim.cookies.get('movie_hub_session')}`;
    expect((await jim.post('/logout', { _csrf: 'made-up' })).statusCode).toBe(403);
    expect((await jim.get('/movies')).statusCode).toBe(200);
    const answer = await jim.post('/logout');
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe('/login');
    expect(jim.cookies.has('movie_hub_session')).toBe(false);
    expect((await hub.app.inject({ url: '/movies', headers: { cookie } })).statusCode).toBe(303);
  });

  test('tries are limited by address and name, with the same page, and the limit passes nobody by', async () => {
    const strict = await openHub(hub.db.pools, { loginsPerMinute: 1 });
    const visitor = new Visitor(strict);
    const tries = [];
    for (let i = 0; i < 2; i += 1) tries.push((await visitor.signIn('jim', 'wrong')).statusCode);
    expect(tries).toEqual([401, 429]);
    const right = await visitor.signIn('JIM ', 'jim-demo');
    expect(right.statusCode).toBe(429);
    expect(right.body).toContain('Too many attempts');
    expect((await visitor.signIn('vlad')).statusCode).toBe(303);
    const names = [];
    for (let i = 0; i < 7; i += 1) names.push((await new Visitor(strict).signIn(`u${i}`)).statusCode);
    expect(names.at(0)).toBe(401);
    expect(names.at(-1)).toBe(429);
    await strict.close();
  });

  test('a made-up X-Forwarded-For lifts no limit', async () => {
    const strict = await openHub(hub.db.pools, { loginsPerMinute: 2 });
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await guess(strict, 'jim', `192.0.2.${i}`)).statusCode);
    expect(statuses).toEqual([401, 401, 429]);
    await strict.close();
  });

  test.each(['jim', 'nobody'])(
    'guesses at %s from many addresses wait, and lock out nobody who signed in to the account before',
    async (username) => {
      const strict = await openHub(hub.db.pools, { loginsPerMinute: 1 }, { trustProxy: '127.0.0.1' });
      const known = new Visitor(strict);
      const from = (address: string) => ({ 'x-forwarded-for': address });
      await known.get('/login');
      const own = { username: 'jim', password: 'jim-demo' };
      expect((await known.post('/login', own, from('198.51.100.1'))).statusCode).toBe(303);
      await known.get('/movies');
      await known.post('/logout');
      const answers = [];
      for (let i = 0; i < 4; i += 1) answers.push(await guess(strict, username, `192.0.2.${i}`));
      // The first login of a browser is one of the tries.
      expect(answers.map((answer) => answer.statusCode)).toEqual(
        username === 'jim' ? [401, 401, 429, 429] : [401, 401, 401, 429],
      );
      const wait = Number(answers.at(-1)?.headers['retry-after']);
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(60);
      // Where it was signed in before, also from the address of a guesser; and other accounts anywhere.
      await known.get('/login');
      expect((await known.post('/login', own, from('192.0.2.1'))).statusCode).toBe(303);
      const vlad = new Visitor(strict);
      await vlad.get('/login');
      const other = { username: 'vlad', password: 'vlad-demo' };
      expect((await vlad.post('/login', other, from('192.0.2.200'))).statusCode).toBe(303);
      await strict.close();
    },
  );

  test('a browser is known for the account that it signed in to only, and its tries are counted too', async () => {
    const strict = await openHub(hub.db.pools, { loginsPerMinute: 1 }, { trustProxy: '127.0.0.1' });
    const visitor = new Visitor(strict);
    await visitor.signIn('jim');
    await visitor.post('/logout');
    const device = visitor.cookies.get('movie_hub_device') ?? '';
    expect(device).not.toBe('');
    for (let i = 0; i < 3; i += 1) await guess(strict, 'vlad', `192.0.2.${i}`);
    for (let i = 0; i < 3; i += 1) await guess(strict, 'jim', `192.0.2.${i}`);
    const statusOf = async (username: string, cookie: string) =>
      (await guess(strict, username, '192.0.2.99', cookie)).statusCode;
    expect(await statusOf('vlad', device)).toBe(429);
    expect(await statusOf('jim', `${device.slice(0, -2)}AA`)).toBe(429);
    expect(await statusOf('jim', 'x')).toBe(429);
    expect([await statusOf('jim', device), await statusOf('jim', device)]).toEqual([401, 429]);
    await strict.close();
  });

  test.each([
    [true, 1],
    ['127.0.0.1', 0],
    [['127.0.0.1', '10.0.0.0/8'], 0],
    [false, 0],
  ])('with trustProxy %s the log warns %i times that addresses can be made up', async (trustProxy, times) => {
    const lines: string[] = [];
    const logger = { level: 'warn', stream: { write: (line: string) => lines.push(line) } };
    const app = await openHub(hub.db.pools, {}, { trustProxy, logger });
    for (const url of ['/login', '/assets/hub.css', '/login']) await app.inject({ url });
    expect(lines.filter((line) => line.includes('trustProxy'))).toHaveLength(times);
    await app.close();
  });

  test('while passwords are being hashed, more logins and new passwords are refused at once, for every user', async () => {
    const [jim, admin] = [await visitorOf(hub.app, 'jim'), await visitorOf(hub.app, 'admin')];
    await jim.get('/account');
    await admin.get('/admin/users');
    const strangers = await Promise.all(
      ['jim', 'nobody', "' OR 1=1 --"].map(async (username) => {
        const visitor = new Visitor(hub.app);
        await visitor.get('/login');
        return () => visitor.post('/login', { username, password: 'wrong' });
      }),
    );
    const before = await hub.db.admin.query('SELECT * FROM movie_hub_app.users ORDER BY username');
    const tasks = [
      ...strangers,
      () => jim.post('/account/password', { current: 'jim-demo', wanted: 'long enough' }),
      () => admin.post('/admin/users/jim/password'),
      () => admin.post('/admin/users', { username: 'newcomer', title_types: '1' }),
    ];
    let isOver = false;
    const fill = async () => {
      while (!isOver)
        await hashPassword('x', { cost: 2 ** 14 }).catch(
          () => new Promise((resolve) => setTimeout(resolve, 5)),
        );
    };
    const filling = Array.from({ length: 16 }, fill);
    try {
      for (const task of tasks) {
        const answer = await task();
        expect([answer.statusCode, Number(answer.headers['retry-after'])]).toEqual([503, 2]);
        expect(answer.body).toContain('Too many passwords are being checked.');
      }
      // Nothing else waits for them.
      expect((await jim.get('/movies')).statusCode).toBe(200);
      expect((await hub.app.inject({ url: '/assets/hub.css' })).statusCode).toBe(200);
    } finally {
      isOver = true;
      await Promise.all(filling);
    }
    const after = await hub.db.admin.query('SELECT * FROM movie_hub_app.users ORDER BY username');
    expect(after.rows).toEqual(before.rows);
    expect((await strangers[0]?.())?.statusCode).toBe(401);
  });

  test('the sessions that one address begins are limited, and the limit has a page', async () => {
    const strict = await openHub(hub.db.pools, { loginsPerMinute: 2 });
    const sessionCount = async () =>
      Number((await hub.db.admin.query('SELECT count(*) FROM movie_hub_app.sessions')).rows[0].count);
    const before = await sessionCount();
    const opened = [];
    for (let i = 0; i < 45; i += 1) opened.push(await new Visitor(strict).get('/login'));
    expect(opened.map((page) => page.statusCode)).toEqual([
      ...new Array(40).fill(200),
      ...new Array(5).fill(429),
    ]);
    expect(opened.at(-1)?.body).toContain('<h1>Too many requests</h1>');
    expect(await sessionCount()).toBeLessThanOrEqual(before + 40);
    await strict.close();
  });

  test('the demo’s users are shown in a demo only, and only while they have the demo’s passwords', async () => {
    const demoUsers = ['jim', 'test2', 'vlad', 'admin', 'gone'].map((username) => ({
      username,
      password: `${username}-demo`,
    }));
    const demo = await openHub(hub.db.pools, { demoUsers });
    const shown = (await demo.inject({ url: '/login' })).body;
    expect(shown).toContain('<code>jim-demo</code>');
    expect(shown).toContain('<td>Movie, TV movie</td>');
    expect(shown).toContain('11 title types');
    expect(shown).not.toContain('gone-demo');
    await hub.db.admin.query(`UPDATE movie_hub_app.users SET is_demo = false WHERE username = 'jim'`);
    expect((await demo.inject({ url: '/login' })).body).not.toContain('jim-demo');
    await hub.db.admin.query(`UPDATE movie_hub_app.users SET is_demo = true WHERE username = 'jim'`);
    expect((await hub.app.inject({ url: '/login' })).body).not.toContain('-demo');
    await demo.close();
  });

  test('every answer carries the safety headers', async () => {
    for (const path of ['/login', '/movies', '/assets/hub.css', '/nothing-here']) {
      const { headers } = await hub.app.inject({ url: path });
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });
});

/** Tries a wrong password in a browser of its own, with a made-up address and maybe the cookie of a device. */
async function guess(app: FastifyInstance, username: string, address: string, device?: string) {
  const visitor = new Visitor(app);
  const headers = { 'x-forwarded-for': address };
  await visitor.get('/login', headers);
  if (device !== undefined) visitor.cookies.set('movie_hub_device', device);
  return visitor.post('/login', { username, password: 'wrong' }, headers);
}
