// The tools: SQL that a person wrote, with words for the model. A mistake in one is told when this file is loaded.
import { defineQueryTool } from 'movie-hub';
import { z } from 'zod';

/** Described with zod; the SQL is in a file of its own; a long list is read page by page. */
export const findOrders = defineQueryTool({
  name: 'find_orders',
  title: 'Find orders',
  description:
    'Returns orders with their customer, the newest first. Use it for questions about orders of a customer or of a ' +
    'status; for what the user has to do himself use list_my_open_orders. It returns a page of orders; the message ' +
    'says how to get the next one.',
  sql: new URL('./find_orders.sql', import.meta.url),
  input: z.object({
    customer: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('Name of the customer, in full; any unless given.'),
    status: z.enum(['open', 'shipped', 'returned']).optional().describe('Status; any unless given.'),
    before_id: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe('Only to read on: the last order_id of the page before.'),
  }),
  row: z.object({
    order_id: z.number().int(),
    placed_on: z.string().describe('Date, as in 2025-01-31.'),
    status: z.string(),
    customer: z.string(),
    country: z.string(),
  }),
  maxRows: 3, // so that the example has pages; 200 unless given
  whenTruncated: 'For the next page ask again with before_id set to the last order_id.',
});

/** Described with JSON Schema; one parameter is the user's name, which no model can set or see. */
export const listMyOpenOrders = defineQueryTool({
  name: 'list_my_open_orders',
  title: 'My open orders',
  description:
    'Returns the open orders that the user who asks sees to, the oldest first, with what they come to. Use it for ' +
    'questions such as "what have I left to do". It knows who asks; for orders of others use find_orders.',
  sql: `
    SELECT o.order_id, c.name AS customer, sum(l.quantity * l.unit_price) AS total
    FROM shop.orders AS o
    JOIN shop.customers AS c USING (tenant_id, customer_id)
    JOIN shop.order_lines AS l USING (tenant_id, order_id)
    WHERE o.handled_by = :username AND o.status = 'open'
      AND (:country::text IS NULL OR c.country_code = :country)
    GROUP BY o.order_id, c.name
    ORDER BY o.order_id`,
  input: {
    type: 'object',
    properties: {
      country: {
        type: 'string',
        pattern: '^[A-Z]{2}$',
        description: 'ISO code of the customer’s country; any unless given.',
      },
    },
  },
  row: {
    type: 'object',
    properties: {
      order_id: { type: 'integer' },
      customer: { type: 'string' },
      total: { type: 'string', description: 'Euro, without tax; as text, so that no cent is lost.' },
    },
    required: ['order_id', 'customer', 'total'],
  },
  bind: { username: (user) => user.username },
  whenEmpty: 'There is nothing open for you.',
});
