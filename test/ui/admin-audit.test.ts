import { beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { seed } from '../support/seed';
import { hubOn, type Visitor, visitorOf } from './open-hub';

describe.each(databaseKinds)('the audit, on the %s database', (kind) => {
  const hub = hubOn(kind);
  let admin: Visitor;

  beforeAll(async () => {
    await seed(hub.db.admin, [{ id: 1, type: 1, title: 'A Film', cast: [{ id: 1, name: 'Ann' }] }]);
    admin = await visitorOf(hub.app, 'admin');
  });

  const snapshot = async () => {
    const { rows } = await hub.db.admin.query(`SELECT jsonb_build_array(
      (SELECT jsonb_agg(t ORDER BY title_id) FROM movie_hub.titles t),
      (SELECT jsonb_agg(g ORDER BY genre) FROM movie_hub.genres g),
      (SELECT jsonb_agg(n ORDER BY name_id) FROM movie_hub.names n),
      (SELECT jsonb_agg(p ORDER BY title_id, ordering) FROM movie_hub.principals p),
      (SELECT jsonb_agg(u ORDER BY username) FROM movie_hub_app.users u),
      (SELECT count(*) FROM movie_hub_app.sessions WHERE username = 'vlad')) AS kept`);
    return rows[0].kept;
  };
  const lines = async () =>
    Number((await hub.db.admin.query('SELECT count(*) FROM movie_hub_app.audit')).rows[0].count);

  // In an order in which each can be done after the ones before it.
  const writes: [string, Record<string, string>][] = [
    ['/admin/titles', { title: 'Quick', title_type: '1' }],
    ['/admin/people', { name: 'Quick' }],
    ['/admin/cast', { title_id: '1', person_id: '1', character: 'Quick' }],
    ['/admin/titles/new', { title: 'New', title_type: '1', genres: 'War' }],
    ['/admin/titles/1', { title: 'Changed', title_type: '2', genres: 'Drama' }],
    ['/admin/titles/1/cast', { picked_id: '1', category: 'actor', character: 'New' }],
    ['/admin/titles/1/cast/1/remove', { person_id: '1' }],
    ['/admin/people/new', { name: 'New' }],
    ['/admin/people/1', { name: 'Changed' }],
    ['/admin/people/1/cast', { picked_id: '1', category: 'actor', character: 'New' }],
    ['/admin/titles/1/delete', {}],
    ['/admin/users', { username: 'newcomer' }],
    ['/admin/users/vlad/entitlements', { title_types: '1' }],
    ['/admin/users/vlad/admin', { admin: 'yes' }],
    ['/admin/users/vlad/sign-out', {}],
    ['/admin/users/vlad/password', {}],
    ['/admin/users/vlad/disabled', { disabled: 'yes' }],
    ['/admin/users/vlad/disabled', { disabled: 'no' }],
  ];

  test.each(writes)(
    '%s changes nothing when its line cannot be written, and something with it',
    async (path, fields) => {
      if (path.endsWith('sign-out')) await visitorOf(hub.app, 'vlad');
      await admin.get('/admin');
      const before = await snapshot();
      const count = await lines();
      await hub.db.admin.query(
        'ALTER TABLE movie_hub_app.audit ADD CONSTRAINT refuse CHECK (false) NOT VALID',
      );
      try {
        expect((await admin.post(path, fields)).statusCode).toBe(409);
      } finally {
        await hub.db.admin.query('ALTER TABLE movie_hub_app.audit DROP CONSTRAINT refuse');
      }
      expect(await snapshot()).toEqual(before);
      expect(await lines()).toBe(count);
      expect((await admin.post(path, fields)).statusCode).toBeLessThan(400);
      expect(await snapshot()).not.toEqual(before);
      expect(await lines()).toBe(count + 1);
    },
  );

  test('there is such a test for every form of the pages', async () => {
    const forms = new Set<string>();
    for (const path of [
      '/admin',
      '/admin/titles/new',
      '/admin/people/new',
      '/admin/people/1',
      '/admin/users',
      '/admin/users/vlad',
    ]) {
      const { body } = await admin.get(path);
      for (const [, form = ''] of body.matchAll(/method="post" action="(\/admin[^"]*)"/g)) {
        forms.add(form.replace(/users\/[^/]+/, 'users/vlad').replace(/\/\d+/g, '/1'));
      }
    }
    const tested = new Set(writes.map(([path]) => path));
    expect([...forms].filter((form) => !tested.has(form))).toEqual([]);
    expect(forms.size).toBeGreaterThan(9);
  });

  test('changes are paged both ways, and filtered', async () => {
    await hub.db.admin.query('DELETE FROM movie_hub_app.audit');
    await hub.db.admin.query(
      `INSERT INTO movie_hub_app.audit (actor, action, subject, detail)
       SELECT CASE WHEN n % 10 = 0 THEN 'eve' ELSE 'admin' END, 'title.create', 's' || n, jsonb_build_object('title', 'T' || n)
       FROM generate_series(1, 120) n`,
    );
    const subjects = (body: string) =>
      [...body.matchAll(/<td>s(\d+)<\/td>/g)].map((match) => Number(match[1]));
    const link = (body: string, rel: string) =>
      new RegExp(`href="([^"]*)" rel="${rel}"`).exec(body)?.[1]?.replaceAll('&amp;', '&');
    const range = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => from - i);
    const first = (await admin.get('/admin/audit')).body;
    expect(subjects(first)).toEqual(range(120, 71));
    expect(link(first, 'prev')).toBeUndefined();
    const second = (await admin.get(link(first, 'next') ?? '')).body;
    expect(subjects(second)).toEqual(range(70, 21));
    const third = (await admin.get(link(second, 'next') ?? '')).body;
    expect(subjects(third)).toEqual(range(20, 1));
    expect(link(third, 'next')).toBeUndefined();
    const back = (await admin.get(link(third, 'prev') ?? '')).body;
    expect(subjects(back)).toEqual(range(70, 21));
    const top = (await admin.get(link(back, 'prev') ?? '')).body;
    expect(subjects(top)).toEqual(range(120, 71));
    expect(link(top, 'prev')).toBeUndefined();
    const ofEve = (await admin.get('/admin/audit?actor=eve')).body;
    expect(subjects(ofEve)).toEqual([120, 110, 100, 90, 80, 70, 60, 50, 40, 30, 20, 10]);
    expect(subjects((await admin.get('/admin/audit?actor=admin&subject=s7')).body)).toEqual([7]);
    expect((await admin.get('/admin/audit?action=title.delete')).body).toContain('No entries found.');
    expect(link((await admin.get('/admin/audit?actor=admin')).body, 'next')).toContain('actor=admin');
  });

  test('calls of tools are listed with whom they were for, and escaped', async () => {
    await hub.db.admin.query(
      `INSERT INTO movie_hub_app.tool_calls (username, server, tool, arguments, row_count, milliseconds, is_error) VALUES
        ('jim', 'movies', 'get_movie_characters', '{"title": "<script>"}', 1200, 8, false),
        ('vlad', 'time', 'get_current_time', '{}', NULL, 3, true)`,
    );
    const all = (await admin.get('/admin/audit?tab=tools')).body;
    expect(all).toContain('&lt;script&gt;');
    expect(all).not.toContain('<script>');
    expect(all).toContain('<td class="number">1,200</td>');
    expect(all.match(/class="tag error">failed/g)).toHaveLength(1);
    for (const query of ['actor=jim', 'action=get_movie_characters', 'subject=movies']) {
      const some = (await admin.get(`/admin/audit?tab=tools&${query}`)).body;
      expect(some).toContain('<td>jim</td>');
      expect(some).not.toContain('<td>vlad</td>');
    }
  });

  test('what stands in the addresses is text to it', async () => {
    for (const query of [
      'older=x',
      'newer=%00',
      'older=99999999999999999999',
      "actor='--",
      'tab=x',
      'older=1&newer=1',
    ]) {
      expect((await admin.get(`/admin/audit?${query}`)).statusCode).toBe(200);
    }
  });
});
