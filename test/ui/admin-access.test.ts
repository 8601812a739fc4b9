import Fastify, { type RouteOptions } from 'fastify';
import { createDemoModel } from 'movie-hub/testing';
import { hub } from 'movie-hub/ui';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneKind, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { addUsers, formType, type Visitor, visitorOf } from './open-hub';

describe('who gets to the admin pages', () => {
  const app = Fastify();
  const routes: { method: string; url: string }[] = [];
  let db: TestDatabase;
  let admin: Visitor;
  let vlad: Visitor;

  beforeAll(async () => {
    db = await openDatabase(oneKind);
    await addUsers(db);
    await seed(db.admin, [
      { id: 1, type: 1, title: 'A Film', cast: [{ id: 1, name: 'Ann', characters: ['Ruth'] }] },
    ]);
    app.addHook('onRoute', ({ method, url }: RouteOptions) => {
      for (const one of [method].flat()) if (one !== 'HEAD') routes.push({ method: one, url });
    });
    await app.register(hub, {
      pools: db.pools,
      model: createDemoModel(),
      sessionSecret: 'a secret of the tests, long enough',
    });
    admin = await visitorOf(app, 'admin');
    vlad = await visitorOf(app, 'vlad');
  });
  afterAll(async () => {
    await app.close();
    await db?.close();
  });

  /** Every admin route, and paths that are none, in a form that can be asked for. */
  const asked = () => [
    ...routes
      .filter(({ url }) => url.startsWith('/admin'))
      .map(({ method, url }) => ({
        method,
        url: url
          .replace(':id', '1')
          .replace(':ordering', '1')
          .replace(':username', 'jim')
          .replace('*', 'nothing'),
      })),
    { method: 'GET', url: '/admin/titles/99' },
    { method: 'GET', url: '/admin/users/nobody' },
    { method: 'POST', url: '/admin/titles/x/delete' },
  ];
  const ask = (visitor: Visitor | undefined, { method, url }: { method: string; url: string }) =>
    app.inject({
      method: method as 'GET',
      url,
      headers: { ...(visitor && { cookie: visitor.cookie }), ...(method !== 'GET' && formType) },
      ...(method !== 'GET' && {
        payload: new URLSearchParams({ _csrf: visitor?.csrfToken ?? '' }).toString(),
      }),
    });

  test('there are as many routes as this file believes', () => {
    expect(asked().length).toBeGreaterThan(30);
    expect(asked().some(({ method, url }) => method === 'DELETE' && url === '/admin/nothing')).toBe(true);
  });

  test('users who are not administrators get the same refusal everywhere, and change nothing', async () => {
    const before = await counts();
    const pages = new Set<string>();
    for (const route of asked()) {
      const answer = await ask(vlad, route);
      expect([route, answer.statusCode]).toEqual([route, 403]);
      pages.add(answer.body.replace(/name="_csrf" value="[^"]*"/g, ''));
    }
    expect(pages.size).toBe(1);
    expect([...pages][0]).toContain('This page is for administrators.');
    expect(await counts()).toEqual(before);
  });

  test('users who are not logged in are redirected to the login page', async () => {
    for (const route of asked()) {
      const answer = await ask(undefined, route);
      expect([route, answer.statusCode]).toEqual([route, 303]);
      expect(answer.headers.location).toMatch(/^\/login/);
    }
  });

  test('an administrator gets to each of them', async () => {
    for (const route of asked().filter(({ method }) => method === 'GET')) {
      const answer = await ask(admin, route);
      const isThere = !/nothing|nobody|99/.test(route.url);
      expect([route, answer.statusCode]).toEqual([route, isThere ? 200 : 404]);
    }
  });

  test('only administrators see the way', async () => {
    for (const path of ['/movies', '/chat', '/account', '/admin', '/nothing']) {
      expect((await vlad.get(path)).body).not.toContain('href="/admin');
    }
    expect((await admin.get('/movies')).body).toContain('href="/admin"');
    expect((await admin.get('/movies')).body).not.toContain('href="/admin/users"');
    const page = (await admin.get('/admin/users')).body;
    for (const part of ['titles', 'people', 'users', 'audit'])
      expect(page).toContain(`href="/admin/${part}"`);
    expect(page).toContain('href="/admin/users" aria-current="page"');
  });

  test('a removed administrator is refused at the next click', async () => {
    await db.admin.query(`UPDATE movie_hub_app.users SET is_admin = true WHERE username = 'jim'`);
    const jim = await visitorOf(app, 'jim');
    expect((await jim.get('/admin')).statusCode).toBe(200);
    await db.admin.query(`UPDATE movie_hub_app.users SET is_admin = false WHERE username = 'jim'`);
    expect((await jim.get('/admin')).statusCode).toBe(403);
    expect((await jim.post('/admin/people', { name: 'Mallory' })).statusCode).toBe(403);
  });

  async function counts() {
    const { rows } = await db.admin.query(
      `SELECT (SELECT count(*) FROM movie_hub_app.audit) AS audit, (SELECT count(*) FROM movie_hub.titles) AS titles,
        (SELECT count(*) FROM movie_hub.names) AS names, (SELECT count(*) FROM movie_hub_app.users) AS users`,
    );
    return rows[0];
  }
});
