import type { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

/**
 * Follows what is asked over a transport and what is answered. Call it before a server connects.
 *
 * @returns A function whose promise resolves once nothing is left to answer.
 */
export function trackRequests(transport: StdioServerTransport): () => Promise<void> {
  const open = new Set<unknown>();
  const waiting: (() => void)[] = [];
  const close = (id: unknown) => {
    open.delete(id);
    if (open.size === 0) for (const resolve of waiting.splice(0)) resolve();
  };
  const send = transport.send.bind(transport);
  transport.send = async (message) => {
    await send(message);
    if (!('method' in message)) close(message.id);
  };
  transport.onmessage = (message: JSONRPCMessage) => {
    if (!('method' in message)) return;
    if ('id' in message) open.add(message.id);
    else if (message.method === 'notifications/cancelled') close(message.params?.requestId);
  };
  return () => (open.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)));
}
