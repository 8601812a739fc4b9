import { MovieHubError } from 'movie-hub';

/** How long a session lasts, in minutes. */
export interface SessionLimits {
  /** Since it was last used. */
  readonly idleMinutes: number;
  /** Since login, whatever is done in it. */
  readonly maxMinutes: number;
}

/** A year. */
const longest = 366 * 24 * 60;

/**
 * Reads the limits of sessions from the hub's options.
 *
 * @throws MovieHubError `invalid_argument` for anything but whole minutes, from 1 to those of a year.
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
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= longest) return minutes;
  throw new MovieHubError(
    'invalid_argument',
    `${name} must be a whole number of minutes from 1 to ${longest}.`,
  );
}
