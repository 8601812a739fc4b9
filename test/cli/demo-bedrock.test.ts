import { join } from 'node:path';
import { type FakeBedrock, startFakeBedrock } from 'movie-hub/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lastAnswer, textOf, Visitor } from '../support/visitor';
import { cleanUp, newFolder, type Running, startCli } from './support/run-cli';

let bedrock: FakeBedrock;
let demo: Running;

beforeAll(async () => {
  bedrock = await startFakeBedrock({
    turns: [
      [{ toolUse: { name: 'get_movie_characters', input: { title: 'The Godfather' } } }],
      'Marlon Brando plays **Don Vito Corleone**.',
    ],
  });
  demo = startCli('movie-hub-demo', ['--port', '0', '--data-dir', join(newFolder(), 'data')], {
    env: {
      BEDROCK_MODEL_ID: 'a.model-v1:0',
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
      AWS_ACCESS_KEY_ID: 'of-the-test',
      AWS_SECRET_ACCESS_KEY: 'of-the-test',
      AWS_REGION: 'us-east-1',
    },
  });
});
afterAll(async () => {
  await cleanUp();
  await bedrock.close();
});

test('with AWS credentials and BEDROCK_MODEL_ID the same hub is answered by Amazon Bedrock, and says so', async () => {
  const vlad = new Visitor(await demo.ready);
  expect(demo.output.stdout).toContain('Model     Amazon Bedrock, a.model-v1:0');
  await vlad.login('vlad');
  const page = await vlad.ask('Who is in The Godfather?');
  expect(lastAnswer(page)).toContain('Marlon Brando plays Don Vito Corleone');
  expect(textOf(page)).toContain('a.model-v1:0');
  expect(textOf(page)).not.toContain('stand-in');
  bedrock.assertComplete();
  expect(bedrock.requests.map(({ modelId }) => modelId)).toEqual(['a.model-v1:0', 'a.model-v1:0']);
  // What the model answered from is the database's own row, sent back as the tool's result.
  expect(JSON.stringify(bedrock.requests[1]?.request.messages.at(-1))).toContain('Don Vito Corleone');
});
