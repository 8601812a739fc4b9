import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { oldSearchSql } from '../support/old-search';
import { readBy } from './plan-watch';

/** Few words, so that many titles match; with articles, a year, and words that begin alike. */
const word = fc.constantFrom(
  'the',
  'a',
  'heat',
  'heath',
  'love',
  'lov',
  'été',
  '2001',
  '1999',
  'night',
  'of',
  "l'eau",
  '!',
);
const text = fc
  .tuple(fc.constantFrom('', '', 'The ', 'Le '), fc.array(word, { minLength: 1, maxLength: 3 }))
  .map(([article, words]) => `${article}${words.join(' ')}`);
const type = fc.constantFrom(1, 2, 5);
/** Of every range of votes, its ends, and far apart enough for the rule of a hundred times. */
const votes = fc.constantFrom(
  null,
  null,
  0,
  1,
  1,
  99,
  100,
  150,
  999,
  1000,
  20_000,
  99_999,
  100_000,
  3_000_000,
  2_147_483_647,
);
const year = fc.constantFrom(null, 1999, 2001, 2001);

const title = fc.record({
  type,
  title: text,
  original: fc.option(text, { freq: 3 }),
  year,
  votes,
  akas: fc.array(text, { maxLength: 2 }),
  cast: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
});
const person = fc.record({ name: text, birth: year });
const asked = fc.oneof(
  text,
  fc.constantFrom(
    'heat',
    'the heat',
    'the',
    'love',
    'le',
    'hea',
    'of the',
    '2001',
    'night 2001',
    'heat love',
  ),
);
const question = fc.record({
  words: fc
    .tuple(asked, fc.constantFrom('', '', ' 2001', ' (1999)', ', The', ' '))
    .map((parts) => parts.join('')),
  most: fc.constantFrom(1, 2, 3, 6, 1000, 0),
  types: fc.constantFrom('{1}', '{1,5}', '{1,2,5}', '{2,5}', '{1,2,5,5,77}', '{}'),
});
const data = fc.record({
  titles: fc.array(title, { minLength: 5, maxLength: 40 }),
  people: fc.array(person, { minLength: 12, maxLength: 12 }),
});

const functions = [
  ['movie_hub.search_titles(q.words, q.most, false)', 'old.search_titles(q.words, q.most)'],
  ['movie_hub.search_titles(q.words, q.most, true)', 'old.search_titles_typed(q.words, q.most)'],
  ['movie_hub.search_names(q.words, q.most)', 'old.search_names(q.words, q.most)'],
] as const;

