import type { FastifyInstance } from 'fastify';
import { createMovieMcpServer } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { textOf } from '../support/visitor';
import { endedTurn, openQuestion, turnOf, until } from './chat-request';
import { addUsers, openHub, type Visitor, visitorOf } from './open-hub';
import { harbourLights, lookUp, PlayedModel } from './played-model';
import { messagesOf } from './stream-messages';

const address = { port: 0, host: '127.0.0.1' };
const stillAnswering = 'This chat is still answering your last question. Wait for the answer, or stop it.';
const threadIn = (location: unknown) => /thread=([0-9a-f-]{36})/.exec(String(location))?.[1] ?? '';

describe.each(databaseKinds)('turns on a database that is %s', (kind) => {
  let database: TestDatabase;
  const model = new PlayedModel();
  const other = new PlayedModel();
  /** Two processes in front of one database. */
  let app: FastifyInstance;
  let twin: FastifyInstance;
  let jim: Visitor;
  let thread: string;
  const begin = async () => {
    thread = threadIn((await jim.post('/chat/new')).headers.location);
  };
  const turnsOfThread = async () => {
    const { rows } = await database.admin.query('SELECT * FROM movie_hub_app.turns WHERE thread_id = $1', [
      thread,
    ]);
    return rows;
  };

  beforeAll(async () => {
    database = await openDatabase(kind);
    await seed(database.admin, [harbourLights]);
    await addUsers(database);
    app = await openHub(database.pools, { model, prices: { input: 3, output: 15 } });
    twin = await openHub(database.pools, { model: other });
    await app.listen(address);
    jim = await visitorOf(app, 'jim');
  });
  afterAll(async () => {
    await app?.close();
    await twin?.close();
    await database?.close();
  });

  test('what a turn took is kept and shown, and each call of a tool leaves a line', async () => {
    await begin();
    const calls = [
      ...(lookUp('Harbour Lights') as []),
      ...(lookUp('') as []),
      { toolUse: { name: 'no_such_tool', input: { a: 'b\0' } } },
    ];
    model.play(calls, {
      content: [{ text: 'Ruth, in Harbour Lights.' }],
      usage: { inputTokens: 1200, outputTokens: 40, cacheReadInputTokens: 100 },
    });
    const last = messagesOf((await jim.stream('Who?', thread)).body).at(-1)?.data ?? '';
    expect(textOf(last)).toMatch(
      /a-model · 2 model calls · 1,310 tokens in, 45 out · cost 0\.0046 · \d\.\d s/,
    );
    const page = await jim.get(`/chat?thread=${thread}`);
    expect(/<footer.*?<\/footer>/s.exec(page.body)?.[0]).toBe(/<footer.*?<\/footer>/s.exec(last)?.[0]);
    expect(page.body).toContain('Ruth, in <a href="/movies/1">Harbour Lights</a>.</p>');
    const [turn] = await turnsOfThread();
    expect(turn.usage).toMatchObject({ model: 'a-model', turns: 2, inputTokens: 1310, outputTokens: 45 });
    const { rows } = await database.admin.query(
      `SELECT username, server, tool, arguments, row_count, is_error FROM movie_hub_app.tool_calls ORDER BY tool`,
    );
    const movies = { username: 'jim', server: 'movie-hub-movies', tool: 'get_movie_characters' };
    expect(rows).toHaveLength(3);
    expect(rows).toEqual(
      expect.arrayContaining([
        {
          ...movies,
          server: expect.any(String),
          arguments: { title: 'Harbour Lights' },
          row_count: 1,
          is_error: false,
        },
        { ...movies, server: expect.any(String), arguments: { title: '' }, row_count: null, is_error: true },
        {
          username: 'jim',
          server: '',
          tool: 'no_such_tool',
          arguments: { a: 'b\ufffd' },
          row_count: null,
          is_error: true,
        },
      ]),
    );
    expect(rows.find(({ tool }) => tool === movies.tool)?.server).not.toBe('');
  });

  test('a second question in a chat that answers is refused, in this process and in another, and a double submit too', async () => {
    await begin();
    model.play({ content: [{ text: ['One'] }], fault: 'stall' });
    const question = openQuestion(app, jim, { message: 'First?', thread });
    await question.came('One');
    const script = other.play();
    for (const process of [app, twin]) {
      const tab = await visitorOf(process, 'jim');
      const part = await tab.stream('Second?', thread);
      expect(part.statusCode).toBe(409);
      expect(part.body).toBe(
        `<hx-partial hx-target="#composer-problem" hx-swap="innerHTML">${stillAnswering}</hx-partial>`,
      );
      const page = await tab.post('/chat', { message: 'First?', thread });
      expect(page.statusCode).toBe(409);
      expect(textOf(page.body)).toContain(stillAnswering);
      expect(page.body).toContain('\nFirst?</textarea>');
    }
    expect(script.requests).toHaveLength(0);
    question.request.destroy();
    await endedTurn(database, 'First?');
    expect(await turnsOfThread()).toHaveLength(1);
    model.play('Two.');
    expect((await jim.stream('Second?', thread)).statusCode).toBe(200);
  });

  test('the first question of a user, sent twice at once, makes one turn in one chat', async () => {
    const vlad = await visitorOf(app, 'vlad');
    model.play({ content: [{ text: ['Once'] }], fault: 'stall' });
    const twice = [1, 2].map(() => openQuestion(app, vlad, { message: 'Sent twice?' }));
    await until(() => twice.some(({ body }) => body.includes('Once')));
    await until(() => twice.some(({ body }) => body.includes(stillAnswering)));
    for (const { request } of twice) request.destroy();
    await endedTurn(database, 'Sent twice?');
    const { rows } = await database.admin.query(
      `SELECT FROM movie_hub_app.threads JOIN movie_hub_app.turns USING (thread_id) WHERE username = 'vlad'`,
    );
    expect(rows).toHaveLength(1);
  });

  test('a turn whose process is gone is cut off, is sent to no model, and lets the chat go on', async () => {
    await begin();
    await database.admin.query(
      `INSERT INTO movie_hub_app.turns (thread_id, title_types, question, answer, messages, steps, stop_reason, alive_until)
       VALUES ($1, '{1}', 'Lost?', '', '[{"role":"user","content":[{"text":"Lost?"}]},{"role":"assistant","content":[{"text":"x"}]}]', '[]', 'running', now() - interval '1 second')`,
      [thread],
    );
    const page = await jim.get(`/chat?thread=${thread}`);
    expect(textOf(page.body)).toMatch(/Lost\? The answer was interrupted\. Try again\. Try again/);
    expect(page.body).toContain('form="retry" name="message" value="Lost?"');
    expect(page.body).not.toContain('hx-trigger');
    const script = model.play('Here again.');
    // As the button does without a script.
    const again = await jim.post('/chat', { message: 'Lost?', thread });
    expect(again.statusCode).toBe(303);
    expect(script.requests[0]?.messages).toHaveLength(1);
    expect((await turnsOfThread()).map(({ stop_reason }) => stop_reason).sort()).toEqual([
      'cut_off',
      'end_turn',
    ]);
    expect(textOf((await jim.get(`/chat?thread=${thread}`)).body)).toMatch(
      /The answer was interrupted\. .*Here again\./,
    );
  });

  test('the database lets no two turns of a chat run, whatever asks it', async () => {
    await begin();
    const add = () =>
      database.admin.query(
        `INSERT INTO movie_hub_app.turns (thread_id, title_types, question, answer, messages, steps, stop_reason)
         VALUES ($1, '{}', 'q', '', '[]', '[]', 'running')`,
        [thread],
      );
    await add();
    await expect(add()).rejects.toMatchObject({ code: '23505' });
  });

  test.each([
    ['an answer that is whole', 'Done.', false],
    ['a model that fails', new Error('secret'), true],
    ['a limit that is reached', { content: [{ text: 'Too lo' }], stopReason: 'max_tokens' }, true],
  ] as const)('the button to ask again, after %s', async (_, played, isThere) => {
    await begin();
    model.play(played as never);
    const question = 'Say "it" & <more>?';
    const page = await jim.ask(question, thread);
    expect(
      page.body.includes(
        'value="Say &quot;it&quot; &amp; &lt;more&gt;?" class="secondary outline" data-retry',
      ),
    ).toBe(isThere);
    expect(page.body).toContain('<form method="post" action="/chat" id="retry">');
  });

  test('the answer can be copied as it was written', async () => {
    await begin();
    model.play('**Ann** <b>Ames</b>\n\n`x`');
    const page = await jim.ask('Who?', thread);
    expect(page.body).toContain('data-copy="**Ann** &lt;b&gt;Ames&lt;/b&gt;\n\n&#96;x&#96;"');
  });

  test('a tool server of the user’s own choice is no less watched', async () => {
    const own = await openHub(database.pools, {
      model,
      chatLimits: { maxTurns: 1 },
      servers: ({ entitlements }) => [
        { name: 'films', server: createMovieMcpServer(database.pools.reader, entitlements) },
      ],
    });
    const test2 = await visitorOf(own, 'test2');
    model.play(lookUp('Harbour Lights'));
    const page = await test2.ask('Limited?');
    expect(textOf(page.body)).toContain('Stopped: the model asked for tools too many times.');
    expect((await turnOf(database, 'Limited?')).stop_reason).toBe('max_turns');
    await own.close();
  });
});
