import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  type Tool as McpTool,
  ReadResourceRequestSchema,
  RequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { MovieHubError } from '../errors';
import {
  reportToolCall,
  type ServerPrompt,
  type ServerResource,
  type Tool,
  type ToolCallListener,
  type ToolOutcome,
} from '../tools/tool';

/** The SDK checks a call by its own schema too, whose copy of the arguments lacks `__proto__`: an unknown name that is to be refused. */
const callSchema = RequestSchema.extend({ method: CallToolRequestSchema.shape.method });

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

/**
 * Makes an MCP server that serves tools, and resources and prompts where there are any.
 *
 * The low-level server of the SDK takes plain JSON Schema and keeps an unknown tool a protocol error. Structured content
 * is copied through JSON, so that an in-memory client gets what one over the wire would get.
 *
 * @throws MovieHubError `invalid_argument` when two tools have one name.
 */
export function createToolServer(options: ToolServerOptions): Server {
  const tools = new Map(options.tools.map((tool) => [tool.name, tool]));
  if (tools.size < options.tools.length)
    throw new MovieHubError('invalid_argument', 'Two tools of one server have the same name.');
  const list = options.tools.map(advertise);
  const { name, version, instructions, resources = [], prompts = [] } = options;
  const capabilities = {
    tools: {},
    ...(resources.length > 0 && { resources: {} }),
    ...(prompts.length > 0 && { prompts: {} }),
  };
  const server = new Server({ name, version }, { capabilities, instructions });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: list }));
  server.setRequestHandler(callSchema, async ({ params }, extra): Promise<CallToolResult> => {
    const tool = tools.get(String(params?.name));
    if (tool === undefined) throw new McpError(ErrorCode.InvalidParams, 'There is no tool of that name.');
    const started = performance.now();
    const outcome = await tool.call(params?.arguments, { signal: extra.signal });
    reportToolCall(options.onToolCall, tool.name, outcome, performance.now() - started);
    return toResult(outcome);
  });
  if (resources.length > 0) offerResources(server, resources, options.onToolCall);
  if (prompts.length > 0) offerPrompts(server, prompts);
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

function toResult(outcome: ToolOutcome): CallToolResult {
  const content: CallToolResult['content'] = [{ type: 'text', text: outcome.text }];
  if (outcome.errorCode !== undefined) return { content, isError: true };
  const structuredContent = JSON.parse(outcome.text) as Record<string, unknown>;
  // For whoever shows the call; a tool that reads no rows says nothing of them.
  const _meta = outcome.rows > 0 ? { 'movie-hub/rows': outcome.rows } : undefined;
  return { content, structuredContent, ...(_meta && { _meta }) };
}

/** The protocol's own code for a resource that is not there. */
const resourceNotFound = -32_002;

/** Has a server list and read resources. Reading one is reported as a tool call is, under its URI. */
export function offerResources(
  server: Server,
  resources: readonly ServerResource[],
  onToolCall: ToolCallListener | undefined,
): void {
  const list = resources.map(({ read: _, ...said }) => said);
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: list }));
  server.setRequestHandler(ReadResourceRequestSchema, async (request, extra) => {
    const resource = resources.find(({ uri }) => uri === request.params.uri);
    if (resource === undefined) throw new McpError(resourceNotFound, 'There is no such resource.');
    const { uri, mimeType } = resource;
    const started = performance.now();
    const outcome = await resource.read({ signal: extra.signal });
    reportToolCall(onToolCall, uri, outcome, performance.now() - started);
    if (outcome.errorCode !== undefined) throw new McpError(ErrorCode.InternalError, outcome.text);
    return { contents: [{ uri, mimeType, text: outcome.text }] };
  });
}

/** Has a server list prompts and fill them in. */
export function offerPrompts(server: Server, prompts: readonly ServerPrompt[]): void {
  const list = prompts.map(({ render: _, ...said }) => ({ ...said, arguments: [...said.arguments] }));
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: list }));
  server.setRequestHandler(GetPromptRequestSchema, (request) => {
    const prompt = prompts.find(({ name }) => name === request.params.name);
    if (prompt === undefined) throw new McpError(ErrorCode.InvalidParams, 'There is no prompt of that name.');
    const values = request.params.arguments ?? {};
    const missing = prompt.arguments.find(({ name, required }) => required && values[name] === undefined);
    if (missing) throw new McpError(ErrorCode.InvalidParams, `The argument ${missing.name} is missing.`);
    const text = prompt.render(values);
    return { description: prompt.description, messages: [{ role: 'user', content: { type: 'text', text } }] };
  });
}
