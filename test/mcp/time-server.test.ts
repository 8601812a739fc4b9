import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { createMcpHttpHandler, createTimeMcpServer, type ToolCall } from 'movie-hub';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ToolCallListener } from '../../src/sdk/tools/tool';
import { call, connect, textOf } from '../support/mcp';
import { argument, refusal, time } from '../support/messages';
import { callOf, listen, send } from './http-server';

const winter = '2025-01-15T12:00:00.999Z';
const summer = '2025-07-01T23:30:00.000Z';

/** A client of a time server whose clock shows a moment. The list is asked for, so the client checks every result by it. */
async function at(moment: string, onToolCall?: ToolCallListener): Promise<Client> {
  const now = () => new Date(moment);
  const client = await connect(createTimeMcpServer(onToolCall === undefined ? { now } : { now, onToolCall }));
  onTestFinished(() => client.close());
  await client.listTools();
  return client;
}

const answer = async (moment: string, tool: string, args: Record<string, unknown>) => {
  const result = await call(await at(moment), tool, args);
  expect(JSON.parse(textOf(result))).toEqual(result.structuredContent);
  return result.structuredContent;
};

test('lists two tools that change nothing, each argument described', async () => {
  const { tools } = await (await at(winter)).listTools();
  expect(
    tools.map((tool) => [
      tool.name,
      Object.keys(tool.inputSchema.properties ?? {}),
      tool.inputSchema.required,
    ]),
  ).toEqual([
    ['get_current_time', ['time_zone'], undefined],
    ['convert_time', ['time', 'from_time_zone', 'to_time_zone'], ['time', 'from_time_zone', 'to_time_zone']],
  ]);
  for (const tool of tools) {
    expect(tool.annotations).toMatchObject({
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
    });
    expect(typeof tool.annotations?.openWorldHint).toBe('boolean');
    expect(tool.description?.length).toBeGreaterThan(80);
    expect(tool.inputSchema.additionalProperties).toBe(false);
    expect(tool.outputSchema?.type).toBe('object');
    for (const property of Object.values(tool.inputSchema.properties ?? {})) {
      expect((property as { description?: string }).description).toBeTruthy();
    }
  }
});

describe('get_current_time', () => {
  test.each<[moment: string, zone: string | undefined, local: string, offset: string, weekday: string]>([
    [winter, undefined, '2025-01-15T12:00:00Z', '+00:00', 'Wednesday'],
    [winter, 'UTC', '2025-01-15T12:00:00Z', '+00:00', 'Wednesday'],
    [winter, 'Asia/Tokyo', '2025-01-15T21:00:00+09:00', '+09:00', 'Wednesday'],
    [winter, 'Europe/London', '2025-01-15T12:00:00+00:00', '+00:00', 'Wednesday'],
    [winter, 'America/New_York', '2025-01-15T07:00:00-05:00', '-05:00', 'Wednesday'],
    [winter, 'Asia/Kathmandu', '2025-01-15T17:45:00+05:45', '+05:45', 'Wednesday'],
    [winter, 'Pacific/Kiritimati', '2025-01-16T02:00:00+14:00', '+14:00', 'Thursday'],
    [summer, 'Europe/London', '2025-07-02T00:30:00+01:00', '+01:00', 'Wednesday'],
    [summer, 'America/New_York', '2025-07-01T19:30:00-04:00', '-04:00', 'Tuesday'],
    ['2024-02-28T23:00:00Z', 'Europe/Berlin', '2024-02-29T00:00:00+01:00', '+01:00', 'Thursday'],
    ['2025-03-30T00:59:59Z', 'Europe/Berlin', '2025-03-30T01:59:59+01:00', '+01:00', 'Sunday'],
    ['2025-03-30T01:00:00Z', 'Europe/Berlin', '2025-03-30T03:00:00+02:00', '+02:00', 'Sunday'],
    ['2025-10-26T00:30:00Z', 'Europe/Berlin', '2025-10-26T02:30:00+02:00', '+02:00', 'Sunday'],
    ['2025-10-26T01:30:00Z', 'Europe/Berlin', '2025-10-26T02:30:00+01:00', '+01:00', 'Sunday'],
  ])('at %s in %s it is %s', async (moment, zone, local_time, utc_offset, weekday) => {
    const args = zone === undefined ? {} : { time_zone: zone };
    expect(await answer(moment, 'get_current_time', args)).toEqual({
      time_zone: zone ?? 'UTC',
      local_time,
      utc_offset,
      weekday,
    });
  });

  test('shows the real time without a clock of its own', async () => {
    const client = await connect(createTimeMcpServer());
    onTestFinished(() => client.close());
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2031-05-06T07:08:09Z') });
    onTestFinished(() => void vi.useRealTimers());
    const { structuredContent } = await call(client, 'get_current_time', {});
    expect(structuredContent).toMatchObject({ local_time: '2031-05-06T07:08:09Z', weekday: 'Tuesday' });
  });
});

