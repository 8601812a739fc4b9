import type { FastifyInstance } from 'fastify';
import type { ModelRequest } from 'movie-hub';
import type { ScriptedModel, ScriptedTurn } from 'movie-hub/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { textOf } from '../support/visitor';
import { addUsers, entitle, openHub, type Visitor, visitorOf } from './open-hub';
import { harbourLights, lookUp, PlayedModel } from './played-model';
import { messagesOf } from './stream-messages';

const threadOf = (location: unknown) => /\/chat\?thread=([0-9a-f-]{36})/.exec(String(location))?.[1] ?? '';
const sentIn = (request: ModelRequest | undefined) => JSON.stringify(request?.messages);

describe.each(databaseKinds)('the chat on a database that is %s', (kind) => {
  let database: TestDatabase;
  let app: FastifyInstance;
  const model = new PlayedModel();

  beforeAll(async () => {
    database = await openDatabase(kind);
    await seed(database.admin, [
      harbourLights,
      { id: 2, type: 5, title: 'DAT429', votes: 9, cast: [{ id: 2, name: 'Jim', characters: ['Jimbo'] }] },
    ]);
    const both = { titleTypes: [1, 5] };
    const movies = { titleTypes: [1] };
    await addUsers(database, {
      jim: movies,
      vlad: both,
      eve: movies,
      tess: both,
      otto: both,
      nora: movies,
      uma: movies,
      vic: both,
    });
    app = await openHub(database.pools, { model });
  });
  afterAll(async () => {
    await app?.close();
    await database?.close();
  });

  test('a new user finds three questions to start with, and which model answers', async () => {
    const jim = await visitorOf(app, 'jim');
    const page = await jim.get('/chat');
    expect(page.statusCode).toBe(200);
    expect(page.headers['cache-control']).toBe('no-store');
    expect(page.body.match(/<button type="submit" name="message" value="/g)).toHaveLength(3);
    expect(page.body).toContain('<strong>a-model</strong>');
    expect(page.body).not.toContain('stand-in');
  });

  test('without anyone signed in there is no chat', async () => {
    const page = await app.inject({ url: '/chat' });
    expect([page.statusCode, page.headers.location]).toEqual([303, '/login?next=%2Fchat']);
    const part = await app.inject({ url: '/chat', headers: { 'hx-request': 'true' } });
    expect([part.statusCode, part.headers['hx-redirect']]).toEqual([204, '/login']);
  });

  test('a plain form is answered by a redirect to a page with the question, the step and the answer', async () => {
    const jim = await visitorOf(app, 'jim');
    const script = model.play(lookUp('Harbour Lights'), 'Ruth is played by **Ann Ames**.');
    const answer = await jim.post('/chat', { message: '  Who is in Harbour Lights?\r\nPlease. ' });
    script.assertComplete();
    expect(answer.statusCode).toBe(303);
    const page = await jim.get(String(answer.headers.location));
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('Who is in Harbour Lights?\nPlease.</h2>');
    expect(page.body).toContain('<details class="step"');
    expect(page.body).toContain('<a href="/movies/1">Harbour Lights</a>');
    expect(textOf(page.body)).toMatch(/get_movie_characters Harbour Lights 1 row · \d+ ms/);
    expect(textOf(page.body)).toMatch(/character actor category Ruth Ann Ames actor Ruth is/);
    expect(page.body).toContain('<p>Ruth is played by <strong>Ann Ames</strong>.</p>');
    expect(page.body).not.toContain('role="alert">The');

    const later = await (await visitorOf(app, 'jim')).get('/chat');
    expect(later.body).toContain('<strong>Ann Ames</strong>');
  });

  test('the next question is sent with the conversation so far, and a new chat with nothing', async () => {
    const vlad = await visitorOf(app, 'vlad');
    const script = model.play(lookUp('DAT429'), 'Jim.', 'You are welcome.', 'Hello.');
    const first = await vlad.post('/chat', { message: 'Who is in DAT429?' });
    const thread = threadOf(first.headers.location);
    await vlad.ask('Thanks', thread);
    expect(script.requests[2]?.messages).toHaveLength(5);
    expect(script.requests[2]?.messages.at(-1)).toEqual({ role: 'user', content: [{ text: 'Thanks' }] });
    expect(sentIn(script.requests[2])).toContain('Jimbo');

    const begun = await vlad.post('/chat/new');
    expect(begun.statusCode).toBe(303);
    const other = threadOf(begun.headers.location);
    expect(other).not.toBe(thread);
    expect((await vlad.get('/chat')).body).toContain('class="welcome"');
    await vlad.ask('Hi', other);
    expect(script.requests[3]?.messages).toHaveLength(1);
    expect(textOf((await vlad.get(`/chat?thread=${thread}`)).body)).toContain('You are welcome.');
    script.assertComplete();
  });

  test('a conversation of another user and one that does not exist give the same 404', async () => {
    const jim = await visitorOf(app, 'jim');
    const eve = await visitorOf(app, 'eve');
    const script = model.play('Mine.');
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
    const tess = await visitorOf(app, 'tess');
    const script = model.play(lookUp('DAT429'), 'Jimbo, of course.', 'Nothing seen.', 'All seen.');
    await tess.ask('Who is in DAT429?');
    expect((await tess.get('/chat')).body).toContain('Jimbo');

    await entitle(database, 'tess', [1]);
    const narrow = await tess.get('/chat');
    expect(narrow.statusCode).toBe(200);
    expect(narrow.body).not.toMatch(/Jimbo|DAT429/);
    await tess.ask('What did I ask?');
    expect(script.requests[2]?.messages).toHaveLength(1);
    expect(sentIn(script.requests[2])).not.toMatch(/Jimbo|DAT429/);

    await entitle(database, 'tess', [5, 1, 7]);
    expect((await tess.get('/chat')).body).toContain('Jimbo');
    await tess.ask('And now?');
    expect(sentIn(script.requests[3])).toContain('Jimbo');
    script.assertComplete();
  });

  describe.each<[string, ScriptedTurn]>([
    ['asks for a movie', lookUp('DAT429')],
    ['asks for the time', [{ toolUse: { name: 'get_current_time', input: { time_zone: 'UTC' } } }]],
    ['answers', 'It is Jimbo again.'],
  ])('a user who loses something while the model %s', (_, turn) => {
    const lost = 'Your access changed, or you were logged out, during this answer. Ask again.';
    let otto: Visitor;
    let script: ScriptedModel;

    beforeEach(async () => {
      await entitle(database, 'otto', [1, 5]);
      otto = await visitorOf(app, 'otto');
      await otto.post('/chat/new');
      script = model.play(lookUp('DAT429'), 'It is Jimbo.', async () => {
        await entitle(database, 'otto', [1]);
        return turn;
      });
      await otto.ask('Who is in DAT429?');
    });
    afterEach(async () => {
      // The model was not called again, and earlier turns are hidden as well.
      script.assertComplete();
      expect((await otto.get('/chat')).body).not.toMatch(/Jimbo|And now/);
      const { rows } = await database.admin.query(
        'SELECT title_types, stop_reason FROM movie_hub_app.turns ORDER BY turn_id DESC LIMIT 1',
      );
      expect(rows[0].title_types.sort()).toEqual([1, 5]);
      expect(rows[0].stop_reason).toBe('entitlements_lost');
    });

    test('sees a page that says so', async () => {
      const page = await otto.post('/chat', { message: 'And now?' });
      expect(page.statusCode).toBe(409);
      expect(page.body).toContain(lost);
      expect(page.body).not.toContain('Jimbo');
    });

    test('sees it at the end of the stream, which removes the text', async () => {
      const messages = messagesOf((await otto.stream('And now?')).body);
      expect(messages.at(-2)?.data).toMatch(/-answer" hx-swap="innerMorph"><\/hx-partial>/);
      const last = messages.at(-1)?.data ?? '';
      expect(textOf(last)).toBe(` You asked: And now? ${lost} Try again `);
      expect(last).toContain(`role="alert">${lost}`);
    });
  });

  describe('a title that becomes of another type', () => {
    const change = (type: number) =>
      database.admin.query('UPDATE movie_hub.titles SET title_type = $1 WHERE title_id = 3', [type]);
    const secret = /Quiet Pier|Ines/;
    const askTwice = async (visitor: Visitor) => {
      await visitor.post('/chat/new');
      const script = model.play(lookUp('Quiet Pier'), 'Ines, in Quiet Pier.', 'As I said: Ines.');
      await visitor.ask('Who is in Quiet Pier?');
      await visitor.ask('Who?');
      script.assertComplete();
      await visitor.post('/chat/new');
    };
    const threadOfPier = async (username: string) => {
      const { rows } = await database.admin.query(
        `SELECT thread_id FROM movie_hub_app.turns JOIN movie_hub_app.threads USING (thread_id)
         WHERE username = $1 AND question = 'Who is in Quiet Pier?' ORDER BY turn_id DESC LIMIT 1`,
        [username],
      );
      return String(rows[0].thread_id);
    };

    beforeEach(async () => {
      await database.admin.query('DELETE FROM movie_hub.titles WHERE title_id = 3');
      const cast = [{ id: 3, name: 'Ines', characters: ['Keeper'] }];
      await seed(database.admin, [{ id: 3, type: 1, title: 'Quiet Pier', votes: 9, cast }]);
    });

    test('leaves the chats of those who may not see it now, with what was said of it later', async () => {
      const [uma, vic] = [await visitorOf(app, 'uma'), await visitorOf(app, 'vic')];
      await askTwice(uma);
      await askTwice(vic);
      model.play(lookUp('Harbour Lights'), 'Ruth.');
      await uma.ask('Who is in Harbour Lights?');
      const chat = `/chat?thread=${await threadOfPier('uma')}`;
      expect((await uma.get(chat)).body.match(/<article/g)).toHaveLength(2);
      expect((await uma.get('/chat')).body).toContain('Who is in Quiet Pier?');
      await change(5);
      expect((await uma.get(chat)).body).not.toMatch(/<article|Ines|Quiet Pier/);
      const elsewhere = (await uma.get('/chat')).body;
      expect(elsewhere).toContain('Ruth.');
      expect(elsewhere).not.toMatch(secret);
      // What is asked there from now on stays, and knows nothing of it.
      const script = model.play('Of nobody.');
      await uma.ask('Of whom did we talk?', chat.split('=')[1]);
      expect(sentIn(script.requests[0])).not.toMatch(secret);
      expect((await uma.get(chat)).body.match(/<article/g)).toHaveLength(1);
      const theirs = (await vic.get(`/chat?thread=${await threadOfPier('vic')}`)).body;
      expect(theirs).toContain('As I said: Ines.');
    });

    test.each<[string, (step: () => Promise<ScriptedTurn>) => ScriptedTurn[]]>([
      ['is asked for', (step) => [lookUp('Quiet Pier'), step]],
      ['was asked for before', (step) => [lookUp('Quiet Pier'), 'Ines, in Quiet Pier.', step]],
    ])('while it %s leaves that turn too', async (_, play) => {
      const uma = await visitorOf(app, 'uma');
      await uma.post('/chat/new');
      const script = model.play(
        ...play(async () => {
          await change(5);
          return 'Ines, in Quiet Pier.';
        }),
      );
      await uma.post('/chat', { message: 'Who is in Quiet Pier?' });
      if (script.requests.length < play(async () => 'x').length) await uma.post('/chat', { message: 'Who?' });
      script.assertComplete();
      expect((await uma.get('/chat')).body).not.toMatch(/<article|Ines|Quiet Pier/);
    });
  });

  test('what a user gains in the middle of a turn counts for it', async () => {
    const nora = await visitorOf(app, 'nora');
    model.play(async () => {
      await entitle(database, 'nora', [1, 5]);
      return lookUp('DAT429');
    }, 'Jimbo.');
    expect((await nora.ask('Who is in DAT429?')).body).toContain('Jimbo.');
    await entitle(database, 'nora', [1]);
    expect((await nora.get('/chat')).body).not.toContain('Jimbo');
  });

  test('turns are numbered within their conversation, also those that are hidden', async () => {
    const tess = await visitorOf(app, 'tess');
    const jim = await visitorOf(app, 'jim');
    model.play('One.', 'Elsewhere.', 'Two.', 'Three.');
    const thread = threadOf((await tess.post('/chat/new')).headers.location);
    const ask = async (visitor: Visitor, where: string) =>
      String((await visitor.post('/chat', { message: 'Hi', thread: where })).headers.location);
    expect(await ask(tess, thread)).toBe(`/chat?thread=${thread}#turn-1`);
    await ask(jim, '');
    expect(await ask(tess, thread)).toBe(`/chat?thread=${thread}#turn-2`);
    await database.admin.query(
      `UPDATE movie_hub_app.turns SET title_types = '{9}' WHERE thread_id = $1 AND answer = 'One.'`,
      [thread],
    );
    expect(await ask(tess, thread)).toBe(`/chat?thread=${thread}#turn-3`);
    const { body } = await tess.get(`/chat?thread=${thread}`);
    expect([...body.matchAll(/<article class="turn" id="([^"]+)"/g)].map((match) => match[1])).toEqual([
      'turn-2',
      'turn-3',
    ]);
  });

  test('whatever characters a tool or a model sends, the turn can be kept', async () => {
    const jim = await visitorOf(app, 'jim');
    const odd = 'a\0b \\u0000 \ud800 c \\\ud83d';
    model.play(lookUp(odd), `Odd: ${odd}`);
    const page = await jim.ask(`Odd? ${odd}`);
    expect(page.statusCode).toBe(200);
    expect(textOf(page.body)).toContain('Odd: a\ufffdb');
  });
});
