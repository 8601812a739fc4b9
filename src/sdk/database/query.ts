import { readFileSync } from 'node:fs';
import { MovieHubError } from '../errors';
import { positiveInteger } from '../options';
import { compileNamedParameters } from './named-parameters';

/**
 * Values that a parameter may have; docs/reference/values.md says how each arrives. `undefined` is refused, so that a forgotten one is
 * not taken for NULL, and so is a promise, which would be sent as an empty object.
 */
export type ParameterValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly (string | number | bigint)[]
  | Date
  | Readonly<Record<string, unknown>>
  | (object & { readonly then?: never });

/** Parameters of a query by name. */
export type QueryParameters = Readonly<Record<string, ParameterValue>>;

declare const rowType: unique symbol;
declare const parametersType: unique symbol;

/** SQL that a person wrote, with named parameters: the only thing that a scope runs. */
export interface Query<Parameters extends QueryParameters = QueryParameters, Row extends object = object> {
  readonly name: string;
  /** The SQL with numbered parameters. */
  readonly text: string;
  /** The names of the parameters, in the order of their numbers. */
  readonly parameterNames: readonly string[];
  readonly [rowType]?: Row;
  readonly [parametersType]?: Parameters;
}

/**
 * Defines a query.
 *
 * @param definition `name` identifies it in logs; `sql` is one statement with parameters written `:name`, or the URL of a
 *   file that holds it; `parameters` lists their names.
 * @returns The query, ready for `runQuery`.
 * @throws MovieHubError `invalid_argument`, at definition, when the SQL is empty, is more than one statement, ends the transaction or
 *   sets something (`COMMIT`, `SET`, `DO`…), cannot be read, uses a parameter that is not listed, does not use one that is, or has numbered parameters.
 */
export function defineQuery<
  Row extends object,
  Parameters extends QueryParameters = Record<never, never>,
>(definition: {
  name: string;
  sql: string | URL;
  parameters: readonly (keyof Parameters & string)[];
}): Query<Parameters, Row> {
  const { text, names } = compileNamedParameters(textOf(definition.sql, definition.name).trim());
  if (text === '') throw new MovieHubError('invalid_argument', `The query ${definition.name} is empty.`);
  if (control.test(text))
    throw mismatch(definition.name, 'would change the transaction or the session that it runs in');
  const listed: readonly string[] = definition.parameters;
  for (const name of names) {
    if (!listed.includes(name))
      throw mismatch(definition.name, `uses :${name}, which is not among its parameters`);
  }
  for (const name of listed) {
    if (!names.includes(name)) throw mismatch(definition.name, `does not use its parameter :${name}`);
  }
  return Object.freeze({ name: definition.name, text, parameterNames: Object.freeze(names) });
}

/** What ends a scope's transaction, or sets what is not local to it, after comments and blanks. */
const control =
  /^(?:\s|--[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:abort|begin|commit|deallocate|discard|do|end|listen|prepare|release|reset|rollback|savepoint|set|start)\b/i;

function textOf(sql: string | URL, name: string): string {
  if (typeof sql === 'string') return sql;
  try {
    return readFileSync(sql, 'utf8');
  } catch (cause) {
    throw new MovieHubError('invalid_argument', `The SQL of ${name} cannot be read from ${sql.href}.`, {
      cause,
    });
  }
}

function mismatch(query: string, what: string): MovieHubError {
  return new MovieHubError('invalid_argument', `The query ${query} ${what}.`);
}

/** Returns a statement for a query's rows up to a limit, and one more when there are more. */
export function limitedText(query: Query, maxRows: number): string {
  return `SELECT * FROM (\n${query.text}\n) AS rows LIMIT ${positiveInteger('maxRows', maxRows) + 1}`;
}