describe('convert_time', () => {
  test.each<[time: string, from: string, to: string, there: string, here: string]>([
    [
      '2025-01-15T15:00',
      'Europe/London',
      'Asia/Tokyo',
      '2025-01-16T00:00:00+09:00',
      '2025-01-15T15:00:00+00:00',
    ],
    [
      '2025-01-15 15:00',
      'Europe/London',
      'Asia/Tokyo',
      '2025-01-16T00:00:00+09:00',
      '2025-01-15T15:00:00+00:00',
    ],
    [
      '2025-07-15T15:00',
      'Europe/London',
      'Asia/Tokyo',
      '2025-07-15T23:00:00+09:00',
      '2025-07-15T15:00:00+01:00',
    ],
    ['2025-12-31T23:59', 'America/Los_Angeles', 'UTC', '2026-01-01T07:59:00Z', '2025-12-31T23:59:00-08:00'],
    ['2024-02-29T12:00', 'UTC', 'Asia/Kolkata', '2024-02-29T17:30:00+05:30', '2024-02-29T12:00:00Z'],
    // Clocks go from 02:00 to 03:00: what is skipped moves forward by the hour.
    ['2025-03-30T02:30', 'Europe/Berlin', 'UTC', '2025-03-30T01:30:00Z', '2025-03-30T03:30:00+02:00'],
    ['2025-03-09T02:30', 'America/New_York', 'UTC', '2025-03-09T07:30:00Z', '2025-03-09T03:30:00-04:00'],
    // Half an hour on Lord Howe Island.
    ['2025-10-05T02:15', 'Australia/Lord_Howe', 'UTC', '2025-10-04T15:45:00Z', '2025-10-05T02:45:00+11:00'],
    // A whole day in Samoa.
    ['2011-12-30T12:00', 'Pacific/Apia', 'UTC', '2011-12-30T22:00:00Z', '2011-12-31T12:00:00+14:00'],
    ['2025-03-30T03:00', 'Europe/Berlin', 'UTC', '2025-03-30T01:00:00Z', '2025-03-30T03:00:00+02:00'],
    ['2025-10-26T01:59', 'Europe/Berlin', 'UTC', '2025-10-25T23:59:00Z', '2025-10-26T01:59:00+02:00'],
    ['2025-10-26T03:00', 'Europe/Berlin', 'UTC', '2025-10-26T02:00:00Z', '2025-10-26T03:00:00+01:00'],
  ])('%s in %s is, in %s, %s', async (time, from, to, there, here) => {
    expect(
      await answer(winter, 'convert_time', { time, from_time_zone: from, to_time_zone: to }),
    ).toMatchObject({
      from: { time_zone: from, local_time: here },
      to: { time_zone: to, local_time: there },
    });
  });

  test('a time without a date is of today in the first zone', async () => {
    const convert = (moment: string, from: string) =>
      answer(moment, 'convert_time', { time: '09:00', from_time_zone: from, to_time_zone: 'UTC' });
    expect(await convert(summer, 'Asia/Tokyo')).toEqual({
      from: {
        time_zone: 'Asia/Tokyo',
        local_time: '2025-07-02T09:00:00+09:00',
        utc_offset: '+09:00',
        weekday: 'Wednesday',
      },
      to: {
        time_zone: 'UTC',
        local_time: '2025-07-02T00:00:00Z',
        utc_offset: '+00:00',
        weekday: 'Wednesday',
      },
    });
    expect(await convert(summer, 'America/New_York')).toMatchObject({
      from: { local_time: '2025-07-01T09:00:00-04:00' },
    });
  });

  describe('a time that a clock change repeats means the first', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
    afterEach(() => void vi.useRealTimers());

    test.each([
      ['2025-10-26T02:30', 'Europe/Berlin', '2025-10-26T00:30:00Z', '+02:00'],
      ['2025-11-02T01:30', 'America/New_York', '2025-11-02T05:30:00Z', '-04:00'],
      ['2025-04-06T02:30', 'Australia/Sydney', '2025-04-05T15:30:00Z', '+11:00'],
      ['2025-04-06T01:45', 'Australia/Lord_Howe', '2025-04-05T14:45:00Z', '+11:00'],
    ])('%s in %s, whatever the season is today', async (time, zone, utc, offset) => {
      for (const today of [winter, summer, '2025-10-26T00:10:00Z', '2025-10-26T01:10:00Z']) {
        vi.setSystemTime(new Date(today));
        expect(
          await answer(today, 'convert_time', { time, from_time_zone: zone, to_time_zone: 'UTC' }),
        ).toMatchObject({ from: { utc_offset: offset }, to: { local_time: utc } });
      }
    });
  });
});

