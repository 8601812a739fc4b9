import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import { type Running, type RunOptions, startCli } from './run-cli';

/** A real client, and the process of the command that it speaks with. */
export interface McpProcess {
  readonly client: Client;
  readonly running: Running;
}

/** Starts `movie-hub-mcp` and connects to it. Whatever is no JSON-RPC on its standard output fails the client's calls. */
export async function startMcp(args: readonly string[], options: RunOptions = {}): Promise<McpProcess> {
  const running = startCli('movie-hub-mcp', args, options);
  const { stdin, stdout } = running.process;
  let rest = '';
  const transport: Transport = {
    start: async () => {
      stdout?.on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) transport.onmessage?.(JSONRPCMessageSchema.parse(JSON.parse(line)));
      });
    },
    send: async (message) => {
      stdin?.write(`${JSON.stringify(message)}\n`);
    },
    close: async () => {
      stdin?.end();
      transport.onclose?.();
    },
  };
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  return { client, running };
}
