import type { FastifyInstance } from 'fastify';
import Fastify from 'fastify';
import { createDemoModel } from 'movie-hub/testing';
import { hub } from 'movie-hub/ui';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, type TestDatabase } from '../support/databases';
import { addUsers, openHub, Visitor } from './open-hub';

const options = { model: createDemoModel(), sessionSecret: 'a secret of the tests, long enough' };

describe('where login leads on to', () => {
  let db: TestDatabase;
  let mounted: FastifyInstance;
  let atRoot: FastifyInstance;

  beforeAll(async () => {
    db = await openDatabase('embedded');
    await addUsers(db);
    mounted = Fastify();
    await mounted.register(hub, { prefix: '/hub', pools: db.pools, loginsPerMinute: 10_000, ...options });
    atRoot = await openHub(db.pools);
  });
  afterAll(async () => {
    await Promise.all([mounted, atRoot].map((app) => app?.close()));
    await db?.close();
  });

  test.each([
    ['/hub/movies?q=a%20b&after=1', '/hub/movies?q=a%20b&after=1'],
    ['/hub/movies/../chat', '/hub/chat'],
    ['/hub/chat#top', '/hub/chat'],
    ['/hub/', '/hub/'],
    ['/hub/admin/users/a%2Fb', '/hub/admin/users/a%2Fb'],
    ['', undefined],
    ['movies', undefined],
    ['//evil.example/hub/', undefined],
    ['/\\evil.example/hub/', undefined],
    ['/\t/evil.example/hub/', undefined],
    ['/hub/\r\nSet-Cookie: a=b', undefined],
    ['https://evil.example/hub/movies', undefined],
    ['javascript:alert(1)', undefined],
    ['/hub/../own', undefined],
    ['/hub/..//evil.example', undefined],
    ['/hub/%2e%2e/own', undefined],
    ['/hubris', undefined],
    ['/own', undefined],
    ['/hub/login', undefined],
    ['/hub/login?next=/hub/login', undefined],
    ['/hub/logout', undefined],
    ['/hub/logged-out', undefined],
    ['/hub/movies.csv?q=a', undefined],
    ['/hub/assets/hub.js', undefined],
    [`/hub/movies?q=${'x'.repeat(2000)}`, undefined],
  ])('from %j to %j', async (next, expected = '/hub/movies') => {
    const visitor = new Visitor(mounted, '/hub');
    const page = await visitor.get(`/login?${new URLSearchParams({ next })}`);
    expect(page.statusCode).toBe(200);
    if (expected === '/hub/movies') expect(page.body).not.toContain('name="next"');
    const user = { username: 'jim', password: 'jim-demo' };
    // The form says it, whatever the page did.
    const answer = await visitor.post('/login', { ...user, next });
    expect([answer.statusCode, answer.headers.location]).toEqual([303, expected]);
    expect((await visitor.get(`/login?${new URLSearchParams({ next })}`)).headers.location).toBe(expected);
  });

  test.each([
    ['/..//evil.example', '/movies'],
    ['//evil.example', '/movies'],
    ['/chat', '/chat'],
  ])('without a prefix, from %j to %j', async (next, expected) => {
    const visitor = new Visitor(atRoot);
    await visitor.get('/login');
    const answer = await visitor.post('/login', { username: 'jim', password: 'jim-demo', next });
    expect(answer.headers.location).toBe(expected);
  });

  test('a wrong password does not lose it, and it is escaped', async () => {
    const visitor = new Visitor(mounted, '/hub');
    await visitor.get('/login?next=/hub/movies%3Fq%3D%22%3E%3Cb%3E');
    const refused = await visitor.post('/login', {
      username: 'jim',
      password: 'x',
      next: '/hub/movies?q="><b>',
    });
    expect(refused.body).toContain('name="next" value="/hub/movies?q=%22%3E%3Cb%3E"');
  });

  test.each([
    [
      'a form, to the page it is on',
      'POST',
      { referer: 'http://localhost/hub/chat?thread=1' },
      '?next=%2Fhub%2Fchat%3Fthread%3D1',
    ],
    ['a form of which that is not known', 'POST', {}, ''],
    ['a form from outside', 'POST', { referer: 'http://localhost/own' }, ''],
    [
      'a part, to the page it is for',
      'GET',
      { 'hx-request': 'true', 'hx-current-url': 'http://localhost/hub/movies?q=a' },
      '?next=%2Fhub%2Fmovies%3Fq%3Da',
    ],
    ['a part of which that is not said well', 'GET', { 'hx-request': 'true', 'hx-current-url': 'x' }, ''],
  ] as const)('from %s', async (_, method, headers, query) => {
    const answer = await mounted.inject({
      method,
      url: '/hub/chat',
      headers: { host: 'localhost', ...headers },
    });
    const location = answer.headers.location ?? answer.headers['hx-redirect'];
    expect(location).toBe(`/hub/login${query}`);
  });
});
