import { createQueryMcpServer, defineQueryTool } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { oneKind } from '../support/databases';
import { added } from '../support/messages';
import { type OwnSchema, openOwnSchema, shop } from '../support/own-schema';
import { bedrockRun, eventsOf, resultsIn } from './support/bedrock-run';
import { scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

describe('the largest default answer of a server', () => {
  let own: OwnSchema;
  beforeAll(async () => {
    own = await openOwnSchema(oneKind, shop);
  });
  afterAll(() => own.close());

  // Short rows reach the limit of rows, long ones that of bytes; quotes take two bytes in JSON.
  test.each([440, 900, 9_000])('reaches the model whole, with rows of %i characters', async (length) => {
    const find = defineQueryTool({
      name: 'find',
      title: 'Find',
      description: 'Finds orders.',
      sql: `SELECT order_id AS id, repeat('"', 3) || repeat('é', (:length::int - 6) / 2) AS note
        FROM shop.orders, generate_series(1, 400) WHERE order_id = 1`,
      input: z.object({ length: z.number().int().describe('Characters.') }),
      row: z.object({ id: z.number().int(), note: z.string() }),
    });
    const server = createQueryMcpServer(own.pool, own.of('ada'), {
      name: 's',
      version: '1',
      instructions: 'Ask.',
      tools: [find],
    });
    const { events } = await scriptedRun([[{ toolUse: { name: 'find', input: { length } } }], 'ok'], {
      servers: [server],
    });
    const [event] = eventsOf(events, 'tool_result');
    expect(event).toMatchObject({ isError: false, structuredContent: { truncated: true } });
    expect(JSON.parse(event?.content ?? '')).toEqual(event?.structuredContent);
    expect(Buffer.byteLength(event?.content ?? '')).toBeGreaterThan(85_000);
  });
});

describe('a result over the limit', () => {
  async function cutTo(
    maxToolResultBytes: number,
    structuredContent: Record<string, unknown>,
    content?: string,
  ) {
    const run = () => ({
      content: content === undefined ? [] : [{ type: 'text' as const, text: content }],
      structuredContent,
    });
    const { bedrock, events } = await bedrockRun({
      turns: [[{ toolUse: { name: 'a' } }], 'ok'],
      servers: [toolServer('s', { a: { run } })],
      maxToolResultBytes,
    });
    const [result] = resultsIn(bedrock.requests[1]?.request.messages ?? []);
    const [part] = result?.content ?? [];
    const text = part && 'text' in part ? part.text : '';
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxToolResultBytes);
    const [json = '', note] = text.split('\n');
    const bytes = Number(/\d+/.exec(note ?? '')?.[0]);
    expect(note?.startsWith(added.cut(bytes))).toBe(true);
    const [event] = eventsOf(events, 'tool_result');
    expect(event).not.toHaveProperty('structuredContent');
    return { value: JSON.parse(json), event };
  }

  const row = (id: number) => ({ id, title: `Alien ${id}`, plot: 'é'.repeat(id % 7) });

  test('keeps whole rows, and is still JSON', async () => {
    const rows = Array.from({ length: 500 }, (_, index) => row(index));
    const { value, event } = await cutTo(5_000, { rows, message: '500 rows.' }, JSON.stringify({ rows }));
    expect(value.message).toBe('500 rows.');
    expect(value.rows.length).toBeGreaterThan(50);
    expect(value.rows).toEqual(rows.slice(0, value.rows.length));
    const [content = ''] = event?.content.split('\n') ?? [];
    expect(JSON.parse(content).rows.length).toBeGreaterThan(50);
  });

  test('has shorter texts where these are long', async () => {
    const { value } = await cutTo(1_000, { plot: 'y'.repeat(100_000), year: 1979 });
    expect(value).toEqual({ plot: expect.stringMatching(/^y{800,}…$/), year: 1979 });
  });
});
