import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { type JSONRPCMessage, LATEST_PROTOCOL_VERSION } from '@modelcontextprotocol/sdk/types.js';
import type { ToolServer } from 'movie-hub';

/** A request as it goes over the wire, without its number. */
export interface WireRequest {
  method: string;
  params?: Record<string, unknown>;
}

const opening: readonly JSONRPCMessage[] = [
  {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: {
      protocolVersion: LATEST_PROTOCOL_VERSION,
      capabilities: {},
      clientInfo: { name: 'test', version: '1' },
    },
  },
  { jsonrpc: '2.0', method: 'notifications/initialized' },
];

const numbered = (requests: readonly WireRequest[]): JSONRPCMessage[] =>
  requests.map((request, i) => ({ jsonrpc: '2.0', id: i + 1, ...request }));

/** Asks a server in this process, and returns its answers as they would be written: the opening's first, then in order. */
export async function exchangeInMemory(
  server: ToolServer,
  requests: readonly WireRequest[],
): Promise<string[]> {
  const [here, there] = InMemoryTransport.createLinkedPair();
  const answers: string[] = [];
  const waiting: (() => void)[] = [];
  here.onmessage = (message) => {
    answers.push(JSON.stringify(message));
    waiting.shift()?.();
  };
  await server.connect(there);
  await here.start();
  for (const message of [...opening, ...numbered(requests)]) {
    const answered = 'id' in message ? new Promise<void>((resolve) => waiting.push(resolve)) : undefined;
    await here.send(message);
    await answered;
  }
  await server.close();
  return answers;
}

/** What a server in a child process did: the lines it wrote, and how it ended when its input ended. */
export interface ChildExchange {
  readonly lines: readonly string[];
  readonly errors: string;
  readonly exitCode: number | null;
}

/** Asks a server in a child process the same, one request after another, and then closes its input. */
export async function exchangeOverStdio(
  args: readonly string[],
  requests: readonly WireRequest[],
): Promise<ChildExchange> {
  // A folder without settings of anybody's.
  const child = spawn(process.execPath, args, { cwd: tmpdir(), stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  const written = reader[Symbol.asyncIterator]();
  for (const message of [...opening, ...numbered(requests)]) {
    child.stdin.write(`${JSON.stringify(message)}\n`);
    if (!('id' in message)) continue;
    const { value, done } = await written.next();
    if (done) throw new Error(`The server ended early: ${errors}`);
    lines.push(value);
  }
  child.stdin.end();
  for (let rest = await written.next(); !rest.done; rest = await written.next()) lines.push(rest.value);
  const [exitCode] = await exited;
  return { lines, errors, exitCode };
}
