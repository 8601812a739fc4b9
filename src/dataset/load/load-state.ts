import { randomUUID } from 'node:crypto';
import { MovieHubError } from 'movie-hub';
import type { Pool, PoolClient } from 'pg';
import { asLoader } from './as-loader';
import { phases, takeApart } from './rebuild';
import { loadTables } from './tables';

/** Ids from here on are of titles and people that were made in the database. */
export const firstOwnId = 1_000_000_000;

/** A database with more titles than this is not rebuilt: its rows are changed one by one. */
const mostKept = 100_000;

/** A load that is under way, as the database has noted it. */
export interface LoadState {
  /** Whether rows go straight into tables without indexes and triggers, which are made afterwards. */
  readonly rebuilds: boolean;
  /** Titles and people who were there before: a rebuild passes them over, and what follows it changes them alone. */
  readonly kept:
    | { readonly titles: ReadonlyMap<number, number>; readonly names: ReadonlySet<number> }
    | undefined;
  /** 1 for the files' first reading, 2 for the one after a rebuild that changes what was there before. */
  readonly reading: 1 | 2;
  /** Stops a load whose place another has taken. */
  readonly token: string;
  /** Whether it goes on where one that was broken off stopped. */
  readonly isResumed: boolean;
}

/** How a load is to begin. */
export interface BeginOptions {
  /** What has to be the same for a load to go on: files and filters. */
  readonly fingerprint: string;
  /** Whether a rebuild pays, or was asked for. */
  readonly rebuild: boolean | 'if possible';
}

/** Begins a load, or takes up one of the same files that was broken off; undefined when a rebuild of other files has to be ended first. */
export function beginLoad(pool: Pool, options: BeginOptions): Promise<LoadState | undefined> {
  const token = randomUUID();
  return asLoader(pool, async (client) => {
    const { rows } = await client.query<{ fingerprint: string; rebuilds: boolean }>(
      'SELECT fingerprint, rebuilds FROM movie_hub_load.loads FOR UPDATE',
    );
    const [before] = rows;
    const isResumed = before?.fingerprint === options.fingerprint;
    if (isResumed) await client.query('UPDATE movie_hub_load.loads SET token = $1', [token]);
    else if (before?.rebuilds) {
      if (await isBuilding(client)) return undefined;
      await emptyAgain(client);
      await client.query('UPDATE movie_hub_load.loads SET fingerprint = $1, token = $2, rejects_bytes = 0', [
        options.fingerprint,
        token,
      ]);
    } else {
      const rebuilds = await mayRebuild(client, options);
      await client.query('DELETE FROM movie_hub_load.files');
      await client.query('DELETE FROM movie_hub_load.loads');
      const kept = rebuilds ? keptSql : 'SELECT NULL::integer[], NULL::integer[]';
      await client.query(
        `INSERT INTO movie_hub_load.loads (fingerprint, rebuilds, token, kept_titles, kept_names) SELECT $1, $2, $3, k.* FROM (${kept}) AS k`,
        [options.fingerprint, rebuilds, token],
      );
      if (rebuilds) await takeApart(client);
    }
    return { ...(await readState(client)), token, isResumed };
  });
}

/** Takes the place of a rebuild of other files that was broken off while it was made ready: it needs its files no more. */
export function takeOver(pool: Pool): Promise<LoadState> {
  const token = randomUUID();
  return asLoader(pool, async (client) => {
    await client.query('UPDATE movie_hub_load.loads SET token = $1', [token]);
    return { ...(await readState(client)), token, isResumed: true };
  });
}

/** Holds the load's row for a transaction. */
export async function holdLoad(client: PoolClient, { token }: LoadState): Promise<void> {
  const { rowCount } = await client.query('UPDATE movie_hub_load.loads SET token = token WHERE token = $1', [
    token,
  ]);
  if (rowCount !== 1) throw new MovieHubError('conflict', 'Another load has taken the place of this one.');
}