describe.each(databaseKinds)('searches on %s', (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase(kind);
    await database.admin.query(oldSearchSql());
  });
  afterAll(() => database.close());

  test('find the same in the same order as searches that rank every match', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(
        data,
        fc.array(question, { minLength: 15, maxLength: 20 }),
        async (given, questions) => {
          await fill(database, given);
          for (const [now, before] of functions) {
            const answers = await ask(database, now, before, questions);
            for (const answer of answers)
              expect(answer.now, `${now} ${JSON.stringify(answer)}`).toEqual(answer.before);
            found += answers.filter((answer) => answer.before.length > 0).length;
          }
        },
      ),
      { numRuns: 20 },
    );
    // Otherwise nothing was compared.
    expect(found).toBeGreaterThan(200);
  });

  test('of few titles tell the same best one, and no other in another order', async () => {
    await fc.assert(
      fc.asyncProperty(
        data,
        fc.array(question, { minLength: 15, maxLength: 20 }),
        async (given, questions) => {
          await fill(database, given);
          const now = 'movie_hub.search_titles(q.words, q.most)';
          const asked = questions.filter(({ most }) => most > 0);
          for (const answer of await ask(database, now, 'old.search_titles(q.words, 1000)', asked)) {
            const ids = (rows: readonly string[]) => rows.map((row) => row.split(' ')[0]);
            const told = ids(answer.now);
            expect(told[0], JSON.stringify(answer)).toBe(ids(answer.before)[0]);
            expect(told, JSON.stringify(answer)).toEqual(
              ids(answer.before).filter((id) => told.includes(id)),
            );
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test('are found out by this test when they rank by other votes', async () => {
    const votesOf = (votes: 1 | 100): Data['titles'][number] => ({
      type: 1,
      title: 'heat',
      original: null,
      year: null,
      votes,
      akas: [],
      cast: [1],
    });
    await fill(database, { titles: [votesOf(1), votesOf(100)], people: [{ name: 'heat', birth: null }] });
    const [now, before] = functions[0];
    const questions = [{ words: 'heat', most: 2, types: '{1}' }];
    expect(await ask(database, now, before, questions)).toEqual([
      expect.objectContaining({ now: ['2 1', '1 2'], before: ['2 1', '1 2'] }),
    ]);
    await database.admin.query('UPDATE movie_hub.title_texts SET num_votes = 1000000 WHERE title_id = 1');
    expect(await ask(database, now, before, questions)).toEqual([
      expect.objectContaining({ now: ['1 1', '2 2'], before: ['2 1', '1 2'] }),
    ]);
  });
});

/** More different words than any title has. */
const manyWords = Array.from({ length: 120 }, (_, i) => `w${i}`);
const hostile = [
  ['two words a hundred times', 'a&'.repeat(100), 'a and'],
  ['a word a thousand times', 'love '.repeat(1000), 'love'],
  ['a hundred words', manyWords.join(' '), manyWords.slice(0, 16).join(' ')],
  ['signs that each become a word', '&'.repeat(300), 'and'],
  ['a word without end', 'love and '.concat('x'.repeat(100_000)), 'love and xxx'],
] as const;

describe.runIf(databaseKinds.includes('server'))('what a question costs', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase('server');
    await database.admin.query(`
      INSERT INTO movie_hub.names (name_id, primary_name) SELECT n, 'Person ' || n FROM generate_series(1, 400) n;
      INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title)
        SELECT n, 1, 'Love and Night ' || n, 'Love and Night ' || n FROM generate_series(1, 400) n;
      INSERT INTO movie_hub.ratings (title_id, title_type, average_rating, num_votes) SELECT n, 1, 5, 1000 + n FROM generate_series(1, 400) n;
      INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category)
        SELECT n, 1, 1, n, 'actor' FROM generate_series(1, 400) n`);
    await database.admin.query(
      'VACUUM ANALYZE movie_hub.title_texts, movie_hub.name_texts, movie_hub.titles, movie_hub.names',
    );
  });
  afterAll(() => database.close());

  /** Pages of tables and indexes that a statement reads, also inside functions, once its plans are made. */
  async function pagesRead(text: string, words: string): Promise<number> {
    const client = await database.admin.connect();
    try {
      await client.query(`SET rls.types = '{1,2,3,4,5,6,7,8,9,10,11}'; SET enable_seqscan = off`);
      let pages = 0;
      for (let round = 0; round < 3; round += 1) {
        const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, [words]);
        const [{ Plan }] = rows[0]['QUERY PLAN'];
        pages = Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks'];
      }
      return pages;
    } finally {
      await client.query('RESET enable_seqscan');
      client.release();
    }
  }

  test.each([
    'movie_hub.search_titles($1, 6)',
    'movie_hub.search_titles($1, 1000, true)',
    'movie_hub.search_names($1, 6)',
    'movie_hub.titles WHERE search @@ movie_hub.words_to_prefix_query($1)',
    'movie_hub.names WHERE search @@ movie_hub.words_to_prefix_query($1)',
  ])('%s reads no more for a question that is multiplied', async (from) => {
    for (const [what, multiplied, once] of hostile) {
      const most = (await pagesRead(`SELECT count(*) FROM ${from}`, once)) * 1.1 + 20;
      expect(await pagesRead(`SELECT count(*) FROM ${from}`, multiplied), what).toBeLessThan(most);
    }
  });

  test('a search finds by the first words of a question that has too many', async () => {
    await database.admin.query(
      `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title) VALUES (9001, 1, $1, $1)`,
      [manyWords.slice(0, 40).join(' ')],
    );
    const questions = [40, 120, 10].map((count) => ({
      words: manyWords.slice(0, count).join(' '),
      most: 6,
      types: '{1}',
    }));
    const found = 'movie_hub.search_titles(q.words, q.most)';
    expect((await ask(database, found, found, questions)).map(({ now }) => now)).toEqual([
      ['9001 1'],
      ['9001 1'],
      ['9001 1'],
    ]);
    expect(await ask(database, found, found, [{ words: 'w0 zzz', most: 6, types: '{1}' }])).toMatchObject([
      { now: [] },
    ]);
  });

  test.each(['suggest_titles', 'suggest_names'])(
    '%s compares few rows, and no letters beyond the first',
    async (name) => {
      const rowsOf = async (words: string) =>
        (await readBy(database, `SELECT count(*) FROM movie_hub.${name}(:words, 6)`, 'vlad', { words }))
          .filter(({ table }) => table === 'names' || table === 'titles')
          .reduce((sum, { rows }) => sum + rows, 0);
      expect(await rowsOf('zzyzx qwert')).toBe(0);
      const found = `movie_hub.${name}(q.words, q.most)`;
      const [word, types] = name === 'suggest_titles' ? ['lovee and nihgt 7', '{1}'] : ['persn 7', '{1}'];
      const asked = [word, `${word} ${'x'.repeat(84)}`].map((words) => ({ words, most: 6, types }));
      const [near, long] = await ask(database, found, found, asked);
      expect(near?.now).not.toEqual([]);
      const longer = asked.map(({ words }) => ({
        words: `${words.padEnd(100, 'x')}${'y z '.repeat(5000)}`,
        most: 6,
        types,
      }));
      for (const { now } of (await ask(database, found, found, longer)).slice(1))
        expect(now).toEqual(long?.now);
    },
  );
});

