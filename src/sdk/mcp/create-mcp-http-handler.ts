import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { httpStatusOf, isMovieHubError } from '../errors';

/** What `createMcpHttpHandler` takes. */
export interface McpHttpHandlerOptions {
  /**
   * Host names that requests may be addressed to, without port; this machine's own (localhost, 127.0.0.1, [::1]) unless given.
   * It keeps a web page whose name was pointed at your server from using it.
   */
  allowedHosts?: readonly string[];
  /** Origins of web pages that may call, as in `https://app.example.com`; none unless given. Other clients send none. */
  allowedOrigins?: readonly string[];
  /** Told of what `createServer` threw, for the log. */
  onError?: (error: unknown) => void;
}

/**
 * Answers a request of Node's HTTP server; give the body where it was read and parsed already, as Fastify does. It is done
 * when the answer is sent or the client is gone.
 */
export type McpHttpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  parsedBody?: unknown,
) => Promise<void>;

/** What a browser asks before it lets a page of an allowed origin call. */
const preflight = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'authorization, content-type, mcp-protocol-version',
};

const thisMachine = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Makes a handler that serves MCP over HTTP (streamable HTTP, without sessions): each request has a server of its own, so
 * that nothing of one user is there for another. When the client goes, its call is cancelled, in PostgreSQL too.
 *
 * @param createServer Makes the server for a request, from whoever sent it: authenticate here. It may be async. What it throws
 *   is answered with its HTTP status, and with its message only if it is a MovieHubError.
 * @param options Whom to answer.
 */
export function createMcpHttpHandler(
  createServer: (request: IncomingMessage) => Server | Promise<Server>,
  options: McpHttpHandlerOptions = {},
): McpHttpHandler {
  const allowedHosts = (options.allowedHosts ?? thisMachine).map((host) => host.toLowerCase());
  const { allowedOrigins = [] } = options;
  return async (request, response, parsedBody) => {
    const { origin } = request.headers;
    if (!allowedHosts.includes(hostOf(request)) || (origin !== undefined && !allowedOrigins.includes(origin)))
      return refuse(response, 403, 'This server is not for you.');
    if (origin !== undefined) {
      response.setHeader('access-control-allow-origin', origin).setHeader('vary', 'origin');
      if (request.method === 'OPTIONS') return void response.writeHead(204, preflight).end();
    }
    // Without sessions there is nothing to listen to, and nothing to end.
    if (request.method !== 'POST') return refuse(response, 405, 'Use POST.', { allow: 'POST' });
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    let server: Server;
    try {
      server = await createServer(request);
      if (response.closed) return;
      await server.connect(transport);
    } catch (error) {
      tell(options.onError, error);
      const status = httpStatusOf(error);
      const message = isMovieHubError(error) ? error.message : 'The server failed.';
      return refuse(response, status, message, status === 401 ? { 'www-authenticate': 'Bearer' } : {});
    }
    // The transport does not notice by itself that the client is gone, and would never be done with its request.
    void closed.then(() => server.close());
    await Promise.race([transport.handleRequest(request, response, parsedBody), closed]);
  };
}

function tell(onError: McpHttpHandlerOptions['onError'], error: unknown): void {
  try {
    onError?.(error);
  } catch {
    // The request is answered whatever the log does.
  }
}

function hostOf(request: IncomingMessage): string {
  return (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
}

function refuse(response: ServerResponse, status: number, message: string, headers: object = {}): void {
  const body = { jsonrpc: '2.0', id: null, error: { code: -32000, message } };
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
