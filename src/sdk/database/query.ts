import { readFileSync } from 'node:fs';
import { MovieHubError } from '../errors';
import { positiveInteger } from '../options';

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

/** SQL whose named parameters were replaced by numbered ones. */
export interface CompiledSql {
  readonly text: string;
  /** Names in the order of `$1`, `$2`, …; each once. */
  readonly names: readonly string[];
}

/**
 * What may not be looked into for parameters: strings (plain and E''), quoted names, dollar-quoted text, comments, casts,
 * array slices and names, whose letters may be of any language. What is left of a colon and a letter is a parameter.
 */
const token = new RegExp(
  [
    /[eE]'(?:[^'\\]|\\[\s\S]|'')*'/,
    /'(?:[^']|'')*'/,
    /"(?:[^"]|"")*"/,
    /\$(?<tag>(?:[A-Za-z_\u0080-\uFFFF][\w\u0080-\uFFFF]*)?)\$[\s\S]*?\$\k<tag>\$/,
    /--[^\n\r]*/,
    /\/\*/,
    /::/,
    /(?<![\w\u0080-\uFFFF)\]]):(?<name>[A-Za-z_]\w*)/,
    /\$\d+/,
    /;/,
    /[A-Za-z_\u0080-\uFFFF][\w$\u0080-\uFFFF]*/,
  ]
    .map((alternative) => alternative.source)
    .join('|'),
  'g',
);

/**
 * Compiles `:name` parameters to PostgreSQL's `$n`.
 *
 * Strings, quoted names, comments and casts (`::int`) stay as they are. In an array slice write a space before a
 * parameter: `a[1 : :last]`. A semicolon at the end goes, with the comments behind it: the statement may be put into another.
 *
 * @throws MovieHubError `invalid_argument` when the SQL has numbered parameters of its own, an open comment, or anything but
 *   comments behind a semicolon.
 */
export function compileNamedParameters(sql: string): CompiledSql {
  const names: string[] = [];
  let text = '';
  let from = 0;
  const end = new End(sql);
  token.lastIndex = 0;
  for (let match = token.exec(sql); match !== null; match = token.exec(sql)) {
    const found = match[0];
    if (found === '/*') token.lastIndex = endOfComment(sql, match.index);
    end.pass(match.index, token.lastIndex);
    if (found === '/*') continue;
    if (/^\$\d/.test(found))
      throw new MovieHubError('invalid_argument', 'Use named parameters (:name), not $1.');
    const name = match.groups?.name;
    if (name === undefined) continue;
    if (!names.includes(name)) names.push(name);
    text += `${sql.slice(from, match.index)}$${names.indexOf(name) + 1}`;
    from = match.index + found.length;
  }
  end.pass(sql.length, sql.length);
  return { text: (text + sql.slice(from, end.at)).trimEnd(), names };
}

/** Finds where a statement ends, and refuses a second one. */
class End {
  /** Index of the first semicolon; undefined while there is none. */
  at: number | undefined;
  #looked = 0;

  readonly #sql: string;

  constructor(sql: string) {
    this.#sql = sql;
  }

  /** Takes the next token; what is between it and the one before is looked at too. */
  pass(from: number, to: number): void {
    const token = this.#sql.slice(from, to);
    const isComment = token.startsWith('--') || token.startsWith('/*');
    const isNothing = token === '' || token === ';' || isComment;
    if (this.at !== undefined && (!isNothing || this.#sql.slice(this.#looked, from).trim() !== ''))
      throw new MovieHubError(
        'invalid_argument',
        'A query is one statement: nothing may follow its semicolon.',
      );
    if (token === ';') this.at ??= from;
    this.#looked = to;
  }
}

/** PostgreSQL's block comments nest. */
function endOfComment(sql: string, start: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 0;
  for (let match = edge.exec(sql); match !== null; match = edge.exec(sql)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  throw new MovieHubError('invalid_argument', 'A comment in the SQL is not closed.');
}
