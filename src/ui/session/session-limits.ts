import { MovieHubError } from 'movie-hub';

/** Lifetime of a session, in minutes. */
export interface SessionLimits {
  /** Since its last use. */
  readonly idleMinutes: number;
  /** Since login. */
  readonly maxMinutes: number;
}

/** A year. */
const limit = 366 * 24 * 60;

/**
 * Reads the limits of sessions from the hub's options.
 *
 * @throws MovieHubError `invalid_argument` unless each is a whole number from 1 to the minutes of a year.
 */
export function sessionLimits(options: {
  sessionIdleMinutes?: number | undefined;
  sessionMaxMinutes?: number | undefined;
}): SessionLimits {
  const maxMinutes = minutesOf('sessionMaxMinutes', options.sessionMaxMinutes ?? 7 * 24 * 60);
  const idleMinutes = minutesOf('sessionIdleMinutes', options.sessionIdleMinutes ?? 8 * 60);
  return { idleMinutes, maxMinutes };
}

function minutesOf(name: string, minutes: number): number {
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= limit) return minutes;
  throw new MovieHubError(
    'invalid_argument',
    `${name} must be a whole number of minutes from 1 to ${limit}.`,
  );
}
