import { type QueryConfig, types } from 'pg';
import { MovieHubError } from '../errors';
import { positiveInteger } from '../positive-integer';
import { databaseError } from './database-error';
import type { Query, QueryParameters } from './query';
import { clientOf, type Scope } from './scope';

/** What a query run takes. */
export interface RunQueryOptions {
  /** Most rows to return; one more is asked for, so that the caller can tell. No limit unless given. */
  maxRows?: number;
}

/**
 * Runs a query in a scope: the only way to run SQL.
 *
 * 64-bit integers, numerics, dates and times come as text, so that none loses its value.
 *
 * @returns The rows; with `maxRows`, at most one more than that. Nothing, without asking the database, when the scope's
 *   entitlements are empty.
 * @throws MovieHubError `invalid_argument` for a missing or unknown parameter, or a value that PostgreSQL cannot hold; `query_timeout`, `conflict`,
 *   `database_unavailable`, `database_not_ready` and `query_failed` from the database; `internal` after the scope's end.
 */
export async function runQuery<Parameters extends QueryParameters, Row extends object>(
  scope: Scope,
  query: Query<Parameters, Row>,
  parameters: Parameters,
  options: RunQueryOptions = {},
): Promise<Row[]> {
  const client = clientOf(scope);
  const values = valuesOf(query, parameters);
  if (client === undefined) return [];
  const text =
    options.maxRows === undefined
      ? query.text
      : `SELECT * FROM (\n${query.text}\n) AS rows LIMIT ${positiveInteger('maxRows', options.maxRows) + 1}`;
  try {
    const result = await client.query<Row>(oneStatement(text, values));
    return result.rows;
  } catch (cause) {
    throw databaseError(cause);
  }
}

/**
 * The extended protocol takes one statement only: text such as `COMMIT; …` cannot end the scope's transaction. The driver
 * would use the simple one, which takes many, for a query without parameters.
 */
function oneStatement(text: string, values: unknown[]): QueryConfig {
  const config = { text, values, types: lossless, queryMode: 'extended' };
  return config;
}

function valuesOf(query: Query, parameters: QueryParameters): unknown[] {
  const given: Readonly<Record<string, unknown>> = parameters;
  for (const name of Object.keys(given)) {
    if (!query.parameterNames.includes(name)) {
      throw new MovieHubError('invalid_argument', `The query ${query.name} has no parameter ${name}.`);
    }
  }
  return query.parameterNames.map((name) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined) {
      throw new MovieHubError('invalid_argument', `The query ${query.name} needs its parameter ${name}.`);
    }
    return value;
  });
}

const asText = (value: string) => value;
/** date, time, timestamp, timestamptz, timetz and interval: a JavaScript Date would shift or round them. */
const textTypes: ReadonlySet<number> = new Set([1082, 1083, 1114, 1184, 1266, 1186]);

/**
 * The driver's own mapping, but for types that JavaScript cannot hold. An empty array, because a connection may take the
 * same property for the list of parameter types, as the embedded database's does.
 */
const lossless = Object.assign([], {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    textTypes.has(oid) ? asText : types.getTypeParser(oid, format as 'text')) as typeof types.getTypeParser,
});
