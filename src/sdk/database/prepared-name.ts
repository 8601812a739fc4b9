import { createHash } from 'node:crypto';
import { sqlStateOf } from './database-error';

const names = new Map<string, string>();

/** Names a prepared statement after what it is and a hash of its text: the same text has the same name everywhere. */
export function preparedName(statement: string, text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  // PostgreSQL cuts names at 63 bytes.
  const name = `${statement.replace(/\W/g, '_').slice(0, 40)}_${hash}`;
  names.set(text, name);
  return name;
}

/** A statement that was prepared before its tables changed, or that somebody discarded, fails on its connection for ever. */
export function isStale(failure: unknown): boolean {
  return /^(0A000|26000|42P05)$/.test(stateOf(failure) ?? '');
}

/**
 * States of statements that may be well when they are prepared anew: those, and what PostgreSQL says of names, types, operators and values
 * that it cannot read, since the types of parameters are those of the first time. Not a right that is missing.
 */
export function mayBeStale(failure: unknown): boolean {
  return /^(0A000|26000|XX000|22003|22007|22008|22P02|42(?!501)...)$/.test(stateOf(failure) ?? '');
}

/** Returns the SQLSTATE of the driver's error, or of the one that it became. */
export function stateOf(failure: unknown): string | undefined {
  return sqlStateOf(failure) ?? sqlStateOf((failure as { cause?: unknown } | undefined)?.cause);
}
