import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { Tool } from '@modelcontextprotocol/sdk/types.js';
import { onAbort, untilAborted, withSignal } from '../../abort';
import type { FailedServer } from '../events';
import { type ConnectionWatch, watchConnection } from './connection-loss';
import { loadSdk } from './sdk';
import { connectAsDescribed, isConnection, type ServerConnection } from './transports';

/** A server in this process: the MCP SDK's `Server` or `McpServer`. It can serve one run at a time. */
export interface InProcessServer {
  connect(transport: Transport): Promise<void>;
}

/** A server with a name of yours: `approveTool` and the names of tools use it instead of the server's own. */
export interface NamedServer {
  readonly name: string;
  readonly server: Client | InProcessServer | ServerConnection;
}

/** A connected `Client`, which stays open, a server in this process, or how to reach one. */
export type AgentServer = Client | InProcessServer | ServerConnection | NamedServer;

/** A server that answered, with its tools. */
export interface ConnectedServer {
  /** The name that the caller gave it, otherwise the server's own; unique in the run. */
  label: string;
  client: Client;
  tools: readonly Tool[];
  connection: ConnectionWatch;
}

/** All servers of a run. */
export interface Connections {
  servers: readonly ConnectedServer[];
  /** The names that the caller gave, also to servers that failed. */
  named: readonly string[];
  /** Servers that could not be reached or were lost; it grows during the run. */
  failed: readonly FailedServer[];
  /** Closes the connections that were made here, not those of the caller's clients. Never rejects. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  signal: AbortSignal;
  /** Time for each request to a server, in ms. */
  timeoutMs: number;
  /** Called for each server that cannot be reached, and for each that is lost later. */
  onFailed?: (server: FailedServer) => void;
}

const maxPages = 100;

/** Connects to all servers at once and lists their tools. One that fails is reported and leaves the others alone. */
export async function connectServers(
  servers: readonly AgentServer[],
  options: ConnectOptions,
): Promise<Connections> {
  const own: Client[] = [];
  const labels = new Set<string>();
  const connected: ConnectedServer[] = [];
  const failed: FailedServer[] = [];
  if (servers.length === 0) return { servers: connected, named: [], failed, close: async () => undefined };
  const sdk = await loadSdk();
  const attempts = servers.map(async (one) => {
    const { name, server } = isNamed(one) ? one : { name: undefined, server: one };
    const client = isClient(server) ? server : new sdk.Client({ name: 'movie-hub-agent', version: '1' });
    if (client !== server) own.push(client);
    const connectAndList = async (signal: AbortSignal) => {
      const own = { ...options, signal };
      if (isConnection(server)) await connectDescribed(server, client, own);
      else if (client !== server)
        await connectInProcess(
          server as InProcessServer,
          client,
          sdk.InMemoryTransport.createLinkedPair(),
          own,
        );
      return listTools(client, own);
    };
    try {
      return { name, client, tools: await inTime(options, connectAndList) };
    } catch (cause) {
      return { name, client, cause };
    }
  });
  const settled = await Promise.all(attempts);
  // The caller's names come first: no server can take one of them.
  const given = settled.map(({ name }) => (name === undefined ? undefined : takeLabel(name, labels)));
  const named = given.filter((name) => name !== undefined);
  for (const [index, attempt] of settled.entries()) {
    const ownName = attempt.client.getServerVersion()?.name ?? `server-${index + 1}`;
    const label = given[index] ?? takeLabel(ownName, labels);
    const { client, tools } = attempt;
    const fail = (cause: unknown) => {
      failed.push({ server: label, cause });
      options.onFailed?.({ server: label, cause });
    };
    if (tools === undefined) fail(attempt.cause);
    else connected.push({ label, client, tools, connection: watchConnection(client, options.signal, fail) });
  }
  const close = async () => {
    for (const { connection } of connected) connection.end();
    await Promise.allSettled(own.map((client) => client.close()));
  };
  return { servers: connected, named, failed, close };
}

/**
 * Runs `work` under one time limit, because some of its requests have none of their own. Its signal also aborts when the limit is
 * reached, so that nothing is started afterwards.
 */
async function inTime<T>(
  { signal, timeoutMs }: ConnectOptions,
  work: (own: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const late = () => own.abort(new DOMException('The server did not connect in time.', 'TimeoutError'));
  const timer = setTimeout(late, timeoutMs);
  const unsubscribe = onAbort(signal, () => own.abort(signal.reason));
  try {
    return await untilAborted(work(own.signal), own.signal);
  } finally {
    clearTimeout(timer);
    unsubscribe();
    own.abort();
  }
}

/** Whether a server has a name of the caller's. */
export function isNamed(server: AgentServer): server is NamedServer {
  return 'server' in server && 'name' in server && !('connect' in server);
}

/** Checks for a method rather than the class: there may be two copies of the MCP SDK, one for ESM and one for CJS. */
function isClient(server: NamedServer['server']): server is Client {
  return 'callTool' in server && typeof server.callTool === 'function';
}

async function connectDescribed(
  server: ServerConnection,
  client: Client,
  options: ConnectOptions,
): Promise<void> {
  await withSignal(options.signal, (signal) =>
    connectAsDescribed(server, client, { signal, timeout: options.timeoutMs }),
  );
}

async function connectInProcess(
  server: InProcessServer,
  client: Client,
  [clientSide, serverSide]: readonly [Transport, Transport],
  options: ConnectOptions,
): Promise<void> {
  try {
    await withSignal(options.signal, async (signal) => {
      const timeout = AbortSignal.timeout(options.timeoutMs);
      await untilAborted(server.connect(serverSide), timeout);
      await client.connect(clientSide, { signal, timeout: options.timeoutMs });
    });
  } catch (error) {
    await clientSide.close();
    throw error;
  }
}

/** Uses plain requests: `client.listTools` compiles every output schema, and throws when one does not compile. */
async function listTools(client: Client, options: ConnectOptions): Promise<Tool[]> {
  const tools: Tool[] = [];
  if (client.getServerCapabilities() && !client.getServerCapabilities()?.tools) return tools;
  const { ListToolsResultSchema } = await loadSdk();
  let cursor: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const request = { method: 'tools/list' as const, params: cursor === undefined ? {} : { cursor } };
    const answer = await withSignal(options.signal, (signal) =>
      client.request(request, ListToolsResultSchema, { signal, timeout: options.timeoutMs }),
    );
    tools.push(...answer.tools);
    cursor = answer.nextCursor;
    if (!cursor) return tools;
  }
  throw new Error(`The server listed its tools in more than ${maxPages} pages.`);
}

function takeLabel(name: string, taken: Set<string>): string {
  let label = name;
  for (let count = 2; taken.has(label); count += 1) label = `${name}-${count}`;
  taken.add(label);
  return label;
}
