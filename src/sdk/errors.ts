/**
 * Every error code of the library with the HTTP status that it maps to.
 *
 * The list is part of the public surface: a code is never renamed, and its meaning never changes.
 */
const statusOfCode = {
  /** An argument is missing, unknown or of the wrong form. */
  invalid_argument: 422,
  /** The entitlements handed over are not of the right form. Nothing is served. */
  invalid_entitlements: 500,
  /** The entitlements could not be had. Nothing is served. */
  entitlements_unavailable: 503,
  /** Nobody is signed in. */
  unauthenticated: 401,
  /** Who is signed in may not do this. */
  forbidden: 403,
  /** It does not exist, or the principal may not see it: the two look the same. */
  not_found: 404,
  /** It clashes with what is there already. */
  conflict: 409,
  /** One principal, or one address, has more running or sent than its share. */
  too_many_requests: 429,
  /** The caller cancelled the work. */
  cancelled: 499,
  /** No connection to the database could be had, or it broke. */
  database_unavailable: 503,
  /** All connections to the database stayed in use. */
  database_busy: 503,
  /** The server has more work of this kind than it takes on. */
  overloaded: 503,
  /** The database lacks the schema, or has an older one; or it takes no changes, as a replica does not, and some are to be made. */
  database_not_ready: 503,
  /** The login or the schema would let row-level security be passed by. */
  database_unsafe: 500,
  /** The query took longer than its limit. */
  query_timeout: 504,
  /** Not even the first row of the answer fits into what may be sent. */
  result_too_large: 500,
  /** The database refused the statement, or it failed there. */
  query_failed: 500,
  /** The model failed or could not be reached. */
  model_failed: 502,
  /** An optional package is not installed. */
  dependency_missing: 500,
  /** A file or folder of this machine cannot be read or written. */
  file_unavailable: 500,
  /** A file could not be fetched. */
  download_failed: 502,
  /** Anything else: a defect of this library or of code given to it. */
  internal: 500,
} as const;

/** What went wrong, for programs. */
export type MovieHubErrorCode = keyof typeof statusOfCode;

/** All codes, for tables and tests. */
export const movieHubErrorCodes = Object.keys(statusOfCode) as readonly MovieHubErrorCode[];

const brand = Symbol.for('movie-hub.error');

/**
 * The one error class of the library.
 *
 * Its message may be shown to a model or a user: it never holds SQL, parameter values, hosts or stacks. Those are in
 * `cause`, which belongs in the log.
 */
export class MovieHubError extends Error {
  readonly code: MovieHubErrorCode;

  constructor(code: MovieHubErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'MovieHubError';
    this.code = code;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Returns whether a value is a {@link MovieHubError}, also one of another copy of this package (ESM beside CJS). */
export function isMovieHubError(value: unknown): value is MovieHubError {
  return typeof value === 'object' && value !== null && brand in value;
}

/** Returns the HTTP status that fits an error: that of its code, or 500 for any other value and for an unknown code. */
export function httpStatusOf(error: unknown): number {
  return (isMovieHubError(error) && statusOfCode[error.code]) || 500;
}
