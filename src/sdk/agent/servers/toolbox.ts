import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Tool } from '@modelcontextprotocol/sdk/types.js';
import type { JsonObject, ModelTool } from '../model';
import { freeName, safeName, wellFormed } from '../wire';
import {
  type AgentServer,
  type ConnectedServer,
  type Connections,
  type ConnectOptions,
  connectServers,
} from './connect';
import { type RepairedSchema, repairInputSchema } from './schemas';

/** One tool, and the way to it. */
export interface BoundTool extends Pick<RepairedSchema, 'toServer' | 'nameOf'> {
  /** What the model is told; `spec.name` is unique in the run. */
  spec: ModelTool;
  /** The server's own schema of the arguments. */
  inputSchema: JsonObject;
  /** The server's own name of the tool. */
  name: string;
  server: string;
  client: Client;
  /** Tells whether the server is gone, after a call failed with `cause`; asks no longer than until `signal` aborts. */
  isLostAfter(cause: unknown, signal: AbortSignal): Promise<boolean>;
}

/** All tools of a run, by the names that the model knows. */
export interface Toolbox extends Pick<Connections, 'failed' | 'close'> {
  /** Those that can be called now: the tools of a server that is lost leave. */
  readonly specs: readonly ModelTool[];
  /** Finds a tool that is or was there: one whose server is lost answers with that. */
  find(name: string): BoundTool | undefined;
}

/**
 * Connects to `servers` and offers their tools under names that Bedrock takes and that are unique.
 *
 * A name that only one tool has is kept where Bedrock takes it; tools that share one get their server's name in front. No tool
 * gets a name that begins with one that the caller gave to another server, also when that one is down.
 * The same servers give the same names. A server that fails is in `failed`.
 */
export async function openToolbox(
  servers: readonly AgentServer[],
  options: ConnectOptions,
): Promise<Toolbox> {
  const connections = await connectServers(servers, options);
  const tools = await bindOrClose(connections);
  const isThere = ({ server }: BoundTool) =>
    connections.servers.some(({ label, connection }) => label === server && !connection.isLost);
  return {
    failed: connections.failed,
    close: connections.close,
    get specs() {
      return [...tools.values()].filter(isThere).map((tool) => tool.spec);
    },
    find: (name) => tools.get(name),
  };
}

async function bindOrClose(connections: Connections): Promise<Map<string, BoundTool>> {
  try {
    return bindTools(connections);
  } catch (cause) {
    await connections.close();
    throw cause;
  }
}

function bindTools({ servers, named }: Connections): Map<string, BoundTool> {
  const offered = servers.flatMap((server) => server.tools.filter(canCall).map((tool) => ({ server, tool })));
  const uses = new Map<string, number>();
  for (const { tool } of offered) uses.set(plainName(tool), (uses.get(plainName(tool)) ?? 0) + 1);
  const taken = new Set<string>();
  const isShared = (tool: Tool) => (uses.get(plainName(tool)) ?? 0) > 1;
  const isForeign = (name: string, { label }: ConnectedServer) => (ownerOf(name, named) ?? label) !== label;
  const mayKeep = ({ server, tool }: Offered) => !isShared(tool) && !isForeign(plainName(tool), server);
  const names = new Map<Offered, string>();
  const name = (one: Offered, first: string) => {
    const { server, tool } = one;
    // Looked at with the number that makes it unique: that, too, may make it begin with the name of another.
    let free = freeName(first, taken);
    for (let count = 1; isForeign(free, server); count += 1)
      free = freeName(safeName(`other${count > 1 ? count : ''}_${fullName(server, tool)}`, 'tool'), taken);
    taken.add(free);
    names.set(one, free);
  };
  const inOrder = servers.flatMap((server) => offered.filter((one) => one.server === server).sort(byName));
  // Names with a server's in front come first: no tool of another can be called so.
  for (const one of inOrder) if (!mayKeep(one)) name(one, safeName(fullName(one.server, one.tool), 'tool'));
  for (const one of inOrder) if (mayKeep(one)) name(one, plainName(one.tool));
  const bound = offered.map((one): [string, BoundTool] => {
    const given = names.get(one) ?? plainName(one.tool);
    return [given, bind(one.tool, given, one.server)];
  });
  return new Map(bound);
}

interface Offered {
  readonly server: ConnectedServer;
  readonly tool: Tool;
}

/** By the server's own names, so that the order in which it lists them names nothing; one that is safe as it is comes first. */
function byName({ tool: a }: Offered, { tool: b }: Offered): number {
  const isSafe = ({ name }: Tool) => Number(safeName(name, '') === name);
  return isSafe(b) - isSafe(a) || Number(a.name > b.name) - Number(a.name < b.name);
}

function fullName({ label }: ConnectedServer, { name }: Tool): string {
  return `${label}_${name}`;
}

/** The server, of those that the caller named, whose name a tool's begins with: the longest such name, or undefined. */
function ownerOf(toolName: string, named: readonly string[]): string | undefined {
  const owners = named.filter((name) => toolName.startsWith(safeName(`${name}_x`, 'tool').slice(0, -1)));
  return owners.sort((a, b) => b.length - a.length)[0];
}

/** A tool that can only run as a task answers no plain call. */
function canCall(tool: Tool): boolean {
  return tool.execution?.taskSupport !== 'required';
}

function plainName(tool: Tool): string {
  return safeName(tool.name, 'tool');
}

function bind(tool: Tool, name: string, server: ConnectedServer): BoundTool {
  const { schema, toServer, nameOf } = repairInputSchema(tool.inputSchema);
  return {
    spec: { name, description: descriptionOf(tool, server), inputSchema: schema },
    inputSchema: tool.inputSchema as JsonObject,
    toServer,
    nameOf,
    name: tool.name,
    server: server.label,
    client: server.client,
    isLostAfter: (cause, signal) => server.connection.isLostAfter(cause, signal),
  };
}

/** Characters of a description that the model is told of: it is sent with every request. */
const longestDescription = 8_000;
const cutNote = '… (cut)';

function descriptionOf(tool: Tool, server: ConnectedServer): string {
  const described = [tool.description, tool.title, tool.annotations?.title].find((text) => text?.trim());
  const text = described ?? `The tool ${tool.name} of the server ${server.label}.`;
  if (text.length <= longestDescription) return wellFormed(text);
  return `${wellFormed(text.slice(0, longestDescription - cutNote.length))}${cutNote}`;
}
