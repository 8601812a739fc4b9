// A hub in a process of its own, with a model that says as many pieces as it is told; tells what it holds.
import { setImmediate, setTimeout } from 'node:timers/promises';
import Fastify from 'fastify';
import { installSchema, openEmbeddedDatabase } from 'movie-hub/dataset';
import { addUser, hub } from 'movie-hub/ui';

/** Between two pieces of an answer, in ms. */
const pieceMs = 5;

let allowed = 0;
/** Pieces that each open stream has said. */
const open = new Map();

const model = {
  id: 'slow',
  async *stream({ messages }, signal) {
    yield { messageStart: { role: 'assistant' } };
    const isShort = JSON.stringify(messages.at(-1)).includes('little');
    if (isShort) yield { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'Little.' } } };
    else yield* muchOf(signal);
    yield { contentBlockStop: { contentBlockIndex: 0 } };
    yield { messageStop: { stopReason: 'end_turn' } };
    yield { metadata: { usage: { inputTokens: 1, outputTokens: 1 } } };
  },
};

async function* muchOf(signal) {
  const stream = {};
  open.set(stream, 0);
  try {
    while (!signal.aborted) {
      const said = open.get(stream);
      if (said < allowed) {
        const text = said % 10 === 9 ? 'a line.\n\n' : 'words ';
        yield { contentBlockDelta: { contentBlockIndex: 0, delta: { text } } };
        open.set(stream, said + 1);
      }
      await setTimeout(pieceMs);
    }
  } finally {
    open.delete(stream);
  }
}

const { pool, close } = await openEmbeddedDatabase();
await installSchema(pool, { hub: true });
await addUser(pool, { username: 'bench', password: 'bench-demo', titleTypes: [1] });
const app = Fastify();
await app.register(hub, {
  pools: { reader: pool, editor: pool, accounts: pool },
  model,
  sessionSecret: 'a secret of the benches, long enough',
  questionsPerMinute: 100_000,
  chatsAtOnce: 1000,
});
const base = await app.listen({ port: 0, host: '127.0.0.1' });

process.on('message', async ({ pieces, streams, ended }) => {
  if (pieces !== undefined) {
    allowed = pieces;
    while (open.size < streams || [...open.values()].some((said) => said < pieces)) await setTimeout(50);
    // What is on its way to the browsers is not held for long.
    await setTimeout(2000);
  }
  if (ended) {
    while (open.size > 0) await setTimeout(50);
    await setTimeout(2000);
  }
  for (let round = 0; round < 3; round += 1) {
    await setImmediate();
    global.gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  process.send({ held: heapUsed + external, characters: charactersOf(allowed) });
});
process.once('disconnect', async () => {
  await app.close();
  await close();
  process.exit(0);
});
process.send({ base });

function charactersOf(pieces) {
  return (
    Math.floor(pieces / 10) * 'a line.\n\n'.length + (pieces - Math.floor(pieces / 10)) * 'words '.length
  );
}
