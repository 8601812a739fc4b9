import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { withAdministrator } from '../../database/administrator';
import { MovieHubError } from '../../errors';
import { phases, takeApart } from './rebuild';
import { derivedTables, loadTables } from './tables';

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
  readonly isEmbedded: boolean;
}

/** Begins a load, or takes up one of the same files that was broken off. */
export async function beginLoad(pool: Pool, options: BeginOptions): Promise<LoadState> {
  const token = randomUUID();
  return withAdministrator(pool, async (client) => {
    if (!options.isEmbedded) await client.query('SET LOCAL ROLE movie_hub_owner');
    const { rows } = await client.query<{ fingerprint: string; rebuilds: boolean }>(
      'SELECT fingerprint, rebuilds FROM movie_hub_load.loads FOR UPDATE',
    );
    const [before] = rows;
    const isResumed = before?.fingerprint === options.fingerprint;
    if (isResumed) await client.query('UPDATE movie_hub_load.loads SET token = $1', [token]);
    else {
      const rebuilds = before?.rebuilds ? true : await mayRebuild(client, options);
      if (before?.rebuilds) await emptyAgain(client);
      await client.query('DELETE FROM movie_hub_load.files');
      if (!before?.rebuilds) {
        await client.query('DELETE FROM movie_hub_load.loads');
        const kept = rebuilds ? keptSql : 'SELECT NULL::integer[], NULL::integer[]';
        await client.query(
          `INSERT INTO movie_hub_load.loads (fingerprint, rebuilds, token, kept_titles, kept_names) SELECT $1, $2, $3, k.* FROM (${kept}) AS k`,
          [options.fingerprint, rebuilds, token],
        );
        if (rebuilds) await takeApart(client);
      } else
        await client.query('UPDATE movie_hub_load.loads SET fingerprint = $1, token = $2', [
          options.fingerprint,
          token,
        ]);
    }
    return { ...(await readState(client)), token, isResumed };
  });
}

/** Holds the load's row for a transaction. */
export async function holdLoad(client: PoolClient, { token }: LoadState): Promise<void> {
  const { rowCount } = await client.query('UPDATE movie_hub_load.loads SET token = token WHERE token = $1', [
    token,
  ]);
  if (rowCount !== 1) throw new MovieHubError('conflict', 'Another load has taken the place of this one.');
}

/** Ends the load of all rows; those who were there before a rebuild are next, if there are any. */
export async function afterRebuild(client: PoolClient, state: LoadState): Promise<LoadState | undefined> {
  await client.query('DELETE FROM movie_hub_load.files');
  if (state.kept === undefined || state.kept.titles.size + state.kept.names.size === 0) {
    await client.query('DELETE FROM movie_hub_load.loads');
    return undefined;
  }
  await client.query('UPDATE movie_hub_load.loads SET rebuilds = false');
  return { ...state, rebuilds: false };
}

async function readState(client: PoolClient): Promise<Pick<LoadState, 'rebuilds' | 'kept'>> {
  const { rows } = await client.query<{
    rebuilds: boolean;
    titles: number[] | null;
    types: number[];
    names: number[];
  }>(
    `SELECT l.rebuilds, l.kept_names AS names, k.titles, k.types
     FROM movie_hub_load.loads l CROSS JOIN LATERAL (
       SELECT array_agg(t.title_id) AS titles, array_agg(t.title_type) AS types
       FROM movie_hub.titles t WHERE t.title_id = ANY (l.kept_titles)
     ) k`,
  );
  const [row] = rows;
  if (row === undefined) throw new MovieHubError('internal', 'The load has no row of its own.');
  if (row.names === null) return { rebuilds: row.rebuilds, kept: undefined };
  const titles = new Map((row.titles ?? []).map((id, i) => [id, row.types[i] as number]));
  return { rebuilds: row.rebuilds, kept: { titles, names: new Set(row.names) } };
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

/** Takes the rows of other files out again that a rebuild brought before it was broken off. */
async function emptyAgain(client: PoolClient): Promise<void> {
  const { rowCount } = await client.query(
    `DELETE FROM movie_hub_load.steps WHERE phase NOT IN (${phases.keys}, ${phases.indexes}, ${phases.constraints})`,
  );
  if (rowCount !== 0) {
    throw new MovieHubError(
      'conflict',
      'Another load is about to be finished: all its rows are there, and its indexes are being made. Run it again with the same files first.',
    );
  }
  for (const name of Object.keys(loadTables)) {
    const id = name === 'names' ? 'name_id' : 'title_id';
    await client.query(
      `DELETE FROM movie_hub.${name} AS o USING movie_hub_load.loads AS l
       WHERE o.${id} < ${firstOwnId} AND o.${id} <> ALL (l.kept_${name === 'names' ? 'names' : 'titles'})`,
    );
  }
  await client.query(`TRUNCATE ${derivedTables.map((table) => `movie_hub.${table}`).join(', ')}`);
}
