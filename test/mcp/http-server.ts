import { once } from 'node:events';
import {
  type ClientRequest,
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  request,
} from 'node:http';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, LATEST_PROTOCOL_VERSION } from '@modelcontextprotocol/sdk/types.js';
import type { McpHttpHandler } from 'movie-hub';
import { onTestFinished } from 'vitest';

/** A handler on a port of this machine, until the end of the test. */
export interface Listening {
  readonly port: number;
  /** How each call of the handler ended so far. */
  readonly ends: ('resolved' | unknown)[];
}

/** Serves a handler as an app would that neither awaits it nor catches what it throws. */
export async function listen(handler: McpHttpHandler): Promise<Listening> {
  const ends: unknown[] = [];
  const server = createServer((incoming, response) => {
    handler(incoming, response).then(
      () => ends.push('resolved'),
      (error: unknown) => ends.push(error),
    );
  });
  return { port: await portOf(server), ends };
}

/** Opens a server on a free port, and closes it at the end of the test. */
export async function portOf(server: HttpServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** An answer over HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Headers that every client of MCP sends. */
export const mcpHeaders = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': LATEST_PROTOCOL_VERSION,
};

/** Sends a request with exactly these headers beside those of MCP. */
export async function send(
  port: number,
  body: unknown,
  { method = 'POST', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const outgoing = request({
    host: '127.0.0.1',
    port,
    agent: false,
    method,
    headers: { ...mcpHeaders, ...headers },
  });
  outgoing.end(typeof body === 'string' ? body : JSON.stringify(body));
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, body: text };
}

/** A request of JSON-RPC that calls a tool. */
export const callOf = (name: string, args: object = {}, id = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});

/** What a refusal's body is. */
export const refusal = (message: string, code = -32000): string =>
  JSON.stringify({ jsonrpc: '2.0', id: null, error: { code, message } });

/** A request whose end is left to the test. */
export function open(port: number, headers: Record<string, string> = {}): ClientRequest {
  const outgoing = request({
    host: '127.0.0.1',
    port,
    // With the default agent a test could run out of sockets.
    agent: false,
    method: 'POST',
    headers: { ...mcpHeaders, ...headers },
  });
  outgoing.on('error', () => undefined);
  return outgoing;
}

/** A server whose one tool does what it is told, and says what came of it. */
export function slowServer(work: (signal: AbortSignal) => unknown): Server {
  const server = new Server({ name: 'slow', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(CallToolRequestSchema, async (_, { signal }) => ({
    content: [{ type: 'text', text: String(await work(signal)) }],
  }));
  return server;
}
