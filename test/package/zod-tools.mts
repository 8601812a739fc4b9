// What an application writes: test/package/zod.test.ts compiles it as ESM and as CommonJS beside every zod, whose name
// stands in the import.
import { createQueryMcpServer, defineEntitlements, defineQueryTool } from 'movie-hub';
import pg from 'pg';
import { z } from 'zod';

interface Clerk {
  readonly tenant: string;
}

const line = z.object({ sku: z.string(), amount: z.number().int(), discount: z.number().nullable() });
const order = z.object({
  id: z.number().int().describe('Number of the order.'),
  customer: z.object({ name: z.string(), city: z.string().optional() }).describe('Who ordered.'),
  state: z.enum(['open', 'paid', 'sent', 'returned']).describe('State of the order.'),
  lines: z.array(line.extend({ note: z.string().optional() })).describe('What was ordered.'),
  tags: z.array(z.union([z.string(), z.number()])),
  prices: z.record(z.string(), z.number()),
  payment: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('card'), last: z.string() }),
    z.object({ kind: z.literal('bill'), days: z.number().int() }),
  ]),
});

export const findOrders = defineQueryTool({
  name: 'find_orders',
  title: 'Orders',
  description: 'Finds the orders of a customer.',
  sql: 'SELECT :customer, :states, :place, :page_size, :after_id, :tenant',
  input: z.object({
    customer: z.string().min(1).describe('Name of the customer.'),
    states: z
      .array(z.enum(['open', 'paid']).describe('One state.'))
      .optional()
      .describe('States to find.'),
    place: z
      .object({ city: z.string().describe('City.'), zip: z.string().optional().describe('Postal code.') })
      .nullable()
      .describe('Where it goes.'),
    page_size: z.number().int().min(1).max(50).default(20).describe('Orders in one answer.'),
    after_id: z.number().int().describe('Last order of the answer before.').optional(),
  }),
  row: order,
  bind: { tenant: (clerk: Clerk) => clerk.tenant },
});

export const countOrders = defineQueryTool({
  name: 'count_orders',
  title: 'Count of orders',
  description: 'Counts the orders since a day.',
  sql: 'SELECT :since',
  input: z.object({ since: z.string().default('2026-01-01').describe('The first day, as in 2026-01-31.') }),
  row: order.pick({ id: true, state: true, lines: true }).partial({ lines: true }),
  output: z.object({ count: z.number().int().describe('How many.'), since: z.string() }),
  answer: (rows, { input }) => {
    const ids: number[] = rows.map(({ id }) => id);
    const amounts: number[] = rows.flatMap(({ lines = [] }) => lines.map(({ amount }) => amount));
    const since: string = input.since;
    // @ts-expect-error an id is no text
    const texts: string[] = rows.map(({ id }) => id);
    // @ts-expect-error an argument that there is not
    const until = input.until;
    void [amounts, texts, until];
    return { count: ids.length, since };
  },
});

export const payment = (found: z.infer<typeof order>): string =>
  found.payment.kind === 'card' ? found.payment.last : `${found.payment.days} days`;

const options = { name: 'orders', version: '1', instructions: 'Ask for orders.' };
const clerk = defineEntitlements<Clerk>({
  role: 'shop_reader',
  settings: {},
  principal: { tenant: 'one' },
});
export const server = createQueryMcpServer(new pg.Pool({ host: '127.0.0.1', port: 1 }), clerk, {
  ...options,
  tools: [findOrders, countOrders],
});

const stranger = defineEntitlements({ role: 'shop_reader', settings: {}, principal: { user: 7 } });
export const refused = () =>
  // @ts-expect-error the tools are bound to another principal
  createQueryMcpServer(new pg.Pool(), stranger, { ...options, tools: [findOrders] });
