import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneKind, openDatabase, type TestDatabase } from '../support/databases';
import { addUsers, formType, openHub, type Visitor, visitorOf } from './open-hub';

describe('where forms may come from', () => {
  let db: TestDatabase;
  let app: FastifyInstance;
  let proxied: FastifyInstance;
  let overTls: FastifyInstance;
  let admin: Visitor;

  beforeAll(async () => {
    db = await openDatabase(oneKind);
    await addUsers(db);
    app = await openHub(db.pools);
    proxied = await openHub(db.pools, {}, { trustProxy: true });
    overTls = await openHub(db.pools, { secureCookies: true });
    admin = await visitorOf(app, 'admin');
  });
  afterAll(async () => {
    await Promise.all([app, proxied, overTls].map((one) => one?.close()));
    await db?.close();
  });

  const people = async () =>
    Number((await db.admin.query('SELECT count(*) FROM movie_hub.names')).rows[0].count);
  const send = async (to: FastifyInstance, headers: Record<string, string>) => {
    const before = await people();
    const answer = await to.inject({
      method: 'POST',
      url: '/admin/people',
      headers: { host: 'hub.example', ...formType, cookie: admin.cookie, ...headers },
      payload: new URLSearchParams({ _csrf: admin.csrfToken, name: 'Ann' }).toString(),
    });
    return { ...answer, statusCode: answer.statusCode, body: answer.body, made: (await people()) - before };
  };

  test.each<[string, Record<string, string>, boolean]>([
    ['its own origin', { origin: 'http://hub.example' }, true],
    ['its own, in capitals', { origin: 'HTTP://HUB.example' }, true],
    [
      'its own, as a browser says it',
      { origin: 'http://hub.example', 'sec-fetch-site': 'same-origin' },
      true,
    ],
    ['the port written out', { origin: 'http://hub.example', host: 'hub.example:80' }, true],
    ['its own port', { origin: 'http://hub.example:8080', host: 'hub.example:8080' }, true],
    ['another port', { origin: 'http://hub.example:8080' }, false],
    ['another scheme', { origin: 'https://hub.example' }, false],
    ['another host', { origin: 'http://evil.example' }, false],
    ['a host that begins like it', { origin: 'http://hub.example.evil.example' }, false],
    ['a host under it', { origin: 'http://a.hub.example' }, false],
    ['a hidden origin', { origin: 'null' }, false],
    ['no origin at all', { origin: '' }, false],
    ['what is no URL', { origin: 'hub.example' }, false],
    [
      'another origin, in spite of its own referer',
      { origin: 'http://evil.example', referer: 'http://hub.example/' },
      false,
    ],
    ['a referer of its own', { referer: 'http://hub.example/admin?a=b' }, true],
    ['a referer from elsewhere', { referer: 'http://evil.example/?http://hub.example/' }, false],
    ['a referer that is none', { referer: 'about:blank' }, false],
    [
      'another site, as the browser says',
      { origin: 'http://hub.example', 'sec-fetch-site': 'cross-site' },
      false,
    ],
    ['a neighbour, as the browser says', { 'sec-fetch-site': 'same-site' }, false],
    ['the user himself', { 'sec-fetch-site': 'none' }, true],
    ['a client that tells nothing', {}, true],
  ])('from %s', async (_, headers, isTaken) => {
    const answer = await send(app, headers);
    expect([answer.statusCode, answer.made]).toEqual(isTaken ? [303, 1] : [403, 0]);
    if (isTaken) return;
    expect(answer.body).toContain('<h1>Not allowed</h1>');
    expect(answer.body).toContain('Open the page again at this site’s address');
  });

  test.each<[string, string, Record<string, string>, boolean]>([
    [
      'a trusted proxy',
      'https',
      { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'hub.example', host: 'inside:3000' },
      true,
    ],
    [
      'a trusted proxy',
      'http',
      { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'hub.example', host: 'inside:3000' },
      false,
    ],
    ['a trusted proxy', 'http', { 'x-forwarded-proto': 'http' }, true],
  ])('behind %s, from %s, with %j', async (_, scheme, headers, isTaken) => {
    const answer = await send(proxied, { origin: `${scheme}://hub.example`, ...headers });
    expect(answer.statusCode).toBe(isTaken ? 303 : 403);
  });

  test('a proxy that is not trusted has no say', async () => {
    const headers = { 'x-forwarded-host': 'evil.example', origin: 'http://evil.example' };
    expect((await send(app, headers)).statusCode).toBe(403);
    expect((await send(proxied, headers)).statusCode).toBe(303);
  });

  test.each([
    ['https', 303],
    ['http', 403],
  ])('with a cookie for TLS only, where a proxy ends it unseen, from %s: %i', async (scheme, status) => {
    expect((await send(overTls, { origin: `${scheme}://hub.example` })).statusCode).toBe(status);
  });

  test('the origin does not stand in for the token', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/admin/people',
      headers: { host: 'hub.example', origin: 'http://hub.example', ...formType, cookie: admin.cookie },
      payload: 'name=Ann',
    });
    expect(answer.statusCode).toBe(403);
  });

  test('reading is not looked into', async () => {
    const headers = { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site', cookie: admin.cookie };
    expect((await app.inject({ url: '/movies', headers })).statusCode).toBe(200);
  });

  test('nor is anything of a form read that is longer than forms are', async () => {
    const form = (length: number) =>
      app.inject({
        method: 'POST',
        url: '/admin/people',
        headers: { ...formType, cookie: admin.cookie },
        payload: new URLSearchParams({
          _csrf: admin.csrfToken,
          name: 'Ann',
          more: 'x'.repeat(length),
        }).toString(),
      });
    expect((await form(70_000)).statusCode).toBe(413);
    expect((await form(60_000)).statusCode).toBe(303);
  });
});
