import { DateTime } from 'luxon';
import { MovieHubError } from '../errors';
import { defineTool } from '../tools/define-tool';
import type { Tool } from '../tools/tool';
import { currentTime, describeTime, timeZone, zonedTimeSchema } from './time-zone';

/** Makes the tool that converts a time from one zone to another. */
export function convertTime(now: () => Date): Tool {
  return defineTool({
    ...text,
    input,
    output,
    isOpenWorld: true,
    run: ({ time, from_time_zone, to_time_zone }) => {
      const from = timeZone(from_time_zone);
      const to = timeZone(to_time_zone);
      const moment = parse(time, from, now);
      return { from: describeTime(moment), to: describeTime(moment.setZone(to)) };
    },
  });
}

const text = {
  name: 'convert_time',
  title: 'Convert a time',
  description:
    'Returns what time it is in one time zone when it is a given time in another. Use it for questions such as ' +
    '"when it is 15:00 in London, what time is it in Tokyo?". A time without a date means today in the first zone. ' +
    'A time that a clock change skips is moved forward by the length of the change. For the time now use get_current_time.',
};

const input = {
  type: 'object',
  properties: {
    time: {
      type: 'string',
      pattern: '^(\\d{4}-\\d{2}-\\d{2}[T ])?\\d{2}:\\d{2}$',
      description: 'Time in the first zone: HH:MM for today, or YYYY-MM-DDTHH:MM.',
    },
    from_time_zone: {
      type: 'string',
      minLength: 1,
      maxLength: 100,
      description: 'IANA time zone that the time is in, such as Europe/London.',
    },
    to_time_zone: {
      type: 'string',
      minLength: 1,
      maxLength: 100,
      description: 'IANA time zone to convert to, such as Asia/Tokyo.',
    },
  },
  required: ['time', 'from_time_zone', 'to_time_zone'],
  additionalProperties: false,
} as const;

const output = {
  type: 'object',
  properties: {
    from: {
      type: 'object',
      description: 'The time that was given.',
      ...zonedTimeSchema,
      additionalProperties: false,
    },
    to: {
      type: 'object',
      description: 'The same moment in the other zone.',
      ...zonedTimeSchema,
      additionalProperties: false,
    },
  },
  required: ['from', 'to'],
  additionalProperties: false,
} as const;

function parse(time: string, zone: string, now: () => Date): DateTime {
  const full = time.length > 5 ? time.replace(' ', 'T') : `${currentTime(now, zone).toISODate()}T${time}`;
  const moment = DateTime.fromISO(full, { zone });
  // Of a time that a clock change repeats luxon takes one or the other, depending on the season today.
  if (moment.isValid) return DateTime.min(...moment.getPossibleOffsets()) ?? moment;
  throw new MovieHubError(
    'invalid_argument',
    'That date or time does not exist. Use HH:MM or YYYY-MM-DDTHH:MM.',
  );
}
