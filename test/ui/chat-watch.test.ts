import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Model, ModelEvent } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { endedTurn, openQuestion, turnOf, until } from './chat-request';
import { addUsers, entitle, openHub, type Visitor, visitorOf } from './open-hub';

/** Says a word now and then, until it is to end. */
let isToEnd = false;
const slow: Model = {
  id: 'slow',
  async *stream(_request, signal): AsyncGenerator<ModelEvent> {
    yield { messageStart: { role: 'assistant' } };
    for (let word = 0; !isToEnd; word += 1) {
      await sleep(20);
      signal.throwIfAborted();
      yield { contentBlockDelta: { contentBlockIndex: 0, delta: { text: `word${word}. ` } } };
    }
    yield { contentBlockStop: { contentBlockIndex: 0 } };
    yield { messageStop: { stopReason: 'end_turn' } };
  },
};

describe.each(databaseKinds)('an answer that streams, on the %s database', (kind) => {
  let db: TestDatabase;
  let app: FastifyInstance;

  beforeAll(async () => {
    db = await openDatabase(kind);
    await addUsers(db);
    await addUsers(db, { nobody: {} });
    app = await openHub(db.pools, { model: slow, chatsAtOnce: 10 });
    await app.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(async () => {
    await app?.close();
    await db?.close();
  });

  const sql = (text: string) => () => db.admin.query(text);
  const losses: [string, string, (visitor: Visitor) => Promise<unknown>][] = [
    ['test2', 'loses a title type', () => entitle(db, 'test2', [1])],
    ['jim', 'is disabled', sql(`UPDATE movie_hub_app.users SET disabled_at = now() WHERE username = 'jim'`)],
    [
      'nobody',
      'is disabled',
      sql(`UPDATE movie_hub_app.users SET disabled_at = now() WHERE username = 'nobody'`),
    ],
    ['vlad', 'is logged out everywhere', sql(`DELETE FROM movie_hub_app.sessions WHERE username = 'vlad'`)],
    ['admin', 'logs out in another tab', async (visitor) => visitor.post('/logout')],
  ];

  test.each(losses)('ends when %s %s', async (username, how, lose) => {
    const visitor = await visitorOf(app, username);
    const message = `${username} ${how}?`;
    const question = openQuestion(app, visitor, { message });
    await question.came('word3.');
    await lose(visitor);
    await question.ended();
    expect(question.body.slice(question.body.lastIndexOf('<article'))).not.toContain('word');
    expect(await endedTurn(db, message)).toMatchObject({ stop_reason: 'entitlements_lost' });
  });

  test('goes on when another session of its user ends, and another user loses something', async () => {
    await addUsers(db, { tess: { titleTypes: [1, 5] }, otto: { titleTypes: [1, 5] } });
    const tess = await visitorOf(app, 'tess');
    const elsewhere = await visitorOf(app, 'tess');
    const question = openQuestion(app, tess, { message: 'On and on?' });
    await question.came('word3.');
    await elsewhere.post('/logout');
    await entitle(db, 'otto', []);
    // The watch has asked at least once more.
    let asked = 0;
    db.pools.accounts.on('acquire', () => {
      asked += 1;
    });
    await until(() => asked > 2);
    isToEnd = true;
    await question.ended();
    isToEnd = false;
    expect(await turnOf(db, 'On and on?')).toMatchObject({ stop_reason: 'end_turn' });
  });
});
