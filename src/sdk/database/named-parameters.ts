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
 * parameter: `a[1 : :last]`.
 *
 * @throws MovieHubError `invalid_argument` when the SQL has numbered parameters of its own, or an open comment.
 */
export function compileNamedParameters(sql: string): CompiledSql {
  const names: string[] = [];
  let text = '';
  let from = 0;
  token.lastIndex = 0;
  for (let match = token.exec(sql); match !== null; match = token.exec(sql)) {
    const found = match[0];
    if (found === '/*') {
      token.lastIndex = endOfComment(sql, match.index);
      continue;
    }
    if (/^\$\d/.test(found))
      throw new MovieHubError('invalid_argument', 'Use named parameters (:name), not $1.');
    const name = match.groups?.name;
    if (name === undefined) continue;
    if (!names.includes(name)) names.push(name);
    text += `${sql.slice(from, match.index)}$${names.indexOf(name) + 1}`;
    from = match.index + found.length;
  }
  return { text: text + sql.slice(from), names };
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
