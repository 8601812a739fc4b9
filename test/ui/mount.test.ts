import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import session from '@fastify/session';
import Fastify, { type FastifyInstance } from 'fastify';
import { createDemoModel } from 'movie-hub/testing';
import { hub } from 'movie-hub/ui';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneKind, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { addUsers, openHub, Visitor, visitorOf } from './open-hub';

describe('the hub under a prefix, in another app', () => {
  let db: TestDatabase;
  let host: FastifyInstance;

  beforeAll(async () => {
    db = await openDatabase(oneKind);
    await addUsers(db);
    await seed(db.admin, [
      { id: 1, type: 1, title: 'A Film', votes: 1, cast: [{ id: 1, name: 'Ann', characters: ['Ruth'] }] },
      { id: 3, type: 3, title: 'A Series' },
      { id: 2, type: 4, title: 'An Episode', parent: { id: 3, type: 3 } },
    ]);
    host = Fastify();
    await host.register(cookie);
    await host.register(formbody);
    host.get('/own', async (request) => ({ cookies: request.cookies }));
    host.setNotFoundHandler((_request, reply) => reply.code(404).send('the host’s own'));
    await host.register(hub, {
      prefix: '/hub',
      pools: db.pools,
      model: createDemoModel(),
      sessionSecret: 'a secret of the tests, long enough',
    });
  });
  afterAll(async () => {
    await host?.close();
    await db?.close();
  });

  test('every link, form, script and redirect stays under the prefix', async () => {
    const vlad = await visitorOf(host, 'vlad', '/hub');
    const admin = await visitorOf(host, 'admin', '/hub');
    const pages = [
      await new Visitor(host, '/hub').get('/login'),
      await vlad.get('/movies'),
      await vlad.get('/movies?q=film'),
      await vlad.get('/movies?q=nothing'),
      await vlad.get('/movies/2'),
      await vlad.get('/movies/3'),
      await vlad.get('/movies/999'),
      await vlad.get('/nothing-here'),
      await vlad.get('/chat'),
      await vlad.get('/admin'),
      await admin.get('/admin'),
      await admin.get('/admin/titles'),
      await admin.get('/admin/titles/new'),
      await admin.get('/admin/titles/1?words=ann'),
      await admin.get('/admin/titles/1/delete'),
      await admin.get('/admin/people'),
      await admin.get('/admin/people/new'),
      await admin.get('/admin/people/1?words=film'),
      await admin.get('/admin/users'),
      await admin.get('/admin/users/jim'),
      await admin.get('/admin/audit'),
      await admin.get('/admin/audit?tab=tools'),
      await admin.get('/account'),
    ];
    for (const page of pages) {
      const links = [...page.body.matchAll(/(?:href|src|action|hx-get|hx-post)="([^"]*)"/g)].map((m) => m[1]);
      expect(links.length).toBeGreaterThan(5);
      for (const link of links) expect(link).toMatch(/^(\/hub(\/|$)|#)/);
    }
    const redirects = [
      await host.inject({ url: '/hub' }),
      await host.inject({ url: '/hub/movies' }),
      await vlad.get(''),
      await vlad.get('/login'),
      await vlad.post('/logout'),
      await admin.post('/admin/people', { name: 'Ann' }),
    ];
    for (const answer of redirects) {
      expect(answer.statusCode).toBe(303);
      expect(answer.headers.location).toMatch(/^\/hub\//);
    }
  });

  test.each(['/%68ub/login', '/hu%62/movies', '/%68ub', '/%68ub/nothing'])(
    'a prefix that is written in another way (%s) leads nowhere',
    async (url) => {
      const vlad = await visitorOf(host, 'vlad', '/hub');
      for (const headers of [{}, { cookie: vlad.cookie }]) {
        const answer = await host.inject({ url, headers });
        expect(answer.statusCode).toBe(404);
        expect(answer.body).not.toContain('>vlad<');
      }
      expect((await vlad.get('/%6dovies')).statusCode).toBe(200);
    },
  );

  test('the cookie is for the hub only', async () => {
    const [set] = (await host.inject({ url: '/hub/login' })).cookies;
    expect(set).toMatchObject({ name: 'movie_hub_session', path: '/hub' });
  });

  test('the host keeps its own pages, headers and errors', async () => {
    const own = await host.inject({ url: '/own', headers: { cookie: 'a=b' } });
    expect(own.json()).toEqual({ cookies: { a: 'b' } });
    expect(own.headers['content-security-policy']).toBeUndefined();
    expect(own.headers['cache-control']).toBeUndefined();
    expect((await host.inject({ url: '/nothing' })).body).toBe('the host’s own');
    expect((await host.inject({ url: '/hub/nothing' })).body).toContain('<h1>Not found</h1>');
    expect(host.hasRequestDecorator('session')).toBe(false);
    expect(host.hasDecorator('csrfProtection')).toBe(false);
  });

  test('two hubs live side by side', async () => {
    const two = Fastify();
    for (const prefix of ['/a', '/b']) {
      await two.register(hub, {
        prefix,
        pools: db.pools,
        model: createDemoModel(),
        sessionSecret: `a secret of the tests, for ${prefix} only`,
      });
    }
    const jim = await visitorOf(two, 'jim', '/a');
    expect((await jim.get('/movies')).statusCode).toBe(200);
    const cookies = { cookie: `movie_hub_session=${jim.cookies.get('movie_hub_session')}` };
    expect((await two.inject({ url: '/b/movies', headers: cookies })).statusCode).toBe(303);
    await two.close();
  });

  test('where another plugin has claimed the session, the hub says so at once', async () => {
    const taken = Fastify();
    await taken.register(cookie);
    await taken.register(session, { secret: 'a secret of the host, long enough for it' });
    const mounting = taken.register(hub, {
      pools: db.pools,
      model: createDemoModel(),
      sessionSecret: 'a secret of the tests, long enough',
    });
    await expect(mounting).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('request.session'),
    });
  });

  test('a secret that is too short is refused at the start', async () => {
    await expect(openHub(db.pools, { sessionSecret: 'short' })).rejects.toThrow(/32/);
  });

  test('the page’s files come with types and long caching, and nothing else is served', async () => {
    const page = (await host.inject({ url: '/hub/login' })).body;
    const urls = [...page.matchAll(/(?:href|src)="(\/hub\/assets\/[^"]+)"/g)].map((m) => m[1] ?? '');
    expect(urls).toHaveLength(10);
    for (const url of urls) {
      expect(url).toMatch(/\?v=[0-9a-f]{12}$/);
      const file = await host.inject({ url });
      expect([url, file.statusCode]).toEqual([url, 200]);
      expect(file.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(file.headers['content-type']).toMatch(
        /^(text\/css|text\/javascript|application\/javascript|image\/svg)/,
      );
      expect(file.cookies).toHaveLength(0);
      const again = await host.inject({ url, headers: { 'if-none-match': String(file.headers.etag) } });
      expect(again.statusCode).toBe(304);
    }
    for (const path of ['htmx.js', '../package.json', '%2e%2e/package.json', 'htmx.esm.js', '', 'pico.css']) {
      const answer = await host.inject({ url: `/hub/assets/${path}` });
      expect([path, answer.statusCode]).toEqual([path, 404]);
      expect(answer.body).toContain('<h1>Not found</h1>');
    }
  });
});
