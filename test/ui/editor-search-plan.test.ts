import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';

/** The editor's policies hide nothing, so PostgreSQL may use indexes that it may not use for a reader. */
describe.runIf(databaseKinds.includes('server'))('how an editor’s search is run', () => {
  let db: TestDatabase;

  beforeAll(async () => {
    db = await openDatabase('server');
    await db.admin.query(`
      INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title)
        SELECT n, 1, 'Word' || n || ' Other' || n % 500, 'Original' || n FROM generate_series(1, 30000) n;
      INSERT INTO movie_hub.names (name_id, primary_name) SELECT n, 'Name' || n || ' Other' || n % 500 FROM generate_series(1, 30000) n;
      INSERT INTO movie_hub.akas (title_id, ordering, title_type, title) SELECT n, 1, 1, 'Aka' || n FROM generate_series(1, 30000) n`);
    // What was added last waits in a list of the index, which is read whole.
    await db.admin.query('VACUUM ANALYZE movie_hub.titles, movie_hub.names, movie_hub.title_texts');
  });
  afterAll(() => db?.close());

  const planOf = async (name: string, values: Record<string, string>, role = 'movie_hub_editor') => {
    const sql = await readFile(`sql/hub/queries/${name}.sql`, 'utf8');
    const text = Object.entries(values).reduce(
      (query, [parameter, value]) => query.replaceAll(new RegExp(`(?<!:):${parameter}\\b`, 'g'), value),
      sql,
    );
    const client = await db.admin.connect();
    try {
      await client.query(`BEGIN; SET LOCAL ROLE ${role}; SET LOCAL rls.types = '{1}'`);
      const { rows } = await client.query(`EXPLAIN ${text}`);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  };

  test.each([
    ['editor_find_titles', 'title_id', 'titles', ['titles_search', 'title_texts_exact']],
    ['editor_find_people', 'name_id', 'names', ['names_search', 'names_exact']],
  ] as const)('%s uses its indexes', async (name, id, table, indexes) => {
    const values = { words: "'word12'", [id]: 'NULL', max_results: '11' };
    const plan = await planOf(name, values);
    for (const index of indexes) expect(plan).toContain(index);
    expect(plan).not.toContain(`Seq Scan on ${table}`);
    const byWords = /Index Cond: \(search @@/;
    expect(plan).toMatch(byWords);
    // What it would be for a reader: the reason for the search functions.
    if (table === 'names') expect(await planOf(name, values, 'movie_hub_reader')).not.toMatch(byWords);
  });

  test.each([
    ['newest_titles', 'titles_pkey', { before: 'NULL', max_results: '51' }],
    ['newest_titles', 'titles_pkey', { before: '20000', max_results: '51' }],
    ['newest_titles', 'titles_created_at', { before: '20000', max_results: '51' }],
    ['newest_people', 'names_pkey', { before: '20000', max_results: '51' }],
    ['newest_people', 'names_created_at', { before: 'NULL', max_results: '51' }],
    ['list_cast', 'principals_pkey', { title_id: '5' }],
  ] as const)('%s reads on from an index (%s)', async (name, index, values) => {
    expect(await planOf(name, values)).toContain(index);
  });
});
