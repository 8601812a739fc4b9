import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { httpStatusOf, isMovieHubError } from '../errors';
import { milliseconds, positiveInteger } from '../options';
import { loadHttpSdk } from './sdk';
import type { ToolServer } from './tool-server';

/** What `createMcpHttpHandler` takes. */
export interface McpHttpHandlerOptions {
  /**
   * Host names that requests may be addressed to, without port; this machine's own (localhost, 127.0.0.1, [::1]) unless given.
   * It keeps a web page whose name was pointed at your server from using it.
   */
  allowedHosts?: readonly string[];
  /** Origins of web pages that may call, as in `https://app.example.com`; none unless given. Other clients send none. */
  allowedOrigins?: readonly string[];
  /** Most bytes of a request's body; 65,536 unless given. What is larger gets 413. */
  maxBodyBytes?: number;
  /** Longest time for a body to arrive, in ms; 10,000 unless given. What is slower gets 408. */
  bodyTimeoutMs?: number;
  /** Called with what `createServer` threw, or closing its server did, for the log. */
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

/** A server of this package, or of the MCP SDK. */
type HttpServed = Pick<ToolServer, 'connect' | 'close'>;

/** What a browser asks before it lets a page of an allowed origin call. */
const preflight = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'authorization, content-type, mcp-protocol-version',
};

const thisMachine = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Makes a handler that serves MCP over HTTP (streamable HTTP, without sessions): each request has a server of its own, so
 * that nothing of one user is there for another. When the client goes, its call is cancelled, in PostgreSQL too. A request
 * holds one message; a batch, which MCP has no longer, is refused.
 *
 * Of bodies that have not wholly arrived the handler holds 256 and 16 MB at most: past that the one that has been arriving for
 * longest gets 503. A body that your app has read and parsed is bounded by your app.
 *
 * @param createServer Makes the server for a request, from whoever sent it: authenticate here. It may be async. What it throws
 *   is answered with its HTTP status, and with its message only if it is a MovieHubError.
 * @param options Whom to answer, and how much to read.
 * @throws MovieHubError `invalid_argument` for a limit that is no whole number above 0.
 */
export function createMcpHttpHandler(
  createServer: (request: IncomingMessage) => HttpServed | Promise<HttpServed>,
  options: McpHttpHandlerOptions = {},
): McpHttpHandler {
  const allowedHosts = (options.allowedHosts ?? thisMachine).map((host) => host.toLowerCase());
  const { allowedOrigins = [] } = options;
  const readMessage = messageReader({
    maxBodyBytes: positiveInteger('maxBodyBytes', options.maxBodyBytes ?? 65_536),
    bodyTimeoutMs: milliseconds('bodyTimeoutMs', options.bodyTimeoutMs ?? 10_000),
  });
  return async (request, response, parsedBody) => {
    const { origin } = request.headers;
    if (!allowedHosts.includes(hostOf(request)) || (origin !== undefined && !allowedOrigins.includes(origin)))
      return refuse(request, response, 403, 'This server is not for you.');
    if (origin !== undefined) {
      response.setHeader('access-control-allow-origin', origin).setHeader('vary', 'origin');
      if (request.method === 'OPTIONS') return void response.writeHead(204, preflight).end();
    }
    // Without sessions there is nothing to listen to, and nothing to end.
    if (request.method !== 'POST') return refuse(request, response, 405, 'Use POST.', { allow: 'POST' });
    const closed = new Promise<undefined>((resolve) => {
      if (response.closed) resolve(undefined);
      else response.once('close', () => resolve(undefined));
    });
    const fail = async (error: unknown): Promise<undefined> => {
      report(options.onError, error);
      if (response.closed) return;
      const status = httpStatusOf(error);
      const message = isMovieHubError(error) ? error.message : 'The server failed.';
      await refuse(
        request,
        response,
        status,
        message,
        status === 401 ? { 'www-authenticate': 'Bearer' } : {},
      );
    };
    // It may settle long after the client has left: nothing waits for it then, but what it throws is still reported.
    const made = Promise.resolve(request).then(createServer).catch(fail);
    const server = await Promise.race([made, closed]);
    if (response.closed || response.writableEnded) return;
    if (!server) return fail(new Error('createServer made no server.'));
    const read = await Promise.race([readMessage(request, parsedBody), closed]);
    if (!read || response.closed) return;
    if (read.refusal) {
      const { status, message, code } = read.refusal;
      // What has not been read is no next request.
      return refuse(
        request,
        response,
        status,
        message,
        request.readableEnded ? {} : { connection: 'close' },
        code,
      );
    }
    const transport = await connectTransport(server).catch(fail);
    if (transport === undefined) return;
    // The transport does not notice by itself that the client is gone, and would never be done with its request.
    void closed.then(() => server.close()).catch((error) => report(options.onError, error));
    await Promise.race([transport.handleRequest(request, response, read.message), closed]);
  };
}

async function connectTransport(server: HttpServed) {
  const { StreamableHTTPServerTransport } = await loadHttpSdk();
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport as Transport);
  return transport;
}

function report(onError: McpHttpHandlerOptions['onError'], error: unknown): void {
  try {
    onError?.(error);
  } catch {
    // The request is answered whatever the log does.
  }
}

