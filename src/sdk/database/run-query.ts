import { Query as PgQuery, type QueryConfig } from 'pg';
import { MovieHubError } from '../errors';
import { jsonBytes } from '../json';
import { positiveInteger } from '../options';
import { forgetParameterTypes, knownParameterTypes, learnParameterTypes } from './describe-statement';
import { limitedText, type Query, type QueryParameters } from './query';
import { type Scope, transactionOf } from './scope';
import type { Attempt, Transaction } from './transaction';
import { dependsOnType, encodeValues, losslessTypesWith } from './values';

/** What limits the rows of a query. */
export interface RowLimits {
  /** Most rows. */
  maxRows: number;
  /** Most bytes of the rows as compact JSON in UTF-8. */
  maxBytes: number;
  /** True when no query follows in this scope, and then none may: on a pipelining pool its end is sent along, which saves a wait. */
  isLast?: boolean;
}

/** Rows within limits. */
export type LimitedRows<Row> = {
  readonly rows: Row[];
  /** Which limit cut them off, or false when they are all there. */
  readonly truncated: false | 'rows' | 'bytes';
};

/**
 * Runs a query in a scope, and returns all its rows.
 *
 * Values that JavaScript or JSON cannot hold come as text: int8 and numeric, dates and times, NaN and the infinities, bytea
 * as base64, and long numbers inside json. docs/reference has the table.
 *
 * @returns The rows; none, without asking the database, when the scope's entitlements are empty.
 * A list or an object makes the first call on a pool ask the server for the parameters' types, which takes two waits more.
 *
 * @throws MovieHubError `invalid_argument` for a missing or unknown parameter, or a value that its type or the query cannot take;
 *   `query_timeout`, `conflict`, `database_unavailable`, `database_not_ready` and `query_failed` from the database;
 *   `cancelled` when the scope's signal aborts; `internal` after the scope's end. Also what a value's own `toPostgres` or
 *   `toJSON` throws.
 */
export async function runQuery<Parameters extends QueryParameters, Row extends object>(
  scope: Scope,
  query: Query<Parameters, Row>,
  parameters: Parameters,
): Promise<Row[]> {
  const transaction = transactionOf(scope);
  const values = valuesOf(query, parameters);
  const rows: Row[] = [];
  if (transaction === undefined) return rows;
  await stream<Row>(transaction, query, query.text, values, false, (row) => rows.push(row));
  return rows;
}

/**
 * Runs a query in a scope as `runQuery` does, and keeps no more of its rows than the limits allow, however many there are; one row
 * at a time is held whole, however large.
 *
 * The rows are limited by a `LIMIT` around the query; the bytes while rows arrive. One that goes on far past its bytes is
 * ended in PostgreSQL, at the cost of a connection, where nothing depends on it: in a scope that only reads, when it is the last.
 *
 * @throws MovieHubError as `runQuery` does.
 */
export async function runLimitedQuery<Parameters extends QueryParameters, Row extends object>(
  scope: Scope,
  query: Query<Parameters, Row>,
  parameters: Parameters,
  limits: RowLimits,
): Promise<LimitedRows<Row>> {
  const transaction = transactionOf(scope);
  const values = valuesOf(query, parameters);
  const maxRows = positiveInteger('maxRows', limits.maxRows);
  const maxBytes = positiveInteger('maxBytes', limits.maxBytes);
  const rows: Row[] = [];
  let truncated: LimitedRows<Row>['truncated'] = false;
  if (transaction === undefined) return { rows, truncated };
  const text = limitedText(query, maxRows);
  let bytes = 0;
  const mayEnd = limits.isLast === true && transaction.isReadOnly;
  let isEnded = false;
  const take = (row: Row) => {
    if (isEnded) return;
    bytes += jsonBytes(row) + 1;
    if (rows.length === maxRows) truncated ||= 'rows';
    else if (bytes > maxBytes) truncated ||= 'bytes';
    if (truncated === false) rows.push(row);
    else if (mayEnd && bytes > 2 * maxBytes) {
      // A little more is cheaper to read than to end.
      isEnded = true;
      transaction.endQuery();
    }
  };
  try {
    await stream<Row>(transaction, query, text, values, limits.isLast ?? false, take);
  } catch (cause) {
    if (!isEnded || transaction.isCancelled) throw cause;
    await transaction.opened;
  }
  return { rows, truncated };
}

/** Runs one statement, and hands over each row as it arrives. */
async function stream<Row extends object>(
  transaction: Transaction,
  query: Query,
  text: string,
  values: unknown[],
  isLast: boolean,
  take: (row: Row) => void,
): Promise<void> {
  const names = query.parameterNames;
  const at = { parameters: names, hasValues: values.some((value) => value !== null) };
  const types = values.some(dependsOnType) ? await parameterTypes(transaction, query) : undefined;
  const oids = types?.map(({ oid }) => oid) ?? [];
  // The extended protocol takes one statement only: text such as `COMMIT; …` cannot end the scope's transaction. The
  // driver would use the simple one, which takes many, for a query without parameters. Types that were learned are declared: were
  // they another table's by now, the statement fails, and no value is read as what it is not.
  const config = {
    text,
    values: encodeValues(names, values, types),
    types: losslessTypesWith(oids),
    queryMode: 'extended',
  };
  const prepared = types === undefined ? text : [text, ...oids].join('\n');
  const start = (name: string | undefined): Attempt => {
    let hasRows = false;
    let failure: Error | undefined;
    let settle: (error: Error | undefined) => void = () => undefined;
    const done = new Promise<void>((resolve, reject) => {
      settle = (error) => (error ? reject(error) : resolve());
    });
    const named = { ...config, ...(name !== undefined && { name }) };
    const started = new PgQuery<Row>(named as QueryConfig, (error) => settle(error ?? failure));
    started.on('row', (row, result) => {
      hasRows = true;
      // The driver keeps the rows of a query that has a callback, and reports every failure only to a callback.
      if (result) result.addRow = () => undefined;
      if (failure) return;
      try {
        checkNames(result);
        take(row);
      } catch (cause) {
        // Thrown from here it would end the process.
        failure = cause as Error;
      }
    });
    return { query: started, done, hasRows: () => hasRows };
  };
  try {
    await transaction.run({ name: query.name, text: prepared }, start, isLast);
  } catch (cause) {
    if (types !== undefined) forgetParameterTypes(transaction.pool, query);
    throw await transaction.failureOf(cause, at);
  }
}

async function parameterTypes(transaction: Transaction, query: Query) {
  const known = knownParameterTypes(transaction.pool, query);
  if (known !== undefined) return known;
  try {
    return await learnParameterTypes(transaction, query);
  } catch (cause) {
    throw await transaction.failureOf(cause);
  }
}

const checked = new WeakSet<object>();

/**
 * Refuses two columns of one name: a row has room for one of them, and it would be the wrong one.
 *
 * @throws Error that names it.
 */
function checkNames(result: { readonly fields: readonly { readonly name: string }[] } | undefined): void {
  if (result === undefined || checked.has(result)) return;
  checked.add(result);
  const names = result.fields.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`Two columns have the name ${twice}: give one another with AS.`);
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
