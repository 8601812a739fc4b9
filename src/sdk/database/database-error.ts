import type { PoolClient } from 'pg';
import { isMovieHubError, MovieHubError, type MovieHubErrorCode } from '../errors';
import { installedSchema } from '../installed-schema';

/** Fixed sentences: whatever PostgreSQL said stays in the cause. */
const messages = {
  database_unavailable: 'The database cannot be reached at the moment. Try again later.',
  database_not_ready:
    'The database lacks a table, a function or a role that is needed. For those of Movie Hub run: ' +
    installedSchema.installCommand,
  query_timeout: 'The query took longer than allowed. Ask for less, or try again later.',
  conflict: 'This clashes with what is there already.',
  query_failed: 'The query failed.',
  invalid_entitlements: 'What you may see is not set up correctly. This is not because of the arguments.',
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
};

const wrongDate = 'is no date or time that exists. Write it as 2024-02-29 or 2024-02-29T23:59:59Z.';

/** What is wrong with a value, by SQLSTATE: words for whoever gave it. */
const faultOfState: Readonly<Record<string, string>> = {
  '22000': 'is not allowed here: a range, for example, must not begin after its end.',
  '22001': 'is longer than allowed.',
  '22003': 'is outside of the numbers that its type holds.',
  '22007': wrongDate,
  '22008': wrongDate,
  '22009': 'has no valid offset from UTC.',
  '22012': 'leads to a division by zero.',
  '22021': 'has a character that the database cannot hold.',
  '22P05': 'has a character that the database cannot hold.',
  '22023': 'is none of those allowed here, as for the name of a unit or of a time zone.',
  '22025': 'is a pattern that ends with its escape character.',
  '2201B': 'is no valid regular expression.',
  '2201W': 'is a limit below zero.',
  '2201X': 'is an offset below zero.',
  '22P02': 'does not have the form of its type, such as that of a number, a UUID, a list or JSON.',
  '23502': 'is missing, and must not be.',
  '23514': 'breaks a rule that the database has for such values.',
  '42601': 'is not written as a search or a path is: check its operators, quotes and brackets.',
};

/** A value that a query cannot take. Only the caller who gave it may see this message. */
export class InvalidValue extends MovieHubError {
  /** The query's name for it; undefined where PostgreSQL does not say which value it was. */
  readonly parameter: string | undefined;

  constructor(parameter: string | undefined, predicate: string, options?: { cause: unknown }) {
    const subject = parameter === undefined ? 'A value' : `The value of ${parameter}`;
    super('invalid_argument', `${subject} ${predicate}`, options);
    this.parameter = parameter;
  }
}

/** What is known about a failure beside what was thrown. */
export interface FailedAt {
  /** The connection: its state shows failures that the driver has no code for. */
  readonly client?: PoolClient;
  /** True when there was no connection yet: whatever was thrown, the database is unavailable. */
  readonly isConnecting?: boolean;
  /** The names of a query's parameters, in order. */
  readonly parameters?: readonly string[];
  /** False for a query that was given no value, so that none can be wrong. */
  readonly hasValues?: boolean;
}

/** Turns whatever the driver threw into a {@link MovieHubError} that holds only its code's sentence. */
export function databaseError(cause: unknown, at: FailedAt = {}): MovieHubError {
  if (isMovieHubError(cause)) return cause;
  if (isOfLoad(cause)) return whileLoading(cause);
  const invalid = at.isConnecting ? undefined : invalidValue(cause, at);
  if (invalid !== undefined) return invalid;
  const code = at.isConnecting ? 'database_unavailable' : codeOf(cause, at);
  const message =
    code !== 'database_unavailable' && sqlStateOf(cause)?.startsWith('40')
      ? conflictInPassing
      : messages[code];
  return new MovieHubError(code, message, { cause });
}

/**
 * The same of the statement that sets a transaction's role and settings: its values are the entitlements, and nobody's arguments.
 * A role that is missing is an invalid value of the setting `role`; one that the login may not become lacks a privilege.
 */
export function settingsError(cause: unknown, at: FailedAt): MovieHubError {
  const state = sqlStateOf(cause);
  if (state === '22023' || state === '42501')
    return new MovieHubError('database_not_ready', messages.database_not_ready, { cause });
  return state !== undefined && /^(22|42)/.test(state) ? entitlementsError(cause) : databaseError(cause, at);
}

/** Returns the error for settings that the role's policies cannot read. */
export function entitlementsError(cause: unknown): MovieHubError {
  return new MovieHubError('invalid_entitlements', messages.invalid_entitlements, { cause });
}

/** Returns the error for an edit while a load rebuilds the tables. */
export function whileLoading(cause: unknown): MovieHubError {
  return new MovieHubError('database_not_ready', installedSchema.load.forUsers, { cause });
}

/** The error of the trigger that a load leaves on tables has a context; that of a server that starts or stops has none. */
function isOfLoad(cause: unknown): boolean {
  const { where } = (cause ?? {}) as { readonly where?: unknown };
  return sqlStateOf(cause) === '57P03' && String(where).includes(installedSchema.load.function);
}

/** Returns the error for a change on a server that accepts none: a replica, or one whose storage is full. */
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

/**
 * The value that PostgreSQL refused, where it was one. It names the parameter that it could not read when it binds them. After that only the
 * SQLSTATE is left: a data exception, a rule of a domain, or a syntax error that no position in the SQL belongs to.
 */
function invalidValue(cause: unknown, { parameters, hasValues = true }: FailedAt): InvalidValue | undefined {
  const state = sqlStateOf(cause);
  if (state === undefined || !/^(0A|22|23|42|54)/.test(state)) return undefined;
  const { where, position, internalQuery, dataType, routine } = cause as Partial<Record<string, unknown>>;
  // The line names the parameter in every language of the server: `unnamed portal parameter $1 = '...'`.
  const [, number] = /^[^"$:]+\$(\d+)(?: = |$)/m.exec(String(where ?? '')) ?? [];
  const parameter = parameters?.[Number(number) - 1];
  const isOfSql = position !== undefined || internalQuery !== undefined;
  const isOfValue =
    state.startsWith('22') ||
    (state.startsWith('23') && dataType !== undefined) ||
    state === '42601' ||
    // A unit that a type does not have; of a plan that was kept it is the plan's.
    (state === '0A000' && routine !== 'RevalidateCachedQuery');
  if (parameter === undefined && (isOfSql || !isOfValue || !hasValues)) return undefined;
  const predicate = faultOfState[state] ?? 'has a form that the query cannot use.';
  return new InvalidValue(parameter, predicate, { cause });
}

function codeOf(cause: unknown, { client }: FailedAt): keyof typeof messages {
  const state = sqlStateOf(cause);
  if (state !== undefined) return codeOfState[state] ?? codeOfState[state.slice(0, 2)] ?? 'query_failed';
  // The driver's own limit, for pools made with a query_timeout, has nothing but these words.
  if ((cause as Error | undefined)?.message === 'Query read timeout') return 'query_timeout';
  return client !== undefined && isBroken(client) ? 'database_unavailable' : 'query_failed';
}

/** Whether a connection answers no more. The driver says so in fields of its own; its errors have words only. */
function isBroken(client: PoolClient): boolean {
  const { _queryable, _ending } = client as { readonly _queryable?: boolean; readonly _ending?: boolean };
  const { stream } = client.connection as { readonly stream?: { readonly destroyed?: boolean } };
  return stream?.destroyed === true || _queryable === false || _ending === true;
}
