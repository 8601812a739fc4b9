// Two users ask the same question of the same database. What each is told is decided by PostgreSQL, not by this code.
//
//   node examples/embed-movie-server/run.mjs
//
// It checks itself: when the user who may see movies only learns anything of a TV movie, it ends with exit code 1.
import assert from 'node:assert/strict';
import { stdout } from 'node:process';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { createMovieMcpServer } from 'movie-hub';
import { demoDataFolder, installSchema, loadImdb, openEmbeddedDatabase } from 'movie-hub/dataset';

// A database: PostgreSQL in this process, in memory. On a server of yours this is `new pg.Pool(…)` with the reader's login.
const { pool, close } = await openEmbeddedDatabase();
await installSchema(pool);
await loadImdb(pool, demoDataFolder());

// What each user may see: 1 is movie, 5 is TV movie. In a back end this comes from wherever you keep it.
const titleTypes = { jim: [1], anna: [1, 5] };

/** Connects a real MCP client to a movie server of this user. The function is asked at every call of a tool. */
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
    const said = found ? `${found.title} (${found.year}): ${first.actor} as ${first.character}, …` : message;
    stdout.write(`${user.padEnd(4)}  ${title.padEnd(14)} ${said}\n`);
  }
}

// Both see the movie. Anna sees the TV movie; jim is told, word for word, what he is told of a title that nobody made.
assert.equal((await whoIsIn('The Godfather', jim)).found, true);
assert.equal((await whoIsIn('Duel', anna)).title.title, 'Duel');
assert.deepEqual(await whoIsIn('Duel', jim), await whoIsIn('A Title That Nobody Made', jim));

// A change holds from the next call on. Nothing may be seen without an entitlement.
titleTypes.jim = [1, 5];
assert.equal((await whoIsIn('Duel', jim)).found, true);
titleTypes.jim = [];
assert.equal((await whoIsIn('The Godfather', jim)).found, false);

// Entitlements are no tool's argument: a call that tries to give some is refused.
const attempt = await anna.callTool({
  name: 'get_movie_characters',
  arguments: { title: 'Chernobyl', title_types: [1, 2, 3, 4, 5, 6] },
});
assert.equal(attempt.isError, true);

await jim.close();
await anna.close();
await close();
stdout.write('All as it should be.\n');
