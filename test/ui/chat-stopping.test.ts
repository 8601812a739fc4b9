import Fastify from 'fastify';
import { hub } from 'movie-hub/ui';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { endedTurn, openQuestion, turnOf } from './chat-request';
import { addUsers, openHub, visitorOf } from './open-hub';
import { PlayedModel } from './played-model';
import { messagesOf } from './stream-messages';

const address = { port: 0, host: '127.0.0.1' };
const stopping = 'The server is restarting, so the answer was stopped. Try again in a moment.';

describe.each(databaseKinds)('a server that stops, on a database that is %s', (kind) => {
  let database: TestDatabase;
  const model = new PlayedModel();

  beforeAll(async () => {
    database = await openDatabase(kind);
    await addUsers(database);
  });
  afterAll(() => database?.close());

  test.each([{}, { forceCloseConnections: true as const }])(
    'ends its streams with a message, and keeps what was said (Fastify with %j)',
    async (options) => {
      const app = await openHub(database.pools, { model }, options);
      await app.listen(address);
      const message = `Until the end? ${JSON.stringify(options)}`;
      const jim = await visitorOf(app, 'jim');
      await jim.post('/chat/new');
      const script = model.play(
        { content: [{ text: ['So far'] }], fault: 'stall' },
        { content: [{ text: ['Plain'] }], fault: 'stall' },
      );
      const question = openQuestion(app, jim, { message });
      await question.came('So far');
      const test2 = await visitorOf(app, 'test2');
      const plain = openQuestion(app, test2, { message: `${message} plainly` }, 'plain');
      while (script.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
      await app.close();
      await question.ended();
      await plain.ended();
      const last = messagesOf(question.body).at(-1)?.data ?? '';
      expect(last).toContain('<p>So far</p>');
      expect(last).toContain(`<p class="turn-error" role="alert">${stopping}</p>`);
      // Nothing is left to do in the database once it has stopped: its pools may be closed.
      expect(await turnOf(database, message)).toMatchObject({
        stop_reason: 'server_stopped',
        answer: 'So far',
      });
      expect(await turnOf(database, `${message} plainly`)).toMatchObject({ stop_reason: 'server_stopped' });
      const next = await openHub(database.pools, { model });
      const page = await (await visitorOf(next, 'jim')).get('/chat');
      expect(page.body).toContain(stopping);
      expect(page.body).toContain('data-retry');
      await next.close();
    },
  );

  if (kind === 'server')
    test('has kept its turns when the app ends its pools', async () => {
      const pool = (connectionString: string) => new pg.Pool({ connectionString, max: 2 });
      const { reader, editor, accounts } = database.urls;
      const pools = { reader: pool(reader), editor: pool(editor), accounts: pool(accounts) };
      const app = Fastify();
      const sessionSecret = 'a secret of the tests, long enough';
      await app.register(hub, { pools, model, sessionSecret });
      app.addHook('onClose', async () => {
        await Promise.all(Object.values(pools).map((each) => each.end()));
      });
      await app.listen(address);
      const vlad = await visitorOf(app, 'vlad');
      model.play({ content: [{ text: ['Kept'] }], fault: 'stall' });
      const question = openQuestion(app, vlad, { message: 'Pools?' });
      await question.came('Kept');
      await app.close();
      expect(await endedTurn(database, 'Pools?')).toMatchObject({
        stop_reason: 'server_stopped',
        answer: 'Kept',
      });
      expect(question.body).toContain(stopping);
    });
});
