import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { endedTurn, openQuestion, turnOf, until } from './chat-request';
import { addUsers, openHub, type Visitor, visitorOf } from './open-hub';
import { harbourLights, lookUp, PlayedModel } from './played-model';
import { poolWith } from './pool-with';

describe.each(databaseKinds)('the process of a running turn, on a database that is %s', (kind) => {
  let database: TestDatabase;
  let app: FastifyInstance;
  let jim: Visitor;
  let isAway = false;
  const model = new PlayedModel();

  beforeAll(async () => {
    // The process says that it is there every ten seconds: as often as the test lets them pass.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    database = await openDatabase(kind);
    await seed(database.admin, [harbourLights]);
    await addUsers(database);
    const accounts = poolWith(database.pools.accounts, () =>
      isAway
        ? Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
        : database.pools.accounts.connect(),
    );
    app = await openHub({ ...database.pools, accounts }, { model });
    await app.listen({ port: 0, host: '127.0.0.1' });
    jim = await visitorOf(app, 'jim');
  });
  afterAll(async () => {
    vi.useRealTimers();
    await app?.close();
    await database?.close();
  });

  test('says again and again that it is there, and what the turn took so far', async () => {
    model.play(lookUp('Harbour Lights'), { content: [{ text: ['Still'] }], fault: 'stall' });
    const question = openQuestion(app, jim, { message: 'Long?' });
    await question.came('Still');
    await database.admin.query(`UPDATE movie_hub_app.turns SET alive_until = now() - interval '1 second'`);
    expect((await jim.get('/chat')).body).toContain('The answer was interrupted.');
    vi.advanceTimersByTime(10_000);
    await until(async () => (await turnOf(database, 'Long?')).usage.turns !== undefined);
    const turn = await turnOf(database, 'Long?');
    expect(turn.usage).toMatchObject({ model: 'a-model', turns: 1, inputTokens: 10, outputTokens: 5 });
    expect(turn.stop_reason).toBe('running');
    expect((await jim.get('/chat')).body).toContain('The answer is not complete yet.');
    question.request.destroy();
    await endedTurn(database, 'Long?');
  });

  test('saves what it could not keep when the database is back, without being asked', async () => {
    model.play(() => {
      isAway = true;
      return 'Kept later.';
    });
    const question = openQuestion(app, jim, { message: 'Away?' });
    await question.came('Something went wrong.');
    vi.advanceTimersByTime(10_000);
    expect(await turnOf(database, 'Away?')).toMatchObject({ stop_reason: 'running', answer: '' });
    isAway = false;
    vi.advanceTimersByTime(10_000);
    expect(await endedTurn(database, 'Away?')).toMatchObject({
      stop_reason: 'end_turn',
      answer: 'Kept later.',
    });
  });

  test('stops saying so when nothing runs', async () => {
    model.play('Done.');
    await jim.ask('Short?');
    vi.advanceTimersByTime(10_000);
    await until(() => vi.getTimerCount() === 0);
    await database.admin.query(
      `UPDATE movie_hub_app.turns SET stop_reason = 'running', alive_until = now() WHERE question = 'Short?'`,
    );
    vi.advanceTimersByTime(20_000);
    expect((await jim.get('/chat')).body).toContain('The answer was interrupted.');
  });
});
