import { defineQuery, movieEntitlements } from 'movie-hub';
import { expect } from 'vitest';
import { type DatabaseKind, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { poolOf } from './pool-of';

export const admin = { username: 'admin' };
/** Entitled to movies, and so to title 1 only. */
export const movies = movieEntitlements({ titleTypes: [1] });

export const sql = <Row extends object>(text: string) =>
  defineQuery<Row>({ name: 'q', sql: text, parameters: [] });
export const titles = sql<{ title_id: number }>('SELECT title_id FROM movie_hub.titles ORDER BY 1');
export const broken = sql<object>('SELECT 1 / 0');

export const ofCode = (code: string) => expect.objectContaining({ code });

/** A database with a pool of one connection for each scope, so that what a call leaves behind would be seen by the next. */
export interface ScopeDatabase {
  readonly database: TestDatabase;
  readonly one: TestDatabase['pools'];
  close(): Promise<void>;
}

/** Opens a database with title 1, a movie that is seen, and title 5, a TV movie that is hidden from {@link movies}. */
export async function openScopeDatabase(kind: DatabaseKind): Promise<ScopeDatabase> {
  const database = await openDatabase(kind);
  await seed(database.admin, [
    { id: 1, type: 1, title: 'Seen' },
    { id: 5, type: 5, title: 'Hidden' },
  ]);
  if (kind === 'embedded') return { database, one: database.pools, close: database.close };
  const { reader, editor, accounts } = database.urls;
  const one = { reader: poolOf(reader), editor: poolOf(editor), accounts: poolOf(accounts) };
  const close = async () => {
    await Promise.all(Object.values(one).map((pool) => pool.end()));
    await database.close();
  };
  return { database, one, close };
}
