// The tools that are measured, as a client in the process calls them.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { createMovieMcpServer, createQueryMcpServer, defineEntitlements, defineQueryTool } from 'movie-hub';
import { z } from 'zod';

export const shopEntitlements = defineEntitlements({
  role: 'shop_reader',
  settings: { 'shop.customer': '7' },
});

/** A team's own tool: 20 rows of 5 columns. */
const listOrders = defineQueryTool({
  name: 'list_orders',
  title: 'Orders',
  description: 'Lists your orders.',
  sql: `SELECT order_id, customer_id, status, placed_on, total FROM shop.orders
        WHERE order_id > :after_id ORDER BY order_id LIMIT 20`,
  input: z.object({ after_id: z.number().int().describe('Only orders after this one.') }),
  row: z.object({
    order_id: z.number().int(),
    customer_id: z.number().int(),
    status: z.string(),
    placed_on: z.string(),
    total: z.number(),
  }),
});

const about = { name: 'bench', version: '1', instructions: 'Lists orders.' };

/** What is called: each makes a server on a pool, and says of which login the pool is to be. */
export const calls = [
  {
    name: 'get_movie_characters',
    login: 'movies',
    args: { title: 'The Godfather' },
    rows: 5,
    serve: (pool) => createMovieMcpServer(pool, { titleTypes: Array.from({ length: 11 }, (_, i) => i + 1) }),
  },
  {
    name: 'list_orders',
    login: 'shop',
    args: { after_id: 100 },
    rows: 20,
    serve: (pool, options) =>
      createQueryMcpServer(pool, shopEntitlements, { ...about, ...options, tools: [listOrders] }),
  },
];

/** Connects a client, which lists the tools as clients do, and returns what makes one call and its answer's text. */
export async function callerOf({ name, args }, server) {
  const [here, there] = InMemoryTransport.createLinkedPair();
  await server.connect(there);
  const client = new Client({ name: 'bench', version: '1' });
  await client.connect(here);
  await client.listTools();
  return async () => {
    const { content, isError } = await client.callTool({ name, arguments: args });
    if (isError) throw new Error(`${name}: ${content[0].text}`);
    return content[0].text;
  };
}

/** Connects a client that calls any tool, and returns what calls it: an answer, or an error and its text. */
export async function clientOf(server) {
  const [here, there] = InMemoryTransport.createLinkedPair();
  await server.connect(there);
  const client = new Client({ name: 'bench', version: '1' });
  await client.connect(here);
  await client.listTools();
  return async (name, args) => {
    const { content, isError, structuredContent } = await client.callTool({ name, arguments: args });
    return { isError, text: content[0].text, answer: structuredContent };
  };
}

/** Serves a function that returns rows as JSON, as one would with the MCP SDK alone. */
export function byHand({ name }, rowsAsJson) {
  const server = new Server({ name: 'by-hand', version: '1' }, { capabilities: { tools: {} } });
  const list = [{ name, inputSchema: { type: 'object' } }];
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: list }));
  server.setRequestHandler(CallToolRequestSchema, async () => {
    const text = `{"rows":${await rowsAsJson()}}`;
    return { content: [{ type: 'text', text }], structuredContent: JSON.parse(text) };
  });
  return server;
}
