import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js';
import type { ServerPrompt } from '../tools/server-parts';

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