interface Answer {
  words: string;
  now: string[];
  before: string[];
}

async function ask(
  { admin }: TestDatabase,
  now: string,
  before: string,
  questions: readonly { words: string; most: number; types: string }[],
): Promise<Answer[]> {
  const told = (search: string) =>
    `ARRAY(SELECT concat_ws(' ', VARIADIC ARRAY[s.id, s.place]) FROM ${search} AS s (id, place) ORDER BY s.place)`;
  const { rows } = await admin.query<Answer>(
    `SELECT q.*, ${told(now)} AS now, ${told(before)} AS before
     FROM (SELECT j.words, j.most, j.types, set_config('rls.types', j.types, false) FROM json_to_recordset($1) AS j (words text, most int, types text) OFFSET 0) AS q`,
    [JSON.stringify(questions)],
  );
  return rows;
}

type Data = typeof data extends fc.Arbitrary<infer Value> ? Value : never;

/** Replaces the data, by way of the tables whose triggers keep what is searched. */
async function fill({ admin }: TestDatabase, given: Data): Promise<void> {
  const titles = given.titles.map((each, i) => ({
    ...each,
    id: i + 1,
    original: each.original ?? each.title,
  }));
  await admin.query('DELETE FROM movie_hub.titles; DELETE FROM movie_hub.names');
  const rows = (sql: string, of: readonly object[]) => admin.query(sql, [JSON.stringify(of)]);
  await rows(
    `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title, start_year)
     SELECT id, type, title, original, year FROM json_to_recordset($1) AS j (id int, type int, title text, original text, year int)`,
    titles,
  );
  await rows(
    `INSERT INTO movie_hub.names (name_id, primary_name, birth_year)
     SELECT id, name, birth FROM json_to_recordset($1) AS j (id int, name text, birth int)`,
    given.people.map((each, i) => ({ ...each, id: i + 1 })),
  );
  await rows(
    `INSERT INTO movie_hub.akas (title_id, ordering, title_type, title)
     SELECT id, ordering, type, title FROM json_to_recordset($1) AS j (id int, type int, title text, ordering int)`,
    titles.flatMap(({ id, type, akas }) => akas.map((aka, i) => ({ id, type, title: aka, ordering: i + 1 }))),
  );
  await rows(
    `INSERT INTO movie_hub.ratings (title_id, title_type, average_rating, num_votes)
     SELECT id, type, 5, votes FROM json_to_recordset($1) AS j (id int, type int, votes int) WHERE votes IS NOT NULL`,
    titles,
  );
  for (const sql of [
    `INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category)
     SELECT id, place, type, person, 'actor' FROM json_to_recordset($1) AS j (id int, type int, person int, place int) WHERE place <= 2`,
    `INSERT INTO movie_hub.crew (title_id, title_type, role, ordering, name_id)
     SELECT id, type, 'writer', place, person FROM json_to_recordset($1) AS j (id int, type int, person int, place int) WHERE place >= 2
     ON CONFLICT DO NOTHING`,
  ]) {
    await rows(
      sql,
      titles.flatMap(({ id, type, cast }) => cast.map((person, i) => ({ id, type, person, place: i + 1 }))),
    );
  }
}
