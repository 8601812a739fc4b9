import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { createMovieMcpServer } from 'movie-hub';
import { demoDataFolder, installSchema, loadImdb, openEmbeddedDatabase } from 'movie-hub/dataset';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { call, connect, textOf } from '../support/mcp';
import { resultMessage } from '../support/messages';
import { seed } from '../support/seed';
import { birthYears, personQuestions, searchSeeds, titleQuestions } from './search-questions';

const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

interface Match {
  title?: string;
  year?: number;
  type?: string;
  name?: string;
  birth_year?: number;
}

interface Answer {
  found: boolean;
  title?: Match;
  person?: Match;
  other_matches?: Match[];
  suggestions?: Match[];
  message: string;
}

const ask = async (client: Client, question: string, tool: 'title' | 'actor' = 'title') => {
  const name = tool === 'title' ? 'get_movie_characters' : 'get_actor_roles';
  return (await call(client, name, { [tool]: question })).structuredContent as unknown as Answer;
};

/** Everything that an answer names, best first; with a question mark before what is only suggested. */
function named(answer: Answer): string[] {
  const best = answer.title ?? answer.person;
  const matches = answer.found
    ? [...(best ? [best] : []), ...(answer.other_matches ?? [])]
    : (answer.suggestions ?? []);
  const names = matches.map(({ title, year, name, birth_year }) => {
    const known = year ?? birth_year;
    return `${title ?? name}${known === undefined ? '' : ` (${known})`}`;
  });
  return answer.found ? names : [`? ${names[0] ?? ''}`.trim(), ...names.slice(1)];
}

test('the table has as many questions as it says', () => {
  const count = titleQuestions.length + personQuestions.length;
  process.stderr.write(`Search: ${count} questions, each as three users.\n`);
  expect(count).toBeGreaterThanOrEqual(80);
});

describe.each(databaseKinds)('what people ask for on %s', (kind) => {
  let database: TestDatabase;
  const clients: Client[] = [];
  beforeAll(async () => {
    database = await openDatabase(kind, 'demo');
    await seed(database.admin, searchSeeds);
    for (const born of birthYears)
      await database.admin.query('UPDATE movie_hub.names SET birth_year = $2 WHERE name_id = $1', [...born]);
    for (const titleTypes of [[1], [1, 5], all])
      clients.push(await connect(createMovieMcpServer(database.pools.reader, { titleTypes })));
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await database.close();
  });

  const check = async (tool: 'title' | 'actor', question: string, expected: readonly string[]) => {
    for (const [i, client] of clients.entries()) {
      const wanted = expected[i]?.split(' | ') ?? [];
      const got = named(await ask(client, question, tool));
      expect(wanted[0] === '?' ? got : got.slice(0, wanted.length)).toEqual(wanted);
    }
  };

  test.each(titleQuestions)('title: $question', ({ question, expected }) =>
    check('title', question, expected),
  );
  test.each(personQuestions)('person: $question', ({ question, expected }) =>
    check('actor', question, expected),
  );

  test('suggestions are told apart from an answer, behind the words that are said of everything unknown', async () => {
    const [jim] = clients;
    if (jim === undefined) throw new Error('nobody asks');
    const nothing = await ask(jim, 'Nobody Ever Made This');
    expect(nothing).toEqual({
      found: false,
      message: resultMessage.noTitle,
    });
    expect(await ask(jim, 'Chernobyl')).toEqual(nothing);
    const result = await call(jim, 'get_movie_characters', { title: 'casblanca' });
    expect(result.structuredContent).toEqual({
      found: false,
      message: `${nothing.message} ${resultMessage.onlySimilarTitles}`,
      suggestions: [{ title_id: 900000021, title: 'Casablanca', type: 'movie', year: 1942 }],
    });
    expect(JSON.parse(textOf(result))).toEqual(result.structuredContent);
    expect(await ask(jim, 'scorcese', 'actor')).toEqual({
      found: false,
      message: `${resultMessage.noPerson} ${resultMessage.onlySimilarPeople}`,
      suggestions: [{ person_id: expect.any(Number), name: 'Martin Scorsese', birth_year: 1942 }],
    });
  });
});

