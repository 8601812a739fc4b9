import type { FastifyInstance } from 'fastify';
import type { HubOptions } from 'movie-hub/ui';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { textOf } from '../support/visitor';
import { endedTurn, openQuestion } from './chat-request';
import { addUsers, openHub, type Visitor, visitorOf } from './open-hub';
import { PlayedModel } from './played-model';

const model = new PlayedModel();
const threadIn = (location: unknown) => /thread=([0-9a-f-]{36})/.exec(String(location))?.[1] ?? '';

describe.each(databaseKinds)('limits of the chat on a database that is %s', (kind) => {
  let database: TestDatabase;
  let app: FastifyInstance | undefined;

  beforeAll(async () => {
    database = await openDatabase(kind);
    await addUsers(database);
  });
  beforeEach(() => database.admin.query('DELETE FROM movie_hub_app.threads'));
  afterEach(() => app?.close());
  afterAll(() => database?.close());

  async function open(options: Partial<HubOptions>): Promise<FastifyInstance> {
    app = await openHub(database.pools, { model, ...options });
    return app;
  }

  /** Both ways of asking are refused in the same words, and the words and the header say when they are not. */
  async function expectRefusal(visitor: Visitor, thread: string, words: RegExp): Promise<void> {
    const part = await visitor.stream('More?', thread);
    expect(part.statusCode).toBe(429);
    expect(part.body).toMatch(/^<hx-partial hx-target="#composer-problem" hx-swap="innerHTML">/);
    expect(textOf(part.body)).toMatch(words);
    const page = await visitor.post('/chat', { message: 'More?', thread });
    expect(page.statusCode).toBe(429);
    expect(textOf(page.body)).toMatch(words);
    expect(page.body).toContain('\nMore?</textarea>');
    expect(Number(page.headers['retry-after'])).toBeGreaterThan(0);
  }

  test('questions in a minute are counted for each user, in all chats, also in one that was deleted', async () => {
    const hub = await open({ questionsPerMinute: 2 });
    const jim = await visitorOf(hub, 'jim');
    const vlad = await visitorOf(hub, 'vlad');
    const script = model.play('One.', 'Two.', 'Of Vlad.', 'Later.');
    const first = threadIn((await jim.post('/chat', { message: 'One?' })).headers.location);
    const second = threadIn((await jim.post('/chat/new')).headers.location);
    await jim.ask('Two?', second);
    await expectRefusal(
      jim,
      second,
      /You may ask 2 questions a minute\. Ask again in (60|[1-5]?\d) seconds?\./,
    );
    expect((await jim.post('/chat/delete', { thread: first })).statusCode).toBe(303);
    await expectRefusal(jim, second, /You may ask 2 questions a minute\./);
    await vlad.ask('Vlad?');
    expect(script.requests).toHaveLength(3);
    await database.admin.query(
      `UPDATE movie_hub_app.turns SET created_at = created_at - interval '61 seconds'`,
    );
    expect((await jim.stream('Later?', second)).statusCode).toBe(200);
  });

  test('tokens of a day are counted for each user, and come back when they are a day old', async () => {
    const hub = await open({ chatTokensPerDay: 1000 });
    const jim = await visitorOf(hub, 'jim');
    const usage = (inputTokens: number) => ({
      content: [{ text: 'Said.' }],
      usage: { inputTokens, outputTokens: 100 },
    });
    model.play(usage(500), usage(400), usage(1), usage(1));
    const thread = threadIn((await jim.post('/chat', { message: 'One?' })).headers.location);
    await database.admin.query(
      `UPDATE movie_hub_app.turns SET created_at = created_at - interval '20 hours'`,
    );
    await jim.ask('Two?', thread);
    await expectRefusal(jim, thread, /You have used your 1,000 tokens for 24 hours\. Ask again in 4 hours\./);
    const vlad = await visitorOf(hub, 'vlad');
    expect((await vlad.stream('Vlad?')).statusCode).toBe(200);
    await database.admin.query(
      `UPDATE movie_hub_app.turns SET created_at = created_at - interval '5 hours' WHERE question = 'One?'`,
    );
    expect((await jim.stream('Three?', thread)).statusCode).toBe(200);
  });

  test('what a question that runs has taken counts too', async () => {
    const hub = await open({ chatTokensPerDay: 1000 });
    const jim = await visitorOf(hub, 'jim');
    model.play('One.');
    const thread = threadIn((await jim.post('/chat', { message: 'One?' })).headers.location);
    await database.admin.query(
      `INSERT INTO movie_hub_app.turns (thread_id, title_types, question, answer, messages, steps, stop_reason, usage, alive_until)
       SELECT thread_id, '{1}', 'q', '', '[]', '[]', 'running', '{"inputTokens": 1000}', now() + interval '1 minute'
       FROM movie_hub_app.threads`,
    );
    const other = threadIn((await jim.post('/chat/new')).headers.location);
    expect(other).not.toBe(thread);
    await expectRefusal(jim, other, /You have used your 1,000 tokens/);
  });

  test('so many chats of a user may answer at once', async () => {
    const hub = await open({ chatsAtOnce: 1 });
    await hub.listen({ port: 0, host: '127.0.0.1' });
    const jim = await visitorOf(hub, 'jim');
    model.play({ content: [{ text: ['Running'] }], fault: 'stall' });
    const question = openQuestion(hub, jim, { message: 'Running?' });
    await question.came('Running');
    const other = threadIn((await jim.post('/chat/new')).headers.location);
    const part = await jim.stream('More?', other);
    expect(part.statusCode).toBe(409);
    expect(part.body).toContain('Another chat of yours is still answering. Wait for an answer, or stop one.');
    question.request.destroy();
    await endedTurn(database, 'Running?');
    model.play('Now.');
    expect((await jim.stream('More?', other)).statusCode).toBe(200);
  });

  test.each([
    { questionsPerMinute: 0 },
    { chatsAtOnce: 1.5 },
    { chatTokensPerDay: Number.NaN },
    { questionsPerMinute: '20' as never },
  ])('a hub with %j does not start', async (options) => {
    await expect(openHub(database.pools, { model, ...options })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });
});
