import type { IncomingMessage } from 'node:http';

/** Why a body is refused: as HTTP and JSON-RPC say it. */
export interface BodyRefusal {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

/** What bounds the bodies of a handler. */
export interface BodyLimits {
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
export type ReadMessage =
  | { readonly message: unknown; readonly refusal?: undefined }
  | { readonly refusal: BodyRefusal };

/**
 * Makes a function that reads the one message of a request. MCP has no batches since 2025-06-18, and one of many calls would
 * start them all at once: it would take every connection of a pool.
 *
 * All bodies that it reads share one bound. Past it the one that has been arriving for longest is refused: whoever sends
 * slowly does not keep out those who do not.
 */
export function messageReader(
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
    // A client that leaves while it sends is told it too, to no harm.
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
