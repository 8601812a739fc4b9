import { randomUUID } from 'node:crypto';
import { MovieHubError } from 'movie-hub';
import type { Pool, PoolClient } from 'pg';
import { withAdministrator } from '../administrator';
import { embeddedOf } from '../embedded';
import { phases, takeApart } from './rebuild';
import { derivedTables, loadTables } from './tables';

/** Ids from here on belong to titles and people that were created in the database. */
export const firstOwnId = 1_000_000_000;

/** A database with more titles is not rebuilt: its rows are changed one by one. */
const maxKept = 100_000;

/** A load in progress, as the database has noted it. */
export interface LoadState {
  /** Whether rows go straight into tables, whose indexes and triggers are restored afterwards. */
  readonly rebuilds: boolean;
  /** Titles and people from before a rebuild, which skips them: they are changed in a second reading. */
  readonly kept:
    | { readonly titles: ReadonlyMap<number, number>; readonly names: ReadonlySet<number> }
    | undefined;
  readonly reading: 1 | 2;
  /** Stops this load once another one takes its place. */
  readonly token: string;
  /** Whether this is a rebuild of other files, interrupted while it built indexes: it is finished first, without those files. */
  readonly isOther: boolean;
}

export interface BeginOptions {
  /** Files and filters, which must be the same for a load to resume. */
  readonly fingerprint: string;
  readonly rebuild: boolean | 'if possible';
}

/** Runs a part of a load in a transaction as the owner of the data, without a time limit. */
export function asOwner<Result>(pool: Pool, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  return withAdministrator(pool, async (client) => {
    await client.query('SET LOCAL statement_timeout = 0');
    // In the embedded database only the superuser may copy from a file, and no process would flush the log later.
    if (embeddedOf(pool) === undefined) {
      await client.query('SET LOCAL ROLE movie_hub_owner');
      await client.query('SET LOCAL synchronous_commit = off');
    }
    return work(client);
  });
}

/** Begins a load, or resumes an interrupted one of the same files and filters. */
export function beginLoad(pool: Pool, { fingerprint, rebuild }: BeginOptions): Promise<LoadState> {
  const token = randomUUID();
  return asOwner(pool, async (client) => {
    const { rows } = await client.query<{ fingerprint: string; rebuilds: boolean }>(
      'SELECT fingerprint, rebuilds FROM movie_hub_load.loads FOR UPDATE',
    );
    const [before] = rows;
    const isSame = before?.fingerprint === fingerprint;
    const isOther = !isSame && before?.rebuilds === true && (await isBuilding(client));
    if (isSame || isOther) await client.query('UPDATE movie_hub_load.loads SET token = $1', [token]);
    else if (before?.rebuilds) {
      await removeRows(client);
      await client.query('UPDATE movie_hub_load.loads SET fingerprint = $1, token = $2, rejects_bytes = 0', [
        fingerprint,
        token,
      ]);
    } else {
      const rebuilds = rebuild !== false && (await mayRebuild(client, rebuild));
      await forgetLoad(client);
      const kept = rebuilds
        ? `ARRAY(SELECT title_id FROM movie_hub.titles WHERE title_id < ${firstOwnId}),
           ARRAY(SELECT name_id FROM movie_hub.names WHERE name_id < ${firstOwnId})`
        : 'NULL, NULL';
      await client.query(
        `INSERT INTO movie_hub_load.loads (fingerprint, rebuilds, token, kept_titles, kept_names) VALUES ($1, $2, $3, ${kept})`,
        [fingerprint, rebuilds, token],
      );
      if (rebuilds) await takeApart(client);
    }
    return { ...(await readState(client)), token, isOther };
  });
}

/** Locks the load's row for the transaction. */
export function lockLoad(client: PoolClient, state: LoadState): Promise<void> {
  return requireToken(client, state, 'UPDATE movie_hub_load.loads SET token = token WHERE token = $1');
}

/** Throws if another load has taken the place of this one; locks nothing. */
export function checkCurrent(client: PoolClient, state: LoadState): Promise<void> {
  return requireToken(client, state, 'SELECT FROM movie_hub_load.loads WHERE token = $1');
}

