import type { FastifyInstance } from 'fastify';
import { createMovieMcpServer, type Model } from 'movie-hub';
import type { HubOptions } from 'movie-hub/ui';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, oneKind, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { textOf } from '../support/visitor';
import { endedTurn, openQuestion, turnOf, until } from './chat-request';
import { addUsers, openHub, visitorOf } from './open-hub';
import { harbourLights, lookUp, PlayedModel } from './played-model';
import { poolWith } from './pool-with';

const model = new PlayedModel();
/** What a run has taken of the answer that is played. */
let taken = '';
const watched: Model = {
  id: model.id,
  async *stream(...call) {
    taken = '';
    for await (const event of model.stream(...call)) {
      yield event;
      const delta = 'contentBlockDelta' in event ? event.contentBlockDelta.delta : {};
      if ('text' in delta) taken += delta.text;
    }
  },
};
const address = { port: 0, host: '127.0.0.1' };

describe.each(databaseKinds)('on a database that is %s', (kind) => {
  let database: TestDatabase;
  let app: FastifyInstance;

  beforeAll(async () => {
    database = await openDatabase(kind);
    await seed(database.admin, [harbourLights]);
    await addUsers(database);
    app = await openHub(database.pools, { model: watched });
    await app.listen(address);
  });
  afterAll(async () => {
    await app?.close();
    await database?.close();
  });

  test.each(['script', 'plain'] as const)(
    'leaving ends the run (%s), and what there is of the turn is kept',
    async (how) => {
      const jim = await visitorOf(app, 'jim');
      const message = `Who is Ruth? (${how})`;
      const script = model.play(lookUp('Harbour Lights'), {
        content: [{ text: ['Ruth is ', 'played'] }],
        fault: 'stall',
      });
      const question = openQuestion(app, jim, { message }, how);
      if (how === 'script') await question.came('Ruth is played');
      await until(() => script.requests.length === 2);
      expect(await turnOf(database, message)).toMatchObject({
        stop_reason: 'running',
        answer: '',
        ended_at: null,
        title_types: [1],
      });
      await until(() => taken === 'Ruth is played');
      question.request.destroy();
      const turn = await endedTurn(database, message);
      expect(turn).toMatchObject({ stop_reason: 'aborted', answer: 'Ruth is played', title_types: [1] });
      expect(turn.ended_at).not.toBeNull();
      const page = await jim.get('/chat');
      expect(textOf(page.body)).toMatch(
        /1 row · \d+ ms .*Ruth is played You stopped this answer\..* Try again/,
      );
    },
  );

  test('a page that is opened meanwhile shows the question, and asks for its turn until it has ended', async () => {
    const jim = await visitorOf(app, 'jim');
    const thread = /thread=(\S+)/.exec(String((await jim.post('/chat/new')).headers.location))?.[1] ?? '';
    model.play({ content: [{ text: ['Half'] }], fault: 'stall' });
    const question = openQuestion(app, jim, { message: 'Still there?', thread });
    await question.came('Half');
    const page = await jim.get(`/chat?thread=${thread}`);
    const self = `/chat/turn?thread=${thread}&amp;turn=1`;
    expect(page.body).toContain(
      `hx-get="${self}" hx-trigger="load delay:1s" hx-swap="outerHTML swapEmpty:true"`,
    );
    expect(textOf(page.body)).toContain('Still there? The answer is not complete yet. Reload');
    expect((await jim.get(self.replace('&amp;', '&'))).body).toContain('hx-get=');
    question.request.destroy();
    await endedTurn(database, 'Still there?');
    const part = await jim.get(self.replace('&amp;', '&'));
    expect(part.body).toMatch(/^<article class="turn" id="turn-1" aria-busy="false" data-turn="[^"]*">/);
    expect(textOf(part.body)).toContain('Half You stopped this answer.');
  });

  test('a turn that may not be shown any more leaves the page, and a stranger’s is not there', async () => {
    const test2 = await visitorOf(app, 'test2');
    const jim = await visitorOf(app, 'jim');
    model.play('All there.');
    const { location } = (await test2.post('/chat', { message: 'Mine?' })).headers;
    const thread = /thread=([^#]+)/.exec(String(location))?.[1] ?? '';
    const self = `/chat/turn?thread=${thread}&turn=1`;
    expect((await test2.get(self)).body).toContain('All there.');
    expect((await jim.get(self)).statusCode).toBe(404);
    await database.admin.query(`UPDATE movie_hub_app.turns SET title_types = '{9}' WHERE question = 'Mine?'`);
    const gone = await test2.get(self);
    expect([gone.statusCode, gone.body]).toEqual([200, '']);
    for (const turn of ['2', '-1', 'x', ''])
      expect((await test2.get(`/chat/turn?thread=${thread}&turn=${turn}`)).body).not.toContain('All there.');
  });
});

describe('on an embedded database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase(oneKind);
    await addUsers(database);
  });
  afterAll(() => database?.close());

  test('leaving before the run begins keeps the model from being called', async () => {
    let asked = 0;
    let left = Promise.resolve();
    const accounts = poolWith(database.pools.accounts, async () => {
      asked += 1;
      // For his session and for who he is; then the question has been read, and the chat asks.
      if (asked > 2) await left;
      return database.pools.accounts.connect();
    });
    const slow = await openHub({ ...database.pools, accounts }, { model });
    await slow.listen(address);
    const jim = await visitorOf(slow, 'jim');
    const script = model.play('Nobody reads this.');
    asked = 0;
    let leave: () => void = () => undefined;
    left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const { request } = openQuestion(slow, jim, { message: 'Who is there?' }, 'plain');
    await until(() => asked > 2);
    request.destroy();
    await until(() => new Promise((resolve) => slow.server.getConnections((_, open) => resolve(open === 0))));
    leave();
    expect(await endedTurn(database, 'Who is there?')).toMatchObject({ stop_reason: 'aborted', answer: '' });
    expect(script.requests).toHaveLength(0);
    await slow.close();
  });
});

