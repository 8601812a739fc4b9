import { createQueryMcpServer, defineQueryTool, type Model, type ModelEvent, runAgent } from 'movie-hub';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { oneKind } from '../support/databases';
import { call, connect } from '../support/mcp';
import { type OwnSchema, openOwnSchema, shop } from '../support/own-schema';

const marker = 'a lamp that is "here" only';

let own: OwnSchema;
beforeAll(async () => {
  own = await openOwnSchema(oneKind, shop);
});
afterAll(() => own.close());
afterEach(() => vi.restoreAllMocks());

const orders = {
  name: 'find_orders',
  title: 'Find',
  description: 'Finds orders.',
  sql: `SELECT order_id, '${marker}' AS note, now()::text AS at FROM shop.orders`,
  input: { type: 'object', properties: {} },
} as const;
const plain = defineQueryTool({
  ...orders,
  row: z.object({ order_id: z.number(), note: z.string() }),
});
const serve = (tool: typeof plain) =>
  createQueryMcpServer(own.pool, own.of('ada'), {
    name: 's',
    version: '1',
    instructions: 'Ask.',
    tools: [tool],
  });

/** Counts how often a text with a row in it is made or read. */
function countTexts() {
  const counts = { made: 0, read: 0 };
  const { stringify, parse } = JSON;
  const part = stringify(marker).slice(1, -1);
  vi.spyOn(JSON, 'stringify').mockImplementation((...given: Parameters<typeof stringify>) => {
    const text = stringify(...given);
    if (text?.includes(part)) counts.made += 1;
    return text;
  });
  vi.spyOn(JSON, 'parse').mockImplementation((...given) => {
    if (given[0].includes(part)) counts.read += 1;
    return parse(...given);
  });
  return counts;
}

/** Calls the tool once, then answers; it reports its tokens, so that none are estimated. */
function caller(requests: unknown[]): Model {
  const usage = { inputTokens: 1, outputTokens: 1 };
  const use = (): ModelEvent[] => [
    {
      contentBlockStart: {
        contentBlockIndex: 0,
        start: { toolUse: { toolUseId: 'a', name: 'find_orders' } },
      },
    },
    { contentBlockStop: { contentBlockIndex: 0 } },
    { messageStop: { stopReason: 'tool_use' } },
  ];
  const answer = (): ModelEvent[] => [
    { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'Two.' } } },
    { contentBlockStop: { contentBlockIndex: 0 } },
    { messageStop: { stopReason: 'end_turn' } },
  ];
  return {
    id: 'caller',
    async *stream({ messages }) {
      requests.push(messages);
      yield { messageStart: { role: 'assistant' } };
      yield* requests.length === 1 ? use() : answer();
      yield { metadata: { usage } };
    },
  };
}

describe('the rows of a result', () => {
  const rows = [
    { order_id: 1, note: marker },
    { order_id: 3, note: marker },
  ];

  test('become text once on their way from the database to the model, and no text is read back', async () => {
    const requests: unknown[] = [];
    const counts = countTexts();
    const run = runAgent({ model: caller(requests), prompt: 'Which orders?', servers: [serve(plain)] });
    const { stopReason } = await run.result;
    expect(counts).toEqual({ made: 1, read: 0 });
    vi.restoreAllMocks();
    expect(stopReason).toBe('end_turn');
    expect(requests[1]).toMatchObject([
      {},
      {},
      { content: [{ toolResult: { content: [{}, { json: { rows } }, {}] } }] },
    ]);
  });

  test('reach a client in memory as one on a wire gets them, whatever an answer holds', async () => {
    const withDates = defineQueryTool({
      ...orders,
      row: z.object({ note: z.string() }),
      output: { type: 'object', properties: { notes: { type: 'array' } } },
      answer: (found) => ({
        notes: found.map(({ note }) => ({
          note,
          at: new Date(0),
          none: undefined,
          zero: -0,
          list: [undefined],
        })),
      }),
    });
    const client = await connect(serve(withDates));
    const { structuredContent, content } = await call(client, 'find_orders', {});
    await client.close();
    const sent = { note: marker, at: '1970-01-01T00:00:00.000Z', zero: 0, list: [null] };
    expect(structuredContent).toStrictEqual({ notes: [sent, sent] });
    expect(content).toEqual([{ type: 'text', text: JSON.stringify(structuredContent) }]);
  });
});