describe('what cannot be answered is said, without repeating it', () => {
  const unknownZone = refusal(time.noZone);
  const noSuchTime = refusal(time.noTime);
  const ok = { time: '12:00', from_time_zone: 'UTC', to_time_zone: 'UTC' };

  test.each<[tool: string, args: Record<string, unknown>, message: string | RegExp]>([
    ['get_current_time', { time_zone: 'Mars/Olympus_Mons' }, unknownZone],
    ['get_current_time', { time_zone: 'Tokyo' }, unknownZone],
    ['get_current_time', { time_zone: ' Asia/Tokyo ' }, unknownZone],
    ['get_current_time', { time_zone: '+25:00' }, unknownZone],
    ['get_current_time', { time_zone: `'; DROP TABLE users` }, unknownZone],
    ['get_current_time', { time_zone: '__proto__' }, unknownZone],
    [
      'get_current_time',
      { time_zone: '' },
      /^The argument time_zone must NOT have fewer than 1 characters\. /,
    ],
    [
      'get_current_time',
      { time_zone: 'x'.repeat(101) },
      /^The argument time_zone must NOT have more than 100 characters\. /,
    ],
    ['get_current_time', { time_zone: 9 }, /^The argument time_zone must be string\. /],
    ['get_current_time', { zone: 'UTC' }, / "zone"/],
    ['convert_time', { ...ok, from_time_zone: 'Nowhere/Land' }, unknownZone],
    ['convert_time', { ...ok, to_time_zone: 'Nowhere/Land' }, unknownZone],
    ['convert_time', { ...ok, time: '25:00' }, noSuchTime],
    ['convert_time', { ...ok, time: '12:60' }, noSuchTime],
    ['convert_time', { ...ok, time: '2025-02-29T12:00' }, noSuchTime],
    ['convert_time', { ...ok, time: '2025-13-01T12:00' }, noSuchTime],
    ['convert_time', { ...ok, time: '3 pm' }, /^The argument time must match pattern /],
    ['convert_time', { ...ok, time: '2025-01-01' }, /^The argument time must match pattern /],
    ['convert_time', { ...ok, time: '12:00\n' }, /^The argument time must match pattern /],
    [
      'convert_time',
      {},
      /^The argument time is missing\. The argument from_time_zone is missing\. The argument to_time_zone is missing\. /,
    ],
  ])('%s %j', async (tool, args, message) => {
    const calls: ToolCall[] = [];
    const client = await at(winter, (told) => calls.push(told));
    const result = await call(client, tool, args);
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toBeUndefined();
    expect(textOf(result)).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
    await expect
      .poll(() => calls)
      .toMatchObject([
        {
          tool,
          outcome: 'invalid_argument',
          rows: 0,
          error: expect.objectContaining({ code: 'invalid_argument' }),
        },
      ]);
    for (const value of Object.values(args)) {
      if (typeof value === 'string' && value.length > 5 && !message.toString().includes(value)) {
        expect(textOf(result)).not.toContain(value);
      }
    }
  });

  test('an unknown tool is an error of the protocol', async () => {
    await expect(call(await at(winter), 'set_time', {})).rejects.toMatchObject({ code: -32602 });
  });
});

test('the same call gives the same bytes', async () => {
  const bytes = async () => {
    const client = await at(winter);
    return JSON.stringify([
      await client.listTools(),
      await call(client, 'get_current_time', { time_zone: 'Asia/Tokyo' }),
      await call(client, 'convert_time', {
        time: '12:00',
        from_time_zone: 'UTC',
        to_time_zone: 'Asia/Tokyo',
      }),
    ]);
  };
  expect(await bytes()).toBe(await bytes());
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'zone'])(
  'the argument %s is refused by name, in this process and over HTTP',
  async (name) => {
    const wrong = JSON.parse(`{"time_zone": "Asia/Tokyo", "${name}": {"time_zone": "Europe/Berlin"}}`);
    const right = { time_zone: 'Asia/Tokyo' };
    const refused = refusal(argument.unknown(name));
    const client = await at(winter);
    expect(textOf(await call(client, 'get_current_time', wrong))).toBe(refused);
    expect((await call(client, 'get_current_time', right)).isError).toBeUndefined();
    const { port } = await listen(createMcpHttpHandler(() => createTimeMcpServer()));
    const over = async (args: object) =>
      JSON.parse((await send(port, callOf('get_current_time', args))).body).result;
    expect(textOf(await over(wrong))).toBe(refused);
    expect((await over(right)).isError).toBeUndefined();
  },
);
