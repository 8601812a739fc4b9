import { defineTool, type ToolDefinition, type ToolErrorListener } from '../tools/define-tool';
import type { Tool } from '../tools/tool';
import { currentTime, describeTime, timeZone, zonedTimeSchema } from './time-zone';

/** Makes the tool that tells the time. */
export function getCurrentTime(now: () => Date, onError?: ToolErrorListener): Tool {
  return defineTool<{ time_zone?: string }>(
    {
      ...definition,
      run: async ({ time_zone }) => describeTime(currentTime(now, timeZone(time_zone ?? 'UTC'))),
    },
    onError,
  );
}

/** Made once, so that a server made for every request compiles nothing. */
const definition: Omit<ToolDefinition<never>, 'run'> = {
  name: 'get_current_time',
  title: 'Current time',
  description:
    'Returns the current date, time, weekday and UTC offset in a time zone. Use it whenever somebody asks what time ' +
    'or day it is, anywhere; you have no clock of your own. For a city name its IANA zone: Tokyo is Asia/Tokyo. ' +
    'To convert a given time use convert_time.',
  inputSchema: {
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
  },
  outputSchema: {
    type: 'object',
    properties: zonedTimeSchema.properties,
    required: [...zonedTimeSchema.required],
    additionalProperties: false,
  },
  isOpenWorld: true,
};
