import type { FastifyInstance } from 'fastify';
import { addUser } from 'movie-hub/ui';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { openReplicated, type ReplicatedDatabase, until } from '../support/replica';
import { lastAnswer, textOf } from '../support/visitor';
import { openHub, users, type Visitor, visitorOf } from './open-hub';

const missing = 'There is no title matching that among the titles you may see.';

describe.runIf(databaseKinds.includes('server'))('a hub whose reader is a replica', () => {
  let db: ReplicatedDatabase;
  let app: FastifyInstance;
  const visitors: Record<string, Visitor> = {};
  const as = (name: keyof typeof users): Visitor => visitors[name] ?? expect.fail(`${name} is not signed in`);

  beforeAll(async () => {
    db = await openReplicated();
    for (const [username, user] of Object.entries(users)) {
      const password = `${username}-demo`;
      await addUser(db.pools.accounts, { username, password, isDemo: true, ...user }, { cost: 2 ** 10 });
    }
    app = await openHub(db.pools);
    for (const username of Object.keys(users)) visitors[username] = await visitorOf(app, username);
  });
  afterAll(async () => {
    await app?.close();
    await db?.close();
  });

  const listed = async (name: keyof typeof users, words: string) => {
    const page = await as(name).get(`/movies?q=${encodeURIComponent(words)}`);
    expect(page.statusCode).toBe(200);
    return [...page.body.matchAll(/href="\/movies\/\d+">([^<]*)</g)].map((match) => match[1]);
  };
  const answered = async (name: keyof typeof users, question: string) =>
    lastAnswer((await as(name).ask(question)).body);
  const pauseReplay = async () => {
    await db.admin.replica.query('SELECT pg_wal_replay_pause()');
    await until(db.admin.replica, `pg_get_wal_replay_pause_state() = 'paused'`);
  };
  const goOn = async () => {
    await until(db.admin.replica, 'pg_wal_replay_resume() IS NOT NULL');
    await db.caughtUp();
  };
  const entitle = async (username: string, types: readonly string[]) => {
    await as('admin').get('/admin');
    const answer = await as('admin').post(`/admin/users/${username}/entitlements`, { title_types: types });
    expect(answer.statusCode).toBe(303);
  };
  const createTitle = async (title: string) => {
    await as('admin').get('/admin/titles/new');
    const answer = await as('admin').post('/admin/titles/new', {
      title,
      title_type: '1',
      start_year: '2025',
    });
    expect(answer.statusCode).toBe(303);
    return String(answer.headers.location);
  };

  test('is ready, and shows each user his titles', async () => {
    expect((await app.inject({ url: '/readyz' })).statusCode).toBe(200);
    expect(await listed('jim', 'The Godfather')).toContain('The Godfather');
    expect(await listed('jim', 'Duel')).not.toContain('Duel');
    expect(await listed('vlad', 'Duel')).toContain('Duel');
    expect(await answered('jim', 'Who is in the movie The Godfather?')).toContain('Marlon Brando');
  });

  test('is not ready, and says so, while the editor is on the replica too', async () => {
    const misled = await openHub({ ...db.pools, editor: db.open('editor', 'replica') });
    expect((await misled.inject({ url: '/readyz' })).statusCode).toBe(503);
    const admin = await visitorOf(misled, 'admin');
    const answer = await admin.get('/admin/titles');
    expect(answer.statusCode).toBe(503);
    expect(textOf(answer.body)).toContain('The database is not set up for this yet.');
    await misled.close();
  });

  test('what an administrator saves arrives at the replica, and the next question is answered from it', async () => {
    const question = 'Who is in the movie arrived from the primary?';
    expect(await answered('jim', question)).toBe(missing);
    await createTitle('Arrived From The Primary');
    await db.caughtUp();
    expect(await listed('jim', 'Arrived From The Primary')).toEqual(['Arrived From The Primary']);
    expect(await answered('jim', question)).toContain('Arrived From The Primary (movie, 2025)');
  });

  describe('which lags behind', () => {
    test('shows an administrator what he just wrote, because his pages read from the primary', async () => {
      await pauseReplay();
      const title = await createTitle('Not There Yet');
      const page = await as('admin').get(title);
      expect(page.statusCode).toBe(200);
      expect(page.body).toContain('value="Not There Yet"');
      expect((await as('admin').get('/admin/titles?q=not+there+yet')).body).toContain('Not There Yet');
      // The control: the replica has not heard of it.
      expect(await listed('vlad', 'Not There Yet')).toEqual([]);
      await goOn();
      expect(await listed('vlad', 'Not There Yet')).toEqual(['Not There Yet']);
    });

    test('what a user may see changes at once all the same, for pages and for tools', async () => {
      const question = 'Who is in the movie Duel?';
      expect(await listed('test2', 'Duel')).toContain('Duel');
      expect(await answered('test2', question)).toContain('Dennis Weaver');
      await pauseReplay();
      await entitle('test2', ['1']);
      expect(await listed('test2', 'Duel')).not.toContain('Duel');
      expect(await answered('test2', question)).toBe(missing);
      // Neither has changed what the replica holds: it shows him the row again as soon as he may see it.
      await entitle('test2', ['1', '5']);
      expect(await listed('test2', 'Duel')).toContain('Duel');
      expect(await answered('test2', question)).toContain('Dennis Weaver');
      await goOn();
    });

    test('somebody whose account is closed is out at once', async () => {
      expect((await as('vlad').get('/movies')).statusCode).toBe(200);
      await pauseReplay();
      await as('admin').get('/admin/users/vlad');
      const closed = await as('admin').post('/admin/users/vlad/disabled', { disabled: 'yes' });
      expect(closed.statusCode).toBe(303);
      expect((await as('vlad').get('/movies')).headers.location).toContain('/login');
      await goOn();
    });
  });
});
