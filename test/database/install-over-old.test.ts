import { fileURLToPath } from 'node:url';
import { installSchema, openEmbeddedDatabase } from 'movie-hub/dataset';
import { runner } from 'node-pg-migrate';
import { expect, test } from 'vitest';
import { seed } from '../support/seed';

test('a database from before title_lists and title_texts gets their rows, and the years of its credits', async () => {
  const { pool, close } = await openEmbeddedDatabase();
  const client = await pool.connect();
  await client.query('CREATE SCHEMA movie_hub_install');
  await runner({
    dbClient: client,
    dir: fileURLToPath(new URL('../../sql/migrations', import.meta.url)),
    direction: 'up',
    count: 5,
    migrationsSchema: 'movie_hub_install',
    migrationsTable: 'data_migrations',
    log: () => undefined,
  });
  client.release();
  await seed(pool, [
    {
      id: 1,
      type: 1,
      title: 'The Sea',
      year: 1999,
      votes: 7,
      genres: ['Drama'],
      cast: [{ id: 1, name: 'Ann' }],
    },
    { id: 2, type: 5, title: 'Bare', directors: [{ id: 1, name: 'Ann' }] },
  ]);
  await installSchema(pool);
  const { rows } = await pool.query('SELECT * FROM movie_hub.title_lists ORDER BY title_id, genre');
  const sea = {
    title_id: 1,
    title_type: 1,
    sort_title: 'sea',
    start_year: 1999,
    num_votes: 7,
    rating: 750_000_007,
  };
  expect(rows).toEqual([
    { ...sea, genre: '' },
    { ...sea, genre: 'Drama' },
    { title_id: 2, genre: '', title_type: 5, sort_title: 'bare', start_year: 0, num_votes: -1, rating: -1 },
  ]);
  const credits = await pool.query(
    'SELECT title_year FROM movie_hub.principals UNION ALL SELECT title_year FROM movie_hub.crew',
  );
  expect(credits.rows.map((row) => row.title_year)).toEqual([1999, 0]);
  const names = await pool.query('SELECT title_types FROM movie_hub.names');
  expect(names.rows).toEqual([{ title_types: [1, 5] }]);
  const texts = await pool.query(
    'SELECT title_id, title_type, num_votes, start_year, key, plain FROM movie_hub.title_texts ORDER BY 1',
  );
  expect(texts.rows).toEqual([
    { title_id: 1, title_type: 1, num_votes: 7, start_year: 1999, key: 'sea', plain: 'thesea' },
    { title_id: 2, title_type: 5, num_votes: 0, start_year: 0, key: 'bare', plain: 'bare' },
  ]);
  const people = await pool.query(
    'SELECT name_id, title_type, num_votes::int, key FROM movie_hub.name_texts ORDER BY 2',
  );
  expect(people.rows).toEqual([
    { name_id: 1, title_type: 1, num_votes: 7, key: 'ann' },
    { name_id: 1, title_type: 5, num_votes: 0, key: 'ann' },
  ]);
  // The triggers that rested work again.
  await pool.query('DELETE FROM movie_hub.titles WHERE title_id = 2');
  expect((await pool.query('SELECT title_types FROM movie_hub.names')).rows).toEqual([{ title_types: [1] }]);
  await close();
});
