import type { DateTime } from 'luxon';
import { MovieHubError } from '../errors';
import { createToolServer, type ToolServer } from '../mcp/tool-server';
import { defineTool, type Tool, type ToolCallListener } from '../tools/tool';
import { version } from '../version';

/** What `createTimeMcpServer` takes. */
export interface TimeMcpServerOptions {
  /** The clock; the system's unless given. */
  now?: () => Date;
  /** Called after each tool call was answered. */
  onToolCall?: ToolCallListener;
}

/** Makes the time MCP server: `get_current_time` and `convert_time`, over IANA time zones. */
export function createTimeMcpServer(options: TimeMcpServerOptions = {}): ToolServer {
  const now = options.now ?? (() => new Date());
  return createToolServer({
    name: 'movie-hub-time',
    version,
    instructions: 'Tells the current time anywhere, and converts times between time zones.',
    onToolCall: options.onToolCall,
    tools: [getCurrentTime(now), convertTime(now)],
  });
}

/** A moment as seen in a zone. */
const zonedTimeSchema = {
  type: 'object',
  properties: {
    time_zone: { type: 'string', description: 'IANA name of the time zone.' },
    local_time: { type: 'string', description: 'Date and time there, ISO 8601 with offset.' },
    utc_offset: { type: 'string', description: 'Offset from UTC, such as +09:00.' },
    weekday: { type: 'string', description: 'Day of the week there, in English.' },
  },
  required: ['time_zone', 'local_time', 'utc_offset', 'weekday'],
  additionalProperties: false,
} as const;

const currentTimeInput = {
  type: 'object',
  properties: {
    time_zone: {
      type: 'string',
      minLength: 1,
      maxLength: 100,
      description: 'IANA time zone such as Asia/Tokyo or America/New_York; UTC when left out.',
    },
  },
  additionalProperties: false,
} as const;

function getCurrentTime(now: () => Date): Tool {
  return defineTool({
    name: 'get_current_time',
    title: 'Current time',
    description:
      'Returns the current date, time, weekday and UTC offset in a time zone. Use it whenever somebody asks what time ' +
      'or day it is, anywhere; you have no clock of your own. For a city name its IANA zone: Tokyo is Asia/Tokyo. ' +
      'To convert a given time use convert_time.',
    input: currentTimeInput,
    output: zonedTimeSchema,
    isOpenWorld: true,
    run: async ({ time_zone }) => describeTime(await currentTime(now, await timeZone(time_zone ?? 'UTC'))),
  });
}

const convertInput = {
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

function convertTime(now: () => Date): Tool {
  return defineTool({
    name: 'convert_time',
    title: 'Convert a time',
    description:
      'Returns what time it is in one time zone when it is a given time in another. Use it for questions such as ' +
      '"when it is 15:00 in London, what time is it in Tokyo?". A time without a date means today in the first zone. ' +
      'A time that a clock change skips is moved forward by the length of the change. For the time now use get_current_time.',
    input: convertInput,
    output: {
      type: 'object',
      properties: {
        from: { ...zonedTimeSchema, description: 'The time that was given.' },
        to: { ...zonedTimeSchema, description: 'The same moment in the other zone.' },
      },
      required: ['from', 'to'],
      additionalProperties: false,
    },
    isOpenWorld: true,
    run: async ({ time, from_time_zone, to_time_zone }) => {
      const from = await timeZone(from_time_zone);
      const to = await timeZone(to_time_zone);
      const moment = await parseTime(time, from, now);
      return { from: describeTime(moment), to: describeTime(moment.setZone(to)) };
    },
  });
}

/** Loaded at the first call. */
const loadLuxon = () => import('luxon');

/**
 * Checks the name of a time zone.
 *
 * @throws MovieHubError `invalid_argument` with what a name looks like.
 */
async function timeZone(name: string): Promise<string> {
  const { IANAZone } = await loadLuxon();
  if (IANAZone.isValidZone(name)) return name;
  throw new MovieHubError(
    'invalid_argument',
    'There is no time zone of that name. Use an IANA name: Asia/Tokyo, Europe/Berlin, America/New_York, UTC.',
  );
}

async function currentTime(now: () => Date, zone: string): Promise<DateTime> {
  const { DateTime } = await loadLuxon();
  return DateTime.fromJSDate(now(), { zone }).startOf('second');
}

async function parseTime(time: string, zone: string, now: () => Date): Promise<DateTime> {
  const { DateTime } = await loadLuxon();
  const today = async () => (await currentTime(now, zone)).toISODate();
  const full = time.length > 5 ? time.replace(' ', 'T') : `${await today()}T${time}`;
  const moment = DateTime.fromISO(full, { zone });
  // Of a time that a clock change repeats luxon takes one or the other, depending on the season today.
  if (moment.isValid) return DateTime.min(...moment.getPossibleOffsets()) ?? moment;
  throw new MovieHubError(
    'invalid_argument',
    'That date or time does not exist. Use HH:MM or YYYY-MM-DDTHH:MM.',
  );
}

/** Describes a moment in its zone, as `zonedTimeSchema` says. */
function describeTime(moment: DateTime) {
  return {
    time_zone: moment.zoneName ?? 'UTC',
    local_time: moment.toISO({ suppressMilliseconds: true }) ?? '',
    utc_offset: moment.toFormat('ZZ'),
    weekday: moment.setLocale('en').weekdayLong ?? '',
  };
}
