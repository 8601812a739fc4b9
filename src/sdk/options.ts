import { MovieHubError } from './errors';

/**
 * Checks an option that counts something: a limit of 0, or one that is no number, would switch it off unseen.
 *
 * @throws MovieHubError `invalid_argument` for anything but a whole number above 0.
 */
export function positiveInteger(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new MovieHubError('invalid_argument', `${name} must be a whole number above 0.`);
}

/** Longest time that Node's timers and PostgreSQL's `statement_timeout` take, in ms: about 24 days. */
export const longestMs = 2_147_483_647;

/**
 * Checks an option whose name ends in `Ms`. One rule for all: what no timer can hold is refused, and never shortened.
 *
 * @throws MovieHubError `invalid_argument` for anything but a whole number of ms from 1 to 2,147,483,647.
 */
export function milliseconds(name: string, value: number): number {
  if (positiveInteger(name, value) <= longestMs) return value;
  throw new MovieHubError('invalid_argument', `${name} must be at most ${longestMs} ms.`);
}