async function requireToken(client: PoolClient, { token }: LoadState, query: string): Promise<void> {
  const { rowCount } = await client.query(query, [token]);
  if (rowCount !== 1) throw tookPlace();
}

export function tookPlace(): MovieHubError {
  return new MovieHubError('conflict', 'Another load has taken the place of this one.');
}

/** Ends a rebuild; returns the state for the second reading if there were titles or people before. */
export async function endRebuild(client: PoolClient, state: LoadState): Promise<LoadState | undefined> {
  if (state.kept === undefined || state.kept.titles.size + state.kept.names.size === 0) {
    await forgetLoad(client);
    return undefined;
  }
  await client.query('UPDATE movie_hub_load.loads SET rebuilds = false');
  return { ...state, rebuilds: false, reading: 2 };
}

/** Ends a load, with statistics for the planner. */
export async function endLoad(pool: Pool, state: LoadState): Promise<void> {
  await asOwner(pool, async (client) => {
    for (const table of [...Object.keys(loadTables), ...derivedTables])
      await client.query(`ANALYZE movie_hub.${table}`);
    await lockLoad(client, state);
    await forgetLoad(client);
  });
}

async function forgetLoad(client: PoolClient): Promise<void> {
  await client.query('DELETE FROM movie_hub_load.files');
  await client.query('DELETE FROM movie_hub_load.loads');
}

async function readState(client: PoolClient): Promise<Pick<LoadState, 'rebuilds' | 'kept' | 'reading'>> {
  const { rows } = await client.query<{
    rebuilds: boolean;
    titles: number[] | null;
    types: number[];
    names: number[] | null;
  }>(
    `SELECT l.rebuilds, l.kept_names AS names, k.titles, k.types
     FROM movie_hub_load.loads l CROSS JOIN LATERAL (
       SELECT array_agg(t.title_id) AS titles, array_agg(t.title_type) AS types
       FROM unnest(l.kept_titles) AS i (title_id) JOIN movie_hub.titles t ON t.title_id = i.title_id
     ) k`,
  );
  const [row] = rows;
  if (row === undefined) throw new MovieHubError('internal', 'The load has no row.');
  const { rebuilds, types, names } = row;
  if (names === null) return { rebuilds, kept: undefined, reading: 1 };
  const titles = new Map((row.titles ?? []).map((id, i) => [id, types[i] as number]));
  return { rebuilds, kept: { titles, names: new Set(names) }, reading: rebuilds ? 1 : 2 };
}

async function mayRebuild(client: PoolClient, rebuild: true | 'if possible'): Promise<boolean> {
  const { rows } = await client.query<{ kept: number }>(
    `SELECT greatest((SELECT count(*) FROM (SELECT FROM movie_hub.titles LIMIT ${maxKept + 1}) AS t),
       (SELECT count(*) FROM (SELECT FROM movie_hub.names LIMIT ${3 * maxKept + 1}) AS n) / 3)::integer AS kept`,
  );
  const isPossible = (rows[0]?.kept ?? 0) <= maxKept;
  if (isPossible || rebuild === 'if possible') return isPossible;
  const message = `The database has more than ${maxKept} titles, which can only be changed one by one. Load without rebuild.`;
  throw new MovieHubError('invalid_argument', message);
}

/** Whether all rows of a rebuild are loaded, so that it can be finished without its files. */
async function isBuilding(client: PoolClient): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM movie_hub_load.steps WHERE phase = $1 LIMIT 1', [
    phases.planned,
  ]);
  return rowCount !== 0;
}

/** Removes the rows that an interrupted rebuild of other files has loaded. */
async function removeRows(client: PoolClient): Promise<void> {
  await client.query('DELETE FROM movie_hub_load.files');
  for (const name of Object.keys(loadTables)) {
    const [id, kept] = name === 'names' ? ['name_id', 'kept_names'] : ['title_id', 'kept_titles'];
    await client.query(
      `DELETE FROM movie_hub.${name}
       WHERE ${id} < ${firstOwnId} AND ${id} NOT IN (SELECT unnest(l.${kept}) FROM movie_hub_load.loads AS l)`,
    );
  }
}
