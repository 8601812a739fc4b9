import { defineTool } from '../tools/define-tool';
import type { Tool } from '../tools/tool';
import { currentTime, describeTime, timeZone, zonedTimeSchema } from './time-zone';

/** Makes the tool that tells the time. */
export function getCurrentTime(now: () => Date): Tool {
  return defineTool({
    ...text,
    input,
    output,
    isOpenWorld: true,
    run: ({ time_zone }) => describeTime(currentTime(now, timeZone(time_zone ?? 'UTC'))),
  });
}

const text = {
  name: 'get_current_time',
  title: 'Current time',
  description:
    'Returns the current date, time, weekday and UTC offset in a time zone. Use it whenever somebody asks what time ' +
    'or day it is, anywhere; you have no clock of your own. For a city name its IANA zone: Tokyo is Asia/Tokyo. ' +
    'To convert a given time use convert_time.',
};

const input = {
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

const output = {
  type: 'object',
  properties: zonedTimeSchema.properties,
  required: [...zonedTimeSchema.required],
  additionalProperties: false,
} as const;
