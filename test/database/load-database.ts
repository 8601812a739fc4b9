import { loadImdb } from 'movie-hub/dataset';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { LoadedFile } from '../../src/dataset/load-imdb';
import { type DatabaseKind, openDatabase, type TestDatabase } from '../support/databases';

/** What the tests of the loader do with their database. */
export interface LoadDatabase {
  database(): TestDatabase;
  load(folder: string): Promise<LoadedFile[]>;
  rowsOf(sql: string): Promise<unknown[]>;
  /** Primary titles in the order of their ids. */
  titles(): Promise<string[]>;
  /** The number of rows of each table. */
  counts(): Promise<unknown[]>;
}

/** Opens a database for the tests of a block, and empties it before each of them. */
export function useLoadDatabase(kind: DatabaseKind): LoadDatabase {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase(kind);
  });
  beforeEach(async () => {
    await database.admin.query('DELETE FROM movie_hub.titles');
    await database.admin.query('DELETE FROM movie_hub.names');
  });
  afterAll(() => database.close());

  const rowsOf = async (sql: string): Promise<unknown[]> => (await database.admin.query(sql)).rows;
  const titles = async () =>
    (await rowsOf('SELECT primary_title FROM movie_hub.titles ORDER BY title_id')).map(
      (row) => (row as { primary_title: string }).primary_title,
    );
  const counts = () =>
    rowsOf(
      `SELECT ${['titles', 'genres', 'names', 'principals', 'ratings', 'akas', 'episodes', 'crew']
        .map((table) => `(SELECT count(*)::int FROM movie_hub.${table}) AS ${table}`)
        .join(', ')}`,
    );
  return {
    database: () => database,
    load: (folder) => loadImdb(database.admin, folder),
    rowsOf,
    titles,
    counts,
  };
}

/** A line of title.basics: a movie of a drama. */
export const title = (id: number, name = `Title ${id}`) =>
  `tt000000${id} | movie | ${name} | ${name} | 0 | 2000 | \\N | 90 | Drama`;
