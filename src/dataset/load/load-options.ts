import { MovieHubError } from 'movie-hub';
import type { Pool } from 'pg';
import { asLoader } from './as-loader';
import type { LoadFilter } from './load-pass';
import { mostTypes } from './title-index';

/** Options that say which titles are loaded. */
export interface FilterOptions {
  readonly only?: readonly string[];
  readonly minVotes?: number;
}

/** Refuses a pool that sends ahead: COPY takes turns with nothing. */
export function checkPool(pool: Pool): void {
  const { pipeline } = pool.options as { pipeline?: boolean };
  if (pipeline)
    throw new MovieHubError(
      'invalid_argument',
      'Loading needs a pool that does not pipeline: createPool({ …, pipeline: false }).',
    );
}

/** Returns the ids of the title types that the database knows, by IMDb's words for them. */
export async function knownTypes(pool: Pool): Promise<ReadonlyMap<string, number>> {
  const { rows } = await asLoader(pool, (client) =>
    client.query<{ name: string; title_type_id: number }>(
      'SELECT name, title_type_id FROM movie_hub.title_types ORDER BY title_type_id',
    ),
  );
  if (rows.length > mostTypes)
    throw new MovieHubError('invalid_argument', `A load knows at most ${mostTypes} types of titles.`);
  return new Map(rows.map(({ name, title_type_id }) => [name, title_type_id]));
}

/** Returns which titles are asked for, or refuses types that there are not. */
export function filterOf(
  { only, minVotes = 0 }: FilterOptions,
  types: ReadonlyMap<string, number>,
): LoadFilter {
  if (!Number.isSafeInteger(minVotes) || minVotes < 0)
    throw new MovieHubError('invalid_argument', 'minVotes must be a whole number, 0 or more.');
  if (only === undefined) return { types: undefined, minVotes };
  const unknown = only.filter((name) => !types.has(name));
  if (only.length === 0 || unknown.length > 0) {
    const message = `There is no title type ${unknown.join(', ') || 'in only'}. There are: ${[...types.keys()].join(', ')}.`;
    throw new MovieHubError('invalid_argument', message);
  }
  return { types: new Set(only.map((name) => types.get(name) as number)), minVotes };
}
