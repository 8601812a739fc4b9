import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  ErrorCode,
  ListResourcesRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { ServerResource } from '../tools/server-parts';
import { reportToolCall, type ToolCallListener } from '../tools/tool-call';

/** The protocol's own code for a resource that is not there. */
const resourceNotFound = -32_002;

/** Has a server list and read resources. Reading one is told of as a tool call is, under its URI. */
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
