import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { createToolServer } from '../mcp/create-tool-server';
import type { ToolCallListener } from '../tools/tool-call';
import { version } from '../version';
import { convertTime } from './convert-time';
import { getCurrentTime } from './get-current-time';

/** What `createTimeMcpServer` takes. */
export interface TimeMcpServerOptions {
  /** The clock; the system's unless given. */
  now?: () => Date;
  /** Told of every call after it was answered. */
  onToolCall?: ToolCallListener;
}

/** Makes the time MCP server: `get_current_time` and `convert_time`, over IANA time zones. */
export function createTimeMcpServer(options: TimeMcpServerOptions = {}): Server {
  const now = options.now ?? (() => new Date());
  return createToolServer({
    name: 'movie-hub-time',
    version,
    instructions: 'Tells the current time anywhere, and converts times between time zones.',
    onToolCall: options.onToolCall,
    tools: [getCurrentTime(now), convertTime(now)],
  });
}
