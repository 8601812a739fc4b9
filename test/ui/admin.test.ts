import { beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { optionsOf } from './form-parts';
import { hubOn, type Visitor, visitorOf } from './open-hub';

const hostile = `"><script>alert(1)</script>`;
const escaped = '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;';

describe.each(databaseKinds)('the admin pages, on the %s database', (kind) => {
  const hub = hubOn(kind);
  let admin: Visitor;
  let vlad: Visitor;

  beforeAll(async () => {
    admin = await visitorOf(hub.app, 'admin');
    vlad = await visitorOf(hub.app, 'vlad');
  });

  const audit = async () =>
    (
      await hub.db.admin.query(
        'SELECT actor, action, subject, detail FROM movie_hub_app.audit ORDER BY audit_id',
      )
    ).rows;
  const count = async (table: string) =>
    Number((await hub.db.admin.query(`SELECT count(*) FROM movie_hub.${table}`)).rows[0].count);
  test('only administrators get in, or see the way', async () => {
    const refused = await vlad.get('/admin');
    expect(refused.statusCode).toBe(403);
    expect(refused.body).toContain('<h1>Not allowed</h1>');
    expect(refused.body).not.toContain('href="/admin"');
    const before = await count('names');
    for (const path of ['titles', 'people', 'cast', 'users/jim/entitlements']) {
      await vlad.get('/movies');
      const answer = await vlad.post(`/admin/${path}`, { name: 'Mallory', title_types: ['1', '5'] });
      expect([path, answer.statusCode]).toEqual([path, 403]);
    }
    expect(await count('names')).toBe(before);
    expect((await vlad.get('/movies')).body).not.toContain('href="/admin"');
    const page = await admin.get('/admin');
    expect(page.statusCode).toBe(200);
    expect(page.headers['cache-control']).toBe('no-store');
    expect(page.body).toContain('href="/admin" aria-current="page"');
  });

  test('a form without its token changes nothing', async () => {
    await admin.get('/admin');
    const before = await count('names');
    expect((await admin.post('/admin/people', { name: 'Mallory', _csrf: '' })).statusCode).toBe(403);
    expect((await admin.post('/admin/people', { name: 'Mallory', _csrf: vlad.csrfToken })).statusCode).toBe(
      403,
    );
    expect(await count('names')).toBe(before);
    expect((await admin.post('/admin/people', { name: 'Alice' })).statusCode).toBe(303);
    expect(await count('names')).toBe(before + 1);
  });

  test('the story: a title, two people, their parts, and who sees them', async () => {
    const start = (await audit()).length;
    await admin.get('/admin');
    const made = await admin.post('/admin/titles', {
      title: '  DAT429:  Coding an MCP Server ',
      title_type: '5',
      start_year: '2025',
    });
    expect([made.statusCode, made.headers.location]).toEqual([303, '/admin']);
    const page = (await admin.get('/admin')).body;
    expect(page).toContain('role="status">Created “DAT429: Coding an MCP Server” (TV movie).');
    expect((await admin.get('/admin')).body).not.toContain('role="status">Created');
    for (const name of ['Jim', 'Vlad']) {
      expect((await admin.post('/admin/people', { name })).statusCode).toBe(303);
    }
    const { body } = await admin.get('/admin');
    expect(body).toContain('Created the person Vlad.');
    const titles = optionsOf(body, 'cast-title_id');
    const people = optionsOf(body, 'cast-person_id');
    expect(titles[0]?.[1]).toBe('DAT429: Coding an MCP Server (TV movie, 2025)');
    expect(people.slice(0, 2).map((option) => option[1])).toEqual(['Vlad', 'Jim']);
    const titleId = titles[0]?.[0] ?? '';
    for (const [i, character] of [
      [1, 'Jimbo'],
      [0, 'Mr. Vlad'],
    ] as const) {
      const person_id = people[i]?.[0] ?? '';
      const cast = await admin.post('/admin/cast', { title_id: titleId, person_id, character });
      expect(cast.statusCode).toBe(303);
    }
    expect((await admin.get('/admin')).body).toContain(
      'Cast Vlad as Mr. Vlad in “DAT429: Coding an MCP Server”.',
    );
    const seen = await vlad.get(`/movies/${titleId}`);
    expect(seen.body).toMatch(
      />Jim<\/a><\/th>\s*<td>Jimbo<\/td>[\s\S]*>Vlad<\/a><\/th>\s*<td>Mr. Vlad<\/td>/,
    );
    const jim = await visitorOf(hub.app, 'jim');
    expect((await jim.get(`/movies/${titleId}`)).statusCode).toBe(404);
    const rows = await hub.db.admin.query(
      'SELECT ordering, category, characters FROM movie_hub.principals WHERE title_id = $1 ORDER BY ordering',
      [titleId],
    );
    expect(rows.rows).toEqual([
      { ordering: 1, category: 'actor', characters: ['Jimbo'] },
      { ordering: 2, category: 'actor', characters: ['Mr. Vlad'] },
    ]);
    const title = await hub.db.admin.query(
      'SELECT original_title FROM movie_hub.titles WHERE title_id = $1',
      [titleId],
    );
    expect(title.rows[0].original_title).toBe('DAT429: Coding an MCP Server');
    const trail = (await audit()).slice(start);
    expect(trail.map((row) => [row.actor, row.action])).toEqual([
      ['admin', 'title.create'],
      ['admin', 'person.create'],
      ['admin', 'person.create'],
      ['admin', 'cast.create'],
      ['admin', 'cast.create'],
    ]);
    expect(trail[0]).toMatchObject({
      subject: titleId,
      detail: { title: 'DAT429: Coding an MCP Server', title_type: 5, start_year: 2025 },
    });
    expect(trail[4].detail).toMatchObject({ character: 'Mr. Vlad' });
  });

  test('a change of entitlements holds from the next click on, and is on record', async () => {
    const jim = await visitorOf(hub.app, 'jim');
    await admin.get('/admin');
    const path = '/admin/users/jim/entitlements';
    expect((await admin.post(path, { title_types: ['5', '1', '5'] })).statusCode).toBe(303);
    const { body } = await admin.get('/admin');
    expect(body).toContain('jim can now see: Movie, TV movie.');
    expect((await jim.get('/movies')).body).toContain('DAT429');
    expect((await audit()).at(-1)).toEqual({
      actor: 'admin',
      action: 'user.entitlements',
      subject: 'jim',
      detail: { before: [1], after: [1, 5] },
    });
    expect((await admin.post(path, { title_types: '1' })).statusCode).toBe(303);
    expect((await jim.get('/movies')).body).not.toContain('DAT429');
    expect((await admin.post(path)).statusCode).toBe(303);
    expect((await admin.get('/admin')).body).toContain('jim can now see: no titles.');
    expect((await jim.get('/movies')).body).toContain('No titles to show');
    await admin.post(path, { title_types: '1' });
  });

  test('an unknown user is not there; an unknown type is said where it was ticked', async () => {
    await admin.get('/admin');
    const before = await audit();
    for (const name of ['nobody', 'JIM', '%00', "x'--"]) {
      const path = `/admin/users/${encodeURIComponent(name)}/entitlements`;
      expect((await admin.post(path, { title_types: '1' })).statusCode).toBe(404);
      expect((await admin.post(path, { title_types: '99' })).statusCode).toBe(404);
    }
    for (const types of ['99', 'movie', '1; DROP TABLE users', '', '01', '-1']) {
      const answer = await admin.post('/admin/users/jim/entitlements', { title_types: ['5', types] });
      expect([types, answer.statusCode]).toEqual([types, 422]);
      const form =
        /<form method="post" action="\/admin\/users\/jim[\s\S]*?<\/form>/.exec(answer.body)?.[0] ?? '';
      expect(form).toContain('aria-describedby="entitlements-jim-error"');
      expect(form).toContain('There is no such title type.');
      expect(form).toContain('value="5" checked');
      expect(form).not.toContain('value="1" checked');
    }
    const { rows } = await hub.db.admin.query(
      `SELECT title_types FROM movie_hub_app.users WHERE username = 'jim'`,
    );
    expect(rows[0].title_types).toEqual([1]);
    expect(await audit()).toEqual(before);
  });

  test('two castings at once take two places', async () => {
    const { body } = await admin.get('/admin');
    const title_id = optionsOf(body, 'cast-title_id')[0]?.[0] ?? '';
    const person_id = optionsOf(body, 'cast-person_id')[0]?.[0] ?? '';
    const answers = await Promise.all(
      ['One', 'Two', 'Three'].map((character) =>
        admin.post('/admin/cast', { title_id, person_id, character }),
      ),
    );
    expect(answers.map((answer) => answer.statusCode)).toEqual([303, 303, 303]);
  });

  test('hostile names are text in forms, options, messages and refusals', async () => {
    await admin.get('/admin');
    await admin.post('/admin/titles', { title: hostile, title_type: '1' });
    await admin.post('/admin/people', { name: hostile });
    const page = (await admin.get('/admin')).body;
    const refused = (await admin.post('/admin/titles', { title: hostile, title_type: hostile })).body;
    for (const body of [page, refused]) {
      expect(body).toContain(escaped);
      expect(body).not.toContain('<script>');
    }
  });

  test('a change whose audit row fails does not happen', async () => {
    await hub.db.admin.query(
      `ALTER TABLE movie_hub_app.audit ADD CONSTRAINT refuse CHECK (detail->>'name' <> 'Untold') NOT VALID`,
    );
    await admin.get('/admin');
    const before = await count('names');
    expect((await admin.post('/admin/people', { name: 'Untold' })).statusCode).toBe(409);
    expect(await count('names')).toBe(before);
    await hub.db.admin.query('ALTER TABLE movie_hub_app.audit DROP CONSTRAINT refuse');
    expect((await admin.post('/admin/people', { name: 'Untold' })).statusCode).toBe(303);
  });

  test('the casting form offers the newest fifty of each, newest first', async () => {
    await hub.db.admin.query(
      `INSERT INTO movie_hub.names (primary_name, created_at)
       SELECT 'Extra ' || n, now() + n * interval '1 ms' FROM generate_series(1, 60) n`,
    );
    const people = optionsOf((await admin.get('/admin')).body, 'cast-person_id');
    expect(people).toHaveLength(50);
    expect(people[0]?.[1]).toBe('Extra 60');
    expect(people[49]?.[1]).toBe('Extra 11');
  });

  test.each([
    ['titles', '/admin/titles/new', (n: number) => ({ title: `Made ${n}`, title_type: '1' })],
    ['people', '/admin/people/new', (n: number) => ({ name: `Made ${n}` })],
  ] as const)(
    'the ids of %s tell nothing of others, and their list is of the newest first',
    async (what, path, fields) => {
      await hub.db.admin.query('DELETE FROM movie_hub.titles; DELETE FROM movie_hub.names');
      await hub.db.admin.query(
        what === 'titles'
          ? `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title)
           SELECT n, 1, 'Loaded ' || n, 'x' FROM generate_series(1, 60) AS n`
          : `INSERT INTO movie_hub.names (name_id, primary_name) SELECT n, 'Loaded ' || n FROM generate_series(1, 60) AS n`,
      );
      await admin.get('/admin');
      const ids: number[] = [];
      for (let n = 1; n <= 6; n += 1) {
        const { headers } = await admin.post(path, fields(n));
        ids.push(Number(/(\d+)$/.exec(String(headers.location))?.[1]));
      }
      expect(Math.min(...ids)).toBeGreaterThanOrEqual(1_000_000_000);
      // By chance once in a hundred million times.
      const sorted = [...ids].sort((a, b) => a - b);
      for (const [i, id] of sorted.slice(1).entries()) expect(id - Number(sorted[i])).toBeGreaterThan(1);
      const listed = async (query: string) =>
        [...(await admin.get(`/admin/${what}${query}`)).body.matchAll(/>(Made|Loaded) (\d+)</g)].map(
          ([, kind, n]) => `${kind} ${n}`,
        );
      const named = (kind: string, from: number, to: number) =>
        Array.from({ length: from - to + 1 }, (_, i) => `${kind} ${from - i}`);
      expect(await listed('')).toEqual([...named('Made', 6, 1), ...named('Loaded', 60, 17)]);
      expect(await listed(`?before=${ids[2]}`)).toEqual([...named('Made', 2, 1), ...named('Loaded', 60, 13)]);
      expect(await listed('?before=17')).toEqual(named('Loaded', 16, 1));
    },
  );
});
