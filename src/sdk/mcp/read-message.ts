import type { IncomingMessage } from 'node:http';

/** Why a body is refused: as HTTP and JSON-RPC say it. */
export interface BodyRefusal {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

/** As much as the MCP SDK takes, in bytes. */
const mostBytes = 4 * 1024 * 1024;

const tooLarge = { status: 413, code: -32_000, message: 'The request is larger than 4 MB.' };
const unreadable = { status: 400, code: -32_700, message: 'Parse error: Invalid JSON' };
const batch = {
  status: 400,
  code: -32_600,
  message: 'Send one message in a request, and not a list of them.',
};

/**
 * Reads the one message of a request. MCP has no batches since 2025-06-18, and one of many calls would start them all at once:
 * it would take every connection of a pool.
 *
 * @param parsedBody The body where it was read and parsed already.
 */
export async function readMessage(
  request: IncomingMessage,
  parsedBody: unknown,
): Promise<{ readonly message: unknown; readonly refusal?: undefined } | { readonly refusal: BodyRefusal }> {
  let message = parsedBody;
  if (message === undefined) {
    try {
      const body = await bodyOf(request);
      if (body === undefined) return { refusal: tooLarge };
      message = JSON.parse(body);
    } catch {
      // A client that leaves while it sends is told it too, to no harm.
      return { refusal: unreadable };
    }
  }
  return Array.isArray(message) ? { refusal: batch } : { message };
}

/** The text of a body, or undefined when it is too large. The rest of such a one is not read, and the answer can still be sent. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length']) > mostBytes) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer | string>) {
    const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    bytes += part.length;
    if (bytes > mostBytes) return undefined;
    chunks.push(part);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