function hostOf(request: IncomingMessage): string {
  return (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
}

/** How long a client that is refused may go on sending, in ms, so that it reads why. */
const lingerMs = 5_000;

/**
 * Answers, and discards what is still coming of the request before it ends the answer: closing a connection with
 * something unread resets it, and the client might never see the answer.
 */
async function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
  headers: object = {},
  code = -32_000,
): Promise<undefined> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: null, error: { code, message } });
  const retry = status === 503 || status === 429 ? { 'retry-after': '1' } : {};
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...retry,
    ...headers,
  });
  // With its length the answer is whole for the client from here on.
  response.write(body);
  await new Promise<void>((resolve) => {
    if (request.readableEnded || request.destroyed || response.closed) return resolve();
    const timer = setTimeout(resolve, lingerMs);
    const settle = () => {
      clearTimeout(timer);
      resolve();
    };
    request.once('end', settle).once('error', settle).resume();
    response.once('close', settle);
  });
  response.end();
}

/** Why a body is refused: as HTTP and JSON-RPC say it. */
interface BodyRefusal {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

/** What bounds the bodies of a handler. */
interface BodyLimits {
  /** Most bytes of one body. */
  readonly maxBodyBytes: number;
  /** Longest time for one body to arrive, in ms. */
  readonly bodyTimeoutMs: number;
}

/** Most bytes that all bodies of a handler which have not wholly arrived hold together, unless one alone may hold as many. */
const mostBytesTogether = 16 * 1024 * 1024;
/** How many bodies may be arriving at once. */
const mostBodies = 256;

const unreadable = { status: 400, code: -32_700, message: 'Parse error: Invalid JSON' };
const batch = {
  status: 400,
  code: -32_600,
  message: 'Send one message in a request, and not a list of them.',
};
const tooSlow = { status: 408, code: -32_000, message: 'The request took too long to arrive.' };
const tooMany = {
  status: 503,
  code: -32_000,
  message: 'Too many requests are arriving. Try again in a moment.',
};

/** What came of a request's body. */
type ReadMessage =
  | { readonly message: unknown; readonly refusal?: undefined }
  | { readonly refusal: BodyRefusal };

/**
 * Makes a function that reads the one message of a request. MCP has no batches since 2025-06-18, and one of many calls would
 * start them all at once: it would take every connection of a pool.
 *
 * All bodies that it reads share one bound. Past it the one that has been arriving for longest is refused: whoever sends
 * slowly does not keep out those who do not.
 */
function messageReader(
  limits: BodyLimits,
): (request: IncomingMessage, parsedBody: unknown) => Promise<ReadMessage> {
  const arriving = new Set<Arrival>();
  return async (request, parsedBody) => {
    let message = parsedBody;
    if (message === undefined) {
      const body = await arrive(request, limits, arriving);
      if (typeof body === 'object') return { refusal: body };
      try {
        message = JSON.parse(body);
      } catch {
        return { refusal: unreadable };
      }
    }
    return Array.isArray(message) ? { refusal: batch } : { message };
  };
}

/** A body that has not wholly arrived. */
interface Arrival {
  /** Bytes that are held for it. */
  held: number;
  refuse(refusal: BodyRefusal): void;
}

/** The text of a body, or why it is refused; the rest of such a one is left unread. */
function arrive(
  request: IncomingMessage,
  { maxBodyBytes, bodyTimeoutMs }: BodyLimits,
  arriving: Set<Arrival>,
): Promise<string | BodyRefusal> {
  const tooLarge = {
    status: 413,
    code: -32_000,
    message: `The request is larger than ${maxBodyBytes} bytes.`,
  };
  if (Number(request.headers['content-length']) > maxBodyBytes) return Promise.resolve(tooLarge);
  // Somebody else has read it, or its client is gone.
  if (request.readableEnded || request.destroyed) return Promise.resolve(unreadable);
  return new Promise((resolve) => {
    let body = Buffer.alloc(0);
    let length = 0;
    const settle = (outcome: string | BodyRefusal) => {
      clearTimeout(timer);
      arriving.delete(arrival);
      request.off('data', take).off('end', end).off('error', leave).off('close', leave).pause();
      resolve(outcome);
    };
    const arrival: Arrival = { held: 0, refuse: settle };
    const take = (chunk: Buffer | string) => {
      const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      if (length + part.length > maxBodyBytes) {
        settle(tooLarge);
        return;
      }
      // One buffer for all: a list of pieces would cost far more than what is in them when each is small.
      if (length + part.length > body.length) {
        const grown = Buffer.alloc(
          Math.min(maxBodyBytes, Math.max(2 * body.length, length + part.length, 1_024)),
        );
        body.copy(grown, 0, 0, length);
        body = grown;
        arrival.held = grown.length;
        makeRoom(arriving, maxBodyBytes);
      }
      part.copy(body, length);
      length += part.length;
    };
    const end = () => settle(new TextDecoder().decode(body.subarray(0, length)));
    // A client that left while sending gets the answer too, which does no harm.
    const leave = () => settle(unreadable);
    const timer = setTimeout(() => settle(tooSlow), bodyTimeoutMs);
    arriving.add(arrival);
    request.on('data', take).on('end', end).on('error', leave).on('close', leave);
    makeRoom(arriving, maxBodyBytes);
  });
}

/** Refuses what has been arriving for longest until the others keep to their bounds. */
function makeRoom(arriving: Set<Arrival>, maxBodyBytes: number): void {
  const mostBytes = Math.max(mostBytesTogether, 2 * maxBodyBytes);
  let bytes = 0;
  for (const { held } of arriving) bytes += held;
  for (const oldest of arriving) {
    if (arriving.size <= mostBodies && bytes <= mostBytes) return;
    bytes -= oldest.held;
    oldest.refuse(tooMany);
  }
}
