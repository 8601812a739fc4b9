import { explainQueryTool } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { toolOf } from '../support/explained-tools';
import { type OwnSchema, openOwnSchema } from '../support/own-schema';

/** 5,000 things of one tenant, which is all that its user may see; `everybody` is the same without row-level security. */
const things = (role: string) => [
  'CREATE SCHEMA shop',
  // Trigrams are where Movie Hub installs them.
  `GRANT USAGE ON SCHEMA shop, movie_hub TO ${role}`,
  `CREATE TABLE shop.things (
     thing_id integer PRIMARY KEY, tenant text NOT NULL, name text COLLATE "C" NOT NULL, email text NOT NULL, price numeric NOT NULL,
     tags text[] NOT NULL, during int4range NOT NULL, "Key" numeric NOT NULL, note text NOT NULL
   )`,
  `INSERT INTO shop.things
   SELECT n, 'ada', 'name' || n, 'Mail' || n || '@example.org', n, ARRAY['tag' || n], int4range(n, n + 1), n, repeat('x', 80)
   FROM generate_series(1, 5000) AS n`,
  'CREATE INDEX things_name ON shop.things (name)',
  'CREATE INDEX things_email ON shop.things (lower(email))',
  'CREATE INDEX things_alike ON shop.things USING gin (email movie_hub.gin_trgm_ops)',
  'CREATE INDEX things_price ON shop.things (price)',
  'CREATE INDEX things_tags ON shop.things USING gin (tags)',
  'CREATE INDEX things_during ON shop.things USING gist (during)',
  'CREATE INDEX "Things of Key" ON shop.things ("Key")',
  'CREATE TABLE shop.everybody AS SELECT * FROM shop.things',
  'CREATE INDEX everybody_price ON shop.everybody ((price + 1))',
  'ALTER TABLE shop.things ENABLE ROW LEVEL SECURITY',
  `CREATE POLICY own ON shop.things USING (tenant = current_setting('shop.tenant', true))`,
  `GRANT SELECT ON shop.things, shop.everybody TO ${role}`,
  'ANALYZE shop.things, shop.everybody',
];

describe.runIf(databaseKinds.includes('server'))('indexes that row-level security loses', () => {
  let shop: OwnSchema;
  beforeAll(async () => {
    shop = await openOwnSchema('server', things);
  });
  afterAll(() => shop?.close());

  const lostIn = async (sql: string) => {
    const options = { lookupTables: ['shop.everybody'] };
    const { warnings } = await explainQueryTool(shop.pool, toolOf(sql), shop.of('ada'), {}, options);
    return warnings
      .filter((each) => each.startsWith('Lost index'))
      .map((each) => each.replace(/^.* has the index (.*), but .* it for (.*): what .*$/, '$1: $2'));
  };

  test.each([
    ['the beginning of a text', `name LIKE 'name4999%'`, 'things_name: name ~~'],
    ['a regular expression from the beginning', `name ~ '^name4999$'`, 'things_name: name ~'],
    ['a function in the key', `lower(email) = 'mail7@example.org'`, 'things_email: lower(email) ='],
    ['trigrams', `email LIKE '%il49%9@%'`, 'things_alike: email ~~'],
    [
      'likeness, whose operator is in another schema',
      `email OPERATOR(movie_hub.%) 'xyz'`,
      'things_alike: email %',
    ],
    ['an operator of two sides', `'xyz' OPERATOR(movie_hub.%) email`, 'things_alike: email %'],
    ['numeric, whose comparisons are not leakproof', 'price = 7', 'things_price: price ='],
    ['lists that overlap', `tags && ARRAY['tag7']`, 'things_tags: tags &&'],
    ['ranges', `during && int4range(7, 9)`, 'things_during: during &&'],
    ['a name in quotes', '"Key" = 7', 'Things of Key: "Key" ='],
  ])('%s', async (_, condition, lost) => {
    expect(await lostIn(`SELECT t.thing_id FROM shop.things AS t WHERE ${condition}`)).toEqual([lost]);
    expect(await lostIn(`SELECT thing_id FROM shop.things WHERE ${condition} AND thing_id > 0`)).toEqual([
      lost,
    ]);
    expect(await lostIn(`SELECT thing_id FROM shop.everybody WHERE ${condition}`)).toEqual([]);
  });

  test('one that a join compares with', async () => {
    const sql = `SELECT t.thing_id FROM (SELECT array_agg('tag' || n) AS tags FROM generate_series(1, 3) AS n) AS s
                 JOIN shop.things AS t ON t.tags && s.tags`;
    expect(await lostIn(sql)).toEqual(['things_tags: tags &&']);
  });

  test.each([
    ['a leakproof operator, whose index is used', 'thing_id = 7'],
    ['a column without an index', `note LIKE '%y%'`],
    ['a pattern that a btree cannot look up', `name LIKE '%99'`],
    ['several patterns', `name LIKE ANY (ARRAY['name99%', 'name98%'])`],
    ['words in a string', `note = 'price = 7 and tags && it'`],
    ['another column of the same ending', `note || 'price' = 'x'`],
  ])('none for %s', async (_, condition) => {
    expect(await lostIn(`SELECT thing_id FROM shop.things WHERE ${condition}`)).toEqual([]);
  });
});
