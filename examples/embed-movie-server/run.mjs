// Two users ask the same question of the same database. PostgreSQL, not this code, decides what each user sees.
//
//   node examples/embed-movie-server/run.mjs
//
// It checks itself: if the user who may see only movies learns anything about a TV movie, it exits with code 1.
import assert from 'node:assert/strict';
import { stdout } from 'node:process';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { createMovieMcpServer } from 'movie-hub';
import { demoDataFolder, installSchema, loadImdb, openEmbeddedDatabase } from 'movie-hub/dataset';

// A database: PostgreSQL in this process, in memory. On your own server this is `createPool(…)` with the reader's login.
const { pool, close } = await openEmbeddedDatabase();
await installSchema(pool);
await loadImdb(pool, demoDataFolder());

// What each user may see: 1 is movie, 5 is TV movie. In your back end this comes from your own data.
const titleTypes = { jim: [1], anna: [1, 5] };

/** Connects a real MCP client to a movie server for this user. The function is called at every tool call. */
async function connectAs(user) {
  const server = createMovieMcpServer(pool, async () => ({ titleTypes: titleTypes[user] }));
  const client = new Client({ name: 'embed-movie-server', version: '1' });
  const [here, there] = InMemoryTransport.createLinkedPair();
  await server.connect(there);
  await client.connect(here);
  return client;
}

async function whoIsIn(title, client) {
  const answer = await client.callTool({ name: 'get_movie_characters', arguments: { title } });
  return answer.structuredContent;
}

const jim = await connectAs('jim');
const anna = await connectAs('anna');

for (const title of ['The Godfather', 'Duel']) {
  for (const [user, client] of Object.entries({ jim, anna })) {
    const { title: found, characters, message } = await whoIsIn(title, client);
    const first = characters?.[0];
    const text = found ? `${found.title} (${found.year}): ${first.actor} as ${first.character}, …` : message;
    stdout.write(`${user.padEnd(4)}  ${title.padEnd(14)} ${text}\n`);
  }
}

// Both see the movie. Anna sees the TV movie; jim gets exactly the answer for a title that does not exist.
assert.equal((await whoIsIn('The Godfather', jim)).found, true);
assert.equal((await whoIsIn('Duel', anna)).title.title, 'Duel');
assert.deepEqual(await whoIsIn('Duel', jim), await whoIsIn('A Title That Nobody Made', jim));

// A change applies to the next call. Without entitlements nothing is visible.
titleTypes.jim = [1, 5];
assert.equal((await whoIsIn('Duel', jim)).found, true);
titleTypes.jim = [];
assert.equal((await whoIsIn('The Godfather', jim)).found, false);

// Entitlements are not an argument of any tool: a call that tries to set them is refused.
const attempt = await anna.callTool({
  name: 'get_movie_characters',
  arguments: { title: 'Chernobyl', title_types: [1, 2, 3, 4, 5, 6] },
});
assert.equal(attempt.isError, true);

await jim.close();
await anna.close();
await close();
stdout.write('All checks passed.\n');
