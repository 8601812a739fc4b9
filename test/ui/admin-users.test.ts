import { beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { hubOn, Visitor, visitorOf } from './open-hub';

describe.each(databaseKinds)('the pages of users, on the %s database', (kind) => {
  const hub = hubOn(kind);
  let admin: Visitor;

  beforeAll(async () => {
    admin = await visitorOf(hub.app, 'admin');
  });

  const rows = async (sql: string, ...values: unknown[]) => (await hub.db.admin.query(sql, values)).rows;
  const lastAudit = async () =>
    (
      await rows(
        'SELECT actor, action, subject, detail FROM movie_hub_app.audit ORDER BY audit_id DESC LIMIT 1',
      )
    )[0];
  const userRow = async (name: string) =>
    (await rows('SELECT * FROM movie_hub_app.users WHERE username = $1', name))[0];
  const sessionsOf = async (name: string) =>
    (await rows('SELECT 1 FROM movie_hub_app.sessions WHERE username = $1', name)).length;
  const passwordIn = (body: string) => /<code>([a-z2-9-]{23})<\/code>/.exec(body)?.[1] ?? '';
  const everythingKept = async () =>
    JSON.stringify([
      await rows('SELECT * FROM movie_hub_app.audit'),
      await rows('SELECT data FROM movie_hub_app.sessions'),
      await rows('SELECT password_hash FROM movie_hub_app.users'),
    ]);

  test('a user is created with title types; the password is shown once and stored nowhere', async () => {
    await admin.get('/admin/users');
    const answer = await admin.post('/admin/users', { username: ' Nora.N ', title_types: ['1', '5'] });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    const password = passwordIn(answer.body);
    expect(password).toHaveLength(23);
    expect(await everythingKept()).not.toContain(password);
    expect(await lastAudit()).toEqual({
      actor: 'admin',
      action: 'user.create',
      subject: 'nora.n',
      detail: { is_admin: false, title_types: [1, 5] },
    });
    expect((await new Visitor(hub.app).signIn('nora.n', password)).statusCode).toBe(303);
    expect((await admin.get('/admin/users/nora.n')).body).not.toContain(password);
    expect((await admin.get('/admin/users')).body).toMatch(/nora\.n<\/a><\/th>\s*<td>Movie, TV movie<\/td>/);
  });

  test.each([
    ['', 'username', 'Use up to 64 lower case letters'],
    ['a b', 'username', 'Use up to 64 lower case letters'],
    ['x'.repeat(65), 'username', 'Use up to 64 lower case letters'],
    ['JIM', 'username', 'This user name is taken.'],
  ])('a user named %j is refused beside the field', async (username, at, message) => {
    await admin.get('/admin/users');
    const line = await lastAudit();
    const answer = await admin.post('/admin/users', { username, title_types: '5', is_admin: 'yes' });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain(`id="user-${at}-error" class="field-error">${message}`);
    expect(answer.body).toContain('name="title_types" value="5" checked');
    expect(answer.body).toContain('name="is_admin" value="yes" checked');
    expect(await lastAudit()).toEqual(line);
  });

  test('a new password ends the sessions of the user, and the old one', async () => {
    const vlad = await visitorOf(hub.app, 'vlad');
    expect(await sessionsOf('vlad')).toBeGreaterThan(0);
    await admin.get('/admin/users/vlad');
    const password = passwordIn((await admin.post('/admin/users/vlad/password')).body);
    expect(await sessionsOf('vlad')).toBe(0);
    expect((await vlad.get('/movies')).statusCode).toBe(303);
    expect((await userRow('vlad')).is_demo).toBe(false);
    expect(await everythingKept()).not.toContain(password);
    expect(await lastAudit()).toMatchObject({ action: 'user.password', subject: 'vlad' });
    expect((await new Visitor(hub.app).signIn('vlad')).statusCode).toBe(401);
    expect((await new Visitor(hub.app).signIn('vlad', password)).statusCode).toBe(303);
  });

  test('who is disabled is out at once, and in again once enabled', async () => {
    const test2 = await visitorOf(hub.app, 'test2');
    expect((await test2.get('/movies')).statusCode).toBe(200);
    await admin.get('/admin/users/test2');
    await admin.post('/admin/users/test2/disabled', { disabled: 'yes' });
    expect(await sessionsOf('test2')).toBe(0);
    expect((await test2.get('/movies')).headers.location).toMatch(/^\/login/);
    expect((await new Visitor(hub.app).signIn('test2')).statusCode).toBe(401);
    expect(await lastAudit()).toMatchObject({
      action: 'user.disable',
      subject: 'test2',
      detail: { before: { disabled: false }, after: { disabled: true }, sessions_ended: 1 },
    });
    expect((await admin.get('/admin/users/test2')).body).toContain('<span class="tag">disabled</span>');
    await admin.post('/admin/users/test2/disabled', { disabled: 'no' });
    expect(await lastAudit()).toMatchObject({ action: 'user.enable', subject: 'test2' });
    expect((await new Visitor(hub.app).signIn('test2')).statusCode).toBe(303);
  });

  test('a user who is logged out everywhere can log in again', async () => {
    await visitorOf(hub.app, 'test2');
    await admin.get('/admin/users/test2');
    await admin.post('/admin/users/test2/sign-out');
    expect(await sessionsOf('test2')).toBe(0);
    expect(await lastAudit()).toMatchObject({ action: 'user.sign_out', subject: 'test2' });
    expect((await new Visitor(hub.app).signIn('test2')).statusCode).toBe(303);
  });

  test('administration is given and taken', async () => {
    await admin.get('/admin/users/jim');
    await admin.post('/admin/users/jim/admin', { admin: 'yes' });
    const jim = await visitorOf(hub.app, 'jim');
    expect((await jim.get('/admin')).statusCode).toBe(200);
    expect((await lastAudit()).detail).toEqual({ before: { is_admin: false }, after: { is_admin: true } });
    await admin.post('/admin/users/jim/admin', { admin: 'no' });
    expect((await jim.get('/admin')).statusCode).toBe(403);
  });

  test.each([
    ['disabled', 'yes', 'You cannot disable your own account. Ask another administrator.'],
    ['admin', 'no', 'You cannot remove your own administrator right. Ask another administrator.'],
  ])('an administrator cannot lock himself out (%s: %s)', async (what, value, message) => {
    await admin.get('/admin/users/admin');
    const line = await lastAudit();
    const answer = await admin.post(`/admin/users/admin/${what}`, { [what]: value });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain(`role="alert">${message}`);
    expect(answer.body).not.toContain(`action="/admin/users/admin/${what}"`);
    expect(await userRow('admin')).toMatchObject({ is_admin: true, disabled_at: null });
    expect(await lastAudit()).toEqual(line);
    expect((await admin.get('/admin/users/jim')).body).toContain(`action="/admin/users/jim/${what}"`);
  });

  test('two administrators cannot shut each other out at the same time', async () => {
    await hub.db.admin.query(`UPDATE movie_hub_app.users SET is_admin = true WHERE username = 'jim'`);
    const jim = await visitorOf(hub.app, 'jim');
    await Promise.all([jim.get('/admin/users/admin'), admin.get('/admin/users/jim')]);
    const answers = await Promise.all([
      jim.post('/admin/users/admin/admin', { admin: 'no' }),
      admin.post('/admin/users/jim/admin', { admin: 'no' }),
    ]);
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([303, 403]);
    const left = await rows('SELECT username FROM movie_hub_app.users WHERE is_admin');
    expect(left).toHaveLength(1);
    await hub.db.admin.query(`UPDATE movie_hub_app.users SET is_admin = username = 'admin'`);
  });

  test.each(['nobody', 'JIM', '%00', "x'--"])('there is no page and no form for %j', async (name) => {
    const path = `/admin/users/${encodeURIComponent(name)}`;
    expect((await admin.get(path)).statusCode).toBe(404);
    await admin.get('/admin');
    for (const form of ['password', 'disabled', 'admin', 'sign-out']) {
      expect((await admin.post(`${path}/${form}`, { admin: 'yes' })).statusCode).toBe(404);
    }
  });

  test('entitlements set on the page of a user lead back to it', async () => {
    await admin.get('/admin/users/jim');
    const answer = await admin.post('/admin/users/jim/entitlements', { title_types: ['1'], from: 'user' });
    expect(answer.headers.location).toBe('/admin/users/jim');
    expect((await admin.get('/admin/users/jim')).body).toContain('jim can now see: Movie.');
  });

  test('users are paged by name, and found by its beginning', async () => {
    await hub.db.admin.query(
      `INSERT INTO movie_hub_app.users (username, password_hash) SELECT 'zed' || lpad(n::text, 3, '0'), '!' FROM generate_series(1, 60) n`,
    );
    const first = (await admin.get('/admin/users?q=zed')).body;
    expect(first.match(/href="\/admin\/users\/zed/g)).toHaveLength(50);
    expect(first).toContain('href="/admin/users?q=zed&amp;after=zed050"');
    const second = (await admin.get('/admin/users?q=zed&after=zed050')).body;
    expect(second.match(/href="\/admin\/users\/zed/g)).toHaveLength(10);
    expect((await admin.get('/admin/users?q=%25')).body).toContain('No users match');
    expect((await admin.get('/admin/users/zed001')).body).toContain('No password yet.');
    expect((await new Visitor(hub.app).signIn('zed001', '!')).statusCode).toBe(401);
  });
});
