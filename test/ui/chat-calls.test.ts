import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { textOf } from '../support/visitor';
import { endedTurn, openQuestion, until } from './chat-request';
import { addUsers, openHub, type Visitor, visitorOf } from './open-hub';
import { harbourLights, lookUp, PlayedModel } from './played-model';

describe.each(databaseKinds)('what is kept of a running turn, on the %s database', (kind) => {
  let db: TestDatabase;
  let app: FastifyInstance;
  let jim: Visitor;
  const model = new PlayedModel();

  beforeAll(async () => {
    db = await openDatabase(kind);
    await seed(db.admin, [harbourLights]);
    await addUsers(db);
    app = await openHub(db.pools, { model }, { logger: { level: 'silent' } });
    await app.listen({ port: 0, host: '127.0.0.1' });
    jim = await visitorOf(app, 'jim');
  });
  afterAll(async () => {
    await app?.close();
    await db?.close();
  });
  beforeEach(async () => {
    await db.admin.query('DELETE FROM movie_hub_app.tool_calls');
  });

  const calls = async () =>
    (
      await db.admin.query(
        'SELECT username, tool, arguments, row_count, is_error FROM movie_hub_app.tool_calls',
      )
    ).rows;
  const call = { username: 'jim', tool: 'get_movie_characters', arguments: { title: 'Harbour Lights' } };

  test('a call of a tool is there before its turn ends, and is completed then', async () => {
    model.play(lookUp('Harbour Lights'), { content: [{ text: ['Ruth'] }], fault: 'stall' });
    const question = openQuestion(app, jim, { message: 'Who, meanwhile?' });
    await question.came('Ruth');
    expect(await calls()).toEqual([{ ...call, row_count: null, is_error: null }]);
    const admin = await visitorOf(app, 'admin');
    expect(textOf((await admin.get('/admin/audit?tab=tools')).body)).toContain('unfinished');
    question.request.destroy();
    await endedTurn(db, 'Who, meanwhile?');
    expect(await calls()).toEqual([{ ...call, row_count: 1, is_error: false }]);
    expect(textOf((await admin.get('/admin/audit?tab=tools')).body)).not.toContain('unfinished');
  });

  test('a call that cannot be noted is not made', async () => {
    await db.admin.query('REVOKE INSERT ON movie_hub_app.tool_calls FROM movie_hub_accounts');
    const script = model.play(lookUp('Harbour Lights'), () => {
      void db.admin.query('GRANT INSERT ON movie_hub_app.tool_calls TO movie_hub_accounts');
      return 'I could not look.';
    });
    const { body } = await jim.stream('Who, unseen?');
    expect(body).toContain('The call was denied: it could not be recorded.');
    expect(JSON.stringify(script.requests[1]?.messages.at(-1))).not.toContain('Ruth');
    await db.admin.query('GRANT INSERT ON movie_hub_app.tool_calls TO movie_hub_accounts');
  });

  test('rows of calls are changed but for how they ended, or deleted, by nobody of the hub', async () => {
    model.play(lookUp('Harbour Lights'), 'Ruth.');
    await jim.ask('Who, for ever?');
    const as = async (sql: string) => {
      const client = await db.admin.connect();
      try {
        await client.query('BEGIN');
        await client.query('SET LOCAL ROLE movie_hub_accounts');
        return await client.query(sql).then(
          () => 'done',
          () => 'refused',
        );
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
    };
    expect(await as(`UPDATE movie_hub_app.tool_calls SET username = 'vlad'`)).toBe('refused');
    expect(await as(`UPDATE movie_hub_app.tool_calls SET arguments = '{}'`)).toBe('refused');
    expect(await as('DELETE FROM movie_hub_app.tool_calls')).toBe('refused');
    expect(await as('UPDATE movie_hub_app.tool_calls SET is_error = true')).toBe('done');
  });

  test.each([true, false])(
    'the end of a turn says nothing more into a deleted chat (deleted: %s)',
    async (isDeleted) => {
      const message = `Deleted ${isDeleted}?`;
      await jim.post('/chat/new');
      model.play({
        content: [{ text: ['Said.'] }],
        usage: { inputTokens: 7, outputTokens: 3 },
        fault: 'stall',
      });
      const question = openQuestion(app, jim, { message });
      await question.came('Said.');
      // The process was not heard of for a while, so that the chat may be deleted.
      await db.admin.query(
        `UPDATE movie_hub_app.turns SET alive_until = now() - interval '1 s' WHERE question = $1`,
        [message],
      );
      const { rows } = await db.admin.query(
        'SELECT thread_id, turn_id FROM movie_hub_app.turns WHERE question = $1',
        [message],
      );
      const { thread_id: thread, turn_id } = rows[0];
      if (isDeleted) expect((await jim.post('/chat/delete', { thread })).statusCode).toBe(303);
      question.request.destroy();
      const kept = async () =>
        (
          await db.admin.query(
            'SELECT question, answer, messages, stop_reason, usage FROM movie_hub_app.turns WHERE turn_id = $1',
            [turn_id],
          )
        ).rows[0];
      await until(async () => (await kept()).stop_reason === 'aborted');
      const turn = await kept();
      expect(turn.usage.outputTokens).toBeGreaterThan(0);
      expect([turn.question, turn.answer]).toEqual(isDeleted ? ['', ''] : [message, 'Said.']);
      expect(turn.messages.length > 0).toBe(!isDeleted);
    },
  );
});