/** Refuses to go on where another load has taken the place of this one; holds nothing. */
export async function checkHeld(client: PoolClient, { token }: LoadState): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM movie_hub_load.loads WHERE token = $1', [token]);
  if (rowCount !== 1) throw new MovieHubError('conflict', 'Another load has taken the place of this one.');
}

/** Ends the load of all rows; those who were there before a rebuild are next, if there are any. */
export async function afterRebuild(client: PoolClient, state: LoadState): Promise<LoadState | undefined> {
  if (state.kept === undefined || state.kept.titles.size + state.kept.names.size === 0) {
    await forget(client);
    return undefined;
  }
  await client.query('UPDATE movie_hub_load.loads SET rebuilds = false');
  return { ...state, rebuilds: false, reading: 2 };
}

/** Removes all that was noted of the load. */
export async function forget(client: PoolClient): Promise<void> {
  await client.query('DELETE FROM movie_hub_load.files');
  await client.query('DELETE FROM movie_hub_load.loads');
}

async function readState(client: PoolClient): Promise<Pick<LoadState, 'rebuilds' | 'kept' | 'reading'>> {
  const { rows } = await client.query<{
    rebuilds: boolean;
    titles: number[] | null;
    types: number[];
    names: number[];
  }>(
    `SELECT l.rebuilds, l.kept_names AS names, k.titles, k.types
     FROM movie_hub_load.loads l CROSS JOIN LATERAL (
       SELECT array_agg(t.title_id) AS titles, array_agg(t.title_type) AS types
       FROM unnest(l.kept_titles) AS i (title_id) JOIN movie_hub.titles t ON t.title_id = i.title_id
     ) k`,
  );
  const [row] = rows;
  if (row === undefined) throw new MovieHubError('internal', 'The load has no row of its own.');
  if (row.names === null) return { rebuilds: row.rebuilds, kept: undefined, reading: 1 };
  const titles = new Map((row.titles ?? []).map((id, i) => [id, row.types[i] as number]));
  const kept = { titles, names: new Set(row.names) };
  return { rebuilds: row.rebuilds, kept, reading: row.rebuilds ? 1 : 2 };
}

async function mayRebuild(client: PoolClient, { rebuild }: BeginOptions): Promise<boolean> {
  if (rebuild === false) return false;
  const { rows } = await client.query<{ most: number }>(
    `SELECT greatest((SELECT count(*) FROM (SELECT FROM movie_hub.titles LIMIT ${mostKept + 1}) AS t),
       (SELECT count(*) FROM (SELECT FROM movie_hub.names LIMIT ${3 * mostKept + 1}) AS n) / 3)::integer AS most`,
  );
  const isPossible = (rows[0]?.most ?? 0) <= mostKept;
  if (!isPossible && rebuild === true) {
    throw new MovieHubError(
      'invalid_argument',
      `The database has more than ${mostKept} titles: these can be changed only one by one. Load without rebuild.`,
    );
  }
  return isPossible;
}

const keptSql = `SELECT ARRAY(SELECT title_id FROM movie_hub.titles WHERE title_id < ${firstOwnId}),
  ARRAY(SELECT name_id FROM movie_hub.names WHERE name_id < ${firstOwnId})`;

/** Whether all rows of a rebuild are there, so that it is made ready without its files. */
async function isBuilding(client: PoolClient): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM movie_hub_load.steps WHERE phase = $1 LIMIT 1', [
    phases.planned,
  ]);
  return rowCount !== 0;
}

/** Takes the rows of other files out again that a rebuild brought before it was broken off. */
async function emptyAgain(client: PoolClient): Promise<void> {
  await client.query('DELETE FROM movie_hub_load.files');
  for (const name of Object.keys(loadTables)) {
    const id = name === 'names' ? 'name_id' : 'title_id';
    const kept = name === 'names' ? 'kept_names' : 'kept_titles';
    await client.query(
      `DELETE FROM movie_hub.${name}
       WHERE ${id} < ${firstOwnId} AND ${id} NOT IN (SELECT unnest(l.${kept}) FROM movie_hub_load.loads AS l)`,
    );
  }
}
