import { describe, expect, test } from 'vitest';
import { databaseKinds, oneKind, openDatabase } from '../support/databases';
import { hubOn, openHub, Visitor, visitorOf } from './open-hub';

describe.each(databaseKinds)('how long sessions last, on the %s database', (kind) => {
  const hub = hubOn(kind);

  const sessionsOf = async (username: string) =>
    (
      await hub.db.admin.query(
        `SELECT round(extract(epoch FROM expires_at - now()) / 60)::int AS left,
          round(extract(epoch FROM now() - last_seen_at))::int AS unseen
         FROM movie_hub_app.sessions WHERE username = $1`,
        [username],
      )
    ).rows;
  /** Makes the sessions of a user older: as if they had begun and been seen so long ago. */
  const age = (username: string, begun: string, seen: string) =>
    hub.db.admin.query(
      `UPDATE movie_hub_app.sessions SET created_at = now() - $2::interval, last_seen_at = now() - $3::interval,
         expires_at = expires_at - $3::interval WHERE username = $1`,
      [username, begun, seen],
    );
  const fresh = async (username: string, app = hub.app) => {
    await hub.db.admin.query('DELETE FROM movie_hub_app.sessions WHERE username = $1', [username]);
    return visitorOf(app, username);
  };

  test.each([
    ['7:59', 200],
    ['8:01', 303],
  ])('a session that nobody used for %s hours answers %i', async (unused, status) => {
    const jim = await fresh('jim');
    await age('jim', unused, unused);
    expect((await jim.get('/movies')).statusCode).toBe(status);
    const [session] = await sessionsOf('jim');
    if (status === 200) expect(session).toMatchObject({ left: 480, unseen: 0 });
  });

  test.each([
    ['6 days 23:00', 200],
    ['7 days 00:01', 303],
  ])('a session that is in use, and began %s ago, answers %i', async (begun, status) => {
    const jim = await fresh('jim');
    await age('jim', begun, '2 minutes');
    expect((await jim.get('/movies')).statusCode).toBe(status);
    // It cannot be used beyond its end.
    if (status === 200) expect((await sessionsOf('jim'))[0]?.left).toBe(60);
  });

  test('that it was seen is noted once a minute', async () => {
    const jim = await fresh('jim');
    await age('jim', '1 hour', '50 seconds');
    await jim.get('/movies');
    expect((await sessionsOf('jim'))[0]?.unseen).toBeGreaterThanOrEqual(50);
    await age('jim', '1 hour', '61 seconds');
    await jim.get('/movies');
    expect((await sessionsOf('jim'))[0]?.unseen).toBeLessThan(50);
  });

  test('the limits are the hub’s options', async () => {
    const strict = await openHub(hub.db.pools, { sessionIdleMinutes: 5, sessionMaxMinutes: 20 });
    for (const [begun, seen, status] of [
      ['4 minutes', '4 minutes', 200],
      ['6 minutes', '6 minutes', 303],
      ['19 minutes', '1 minute', 200],
      ['21 minutes', '1 minute', 303],
    ] as const) {
      const vlad = await fresh('vlad', strict);
      await age('vlad', begun, seen);
      expect([begun, (await vlad.get('/movies')).statusCode]).toEqual([begun, status]);
    }
    await strict.close();
  });

  test('sessions that have ended are swept out when another begins', async () => {
    await fresh('jim');
    await age('jim', '9 hours', '9 hours');
    await new Visitor(hub.app).get('/login');
    expect(await sessionsOf('jim')).toEqual([]);
  });
});

test.each([
  ['sessionIdleMinutes', 0],
  ['sessionIdleMinutes', 1.5],
  ['sessionIdleMinutes', Number.NaN],
  ['sessionMaxMinutes', -1],
  ['sessionMaxMinutes', 367 * 24 * 60],
  ['sessionMaxMinutes', Number.POSITIVE_INFINITY],
])('%s of %d is refused when the hub is made', async (name, value) => {
  const db = await openDatabase(oneKind);
  await expect(openHub(db.pools, { [name]: value })).rejects.toMatchObject({
    code: 'invalid_argument',
    message: expect.stringContaining(name),
  });
  const app = await openHub(db.pools, { [name]: 1 });
  await app.ready();
  await app.close();
  await db.close();
});
