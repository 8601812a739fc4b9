import { DateTime, IANAZone } from 'luxon';
import { MovieHubError } from '../errors';

/** A moment as seen in a zone. */
export interface ZonedTime {
  time_zone: string;
  /** ISO 8601 with offset, to the second. */
  local_time: string;
  /** As in `+09:00`. */
  utc_offset: string;
  weekday: string;
}

/** JSON Schema of a {@link ZonedTime}. */
export const zonedTimeSchema = {
  properties: {
    time_zone: { type: 'string', description: 'IANA name of the time zone.' },
    local_time: { type: 'string', description: 'Date and time there, ISO 8601 with offset.' },
    utc_offset: { type: 'string', description: 'Offset from UTC, such as +09:00.' },
    weekday: { type: 'string', description: 'Day of the week there, in English.' },
  },
  required: ['time_zone', 'local_time', 'utc_offset', 'weekday'],
} as const;

/**
 * Checks the name of a time zone.
 *
 * @throws MovieHubError `invalid_argument` with what a name looks like.
 */
export function timeZone(name: string): string {
  if (IANAZone.isValidZone(name)) return name;
  throw new MovieHubError(
    'invalid_argument',
    'There is no time zone of that name. Use an IANA name: Asia/Tokyo, Europe/Berlin, America/New_York, UTC.',
  );
}

/** Describes a moment in its zone. */
export function describeTime(moment: DateTime): ZonedTime {
  return {
    time_zone: moment.zoneName ?? 'UTC',
    local_time: moment.toISO({ suppressMilliseconds: true }) ?? '',
    utc_offset: moment.toFormat('ZZ'),
    weekday: moment.setLocale('en').weekdayLong ?? '',
  };
}

/** The moment that the clock shows, in a zone. */
export function currentTime(now: () => Date, zone: string): DateTime {
  return DateTime.fromJSDate(now(), { zone }).startOf('second');
}
