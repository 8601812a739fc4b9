export { bedrockModel } from './agent/bedrock/client';
export { modelFamilies } from './agent/bedrock/families';
export { compactMessages } from './agent/compact';
export type { AgentEvent, AgentResult } from './agent/events';
export type { RunLimits } from './agent/limits';
export { trimMessages } from './agent/messages';
export type {
  ContentBlock,
  JsonObject,
  Message,
  Model,
  ModelEvent,
  ModelRequest,
  TokenUsage,
} from './agent/model';
export { type AgentRun, resumeRun, runAgent } from './agent/run-agent';
export type { RunAgentOptions } from './agent/run-options';
export type { AgentServer } from './agent/servers/connect';
export { memoryRunStore, type RunStore } from './agent/store';
export { checkDatabase } from './database/check';
export { createPool } from './database/connect';
export { databaseError } from './database/database-error';
export { defineEntitlements, type Entitlements } from './database/entitlements';
export { defineQuery, type Query } from './database/query';
export { runLimitedQuery, runQuery } from './database/run-query';
export { createRunStore } from './database/run-store';
export { type ReadScope, type Scope, withEntitlements, withRole } from './database/scope';
export { httpStatusOf, isMovieHubError, MovieHubError, type MovieHubErrorCode } from './errors';
export { limitConcurrency } from './limit-concurrency';
export { createMcpHttpHandler, type McpHttpHandler } from './mcp/http-handler';
export { createQueryMcpServer } from './mcp/query-server';
export type { ToolServer } from './mcp/tool-server';
export {
  createMovieMcpServer,
  type MovieEntitlements,
  movieEntitlements,
  movieTools,
} from './movies/movie-server';
export { explainQueryTool, formatPlan, type QueryPlan } from './plans/explain-query-tool';
export { createTimeMcpServer } from './time/time-server';
export { defineQueryTool, type QueryTool } from './tools/define-query-tool';
export type { ToolCall } from './tools/tool';
export { version } from './version';
