// One agent, two MCP servers, one question that needs both. Prints the run's events as they arrive.
//
//   node examples/agent-with-two-servers/run.mjs
//
// It checks itself: if a tool was not called, or the answer is not from the tools, it exits with code 1.
import assert from 'node:assert/strict';
import { stdout } from 'node:process';
import { createMovieMcpServer, createTimeMcpServer, runAgent } from 'movie-hub';
import { demoDataFolder, installSchema, loadImdb, openEmbeddedDatabase } from 'movie-hub/dataset';
import { createDemoModel } from 'movie-hub/testing';

const { pool, close } = await openEmbeddedDatabase();
await installSchema(pool);
await loadImdb(pool, demoDataFolder());

// The demo model is rule-based, not an AI. For a real one pass `client` (of the AWS SDK) and `modelId` instead of `model`.
const run = runAgent({
  model: createDemoModel({ delayMs: 0 }),
  prompt: 'Who is in The Godfather, and what time is it in Tokyo?',
  servers: [
    createMovieMcpServer(pool, { titleTypes: [1] }),
    createTimeMcpServer({ now: () => new Date('2025-01-01T00:00:00Z') }),
  ],
});

const called = [];
for await (const event of run) {
  switch (event.type) {
    case 'tool_call':
      called.push(`${event.server}/${event.name}`);
      stdout.write(`→ ${event.server} ${event.name} ${JSON.stringify(event.arguments)}\n`);
      break;
    case 'tool_result':
      stdout.write(`← ${event.name} ${event.isError ? 'failed' : 'answered'} in ${event.milliseconds} ms\n`);
      break;
    case 'text':
      stdout.write(event.text);
      break;
    case 'run_finished':
      stdout.write(`\n(${event.stopReason}, the model was called ${event.turns} times)\n`);
  }
}

// Reading the events is optional: the result has everything, including a transcript to continue from.
const result = await run.result;
assert.deepEqual(called.sort(), ['movie-hub-movies/get_movie_characters', 'movie-hub-time/get_current_time']);
assert.equal(result.stopReason, 'end_turn');
assert.match(result.text, /Marlon Brando/);
assert.match(result.text, /Don Vito Corleone/);
assert.match(result.text, /09:00|9:00/);
assert.equal(result.messages.at(-1).role, 'assistant');

await close();
stdout.write('All checks passed.\n');
