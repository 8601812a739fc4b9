import Fastify, { type FastifyInstance } from 'fastify';
import { MovieHubError } from 'movie-hub';
import { createDemoModel } from 'movie-hub/testing';
import { addUser, type HubOptions, hub } from 'movie-hub/ui';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { IdentityProvider } from './identity-provider';
import { addUsers, Visitor, withoutToken } from './open-hub';

const redirectUri = 'https://hub.example/hub/login';

describe.each(databaseKinds)('a login of the host’s own, on the %s database', (kind) => {
  let db: TestDatabase;
  let app: FastifyInstance;
  let provider: IdentityProvider;

  const open = async (login: NonNullable<HubOptions['login']>) => {
    const host = Fastify();
    await host.register(hub, {
      prefix: '/hub',
      pools: db.pools,
      model: createDemoModel(),
      sessionSecret: 'a secret of the tests, long enough',
      login,
    });
    return host;
  };

  beforeAll(async () => {
    db = await openDatabase(kind);
    await addUsers(db);
    await addUser(db.pools.accounts, { username: 'anna@corp.example', titleTypes: [1] });
    provider = new IdentityProvider();
    app = await open(provider.login(redirectUri));
  });
  afterAll(async () => {
    await app?.close();
    await db?.close();
  });

  /** Goes to the provider and back, and returns the answer there. */
  const goThrough = async (visitor: Visitor, path = '/login') => {
    const sent = await visitor.get(path);
    expect(sent.statusCode).toBe(303);
    const back = provider.authorize(String(sent.headers.location));
    return visitor.get(`/login${back.search}`);
  };

  test('leads to the provider and back to where one was, under a new session id', async () => {
    provider.person = 'Anna@corp.example';
    const visitor = new Visitor(app, '/hub');
    const asked = await visitor.get('/movies?q=x');
    expect(asked.headers.location).toBe('/hub/login?next=%2Fhub%2Fmovies%3Fq%3Dx');
    const sent = await visitor.get('/login?next=%2Fhub%2Fmovies%3Fq%3Dx');
    expect(sent.headers.location).toMatch(/^https:\/\/id\.example\/authorize\?/);
    const before = visitor.cookies.get('movie_hub_session');
    const back = provider.authorize(String(sent.headers.location));
    const answer = await visitor.get(`/login${back.search}`);
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/hub/movies?q=x']);
    expect(visitor.cookies.get('movie_hub_session')).not.toBe(before);
    expect((await visitor.get('/movies')).body).toContain('<span class="user">anna@corp.example</span>');
    const old = await app.inject({ url: '/hub/movies', headers: { cookie: `movie_hub_session=${before}` } });
    expect(old.statusCode).toBe(303);
  });

  test('what was kept fits one return only, of the same browser, with the same state', async () => {
    provider.person = 'jim';
    const visitor = new Visitor(app, '/hub');
    const stranger = new Visitor(app, '/hub');
    const sent = await visitor.get('/login');
    const back = provider.authorize(String(sent.headers.location));
    expect((await stranger.get(`/login${back.search}`)).statusCode).toBe(403);
    const wrong = new URLSearchParams(back.search);
    wrong.set('state', 'made-up');
    expect((await visitor.get(`/login?${wrong}`)).statusCode).toBe(403);
    // The try with the wrong state has used it up.
    expect((await visitor.get(`/login${back.search}`)).statusCode).toBe(403);
    expect((await visitor.get('/movies')).statusCode).toBe(303);
    expect((await goThrough(visitor)).headers.location).toBe('/hub/movies');
  });

  test('an account that is not there, one that is closed and a refusal look the same', async () => {
    await db.admin.query(`UPDATE movie_hub_app.users SET disabled_at = now() WHERE username = 'test2'`);
    const pages = new Set<string>();
    for (const person of ['nobody', 'test2', 'x'.repeat(70), "'; --", '']) {
      provider.person = person;
      const visitor = new Visitor(app, '/hub');
      const answer = await goThrough(visitor);
      expect([person, answer.statusCode]).toEqual([person, 403]);
      pages.add(withoutToken(answer.body));
      expect((await visitor.get('/movies')).statusCode).toBe(303);
    }
    pages.add(withoutToken((await new Visitor(app, '/hub').get('/login?code=made-up&state=x')).body));
    const refusing = await open(async () => undefined);
    pages.add(withoutToken((await new Visitor(refusing, '/hub').get('/login')).body));
    await refusing.close();
    expect(pages.size).toBe(1);
    expect([...pages][0]).toContain('<h1>Login failed</h1>');
    provider.person = 'vlad';
    expect((await goThrough(new Visitor(app, '/hub'))).statusCode).toBe(303);
  });

  test('disabling ends the session as any other', async () => {
    provider.person = 'jim';
    const jim = new Visitor(app, '/hub');
    await goThrough(jim);
    expect((await jim.get('/movies')).statusCode).toBe(200);
    await db.admin.query(`UPDATE movie_hub_app.users SET disabled_at = now() WHERE username = 'jim'`);
    expect((await jim.get('/movies')).statusCode).toBe(303);
    await db.admin.query(`UPDATE movie_hub_app.users SET disabled_at = NULL WHERE username = 'jim'`);
  });

  test('logging out does not start a new login', async () => {
    provider.person = 'vlad';
    const vlad = new Visitor(app, '/hub');
    await goThrough(vlad);
    await vlad.get('/movies');
    const answer = await vlad.post('/logout');
    expect(answer.headers.location).toBe('/hub/logged-out');
    const page = await vlad.get('/logged-out');
    expect(page.body).toContain('<h1>You are logged out</h1>');
    expect(page.body).toContain('href="/hub/login"');
  });

  test('there are no passwords: no form, no reset, no change', async () => {
    const visitor = new Visitor(app, '/hub');
    expect((await visitor.post('/login', { username: 'jim', password: 'jim-demo' })).statusCode).toBe(404);
    provider.person = 'admin';
    const admin = new Visitor(app, '/hub');
    await goThrough(admin);
    expect((await admin.get('/account')).body).not.toContain('password');
    expect((await admin.get('/admin/users/jim')).body).not.toContain('/password"');
    expect((await admin.post('/admin/users/jim/password')).statusCode).toBe(404);
    expect((await admin.post('/account/password')).statusCode).toBe(404);
    const made = await admin.post('/admin/users', { username: 'new@corp.example', title_types: '1' });
    expect([made.statusCode, made.headers.location]).toEqual([303, '/hub/admin/users/new%40corp.example']);
    provider.person = 'new@corp.example';
    expect((await goThrough(new Visitor(app, '/hub'))).statusCode).toBe(303);
  });

  test('an error of the library keeps its status, and another one is no name', async () => {
    const failing = await open(async () => {
      throw new MovieHubError('database_unavailable', 'The directory is away.');
    });
    const answer = await failing.inject({ url: '/hub/login' });
    expect(answer.statusCode).toBe(503);
    await failing.close();
  });
});
