// What a run of the agent adds to the loop that one would write by hand on the AWS client: processor time for each call of
// the model, and memory while a long answer streams.
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createRunStore, memoryRunStore } from 'movie-hub';
import { answerByAgent, answerByHand, awsClient, toolClient } from './agent-loops.mjs';
import { onHubServer } from './database.mjs';
import { interleave, median, report } from './measure.mjs';

// Many short slices: whatever else the machine does then meets both.
const rounds = 60;
const warmUpRounds = 10;
const runsOfSlice = 4;
const toolCalls = 5;

const fewPieces = 10_000;
const manyPieces = 100_000;
/** What may be held for that many pieces beside their text, in MB. */
const growthAim = 1;

const run = promisify(execFile);
const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url));

export default async function agent() {
  const bedrock = fork(pathOf('bedrock-child.mjs'));
  const [url] = await once(bedrock, 'message');
  try {
    await processorTime(url);
    await memory(url);
  } finally {
    bedrock.disconnect();
  }
}

async function processorTime(url) {
  const aws = awsClient(url);
  const mcp = await toolClient();
  const prompt = `Please look up ${toolCalls} things.`;
  const measure = async (pools) => {
    const stores = { memory: memoryRunStore(), ...(pools && { postgres: createRunStore(pools.accounts) }) };
    const byStore = Object.entries(stores).map(([name, store]) => [
      name,
      () => slice(() => answerByAgent(aws, mcp, prompt, store)),
    ]);
    const variants = {
      agent: () => slice(() => answerByAgent(aws, mcp, prompt)),
      hand: () => slice(() => answerByHand(aws, mcp, prompt)),
      ...Object.fromEntries(byStore),
    };
    reportTurns(await interleave(variants, rounds, warmUpRounds));
  };
  if (!(await onHubServer(({ pools }) => measure(pools)))) await measure();
  aws.destroy();
}

/** What is added to a turn by hand, in processor time of this process, may be so much, in ms. */
const aims = { agent: undefined, memory: 2, postgres: 4 };
const names = { agent: 'runAgent', memory: 'with a store in memory', postgres: 'with a store in PostgreSQL' };

function reportTurns(figures) {
  process.stdout.write(`  a run of ${toolCalls + 1} turns with 20 tools: processor time of a turn\n`);
  report('  by hand', median(figures.hand), 'ms');
  for (const [variant, name] of Object.entries(names)) {
    if (figures[variant] === undefined) continue;
    report(`  ${name}`, median(figures[variant]), 'ms');
    const added = figures[variant].map((each, round) => each - figures.hand[round]);
    report('    added to that by hand', median(added), 'ms', aims[variant]);
  }
}

/** Processor time of a turn, in ms: that of this process, in which no model and no database works. */
async function slice(answer) {
  const before = process.cpuUsage();
  for (let count = 0; count < runsOfSlice; count += 1) {
    const { turns } = await answer();
    if (turns !== toolCalls + 1) throw new Error(`The run took ${turns} turns.`);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (runsOfSlice * (toolCalls + 1));
}

/** What is held grows with the text; by hand, where a text is put together with `+=`, with its pieces as well. */
async function memory(url) {
  const ways = { read: 'runAgent, read by for await', unread: 'runAgent, unread', hand: 'by hand' };
  for (const [how, name] of Object.entries(ways)) {
    const few = await figuresOf(url, how, fewPieces);
    const many = await figuresOf(url, how, manyPieces);
    const aim = how === 'hand' ? undefined : growthAim;
    process.stdout.write(`  an answer of 100,000 pieces, ${many.text.toFixed(1)} MB of text: ${name}\n`);
    report('  held above idle', many.held, 'MB');
    report('  the same with 10,000 pieces', few.held, 'MB');
    report('  growth beyond the text', many.held - few.held - (many.text - few.text), 'MB', aim);
    report('  the process (RSS) above idle', many.rss, 'MB');
  }
}

async function figuresOf(url, how, pieces) {
  const work = JSON.stringify({ url, how, pieces });
  const { stdout } = await run(process.execPath, ['--expose-gc', pathOf('agent-memory-child.mjs'), work]);
  return JSON.parse(stdout);
}
