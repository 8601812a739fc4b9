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
