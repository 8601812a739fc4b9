import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js';

export interface TestTool extends Partial<Tool> {
  run: (
    input: Record<string, unknown>,
    signal: AbortSignal,
  ) => CallToolResult | string | Promise<CallToolResult | string>;
}

/** A real MCP server with the given tools, on the low-level class, as the library's own servers are. */
export function toolServer(name: string, tools: Record<string, TestTool>): Server {
  const server = new Server({ name, version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.entries(tools).map(([toolName, { run: _, ...rest }]) => ({
      name: toolName,
      description: `Does ${toolName}.`,
      inputSchema: { type: 'object' as const, properties: {} },
      ...rest,
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
    const tool = Object.hasOwn(tools, params.name) ? tools[params.name] : undefined;
    if (!tool) throw new McpError(ErrorCode.InvalidParams, `Unknown tool: ${params.name}`);
    const result = await tool.run(params.arguments ?? {}, signal);
    return typeof result === 'string' ? { content: [{ type: 'text', text: result }] } : result;
  });
  return server;
}

/** Opens for all once `count` have come, and fails those that wait when fewer do. */
export function barrier(count: number, patienceMs = 60_000) {
  let open = () => {};
  let arrived = 0;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return async () => {
    arrived += 1;
    if (arrived === count) open();
    const patience = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`only ${arrived} of ${count} came`)), patienceMs).unref();
    });
    await Promise.race([opened, patience]);
  };
}
