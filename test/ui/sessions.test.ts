import { addUser } from 'movie-hub/ui';
import { describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { hubOn, openHub, Visitor, visitorOf } from './open-hub';

describe.each(databaseKinds)('sessions, on the %s database', (kind) => {
  const hub = hubOn(kind);

  const sessions = async (username: string) =>
    (await hub.db.admin.query('SELECT * FROM movie_hub_app.sessions WHERE username = $1', [username])).rows;

  test('the table holds no session id, and deleting a row signs that browser out', async () => {
    const vlad = await visitorOf(hub.app, 'vlad');
    const id = vlad.cookies.get('movie_hub_session')?.split('.')[0] ?? '';
    expect(id).not.toBe('');
    const rows = await sessions('vlad');
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(id);
    expect((await vlad.get('/movies')).statusCode).toBe(200);
    await hub.db.admin.query(`DELETE FROM movie_hub_app.sessions WHERE username = 'vlad'`);
    expect((await vlad.get('/movies')).statusCode).toBe(303);
    expect(await sessions('vlad')).toHaveLength(0);
  });

  test('a session that was revoked while a request of it ran is not saved back', async () => {
    const admin = await visitorOf(hub.app, 'admin');
    await admin.get('/admin');
    await hub.db.admin.query(`
      CREATE FUNCTION movie_hub_app.revoke() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN DELETE FROM movie_hub_app.sessions WHERE username = 'admin'; RETURN NULL; END $$;
      CREATE TRIGGER revoke AFTER INSERT ON movie_hub_app.audit EXECUTE FUNCTION movie_hub_app.revoke()`);
    try {
      // This saves the session with the message for the next page.
      expect((await admin.post('/admin/people', { name: 'Ann' })).statusCode).toBe(303);
      expect(await sessions('admin')).toHaveLength(0);
      expect((await admin.get('/admin')).headers.location).toBe('/login?next=%2Fadmin');
    } finally {
      await hub.db.admin.query('DROP TRIGGER revoke ON movie_hub_app.audit');
    }
  });

  test('closing an account ends its sessions with the next click', async () => {
    await addUser(
      hub.db.pools.accounts,
      { username: 'leaver', password: 'leaver-demo', titleTypes: [1] },
      { cost: 2 ** 10 },
    );
    const leaver = new Visitor(hub.app);
    await leaver.signIn('leaver');
    expect((await leaver.get('/movies')).statusCode).toBe(200);
    await hub.db.admin.query(`UPDATE movie_hub_app.users SET disabled_at = now() WHERE username = 'leaver'`);
    expect((await leaver.get('/movies')).headers.location).toBe('/login?next=%2Fmovies');
    expect((await leaver.get('/login')).statusCode).toBe(200);
  });

  test('a forged or cut cookie is nobody’s', async () => {
    const jim = await visitorOf(hub.app, 'jim');
    const value = jim.cookies.get('movie_hub_session') ?? '';
    for (const forged of [value.split('.')[0], `${value}x`, 'x.y', '%00']) {
      const answer = await hub.app.inject({
        url: '/movies',
        headers: { cookie: `movie_hub_session=${forged}` },
      });
      expect(answer.statusCode).toBe(303);
    }
  });

  test('the cookie is out of reach of scripts and other sites', async () => {
    const [cookie] = (await hub.app.inject({ url: '/login' })).cookies;
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
    const behindProxy = await openHub(hub.db.pools, options, { trustProxy: true });
    const headers = { 'x-forwarded-proto': protocol };
    const [cookie] = (await behindProxy.inject({ url: '/login', headers })).cookies;
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
    expect(cookie?.secure).toBe(marked);
    await behindProxy.close();
  });

  test('with TLS the cookie is for TLS only, also where a proxy ends it', async () => {
    const safe = await openHub(hub.db.pools, { secureCookies: true });
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
});
