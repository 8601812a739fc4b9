import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { onAbort, untilAborted, withSignal } from '../../abort';
import type { AgentEvent, FailedServer } from '../events';
import { type ConnectionWatch, watchConnection } from './connection-loss';
import { anyResult, type ListedTool, readToolList, repairMessages } from './lenient';
import { reasonOf } from './reason';
import { connectAsDescribed, isConnection, processOf, type ServerConnection } from './transports';

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
  /** Another one once an HTTP session was opened again. */
  client: Client;
  tools: readonly ListedTool[];
  connection: ConnectionWatch;
  /**
   * Opens a session that the server has ended again, unless another call has since; a session of the caller's own client is the
   * caller's to open.
   */
  reopen?: (ended: Client) => Promise<void>;
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
  /** Called for each tool that a server describes in a way that the protocol does not allow. */
  onWarning?: (warning: ToolWarning) => void;
}

export type ToolWarning = Omit<Extract<AgentEvent, { type: 'tool_warning' }>, 'type'>;

/** Loads what the agent needs of the MCP SDK, when it first needs it. */
async function loadSdk() {
  const [{ Client }, { InMemoryTransport }] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    import('@modelcontextprotocol/sdk/inMemory.js'),
  ]);
  return { Client, InMemoryTransport };
}

const agentInfo = { name: 'movie-hub-agent', version: '1' };
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
    const client = isClient(server) ? server : new sdk.Client(agentInfo);
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
      return { name, server, client, tools: await inTime(options, connectAndList) };
    } catch (cause) {
      return { name, server, client, cause };
    }
  });
  const settled = await Promise.all(attempts);
  // The caller's names come first: no server can take one of them.
  const given = settled.map(({ name }) => (name === undefined ? undefined : takeLabel(name, labels)));
  const named = given.filter((name) => name !== undefined);
  for (const [index, attempt] of settled.entries()) {
    const ownName = attempt.client.getServerVersion()?.name || `server-${index + 1}`;
    const label = given[index] ?? takeLabel(ownName, labels);
    const { client, tools, server } = attempt;
    const fail = (cause: unknown) => {
      const failure = { server: label, cause, ...reasonOf(cause, processOf(client)) };
      failed.push(failure);
      options.onFailed?.(failure);
    };
    if (tools === undefined) {
      fail(attempt.cause);
      continue;
    }
    const watch = (watched: Client) => watchConnection(watched, options.signal, fail);
    const one: ConnectedServer = { label, client, tools: [], connection: watch(client) };
    one.tools = usable(tools, label, options.onWarning);
    if (isConnection(server) && 'url' in server) one.reopen = reopener(one, server, watch);
    connected.push(one);
  }
  /** Shared by the calls that meet the end of the same session. */
  function reopener(
    one: ConnectedServer,
    server: ServerConnection,
    watch: (client: Client) => ConnectionWatch,
  ) {
    let reopening: Promise<void> | undefined;
    return async (ended: Client) => {
      if (one.client !== ended) return;
      reopening ??= (async () => {
        const client = new sdk.Client(agentInfo);
        own.push(client);
        await inTime(options, (signal) => connectDescribed(server, client, { ...options, signal }));
        one.connection.end();
        one.client = client;
        one.connection = watch(client);
      })().finally(() => {
        reopening = undefined;
      });
      await reopening;
    };
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
      await client.connect(repairMessages(clientSide), { signal, timeout: options.timeoutMs });
    });
  } catch (error) {
    await clientSide.close();
    throw error;
  }
}

/** Uses plain requests: `client.listTools` compiles every output schema, and throws when one does not compile. */
async function listTools(client: Client, options: ConnectOptions): Promise<Array<ListedTool | undefined>> {
  const tools: Array<ListedTool | undefined> = [];
  if (client.getServerCapabilities() && !client.getServerCapabilities()?.tools) return tools;
  let cursor: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const request = { method: 'tools/list' as const, params: cursor === undefined ? {} : { cursor } };
    const answer = await withSignal(options.signal, (signal) =>
      client.request(request, anyResult, { signal, timeout: options.timeoutMs }),
    );
    const { tools: some, nextCursor } = readToolList(answer);
    tools.push(...some);
    cursor = nextCursor;
    if (!cursor) return tools;
  }
  throw new Error(`The server listed its tools in more than ${maxPages} pages.`);
}

/** Leaves out the tools that cannot be called, and warns of what a server describes wrongly. */
function usable(
  tools: ReadonlyArray<ListedTool | undefined>,
  server: string,
  warn: ConnectOptions['onWarning'],
): ListedTool[] {
  return tools.filter((tool) => {
    if (tool === undefined) {
      warn?.({ server, tool: '', message: 'A tool has no name, and is left out.', isLeftOut: true });
      return false;
    }
    if (tool.needsTask) {
      const message = `The tool ${tool.name} runs only as a task, which is not supported, and is left out.`;
      warn?.({ server, tool: tool.name, message, isLeftOut: true });
    } else if (tool.inputSchema === undefined) {
      const message = `The tool ${tool.name} has no input schema: its arguments are not described to the model.`;
      warn?.({ server, tool: tool.name, message, isLeftOut: false });
    }
    return !tool.needsTask;
  }) as ListedTool[];
}

function takeLabel(name: string, taken: Set<string>): string {
  let label = name;
  for (let count = 2; taken.has(label); count += 1) label = `${name}-${count}`;
  taken.add(label);
  return label;
}
