import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { createQueryMcpServer, defineQueryTool, type ToolCall } from 'movie-hub';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { oneKind } from '../support/databases';
import { call, connect, textOf } from '../support/mcp';
import { argument, failure, refusal } from '../support/messages';
import { type OwnSchema, openOwnSchema } from '../support/own-schema';
import { noArguments, zods } from './schema-kinds';

const secret = 'SECRET';
const text = { title: 'Orders', description: 'Finds the orders of a tenant.' };

describe.each(zods)('tools described with %s, served', (_, zod) => {
  const row = zod.object({ id: zod.number().int(), total: zod.number(), note: zod.string().optional() });
  const find = defineQueryTool({
    ...text,
    name: 'find_orders',
    sql: `SELECT order_id AS id, total, note, secret FROM shop.orders
      WHERE tenant = :tenant AND order_id >= :from_id AND (:note::text IS NULL OR note = :note) ORDER BY order_id`,
    input: zod.object({
      from_id: zod.number().int().default(1).describe('Least order number.'),
      note: zod.string().optional().describe('Text of the note.'),
    }),
    row,
    bind: { tenant: (clerk: { tenant: string }) => clerk.tenant },
  });
  const misfit = defineQueryTool({
    ...text,
    name: 'misfit',
    sql: 'SELECT order_id AS id, secret AS total FROM shop.orders',
    input: noArguments,
    row,
  });
  const failing = defineQueryTool({
    ...text,
    name: 'failing',
    sql: 'SELECT order_id AS id, total FROM shop.orders',
    input: noArguments,
    row,
    output: zod.object({ n: zod.number() }),
    answer: () => {
      throw new Error(secret);
    },
  });
  let own: OwnSchema;
  let client: Client;
  const calls: ToolCall[] = [];
  const lastCall = async () => {
    await expect.poll(() => calls.length).toBe(1);
    return calls[0];
  };

  beforeAll(async () => {
    own = await openOwnSchema(oneKind, (role) => [
      'CREATE SCHEMA shop',
      'CREATE TABLE shop.orders (order_id int8, tenant text, total numeric, note text, secret text)',
      'ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY',
      `CREATE POLICY own ON shop.orders USING (tenant = current_setting('shop.tenant', true))`,
      `INSERT INTO shop.orders VALUES (1, 'one', 19.90, NULL, '${secret}'), (2, 'one', 5, 'gift', '${secret}'),
        (3, 'two', 7, NULL, '${secret}')`,
      `GRANT USAGE ON SCHEMA shop TO ${role}`,
      `GRANT SELECT ON shop.orders TO ${role}`,
    ]);
    const server = createQueryMcpServer(own.pool, own.of('one'), {
      name: 'orders',
      version: '1',
      instructions: 'Ask for orders.',
      tools: [find, misfit, failing],
      onToolCall: (each) => calls.push(each),
    });
    client = await connect(server);
    await client.listTools();
  });
  afterAll(async () => {
    await client.close();
    await own.close();
  });
  beforeEach(() => {
    calls.length = 0;
  });

  test('answer with what the row describes, and nothing else', async () => {
    const { structuredContent } = await call(client, 'find_orders', {});
    expect(structuredContent).toEqual({
      rows: [
        { id: 1, total: 19.9 },
        { id: 2, total: 5, note: 'gift' },
      ],
      message: '2 rows.',
    });
    expect(await lastCall()).toMatchObject({ outcome: 'ok', rows: 2, principal: { tenant: 'one' } });
  });

  test('pass the arguments on', async () => {
    const { structuredContent } = await call(client, 'find_orders', { from_id: 2, note: 'gift' });
    expect(structuredContent).toMatchObject({ rows: [{ id: 2 }] });
    expect(await lastCall()).toMatchObject({ outcome: 'ok', rows: 1 });
  });

  test('refuse what the model may not set, before anything is asked', async () => {
    const result = await call(client, 'find_orders', { tenant: 'two' });
    expect(result).toMatchObject({ isError: true });
    expect(textOf(result)).toBe(refusal(argument.unknown('tenant')));
    expect(await lastCall()).toMatchObject({ outcome: 'invalid_argument', rows: 0 });
  });

  test.each([
    ['misfit', 'a row of misfit'],
    ['failing', secret],
  ])('tell the model nothing of what went wrong in %s, and the log all', async (name, reason) => {
    const result = await call(client, name, {});
    expect(result).toEqual({
      isError: true,
      content: [
        {
          type: 'text',
          text: failure('internal'),
        },
      ],
    });
    expect(JSON.stringify(result)).not.toContain(secret);
    const { outcome, error } = (await lastCall()) ?? {};
    expect(outcome).toBe('internal');
    expect(`${String(error)} ${String((error as Error).cause)}`).toContain(reason);
  });
});