describe.each(databaseKinds)('what is hidden from a search on %s', (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase(kind, 'demo');
  });
  afterAll(() => database.close());

  test('costs it nothing: rows of other types are passed by in the index', async () => {
    await database.admin.query(`
      INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title)
        SELECT i, 5, 'Zyxomma ' || i, 'Libelle ' || i FROM generate_series(1, 10000) AS i;
      INSERT INTO movie_hub.akas (title_id, ordering, title_type, title)
        SELECT i, 1, 5, 'Zyxomma ' || i FROM generate_series(1, 10000) AS i;
      INSERT INTO movie_hub.names (name_id, primary_name)
        SELECT i, 'Zyxomma ' || i FROM generate_series(1, 10000) AS i;
      INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category)
        SELECT i, 1, 5, i, 'actor' FROM generate_series(1, 10000) AS i`);
    await database.admin.query('VACUUM ANALYZE movie_hub.titles, movie_hub.akas, movie_hub.names');
    const blocks = async (types: string, search: string, word: string) => {
      const client = await database.pools.reader.connect();
      try {
        await client.query('BEGIN READ ONLY');
        await client.query(`SELECT set_config('rls.types', $1, true)`, [types]);
        await client.query('SET LOCAL ROLE movie_hub_reader');
        const explain = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM movie_hub.${search}('${word}', 10)`;
        await client.query(explain);
        const { rows } = await client.query(explain);
        const plan = rows[0]['QUERY PLAN'][0].Plan;
        return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
    };
    for (const search of ['search_titles', 'search_names']) {
      const hidden = await blocks('{1}', search, 'zyxomma');
      const missing = await blocks('{1}', search, 'zyxommas');
      expect(hidden - missing, search).toBeLessThan(40);
      expect(await blocks('{5}', search, 'zyxomma'), search).toBeGreaterThan(missing + 200);
    }
  });

  test('stays hidden when the functions propose every row there is', async () => {
    const replace = (name: string, id: string, rows: string) =>
      database.admin.query(
        `CREATE OR REPLACE FUNCTION movie_hub.${name}(words text, max_results integer) RETURNS TABLE (${id} integer, rank integer)
         LANGUAGE sql STABLE SECURITY DEFINER AS $$ ${rows} $$`,
      );
    const titles =
      'SELECT title_id, row_number() OVER (ORDER BY title_type <> 5, title_id)::integer FROM movie_hub.titles';
    const names = `SELECT name_id, row_number() OVER (ORDER BY title_types <> '{5}', name_id)::integer FROM movie_hub.names`;
    const none = 'SELECT 1, 1 WHERE false';
    const count = async (sql: string) =>
      Number((await database.admin.query(`SELECT count(*) ${sql}`)).rows[0].count);
    const movies = await count('FROM movie_hub.titles WHERE title_type = 1');
    const people = await count('FROM movie_hub.names WHERE 1 = ANY (title_types)');
    expect(await count('FROM movie_hub.titles')).toBeGreaterThan(movies + 10_000);
    const jim = await connect(createMovieMcpServer(database.pools.reader, { titleTypes: [1] }));
    const vlad = await connect(
      createMovieMcpServer(database.pools.reader, { titleTypes: all }, { maxBytes: 10_000_000 }),
    );
    onTestFinished(async () => {
      await Promise.all([jim.close(), vlad.close()]);
    });

    await replace('search_titles', 'title_id', titles);
    await replace('search_names', 'name_id', names);
    const found = await ask(jim, 'anything');
    expect([found.title, ...(found.other_matches ?? [])].map((match) => match?.type)).toEqual(
      Array(movies).fill('movie'),
    );
    const actor = await ask(jim, 'anybody', 'actor');
    expect(1 + (actor.other_matches?.length ?? 0)).toBe(people);
    expect(JSON.stringify([found, actor])).not.toContain('Zyxomma');
    expect((await ask(vlad, 'anything')).title?.title).toMatch(/^Zyxomma/);
    expect((await ask(vlad, 'anybody', 'actor')).person?.name).toMatch(/^Zyxomma/);

    await replace('search_titles', 'title_id', none);
    await replace('search_names', 'name_id', none);
    await replace('suggest_titles', 'title_id', titles);
    await replace('suggest_names', 'name_id', names);
    const suggested = await ask(jim, 'anything');
    expect(suggested.suggestions?.map((match) => match.type)).toEqual(Array(movies).fill('movie'));
    const suggestedPeople = await ask(jim, 'anybody', 'actor');
    expect(suggestedPeople.suggestions?.length).toBe(people);
    expect(JSON.stringify([suggested, suggestedPeople])).not.toContain('Zyxomma');
    expect((await ask(vlad, 'anything')).suggestions?.[0]?.title).toMatch(/^Zyxomma/);
    expect((await ask(vlad, 'anybody', 'actor')).suggestions?.[0]?.name).toMatch(/^Zyxomma/);
  });
});

test('pg_trgm may have been there before, in a schema of somebody else', async () => {
  const { pool, close } = await openEmbeddedDatabase();
  onTestFinished(close);
  await pool.query('CREATE SCHEMA "other Tools"');
  await pool.query('CREATE EXTENSION pg_trgm SCHEMA "other Tools"');
  await installSchema(pool);
  await loadImdb(pool, demoDataFolder());
  const client = await connect(createMovieMcpServer(pool, { titleTypes: [1] }));
  expect(named(await ask(client, 'casblanca'))).toEqual(['? Casablanca (1942)']);
  await client.close();
});
