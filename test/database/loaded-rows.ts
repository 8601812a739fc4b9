import { writeFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { loadSizes } from '../../src/dataset/load/load-sizes';
import type { TestDatabase } from '../support/databases';
import { type ImdbLines, imdbFolder } from './imdb-folder';
import { untrueLists, untruePeople, untrueTexts } from './untrue';

const tables =
  'titles genres names principals ratings akas episodes crew title_lists title_texts name_texts'.split(' ');

type Admin = Pick<TestDatabase, 'admin'>;

/** Returns all rows of all tables of the data, table by table, in an order of their own. */
export async function allRows({ admin }: Admin): Promise<Record<string, unknown[]>> {
  const { rows } = await admin.query<Record<string, unknown[]>>(
    `SELECT ${tables
      .map(
        (table) =>
          `(SELECT COALESCE(jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)::text), '[]') FROM movie_hub.${table} t) AS ${table}`,
      )
      .join(', ')}`,
  );
  return rows[0] ?? {};
}

/** Returns what is not as it has to be after a load: what is derived, and what is left of the load itself; empty when all is. */
export async function untrueAfterLoad(database: Admin): Promise<unknown[]> {
  const { rows } = await database.admin.query(
    `SELECT 'load' AS what FROM movie_hub_load.loads UNION ALL SELECT file FROM movie_hub_load.files
     UNION ALL SELECT label FROM movie_hub_load.steps
     UNION ALL SELECT name_id::text FROM movie_hub_load.people`,
  );
  return [
    ...rows,
    ...(await untrueLists(database)),
    ...(await untrueTexts(database)),
    ...(await untruePeople(database)),
  ];
}

/** Returns constraints, indexes, triggers and settings of the tables, as the catalogs have them. */
export async function shapeOf({ admin }: Admin): Promise<unknown[]> {
  const { rows } = await admin.query(`
    SELECT what FROM (
      SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS what FROM pg_constraint
      UNION ALL SELECT concat_ws(' ', pg_get_indexdef(indexrelid), indisprimary, indisvalid, indisclustered) FROM pg_index
      UNION ALL SELECT concat_ws(' ', tgname, tgrelid::regclass, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
      UNION ALL SELECT concat_ws(' ', oid::regclass, reloptions, relrowsecurity) FROM pg_class WHERE relkind = 'r'
    ) s WHERE what LIKE '%movie_hub%' ORDER BY 1`);
  return rows.map((row) => (row as { what: string }).what);
}

/** Takes all rows away, and what a load that was broken off has left, for a database that is whole. */
export async function empty({ admin }: Admin): Promise<void> {
  await admin.query('DELETE FROM movie_hub.titles');
  await admin.query('DELETE FROM movie_hub.names');
  await admin.query('DELETE FROM movie_hub_load.loads');
  await admin.query('DELETE FROM movie_hub_load.files');
}

/** Makes little files be many pieces, for one test. */
export function inSmallPieces(): void {
  const usual = { ...loadSizes };
  Object.assign(loadSizes, { bytesRead: 100, rowsOfRebuild: 4, rowsOfMerge: 4 });
  onTestFinished(() => {
    Object.assign(loadSizes, usual);
  });
}

/** Writes files whose lines end as on Windows. */
export function windowsFolder(lines: ImdbLines): string {
  return imdbFolder(lines, (path, text) => writeFileSync(path, text.replaceAll('\n', '\r\n')));
}
