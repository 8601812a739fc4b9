// The tools: reviewed SQL with descriptions for the model. A mistake in a definition throws when this file is loaded.
import { defineQueryTool } from 'movie-hub';
import { z } from 'zod';

/** With a zod schema, the SQL in its own file, and pages for a long list. */
export const findOrders = defineQueryTool({
  name: 'find_orders',
  title: 'Find orders',
  description:
    'Returns orders with their customer, the newest first. Use it for questions about orders of a customer or of a ' +
    'status; for the orders that the user handles use list_my_open_orders. It returns a page of orders; the message ' +
    'says how to get the next one.',
  sql: new URL('./find_orders.sql', import.meta.url),
  input: z.object({
    customer: z.string().min(1).max(200).optional().describe('Full name of the customer; by default any.'),
    status: z.enum(['open', 'shipped', 'returned']).optional().describe('Status; by default any.'),
    before_id: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe('For the next page: the last order_id of the previous page.'),
  }),
  row: z.object({
    order_id: z.number().int(),
    placed_on: z.string().describe('Date, as in 2025-01-31.'),
    status: z.string(),
    customer: z.string(),
    country: z.string(),
  }),
  maxRows: 3, // so that the example has pages; by default 200
  whenTruncated: 'For the next page, call again with before_id set to the last order_id.',
});

/** With JSON Schema, and the user's name as a parameter that the model can neither set nor see. */
export const listMyOpenOrders = defineQueryTool({
  name: 'list_my_open_orders',
  title: 'My open orders',
  description:
    'Returns the open orders that the user handles, the oldest first, with their totals. Use it for questions such as ' +
    '"what do I still have to do". It knows the user; for orders of others use find_orders.',
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
        description: 'ISO code of the customer’s country; by default any.',
      },
    },
  },
  row: {
    type: 'object',
    properties: {
      order_id: { type: 'integer' },
      customer: { type: 'string' },
      total: { type: 'string', description: 'Euro, without tax; as text, to keep every cent.' },
    },
    required: ['order_id', 'customer', 'total'],
  },
  bind: { username: (user) => user.username },
  whenEmpty: 'You have no open orders.',
});
