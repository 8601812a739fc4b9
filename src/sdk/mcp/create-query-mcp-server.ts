import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { Pool } from 'pg';
import type { Entitlements } from '../database/entitlements';
import type { EntitlementsSource } from '../database/resolve-entitlements';
import type { QueryTool } from '../tools/define-query-tool';
import { createToolServer, type ToolServerOptions } from './create-tool-server';
import { lookFirstPrompt } from './look-first-prompt';
import { schemaResource } from './schema-resource';
import { checkLimits, type QueryLimits, serveQueryTool } from './serve-query-tool';

/** What `createQueryMcpServer` takes. */
export interface QueryMcpServerOptions<Principal>
  extends QueryLimits,
    Omit<ToolServerOptions, 'tools' | 'resources' | 'prompts'> {
  /** The tools, made by `defineQueryTool`. */
  tools: readonly QueryTool<Principal>[];
  /**
   * True offers the tables that the user's role may read, with their comments, as the resource `schema://tables`: for
   * developers. False unless given.
   */
  schemaResource?: boolean;
}

/**
 * Makes an MCP server that answers from your database, for one user.
 *
 * Each call is one read-only transaction with the role and the settings of the user's entitlements; PostgreSQL's row-level
 * security decides what is seen. Nothing that a model sends can change that. Before its first call the database is checked
 * as `checkDatabase` does, and again while it serves; give that your tools when your app starts. A prompt, `answer_from_the_data`, steers a model to look in the data first.
 *
 * @param pool Connections whose login may become the role of the entitlements, best one that may become nothing else.
 * @param entitlements What the user may see, made by `defineEntitlements`, or a function (may be async) that tells it, asked
 *   at every call. A function that throws, returns anything else or takes over 5 s denies.
 * @returns A server of the MCP SDK v1: connect it to a transport, or hand it to `runAgent`.
 * @throws MovieHubError `invalid_argument` at once, when two tools have one name or an option is not a whole number above 0.
 */
export function createQueryMcpServer<Principal>(
  pool: Pool,
  entitlements: EntitlementsSource<Entitlements<Principal>>,
  options: QueryMcpServerOptions<Principal>,
): Server {
  const { tools, name, version, instructions, onToolCall, schemaResource: withSchema, ...limits } = options;
  checkLimits(limits);
  const { maxRows: _, maxBytes: __, ...callOptions } = limits;
  return createToolServer({
    name,
    version,
    instructions,
    onToolCall,
    tools: tools.map((tool) => serveQueryTool(tool, pool, entitlements, limits)),
    resources: withSchema ? [schemaResource(pool, entitlements, callOptions)] : [],
    prompts: [lookFirstPrompt(name)],
  });
}
