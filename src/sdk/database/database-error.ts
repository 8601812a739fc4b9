import { isMovieHubError, MovieHubError, type MovieHubErrorCode } from '../errors';

/** Fixed sentences: whatever PostgreSQL said stays in the cause. */
const messages = {
  database_unavailable: 'The database cannot be reached at the moment. Try again later.',
  database_not_ready:
    'The database lacks a table, a function or a role that is needed. For those of Movie Hub run: movie-hub db install',
  query_timeout: 'The query took longer than allowed. Ask for less, or try again later.',
  conflict: 'This clashes with what is there already.',
  query_failed: 'The query failed.',
  invalid_argument: 'A value has a character or a form that the database cannot hold.',
} satisfies Partial<Record<MovieHubErrorCode, string>>;

/** Class 40: PostgreSQL ended the transaction for the sake of another. */
const conflictInPassing = 'This ran into another change at the same time. Try again.';

/** SQLSTATEs, or their classes of two characters, that have a code of their own. */
const codeOfState: Readonly<Record<string, keyof typeof messages>> = {
  '08': 'database_unavailable',
  '53': 'database_unavailable',
  '57P01': 'database_unavailable',
  '57P02': 'database_unavailable',
  '57P03': 'database_unavailable',
  '57P05': 'database_unavailable',
  '28': 'database_unavailable',
  '3D000': 'database_unavailable',
  '57014': 'query_timeout',
  '25P04': 'query_timeout',
  '55P03': 'query_timeout',
  '23': 'conflict',
  '40': 'conflict',
  '3F000': 'database_not_ready',
  '42P01': 'database_not_ready',
  '42883': 'database_not_ready',
  '42704': 'database_not_ready',
  // Characters, numbers, dates, and texts of any other form.
  '22021': 'invalid_argument',
  '22P05': 'invalid_argument',
  '22003': 'invalid_argument',
  '22007': 'invalid_argument',
  '22008': 'invalid_argument',
  '22009': 'invalid_argument',
  '22P02': 'invalid_argument',
  // Patterns, regular expressions, and a LIMIT or OFFSET below zero.
  '22025': 'invalid_argument',
  '2201B': 'invalid_argument',
  '2201W': 'invalid_argument',
  '2201X': 'invalid_argument',
};

/** Turns whatever the driver threw into a {@link MovieHubError} that tells nothing but its code's sentence. */
export function databaseError(cause: unknown): MovieHubError {
  if (isMovieHubError(cause)) return cause;
  if (isOfLoad(cause)) return whileLoading(cause);
  const code = codeOf(cause);
  const message = sqlStateOf(cause)?.startsWith('40') ? conflictInPassing : messages[code];
  return new MovieHubError(code, message, { cause });
}

/** What an editor is told while a load rebuilds the tables. */
export function whileLoading(cause: unknown): MovieHubError {
  const message = 'Data is being loaded, and nothing can be edited meanwhile. Try again later.';
  return new MovieHubError('database_not_ready', message, { cause });
}

/** The trigger that a load leaves on tables says where it stands; a server that starts or stops does not. */
function isOfLoad(cause: unknown): boolean {
  return sqlStateOf(cause) === '57P03' && /wait_for_load/.test(String((cause as { where?: unknown }).where));
}

/** What a scope that changes something is told by a server that takes no changes: a replica, or one whose storage is full. */
export function takesNoChanges(cause: unknown): MovieHubError {
  return new MovieHubError(
    'database_not_ready',
    'The database takes no changes at the moment. Try again later.',
    { cause },
  );
}

/** Returns PostgreSQL's five-character code of an error, or undefined for errors that are not the server's. */
export function sqlStateOf(cause: unknown): string | undefined {
  const code = (cause as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

function codeOf(cause: unknown): keyof typeof messages {
  const state = sqlStateOf(cause);
  if (state !== undefined) {
    // A role that is missing shows up as an invalid value of the setting "role".
    if (state === '22023' && /role/.test(String((cause as Error).message))) return 'database_not_ready';
    return codeOfState[state] ?? codeOfState[state.slice(0, 2)] ?? 'query_failed';
  }
  // The driver's own limit, for pools made with a query_timeout.
  if ((cause as Error | undefined)?.message === 'Query read timeout') return 'query_timeout';
  return isConnectionFailure(cause) ? 'database_unavailable' : 'query_failed';
}

/** The driver's own failures have no SQLSTATE: a refused or broken socket, a pool that was closed or is exhausted. */
function isConnectionFailure(cause: unknown): boolean {
  const error = cause as { code?: unknown; message?: unknown; errors?: unknown } | null | undefined;
  if (Array.isArray(error?.errors)) return error.errors.some(isConnectionFailure);
  if (
    typeof error?.code === 'string' &&
    /^(ECONN|ENOTFOUND|EPIPE|ETIMEDOUT|EAI_|EHOST|ENETUNREACH|ENOENT)/.test(error.code)
  ) {
    return true;
  }
  return /connection|timeout exceeded when trying to connect|pool|terminat|closed|not queryable|SSL/i.test(
    String(error?.message),
  );
}
