import type { FastifyInstance } from 'fastify';
import { createMovieMcpServer, runAgent } from 'movie-hub';
import { createDemoModel } from 'movie-hub/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACTOR_PARAPHRASES, TITLE_PARAPHRASES } from '../agent/demo-model/paraphrases';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { lastAnswer, Visitor } from '../support/visitor';
import { addUsers, openHub } from '../ui/open-hub';

describe.each(databaseKinds)('the stand-in model on %s', (kind) => {
  let database: TestDatabase;
  let app: FastifyInstance;
  let vlad: Visitor;

  beforeAll(async () => {
    database = await openDatabase(kind);
    await addUsers(database);
    app = await openHub(database.pools);
    const base = await app.listen({ port: 0, host: '127.0.0.1' });
    const admin = new Visitor(base);
    await admin.login('admin');
    await admin.get('/admin');
    await admin.post('/admin/titles', { title: 'Quorvex Nightfall', title_type: '1', start_year: '2026' });
    const page = await admin.post('/admin/people', { name: 'Isolde Brandvik' });
    const id = (label: string) => new RegExp(`<option value="(\\d+)"[^>]*>${label}`).exec(page)?.[1] ?? '';
    await admin.post('/admin/cast', {
      title_id: id('Quorvex Nightfall'),
      person_id: id('Isolde Brandvik'),
      character: 'Captain Ferrow',
    });
    vlad = new Visitor(base);
    await vlad.login('vlad');
  });
  afterAll(async () => {
    await app.close();
    await database.close();
  });

  const ask = async (prompt: string) => {
    const servers = [createMovieMcpServer(database.pools.reader, { titleTypes: [1] })];
    return (await runAgent({ model: createDemoModel({ delayMs: 0 }), prompt, servers }).result).text;
  };

  test('answers every way of asking about a title that was made a moment ago, from the tool', async () => {
    expect(TITLE_PARAPHRASES.length).toBeGreaterThanOrEqual(30);
    for (const paraphrase of TITLE_PARAPHRASES) {
      const question = paraphrase.replace('{title}', () => 'Quorvex Nightfall');
      const answer = await ask(question);
      expect(answer, question).toContain('Captain Ferrow');
      expect(answer, question).toContain('Isolde Brandvik');
    }
  });

  test('answers every way of asking about a person', async () => {
    for (const paraphrase of ACTOR_PARAPHRASES) {
      const question = paraphrase.replace('{actor}', () => 'Isolde Brandvik');
      expect(await ask(question), question).toContain('Captain Ferrow');
    }
  });

  test('deleting the row changes the answer', async () => {
    expect(lastAnswer(await vlad.ask('Who is in Quorvex Nightfall?'))).toContain('Captain Ferrow');
    await database.admin.query('DELETE FROM movie_hub.principals');
    expect(lastAnswer(await vlad.ask('Who is in Quorvex Nightfall?'))).not.toContain('Captain Ferrow');
    await database.admin.query('DELETE FROM movie_hub.titles');
    expect(lastAnswer(await vlad.ask('Who is in Quorvex Nightfall?'))).toContain(
      'There is no title matching that',
    );
  });
});
