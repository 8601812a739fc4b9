import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { LATEST_PROTOCOL_VERSION } from '@modelcontextprotocol/sdk/types.js';
import { createMcpHttpHandler, type ToolServer } from 'movie-hub';

/** Asks for the tools, and calls each over HTTP with the client of the SDK; returns the bodies of the calls as they came. */
export async function exchangeOverHttp(
  createMcpServer: () => ToolServer,
  tools: readonly string[],
): Promise<string[]> {
  const handler = createMcpHttpHandler(createMcpServer);
  const http = createServer((request, response) => void handler(request, response));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const bodies: string[] = [];
  const transport = new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${address.port}/`), {
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      if (response.status === 200) bodies.push(await response.clone().text());
      return response;
    },
  });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport as Parameters<Client['connect']>[0]);
  // A client that knows the tools checks each answer against the tool's schema.
  await client.listTools();
  for (const name of tools) await client.callTool({ name, arguments: {} });
  await client.close();
  http.closeAllConnections();
  http.close();
  return bodies.slice(2);
}

/** The same of a server in a child process; returns the lines of the calls as they came. */
export async function exchangeOverStdio(
  args: readonly string[],
  tools: readonly string[],
): Promise<string[]> {
  const child = spawn(process.execPath, args, { cwd: tmpdir(), stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const requests = [
    {
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: LATEST_PROTOCOL_VERSION,
        capabilities: {},
        clientInfo: { name: 'test', version: '1' },
      },
    },
    { method: 'notifications/initialized' },
    { id: 1, method: 'tools/list' },
    ...tools.map((name, i) => ({ id: i + 2, method: 'tools/call', params: { name, arguments: {} } })),
  ];
  // Only a line feed ends a message: the other line separators of Unicode may stand inside one.
  const written: Buffer[] = [];
  let answered = 0;
  let next: () => void = () => undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    written.push(chunk);
    answered += chunk.filter((byte) => byte === 10).length;
    next();
  });
  let awaited = 0;
  for (const request of requests) {
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...request })}\n`);
    if ('id' in request) awaited += 1;
    while (answered < awaited && child.exitCode === null) {
      await Promise.race([
        exited,
        new Promise<void>((resolve) => {
          next = resolve;
        }),
      ]);
    }
  }
  child.stdin.end();
  const [exitCode] = await exited;
  if (exitCode !== 0) throw new Error(`The server ended with ${exitCode}.`);
  return Buffer.concat(written).toString('utf8').split('\n').slice(2, -1);
}
