import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oneKind, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { textOf } from '../support/visitor';
import { addUsers, openHub, visitorOf } from './open-hub';
import { harbourLights, lookUp, PlayedModel } from './played-model';
import { messagesOf } from './stream-messages';

let database: TestDatabase;
let app: FastifyInstance;
const model = new PlayedModel();

beforeAll(async () => {
  database = await openDatabase(oneKind);
  await seed(database.admin, [harbourLights]);
  await addUsers(database);
  app = await openHub(database.pools, { model });
});
afterAll(async () => {
  await app?.close();
  await database?.close();
});

test('the stream has the question and a status first, then steps, text, and the turn as it is kept', async () => {
  const jim = await visitorOf(app, 'jim');
  const thread = /thread=(\S+)/.exec(String((await jim.post('/chat/new')).headers.location))?.[1] ?? '';
  model.play(
    [
      { text: 'Let me look.' },
      { toolUse: { name: 'get_movie_characters', input: { title: 'Harbour Lights' } } },
    ],
    [{ text: ['It is ', '**Ann', ' Ames**.'] }],
  );
  const answer = await jim.stream('Who is in Harbour Lights?', thread);
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
  expect(answer.headers['cache-control']).toBe('no-store');

  const messages = messagesOf(answer.body);
  const [first, address, ...rest] = messages;
  const id = /<article class="turn" id="([^"]+)" aria-busy="true"/.exec(first?.data ?? '')?.[1] ?? '';
  expect(first?.data).toContain('<hx-partial hx-target="#turns" hx-swap="beforeend">');
  expect(textOf(first?.data ?? '')).toMatch(/You asked: Who is in Harbour Lights\? .*Thinking…/);
  expect(first?.data).toContain(`name="thread" value="${thread}"`);
  expect(address).toEqual({ event: 'hub:thread', data: `/chat?thread=${thread}` });

  const targets = rest.map(({ data }) =>
    /hx-target="#([^"]+)" hx-swap="([^"]+)"/.exec(data)?.slice(1).join(' '),
  );
  expect(targets.filter((target, i) => target !== targets[i - 1])).toEqual([
    `${id}-answer innerMorph`,
    `${id}-steps beforeend`,
    `${id}-step-0 outerHTML`,
    `${id}-answer innerMorph`,
    `${id} outerHTML`,
  ]);
  const started = rest.find(({ data }) => data.includes('beforeend'));
  expect(textOf(started?.data ?? '')).toMatch(/get_movie_characters Harbour Lights running….*Calling /);
  const finished = rest.find(({ data }) => data.includes('-step-0" hx-swap="outerHTML"'));
  expect(textOf(finished?.data ?? '')).toMatch(/1 row · \d+ ms .*Ruth Ann Ames/);
  const last = rest.at(-1)?.data ?? '';
  expect(last).toContain('<p>It is <strong>Ann Ames</strong>.</p>');
  expect(last).not.toContain('Let me look.');
  expect(last).toContain('aria-busy="false"');
  expect(textOf(last)).toMatch(/Answer ready\. $/);

  const page = await jim.get(`/chat?thread=${thread}`);
  const step = (body: string) => /<div class="step-body">.*?<\/details>/s.exec(body)?.[0];
  expect(step(page.body)).toBe(step(last));
});

test('a question that cannot be asked is refused at its field, with what was typed', async () => {
  const jim = await visitorOf(app, 'jim');
  const long = 'x'.repeat(4001);
  model.play();
  const part = await jim.stream(' \r\n ');
  expect(part.statusCode).toBe(422);
  expect(part.body).toBe(
    '<hx-partial hx-target="#composer-problem" hx-swap="innerHTML">Enter a question.</hx-partial>',
  );
  const page = await jim.post('/chat', { message: long });
  expect(page.statusCode).toBe(422);
  expect(page.body).toContain(`\n${long}</textarea>`);
  expect(page.body).toContain('aria-invalid="true"');
  expect(textOf(page.body)).toContain('Use at most 4,000 characters. This question has 4,001.');
  model.play('Long.');
  expect((await jim.stream(` ${'y\r\n'.repeat(1999)}yy `)).statusCode).toBe(200);
});

test('a form without the token of its page starts nothing', async () => {
  const jim = await visitorOf(app, 'jim');
  const script = model.play();
  const answer = await jim.post('/chat', { message: 'Hi', _csrf: 'forged' });
  expect(answer.statusCode).toBe(403);
  expect(script.requests).toHaveLength(0);
});

test('a tool that fails says why in its step', async () => {
  const jim = await visitorOf(app, 'jim');
  model.play(lookUp(''), 'Sorry.');
  const last = messagesOf((await jim.stream('Who?')).body).at(-1)?.data ?? '';
  expect(last).toContain('data-state="failed"');
  expect(textOf(last)).toMatch(/failed · \d+ ms .*Error .*title/);
  expect((await jim.get('/chat')).body).toContain('data-state="failed"');
});

test('a server that does not answer is named, and the turn goes on', async () => {
  const broken = new Server({ name: 'broken', version: '1' });
  broken.connect = async () => {
    throw new Error('secret host 10.0.0.7');
  };
  const other = await openHub(database.pools, { model, servers: () => [broken] });
  const jim = await visitorOf(other, 'jim');
  model.play('Without tools.');
  const { body } = await jim.stream('Hi');
  expect(textOf(body)).toMatch(/The tools of \S+ are not available\./);
  expect(body).toContain('Without tools.');
  expect(body).not.toContain('10.0.0.7');
  await other.close();
});

test('a model that fails leaves an alert with a hint, and nothing of the cause', async () => {
  const jim = await visitorOf(app, 'jim');
  model.play(
    [{ text: 'Half an ans' }],
    Object.assign(new Error('secret endpoint'), { name: 'ServiceUnavailable' }),
  );
  await jim.ask('Warm up');
  const last = messagesOf((await jim.stream('Now fail')).body).at(-1)?.data ?? '';
  expect(last).toMatch(/role="alert">The model failed or could not be reached\. Try again/);
  expect(last).not.toMatch(/secret|ServiceUnavailable/);
  const page = await jim.ask('And plainly').catch((error: Error) => error.message);
  expect(page).toMatchObject({ statusCode: 200 });
  expect((await jim.get('/chat')).body.match(/role="alert">The model failed/g)).toHaveLength(2);
});

test('a turn that cannot be run ends with an alert, and nothing of the cause', async () => {
  const failing = await openHub(database.pools, {
    model,
    servers: () => {
      throw new Error('secret start-up failure');
    },
  });
  const jim = await visitorOf(failing, 'jim');
  const last = messagesOf((await jim.stream('Hi')).body).at(-1)?.data ?? '';
  expect(last).toMatch(/role="alert">Something went wrong/);
  expect(last).not.toContain('secret');
  expect((await jim.post('/chat', { message: 'Hi' })).statusCode).toBe(500);
  await failing.close();
});
