import { MovieHubError } from '../errors';

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
