import type { FastifyInstance } from 'fastify';
import type { Model, ModelRequest } from 'movie-hub';
import { ScriptedModel, type ScriptedTurn } from 'movie-hub/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { addUsers, Browser, entitle, seen, startHub } from './chat-browser';

const threadOf = (location: unknown) => /\/chat\?thread=([0-9a-f-]{36})/.exec(String(location))?.[1] ?? '';
const lookUp = (title: string): ScriptedTurn => [
  { toolUse: { name: 'get_movie_characters', input: { title } } },
];
const textsOf = (request: ModelRequest | undefined) => JSON.stringify(request?.messages);

describe.each(databaseKinds)('the chat on a database that is %s', (kind) => {
  let database: TestDatabase;
  let app: FastifyInstance;
  /** What the model does next; a model of one hub that each test gives its own script. */
  let script: ScriptedModel;
  const model: Model = { id: 'a-model', stream: (request, signal) => script.stream(request, signal) };
  const play = (...turns: ScriptedTurn[]) => {
    script = new ScriptedModel({ turns });
    return script;
  };

  beforeAll(async () => {
    database = await openDatabase(kind);
    await seed(database.admin, [
      {
        id: 1,
        type: 1,
        title: 'Harbour Lights',
        votes: 9,
        cast: [{ id: 1, name: 'Ann Ames', characters: ['Ruth'] }],
      },
      { id: 2, type: 5, title: 'DAT429', votes: 9, cast: [{ id: 2, name: 'Jim', characters: ['Jimbo'] }] },
    ]);
    await addUsers(database, { jim: [1], vlad: [1, 5], eve: [1], tess: [1, 5], otto: [1, 5], nora: [1] });
    app = await startHub(database, { model });
  });
  afterAll(async () => {
    await app?.close();
    await database?.close();
  });

  test('a new user finds three questions to start with, and which model answers', async () => {
    const jim = await Browser.signIn(app, 'jim');
    const page = await jim.get('/chat');
    expect(page.statusCode).toBe(200);
    expect(page.headers['cache-control']).toBe('no-store');
    expect(page.body.match(/<button type="submit" name="message" value="/g)).toHaveLength(3);
    expect(page.body).toContain('<strong>a-model</strong>');
    expect(page.body).not.toContain('stand-in');
  });

  test('without anyone signed in there is no chat', async () => {
    const page = await app.inject({ url: '/chat' });
    expect([page.statusCode, page.headers.location]).toEqual([303, '/login']);
    const part = await app.inject({ url: '/chat', headers: { 'hx-request': 'true' } });
    expect([part.statusCode, part.headers['hx-redirect']]).toEqual([204, '/login']);
  });

  test('a plain form is answered by a redirect to a page with the question, the step and the answer', async () => {
    const jim = await Browser.signIn(app, 'jim');
    play(lookUp('Harbour Lights'), 'Ruth is played by **Ann Ames**.');
    const answer = await jim.post('/chat', { message: '  Who is in Harbour Lights?\r\nPlease. ' });
    script.assertComplete();
    expect(answer.statusCode).toBe(303);
    const page = await jim.get(String(answer.headers.location));
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('Who is in Harbour Lights?\nPlease.</h2>');
    expect(page.body).toContain('<details class="step"');
    expect(page.body).toContain('<a href="/movies/1">Harbour Lights</a>');
    expect(seen(page.body)).toMatch(/get_movie_characters Harbour Lights 1 row · \d+ ms/);
    expect(seen(page.body)).toMatch(/character actor category Ruth Ann Ames actor Ruth is/);
    expect(page.body).toContain('<p>Ruth is played by <strong>Ann Ames</strong>.</p>');
    expect(page.body).not.toContain('role="alert">The');

    const later = await (await Browser.signIn(app, 'jim')).get('/chat');
    expect(later.body).toContain('<strong>Ann Ames</strong>');
  });

  test('the next question is sent with the conversation so far, and a new chat with nothing', async () => {
    const vlad = await Browser.signIn(app, 'vlad');
    play(lookUp('DAT429'), 'Jim.', 'You are welcome.', 'Hello.');
    const first = await vlad.post('/chat', { message: 'Who is in DAT429?' });
    const thread = threadOf(first.headers.location);
    await vlad.ask('Thanks', thread);
    expect(script.requests[2]?.messages).toHaveLength(5);
    expect(script.requests[2]?.messages.at(-1)).toEqual({ role: 'user', content: [{ text: 'Thanks' }] });
    expect(textsOf(script.requests[2])).toContain('Jimbo');

    const begun = await vlad.post('/chat/new');
    expect(begun.statusCode).toBe(303);
    const other = threadOf(begun.headers.location);
    expect(other).not.toBe(thread);
    expect((await vlad.get('/chat')).body).toContain('class="welcome"');
    await vlad.ask('Hi', other);
    expect(script.requests[3]?.messages).toHaveLength(1);
    expect(seen((await vlad.get(`/chat?thread=${thread}`)).body)).toContain('You are welcome.');
    script.assertComplete();
  });

  test('a conversation of somebody else and one that does not exist are the same 404', async () => {
    const jim = await Browser.signIn(app, 'jim');
    const eve = await Browser.signIn(app, 'eve');
    play('Mine.');
    const thread = threadOf((await jim.post('/chat', { message: 'Hi' })).headers.location);
    expect((await jim.get(`/chat?thread=${thread}`)).statusCode).toBe(200);
    const unknown = '00000000-0000-4000-8000-000000000000';
    const pages = await Promise.all(
      [thread, unknown, 'x', "'"].map((id) => eve.get(`/chat?thread=${encodeURIComponent(id)}`)),
    );
    expect(pages.map((page) => page.statusCode)).toEqual([404, 404, 404, 404]);
    const [theirs, none] = pages.map((page) =>
      page.body.replace(/Request \S+?</g, '').replace(/value="[^"]*"/g, ''),
    );
    expect(theirs).toBe(none);
    const answer = await eve.post('/chat', { message: 'Hi', thread });
    expect(answer.statusCode).toBe(404);
    expect(script.requests).toHaveLength(1);
  });

  test('a turn is shown, and sent to the model, only while all it ran under is still the user’s', async () => {
    const tess = await Browser.signIn(app, 'tess');
    play(lookUp('DAT429'), 'Jimbo, of course.', 'Nothing seen.', 'All seen.');
    await tess.ask('Who is in DAT429?');
    expect((await tess.get('/chat')).body).toContain('Jimbo');

    await entitle(database, 'tess', [1]);
    const narrow = await tess.get('/chat');
    expect(narrow.statusCode).toBe(200);
    expect(narrow.body).not.toMatch(/Jimbo|DAT429/);
    await tess.ask('What did I ask?');
    expect(script.requests[2]?.messages).toHaveLength(1);
    expect(textsOf(script.requests[2])).not.toMatch(/Jimbo|DAT429/);

    await entitle(database, 'tess', [5, 1, 7]);
    expect((await tess.get('/chat')).body).toContain('Jimbo');
    await tess.ask('And now?');
    expect(textsOf(script.requests[3])).toContain('Jimbo');
    script.assertComplete();
  });

  test('what a user loses or gains in the middle of a turn counts for it', async () => {
    const otto = await Browser.signIn(app, 'otto');
    play(async () => {
      await entitle(database, 'otto', [1]);
      return lookUp('DAT429');
    }, 'It is not there.');
    const page = await otto.ask('Who is in DAT429?');
    expect(page.body).not.toContain('It is not there.');
    const { rows } = await database.admin.query(
      `SELECT title_types, steps::text FROM movie_hub_app.turns ORDER BY turn_id DESC LIMIT 1`,
    );
    expect(rows[0].title_types.sort()).toEqual([1, 5]);
    expect(rows[0].steps).toContain('There is no title matching that among the titles you may see.');

    const nora = await Browser.signIn(app, 'nora');
    play(async () => {
      await entitle(database, 'nora', [1, 5]);
      return lookUp('DAT429');
    }, 'Jimbo.');
    expect((await nora.ask('Who is in DAT429?')).body).toContain('Jimbo.');
    await entitle(database, 'nora', [1]);
    expect((await nora.get('/chat')).body).not.toContain('Jimbo');
  });

  test('whatever characters a tool or a model sends, the turn can be kept', async () => {
    const jim = await Browser.signIn(app, 'jim');
    const odd = 'a\0b \\u0000 \ud800 c \\\ud83d';
    play(lookUp(odd), `Odd: ${odd}`);
    const page = await jim.ask(`Odd? ${odd}`);
    expect(page.statusCode).toBe(200);
    expect(seen(page.body)).toContain('Odd: a\ufffdb');
  });
});
