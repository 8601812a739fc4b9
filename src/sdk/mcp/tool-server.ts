import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { CallToolResult, Tool as McpTool } from '@modelcontextprotocol/sdk/types.js';
import { MovieHubError } from '../errors';
import {
  reportToolCall,
  type ServerPrompt,
  type ServerResource,
  type Tool,
  type ToolCallListener,
  type ToolOutcome,
} from '../tools/tool';
import { loadServerSdk } from './sdk';

/** What `createToolServer` takes. */
export interface ToolServerOptions {
  name: string;
  version: string;
  /** For the model, by clients that pass them on. */
  instructions: string;
  tools: readonly Tool[];
  resources?: readonly ServerResource[];
  prompts?: readonly ServerPrompt[];
  /** Called after each tool call was answered; it cannot change the answer. */
  onToolCall?: ToolCallListener | undefined;
}

/** An MCP server of this package. It serves one transport at a time, as a `Server` of the MCP SDK does. */
export interface ToolServer {
  /** Called when the connection was closed. */
  onclose?: (() => void) | undefined;
  /** Called with a failure of the connection, for the log: a message that cannot be read, for one. */
  onerror?: ((error: Error) => void) | undefined;
  /** Connects a transport of the MCP SDK v1. The first call loads the SDK. */
  connect(transport: Transport): Promise<void>;
  /** Cancels the calls that run, and closes the connection. */
  close(): Promise<void>;
}

/**
 * Makes an MCP server that serves tools, and resources and prompts where there are any.
 *
 * The low-level server of the SDK takes plain JSON Schema and keeps an unknown tool a protocol error.
 *
 * @throws MovieHubError `invalid_argument` when two tools have one name.
 */
export function createToolServer(options: ToolServerOptions): ToolServer {
  const tools = new Map(options.tools.map((tool) => [tool.name, tool]));
  if (tools.size < options.tools.length)
    throw new MovieHubError('invalid_argument', 'Two tools of one server have the same name.');
  let server: Server | undefined;
  let connecting: Promise<void> | undefined;
  const connect = async (transport: Transport) => {
    const isClosed = watchClose(transport);
    const sdk = await loadServerSdk();
    // Connected now, it would never be free for another transport.
    if (isClosed()) throw new Error('The transport was closed before the server was connected.');
    if (server === undefined) {
      server = makeServer(sdk, options, tools);
      server.onclose = () => toolServer.onclose?.();
      server.onerror = (error) => toolServer.onerror?.(error);
    }
    await server.connect(transport);
  };
  const toolServer: ToolServer = {
    connect: (transport) => {
      connecting = connect(transport);
      return connecting;
    },
    close: async () => {
      await connecting?.catch(() => undefined);
      await server?.close();
    },
  };
  return toolServer;
}

/** Detects that a transport is closed while the SDK is loaded. Its listener stays. */
function watchClose(transport: Transport): () => boolean {
  let isClosed = false;
  const { onclose } = transport;
  transport.onclose = () => {
    isClosed = true;
    onclose?.();
  };
  return () => isClosed;
}

type Sdk = Awaited<ReturnType<typeof loadServerSdk>>;

function makeServer(sdk: Sdk, options: ToolServerOptions, tools: ReadonlyMap<string, Tool>): Server {
  const { name, version, instructions, resources = [], prompts = [], onToolCall } = options;
  const capabilities = {
    tools: {},
    ...(resources.length > 0 && { resources: {} }),
    ...(prompts.length > 0 && { prompts: {} }),
  };
  const server = new sdk.Server({ name, version }, { capabilities, instructions });
  const list = options.tools.map(advertise);
  server.setRequestHandler(sdk.ListToolsRequestSchema, () => ({ tools: list }));
  // The SDK checks a call by its own schema too, whose copy of the arguments lacks `__proto__`: an unknown name that is to be refused.
  const callSchema = sdk.RequestSchema.extend({ method: sdk.CallToolRequestSchema.shape.method });
  server.setRequestHandler(callSchema, async ({ params }, extra): Promise<CallToolResult> => {
    const tool = tools.get(String(params?.name));
    if (tool === undefined)
      throw new sdk.McpError(sdk.ErrorCode.InvalidParams, 'There is no tool of that name.');
    const started = performance.now();
    const outcome = await tool.call(params?.arguments, { signal: extra.signal });
    reportToolCall(onToolCall, tool.name, outcome, performance.now() - started);
    return toResult(outcome);
  });
  if (resources.length > 0) offerResources(sdk, server, resources, onToolCall);
  if (prompts.length > 0) offerPrompts(sdk, server, prompts);
  return server;
}

function advertise(tool: Tool): McpTool {
  const { name, title, description, inputSchema, outputSchema, annotations } = tool;
  return {
    name,
    title,
    description,
    inputSchema: inputSchema as McpTool['inputSchema'],
    outputSchema: outputSchema as NonNullable<McpTool['outputSchema']>,
    annotations,
  };
}

function toResult({ text, answer, errorCode, rows }: ToolOutcome): CallToolResult {
  const content: CallToolResult['content'] = [{ type: 'text', text }];
  if (errorCode !== undefined) return { content, isError: true };
  return {
    content,
    structuredContent: answer as Record<string, unknown>,
    // For whoever shows the call; a tool that reads no rows says nothing of them.
    ...(rows > 0 && { _meta: { 'movie-hub/rows': rows } }),
  };
}

/** The protocol's own code for a resource that is not there. */
const resourceNotFound = -32_002;

/** Has a server list and read resources. Reading one is reported as a tool call is, under its URI. */
function offerResources(
  sdk: Sdk,
  server: Server,
  resources: readonly ServerResource[],
  onToolCall: ToolCallListener | undefined,
): void {
  const list = resources.map(({ read: _, ...said }) => said);
  server.setRequestHandler(sdk.ListResourcesRequestSchema, () => ({ resources: list }));
  server.setRequestHandler(sdk.ReadResourceRequestSchema, async (request, extra) => {
    const resource = resources.find(({ uri }) => uri === request.params.uri);
    if (resource === undefined) throw new sdk.McpError(resourceNotFound, 'There is no such resource.');
    const { uri, mimeType } = resource;
    const started = performance.now();
    const outcome = await resource.read({ signal: extra.signal });
    reportToolCall(onToolCall, uri, outcome, performance.now() - started);
    if (outcome.errorCode !== undefined) throw new sdk.McpError(sdk.ErrorCode.InternalError, outcome.text);
    return { contents: [{ uri, mimeType, text: outcome.text }] };
  });
}

/** Has a server list prompts and fill them in. */
function offerPrompts(sdk: Sdk, server: Server, prompts: readonly ServerPrompt[]): void {
  const { McpError, ErrorCode } = sdk;
  const list = prompts.map(({ render: _, ...said }) => ({ ...said, arguments: [...said.arguments] }));
  server.setRequestHandler(sdk.ListPromptsRequestSchema, () => ({ prompts: list }));
  server.setRequestHandler(sdk.GetPromptRequestSchema, (request) => {
    const prompt = prompts.find(({ name }) => name === request.params.name);
    if (prompt === undefined) throw new McpError(ErrorCode.InvalidParams, 'There is no prompt of that name.');
    const values = request.params.arguments ?? {};
    const missing = prompt.arguments.find(({ name, required }) => required && values[name] === undefined);
    if (missing) throw new McpError(ErrorCode.InvalidParams, `The argument ${missing.name} is missing.`);
    const text = prompt.render(values);
    return { description: prompt.description, messages: [{ role: 'user', content: { type: 'text', text } }] };
  });
}
