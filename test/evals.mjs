// Asks a model of Amazon Bedrock the questions of `movieCases`, and prints a table: `npm run evals`. It costs money and needs an account.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { bedrockModel, createMovieMcpServer, createTimeMcpServer } from 'movie-hub';
import { demoDataFolder, installSchema, loadImdb, openEmbeddedDatabase } from 'movie-hub/dataset';
import {
  createDemoModel,
  evaluate,
  formatEvaluation,
  movieCases,
  recordModel,
  replayModel,
} from 'movie-hub/testing';

const help = `Usage: npm run evals -- [options]

Asks a model the questions of movieCases over the demo data, and prints a table. Exit codes: 0 when all passed,
1 when one failed, 2 when nothing could be asked.

Set MOVIE_HUB_LIVE_BEDROCK_MODEL to a model id or inference profile, and region and credentials as for any AWS
client (AWS_REGION, AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and others).

  --filter TEXT   only the cases with this text in their name
  --record FILE   writes all calls of the model to FILE
  --replay FILE   plays such a file, without Bedrock
  --demo          asks the rule-based demo model, without Bedrock
  --help          prints this
`;

process.exitCode = await main();

async function main() {
  let options;
  try {
    const text = { type: 'string' };
    const flag = { type: 'boolean', default: false };
    const known = { filter: text, record: text, replay: text, demo: flag, help: flag };
    options = parseArgs({ options: known }).values;
  } catch (error) {
    return refuse(`${error.message}\nSee npm run evals -- --help`);
  }
  if (options.help) return say(help);
  const cases = movieCases.filter(({ name }) => name.includes(options.filter ?? ''));
  if (cases.length === 0) return refuse(`No case has "${options.filter}" in its name.`);
  let model;
  try {
    model = await chooseModel(options);
    if (options.record) model = recordModel(model, options.record);
  } catch (error) {
    return refuse(error.message);
  }
  const { pool, close } = await openEmbeddedDatabase();
  try {
    await installSchema(pool);
    await loadImdb(pool, demoDataFolder());
    const now = () => new Date('2025-01-15T12:00:00Z');
    const servers = ({ name, titleTypes }) => {
      process.stderr.write(`${name}\n`);
      return [createMovieMcpServer(pool, { titleTypes }), createTimeMcpServer({ now })];
    };
    const evaluation = await evaluate({ model, cases, servers });
    process.stdout.write(formatEvaluation(evaluation));
    return evaluation.exitCode;
  } finally {
    await close();
  }
}

async function chooseModel({ demo, replay }) {
  if (demo) return createDemoModel({ delayMs: 0 });
  if (replay) return replayModel(replay);
  const modelId = process.env.MOVIE_HUB_LIVE_BEDROCK_MODEL;
  if (!modelId)
    throw new Error('MOVIE_HUB_LIVE_BEDROCK_MODEL names no model to ask. See npm run evals -- --help');
  const { BedrockRuntimeClient } = await import('@aws-sdk/client-bedrock-runtime');
  const client = new BedrockRuntimeClient({});
  try {
    await client.config.region();
    await client.config.credentials();
  } catch (error) {
    throw new Error(
      `AWS has no region or credentials for Bedrock: ${error.message} See npm run evals -- --help`,
    );
  }
  return bedrockModel({ client, modelId });
}

function say(text) {
  process.stdout.write(text);
  return 0;
}

function refuse(text) {
  process.stderr.write(`${text}\n`);
  return 2;
}
