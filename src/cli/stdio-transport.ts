import type { Readable, Writable } from 'node:stream';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';

/** Maximum length of a line, in bytes. */
const maxBytes = 4 * 1024 * 1024;

/** A transport with one message per line. */
export interface StdioTransport extends Transport {
  /** Whether the client has sent `initialize`. A script that only pipes in requests may not. */
  readonly hasSession: boolean;
  /** Resolves when all requests have been answered. */
  untilAnswered(): Promise<void>;
}

/**
 * Creates the transport of a server on standard input and output. Unlike the SDK's it continues after a line that is too long,
 * reads a last line without a line break, and reports every dropped line.
 *
 * @param report Logs a dropped line.
 */
export function createStdioTransport(
  input: Readable,
  output: Writable,
  report: (sentence: string) => void,
): StdioTransport {
  const open = new Set<unknown>();
  const waiting: (() => void)[] = [];
  let hasSession = false;
  let pieces: Buffer[] = [];
  let bytes = 0;

  const close = (id: unknown) => {
    open.delete(id);
    if (open.size === 0) for (const resolve of waiting.splice(0)) resolve();
  };
  const send = (message: object) =>
    new Promise<void>((resolve) => {
      if (output.write(`${JSON.stringify(message)}\n`)) resolve();
      else output.once('drain', resolve);
    });
  const follow = (message: JSONRPCMessage) => {
    if (!('method' in message)) return;
    if (message.method === 'initialize') hasSession = true;
    if ('id' in message) open.add(message.id);
    else if (message.method === 'notifications/cancelled') close(message.params?.requestId);
  };
  const readLine = () => {
    const line = Buffer.concat(pieces).toString().trim();
    const isTooLong = bytes > maxBytes;
    pieces = [];
    bytes = 0;
    if (isTooLong) report(`A line of standard input is longer than ${maxBytes} bytes and was dropped.`);
    if (isTooLong || line === '') return;
    const value = parsed(line);
    const message = JSONRPCMessageSchema.safeParse(value);
    if (message.success) {
      follow(message.data);
      transport.onmessage?.(message.data);
      return;
    }
    report('A line of standard input is not a JSON-RPC message and was dropped.');
    const { id } = (value ?? {}) as { id?: unknown };
    if (typeof id === 'string' || typeof id === 'number')
      void send({ jsonrpc: '2.0', id, error: { code: -32_600, message: 'Invalid request' } });
  };
  const take = (piece: Buffer) => {
    bytes += piece.length;
    // Drop the data of a line that is too long.
    if (bytes <= maxBytes) pieces.push(piece);
    else pieces = [];
  };
  const onData = (chunk: Buffer) => {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      take(chunk.subarray(start, end));
      readLine();
      start = end + 1;
    }
    take(chunk.subarray(start));
  };
  const onError = (error: Error) => transport.onerror?.(error);

  const transport: StdioTransport = {
    get hasSession() {
      return hasSession;
    },
    untilAnswered: () =>
      open.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
    start: async () => {
      input.on('data', onData).on('end', readLine).on('error', onError);
    },
    send: async (message) => {
      await send(message);
      if (!('method' in message)) close(message.id);
    },
    close: async () => {
      input.off('data', onData).off('end', readLine).off('error', onError).pause();
      transport.onclose?.();
    },
  };
  return transport;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
