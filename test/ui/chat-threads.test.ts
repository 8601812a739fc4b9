import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { textOf } from '../support/visitor';
import { endedTurn, openQuestion } from './chat-request';
import { addUsers, entitle, openHub, type Visitor, visitorOf } from './open-hub';
import { PlayedModel } from './played-model';

const threadIn = (location: unknown) => /thread=([0-9a-f-]{36})/.exec(String(location))?.[1] ?? '';

describe.each(databaseKinds)('chats of a user on a database that is %s', (kind) => {
  let database: TestDatabase;
  let app: FastifyInstance;
  const model = new PlayedModel();

  beforeAll(async () => {
    database = await openDatabase(kind);
    await addUsers(database);
    app = await openHub(database.pools, { model });
    await app.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(async () => {
    await app?.close();
    await database?.close();
  });

  const listed = async (visitor: Visitor, path = '/chat') => {
    const { body } = await visitor.get(path);
    const list = /<details class="threads">.*?<\/details>/s.exec(body)?.[0] ?? '';
    return [...list.matchAll(/<a href="\/chat\?thread=([^"]+)"( aria-current="page")?>([^<]*)<\/a>/g)].map(
      ([, id, current, name]) => ({ id, isCurrent: current !== undefined, name }),
    );
  };
  const beginChat = async (visitor: Visitor, message: string) => {
    const thread = threadIn((await visitor.post('/chat/new')).headers.location);
    model.play('Answered.');
    await visitor.ask(message, thread);
    return thread;
  };

  test('are listed by their first question, the latest asked first, and nobody else’s', async () => {
    const test2 = await visitorOf(app, 'test2');
    expect(await listed(test2)).toEqual([]);
    const first = await beginChat(test2, 'First <b>chat</b>?');
    const second = await beginChat(test2, `Second\n  chat? ${'long '.repeat(40)}`);
    const vlad = await visitorOf(app, 'vlad');
    await beginChat(vlad, 'Of Vlad?');
    model.play('Again.');
    await test2.ask('Later question', first);
    expect(await listed(test2, `/chat?thread=${second}`)).toEqual([
      { id: first, isCurrent: false, name: 'First &lt;b&gt;chat&lt;/b&gt;?' },
      { id: second, isCurrent: true, name: `Second chat? ${'long '.repeat(40)}`.slice(0, 89).concat('…') },
    ]);
  });

  test('are called by what today’s entitlements cover, and not listed without it', async () => {
    await entitle(database, 'vlad', [1, 5]);
    const vlad = await visitorOf(app, 'vlad');
    await beginChat(vlad, 'Secret TV movie?');
    const mixed = await beginChat(vlad, 'Secret at first?');
    await entitle(database, 'vlad', [1]);
    model.play('Open.');
    await vlad.ask('Open question', mixed);
    expect(await listed(vlad)).toEqual([{ id: mixed, isCurrent: true, name: 'Open question' }]);
    await entitle(database, 'vlad', [1, 5]);
    expect((await listed(vlad)).map(({ name }) => name)).toContain('Secret TV movie?');
  });

  test('are deleted for good, by their owner only', async () => {
    const jim = await visitorOf(app, 'jim');
    const thread = await beginChat(jim, 'To be deleted?');
    const kept = await beginChat(jim, 'To be kept?');
    const eve = await visitorOf(app, 'test2');
    expect((await eve.post('/chat/delete', { thread })).statusCode).toBe(404);
    expect((await jim.post('/chat/delete', { thread, _csrf: 'forged' })).statusCode).toBe(403);
    expect(await listed(jim)).toHaveLength(2);
    const answer = await jim.post('/chat/delete', { thread });
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/chat']);
    expect((await listed(jim)).map(({ id }) => id)).toEqual([kept]);
    expect((await jim.get(`/chat?thread=${thread}`)).statusCode).toBe(404);
    expect((await jim.get(`/chat/turn?thread=${thread}&turn=1`)).statusCode).toBe(404);
    expect((await jim.post('/chat', { message: 'Hi', thread })).statusCode).toBe(404);
    const { rows } = await database.admin.query('SELECT * FROM movie_hub_app.turns WHERE thread_id = $1', [
      thread,
    ]);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toMatch(/To be deleted|Answered/);
  });

  test('are not deleted while they answer', async () => {
    const jim = await visitorOf(app, 'jim');
    const thread = threadIn((await jim.post('/chat/new')).headers.location);
    model.play({ content: [{ text: ['Busy'] }], fault: 'stall' });
    const question = openQuestion(app, jim, { message: 'Busy?', thread });
    await question.came('Busy');
    const refused = await jim.post('/chat/delete', { thread });
    expect(refused.statusCode).toBe(409);
    expect(textOf(refused.body)).toContain('This chat is still answering.');
    question.request.destroy();
    expect((await endedTurn(database, 'Busy?')).answer).toBe('Busy');
    expect((await jim.post('/chat/delete', { thread })).statusCode).toBe(303);
  });

  test('that were deleted, or never used, are gone a day later', async () => {
    await database.admin.query(
      `UPDATE movie_hub_app.threads SET created_at = created_at - interval '25 hours', deleted_at = deleted_at - interval '25 hours'`,
    );
    const jim = await visitorOf(app, 'jim');
    const begun = threadIn((await jim.post('/chat/new')).headers.location);
    const { rows } = await database.admin.query(
      `SELECT thread_id, (SELECT max(question) FROM movie_hub_app.turns WHERE turns.thread_id = threads.thread_id) AS question
       FROM movie_hub_app.threads WHERE username = 'jim' ORDER BY created_at DESC`,
    );
    expect(rows[0]).toEqual({ thread_id: begun, question: null });
    expect(rows.slice(1).map(({ question }) => question)).toEqual(['To be kept?']);
  });
});
