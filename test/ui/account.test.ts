import { describe, expect, test } from 'vitest';
import { databaseKinds, oneKind } from '../support/databases';
import { hubOn, openHub, Visitor, visitorOf } from './open-hub';

describe.each(databaseKinds)('one’s own account, on the %s database', (kind) => {
  const hub = hubOn(kind);

  const sessionsIn = (body: string) =>
    [...body.matchAll(/name="session" value="([^"]+)"/g)].map((match) => match[1] ?? '');
  const clear = () => hub.db.admin.query('DELETE FROM movie_hub_app.sessions WHERE username IS NOT NULL');

  test('lists the sessions of its user only, and ends the one that is chosen', async () => {
    await clear();
    const here = await visitorOf(hub.app, 'jim');
    const there = await visitorOf(hub.app, 'jim');
    const vlad = await visitorOf(hub.app, 'vlad');
    const [ofVlad = ''] = sessionsIn((await vlad.get('/account')).body);
    const page = (await here.get('/account')).body;
    expect(sessionsIn(page)).toHaveLength(2);
    expect(page.match(/this session/g)).toHaveLength(1);
    const own = /this session[\s\S]*?name="session" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const other = sessionsIn(page).find((hash) => hash !== own) ?? '';
    await here.post('/account/sessions/end', { session: ofVlad });
    expect((await here.get('/account')).body).toContain('That session had already ended.');
    expect((await vlad.get('/movies')).statusCode).toBe(200);
    await here.post('/account/sessions/end', { session: other });
    expect((await here.get('/account')).body).toContain('Session ended.');
    expect((await there.get('/movies')).statusCode).toBe(303);
    expect((await here.get('/movies')).statusCode).toBe(200);
    const left = await here.post('/account/sessions/end', { session: own });
    expect(left.headers.location).toBe('/login');
    expect((await here.get('/movies')).statusCode).toBe(303);
  });

  test('logs out everywhere, and nobody else', async () => {
    await clear();
    const [here, there] = [await visitorOf(hub.app, 'jim'), await visitorOf(hub.app, 'jim')];
    const vlad = await visitorOf(hub.app, 'vlad');
    expect((await here.post('/account/sessions/end-all', { _csrf: 'x' })).statusCode).toBe(403);
    expect((await there.get('/movies')).statusCode).toBe(200);
    expect((await here.post('/account/sessions/end-all')).headers.location).toBe('/login');
    for (const visitor of [here, there]) expect((await visitor.get('/movies')).statusCode).toBe(303);
    expect((await vlad.get('/movies')).statusCode).toBe(200);
  });

  test('changes the password, and ends the other sessions', async () => {
    const [here, there] = [await visitorOf(hub.app, 'test2'), await visitorOf(hub.app, 'test2')];
    await here.get('/account');
    for (const [fields, at, message] of [
      [{ current: 'wrong', wanted: 'long enough' }, 'current', 'Wrong password.'],
      [{ current: 'test2-demo', wanted: 'short' }, 'wanted', 'Use 8 to 1000 characters.'],
    ] as const) {
      const refused = await here.post('/account/password', fields);
      expect(refused.statusCode).toBe(422);
      expect(refused.body).toContain(`id="password-${at}-error" class="field-error">${message}`);
      for (const typed of Object.values(fields)) expect(refused.body).not.toContain(`value="${typed}"`);
    }
    expect((await there.get('/movies')).statusCode).toBe(200);
    const done = await here.post('/account/password', { current: 'test2-demo', wanted: 'long enough' });
    expect(done.headers.location).toBe('/account');
    expect((await here.get('/account')).body).toContain('Password changed.');
    expect((await there.get('/movies')).statusCode).toBe(303);
    expect((await new Visitor(hub.app).signIn('test2')).statusCode).toBe(401);
    expect((await new Visitor(hub.app).signIn('test2', 'long enough')).statusCode).toBe(303);
    const { rows } = await hub.db.admin.query(
      `SELECT actor, subject, detail FROM movie_hub_app.audit WHERE action = 'user.password'`,
    );
    expect(rows).toEqual([{ actor: 'test2', subject: 'test2', detail: { sessions_ended: 1 } }]);
  });

  test('tries of the password are limited', async () => {
    const strict = await openHub(hub.db.pools, { loginsPerMinute: 2 });
    const jim = await visitorOf(strict, 'jim');
    await jim.get('/account');
    const tries = [];
    for (let i = 0; i < 3; i += 1) {
      tries.push(
        (await jim.post('/account/password', { current: 'wrong', wanted: 'long enough' })).statusCode,
      );
    }
    expect(tries).toEqual([422, 422, 429]);
    expect(
      (await jim.post('/account/password', { current: 'jim-demo', wanted: 'long enough' })).statusCode,
    ).toBe(429);
    await strict.close();
  });
});

test.each([
  ['light', 'data-theme="light"', 'content="light"'],
  ['dark', 'data-theme="dark"', 'content="dark"'],
  ['"><script>', undefined, 'content="light dark"'],
  [undefined, undefined, 'content="light dark"'],
])('with the choice %s the page comes in it from the server', async (theme, attribute, scheme) => {
  const { openDatabase } = await import('../support/databases');
  const db = await openDatabase(oneKind);
  const app = await openHub(db.pools);
  const headers = theme === undefined ? {} : { cookie: `movie_hub_theme=${encodeURIComponent(theme)}` };
  const { body } = await app.inject({ url: '/login', headers });
  if (attribute === undefined) expect(body).toContain('<html lang="en">');
  else expect(body).toContain(`<html lang="en" ${attribute}>`);
  expect(body).toContain(`<meta name="color-scheme" ${scheme}>`);
  await app.close();
  await db.close();
});
