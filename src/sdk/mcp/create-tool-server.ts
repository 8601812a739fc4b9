import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type Tool as McpTool,
  RequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { MovieHubError } from '../errors';
import type { ServerPrompt, ServerResource } from '../tools/server-parts';
import type { Tool, ToolOutcome } from '../tools/tool';
import { reportToolCall, type ToolCallListener } from '../tools/tool-call';
import { offerPrompts } from './offer-prompts';
import { offerResources } from './offer-resources';

/** The SDK checks a call by its own schema too, whose copy of the arguments lacks `__proto__`: an unknown name that is to be refused. */
const callSchema = RequestSchema.extend({ method: CallToolRequestSchema.shape.method });

/** What an MCP server says of itself. */
export interface ToolServerOptions {
  name: string;
  version: string;
  /** Told to the model by clients that pass it on. */
  instructions: string;
  tools: readonly Tool[];
  resources?: readonly ServerResource[];
  prompts?: readonly ServerPrompt[];
  /** Told of every call after it was answered. Whatever it does, the call is as it was. */
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