describe.runIf(databaseKinds.includes('server'))('on a server', () => {
  let database: TestDatabase;
  let app: FastifyInstance;
  const queriesOfReader = async () => {
    const { rows } = await database.admin.query(
      `SELECT query FROM pg_stat_activity
       WHERE datname = current_database() AND usename = 'movie_hub_reader_login' AND state = 'active'`,
    );
    return rows.length;
  };

  beforeAll(async () => {
    database = await openDatabase('server');
    await seed(database.admin, [harbourLights]);
    await addUsers(database);
    // Only leaving can end a query in time.
    const servers: HubOptions['servers'] = ({ entitlements }) => [
      createMovieMcpServer(database.pools.reader, entitlements, { statementTimeoutMs: 600_000 }),
    ];
    app = await openHub(database.pools, { model, servers });
    await app.listen(address);
  });
  afterAll(async () => {
    await app?.close();
    await database?.close();
  });

  test('Stop ends the query that a tool waits for, and the turn says so', async () => {
    const jim = await visitorOf(app, 'jim');
    const blocker = await database.admin.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE movie_hub.titles IN ACCESS EXCLUSIVE MODE');
    try {
      model.play([{ text: 'Let me look.' }, ...(lookUp('Harbour Lights') as [])], 'Never said.');
      const question = openQuestion(app, jim, { message: 'Who waits?' });
      await until(async () => (await queriesOfReader()) === 1);
      question.request.destroy();
      await until(async () => (await queriesOfReader()) === 0);
    } finally {
      await blocker.query('ROLLBACK');
      blocker.release();
    }
    const turn = await endedTurn(database, 'Who waits?');
    expect(turn.stop_reason).toBe('aborted');
    expect(turn.steps).toHaveLength(1);
    const page = await jim.get('/chat');
    expect(textOf(page.body)).toMatch(/get_movie_characters Harbour Lights .*You stopped this answer\./);
  });
});
