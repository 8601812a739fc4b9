import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { JsonObject, ModelTool } from '../model';
import { freeName, safeName, wellFormed } from '../wire';
import {
  type AgentServer,
  type ConnectedServer,
  type Connections,
  type ConnectOptions,
  connectServers,
} from './connect';
import type { ListedTool } from './lenient';
import { modelSchemaOf } from './schemas';

/** One tool, and how to reach it. */
export interface BoundTool {
  /** The tool as the model knows it; `spec.name` is unique in the run. */
  spec: ModelTool;
  /** The server's own schema of the arguments. */
  inputSchema: JsonObject;
  /** The server's own name of the tool. */
  name: string;
  server: string;
  readonly client: Client;
  /** Whether a call may be repeated when nobody knows whether the first one took place. */
  isRepeatable: boolean;
  /** Opens the session that a call met the end of again; undefined where that is not ours to do. */
  readonly reopen: ConnectedServer['reopen'];
  /** Returns whether the server is gone, after a call failed with `cause`; asks it no longer than until `signal` aborts. */
  isLostAfter(cause: unknown, signal: AbortSignal): Promise<boolean>;
}

/** All tools of a run, by the names that the model knows. */
export interface Toolbox extends Pick<Connections, 'failed' | 'close'> {
  /** The tools that can be called now: those of a lost server are left out. */
  readonly specs: readonly ModelTool[];
  /** Finds a tool, also one of a lost server: its calls fail and say so. */
  find(name: string): BoundTool | undefined;
}

export interface ToolboxOptions extends ConnectOptions {
  /** A name that no tool of a server gets. */
  readonly reservedName?: string;
}

/**
 * Connects to `servers` and offers their tools under unique names that Bedrock accepts.
 *
 * A unique name is kept where Bedrock accepts it; shared ones get their server's name in front. No tool gets a name that begins
 * with one that the caller gave to another server, even when that one is down. The same servers give the same names. A server
 * that fails is in `failed`.
 */
export async function openToolbox(
  servers: readonly AgentServer[],
  { reservedName, ...options }: ToolboxOptions,
): Promise<Toolbox> {
  const connections = await connectServers(servers, options);
  const tools = await bindOrClose(connections, reservedName);
  const isThere = ({ server }: BoundTool) =>
    connections.servers.some(({ label, connection }) => label === server && !connection.detectLoss());
  return {
    failed: connections.failed,
    close: connections.close,
    get specs() {
      return [...tools.values()].filter(isThere).map((tool) => tool.spec);
    },
    find: (name) => tools.get(name),
  };
}

async function bindOrClose(
  connections: Connections,
  reservedName: string | undefined,
): Promise<Map<string, BoundTool>> {
  try {
    const named = nameTools(connections, reservedName);
    return new Map([...named].map(([name, { tool, server }]) => [name, bind(tool, name, server)]));
  } catch (cause) {
    await connections.close();
    throw cause;
  }
}

interface Offered {
  readonly server: ConnectedServer;
  readonly tool: ListedTool;
}

/** Gives each tool its name, in the order of the servers' lists. */
function nameTools({ servers, named }: Connections, reservedName: string | undefined): Map<string, Offered> {
  const offered = servers.flatMap((server) => server.tools.map((tool) => ({ server, tool })));
  const counts = new Map<string, number>();
  for (const { tool } of offered) counts.set(plainName(tool), (counts.get(plainName(tool)) ?? 0) + 1);
  const isForeign = (name: string, { label }: ConnectedServer) => (ownerOf(name, named) ?? label) !== label;
  const mayKeep = ({ server, tool }: Offered) =>
    counts.get(plainName(tool)) === 1 &&
    plainName(tool) !== reservedName &&
    !isForeign(plainName(tool), server);
  const taken = new Set(reservedName === undefined ? [] : [reservedName]);
  const names = new Map<Offered, string>();
  const name = (one: Offered, first: string) => {
    const { server, tool } = one;
    // Checked with its number at the end, which may make it begin with another server's name.
    let free = freeName(first, taken);
    for (let count = 1; isForeign(free, server); count += 1)
      free = freeName(safeName(`other${count > 1 ? count : ''}_${fullName(server, tool)}`, 'tool'), taken);
    taken.add(free);
    names.set(one, free);
  };
  const inOrder = servers.flatMap((server) => offered.filter((one) => one.server === server).sort(byName));
  // Names with a server's in front come first: no other tool can take them.
  for (const one of inOrder) if (!mayKeep(one)) name(one, safeName(fullName(one.server, one.tool), 'tool'));
  for (const one of inOrder) if (mayKeep(one)) name(one, plainName(one.tool));
  return new Map(offered.map((one) => [names.get(one) ?? plainName(one.tool), one]));
}

/** By the server's own names, so that the order of its list does not matter; a name that is safe as it is comes first. */
function byName({ tool: a }: Offered, { tool: b }: Offered): number {
  const isSafe = ({ name }: ListedTool) => Number(safeName(name, '') === name);
  return isSafe(b) - isSafe(a) || Number(a.name > b.name) - Number(a.name < b.name);
}

function fullName({ label }: ConnectedServer, { name }: ListedTool): string {
  return `${label}_${name}`;
}

/** Returns the server, of those that the caller named, whose name a tool's begins with: the longest one. */
function ownerOf(toolName: string, named: readonly string[]): string | undefined {
  const owners = named.filter((name) => toolName.startsWith(safeName(`${name}_x`, 'tool').slice(0, -1)));
  return owners.sort((a, b) => b.length - a.length)[0];
}

function plainName(tool: ListedTool): string {
  return safeName(tool.name, 'tool');
}

function bind(tool: ListedTool, name: string, server: ConnectedServer): BoundTool {
  const { schema, rules } = modelSchemaOf(tool.inputSchema);
  return {
    spec: { name, description: descriptionOf(tool, server, rules), inputSchema: schema },
    inputSchema: tool.inputSchema ?? {},
    name: tool.name,
    server: server.label,
    get client() {
      return server.client;
    },
    isRepeatable: tool.isRepeatable,
    reopen: server.reopen,
    isLostAfter: (cause, signal) => server.connection.isLostAfter(cause, signal),
  };
}

/** Characters of a description: it is sent with every request. */
const maxDescriptionLength = 8_000;
const cutNote = '… (cut)';

function descriptionOf(tool: ListedTool, server: ConnectedServer, rules: string | undefined): string {
  const first = tool.description ?? tool.title ?? `The tool ${tool.name} of the server ${server.label}.`;
  const text = rules === undefined ? first : `${first}\n\nArguments: ${rules}`;
  if (text.length <= maxDescriptionLength) return wellFormed(text);
  return `${wellFormed(text.slice(0, maxDescriptionLength - cutNote.length))}${cutNote}`;
}
