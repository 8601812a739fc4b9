import { bedrockModel } from 'movie-hub';
import { type FakeBedrock, startFakeBedrock } from 'movie-hub/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oneKind, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { addUsers, openHub, visitorOf } from './open-hub';
import { harbourLights } from './played-model';

const claude = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const nova = 'us.amazon.nova-pro-v1:0';
const gptOss = 'openai.gpt-oss-120b-1:0';

let db: TestDatabase;
let bedrock: FakeBedrock;
beforeAll(async () => {
  db = await openDatabase(oneKind);
  await seed(db.admin, [harbourLights]);
  await addUsers(db);
  const lookUp = { toolUse: { name: 'get_movie_characters', input: { title: 'Harbour Lights' } } };
  bedrock = await startFakeBedrock({
    turns: [
      [{ reasoning: 'First I look.', signature: 'signed' }, { text: 'I look.' }, lookUp],
      'Ruth is in it.',
      '<thinking>They ask again.</thinking>Ruth, as I said.',
      [{ reasoning: 'Hm.', signature: '' }, { text: 'Still Ruth.' }],
      'Ruth it is.',
    ],
  });
});
afterAll(async () => {
  await bedrock?.close();
  await db?.close();
});

test('a chat goes on after restarts with models of other families, and back', async () => {
  const answers: string[] = [];
  for (const modelId of [claude, nova, gptOss, claude]) {
    const app = await openHub(db.pools, { model: bedrockModel({ client: bedrock.client(), modelId }) });
    const jim = await visitorOf(app, 'jim');
    answers.push((await jim.ask('Who is in Harbour Lights?')).body);
    await app.close();
  }
  for (const [index, text] of ['Ruth is in it', 'Ruth, as I said', 'Still Ruth', 'Ruth it is'].entries())
    expect(answers[index]).toContain(text);
  expect(bedrock.requests.map(({ modelId }) => modelId)).toEqual([claude, claude, nova, gptOss, claude]);
  bedrock.assertComplete();
});
