export type { AgentEvent, AgentResult, AgentStopReason, FailedServer } from './agent/agent-event';
export { type BedrockOptions, bedrockModel } from './agent/bedrock';
export type { ConverseOptions } from './agent/bedrock-request';
export type { AgentServer, InProcessServer, NamedServer } from './agent/connect-servers';
export type { HttpConnection, ServerConnection, StdioConnection } from './agent/describe-connection';
export type { LimitStopReason, RunLimits, TokenPrices } from './agent/limits';
export type {
  ContentBlock,
  InferenceSettings,
  JsonObject,
  JsonValue,
  Message,
  Model,
  ModelEvent,
  ModelRequest,
  ModelStopReason,
  ModelTool,
  ReasoningContent,
  TokenUsage,
  ToolChoice,
  ToolResult,
  ToolUse,
} from './agent/model';
export { type AgentRun, type RunAgentOptions, runAgent } from './agent/run-agent';
export type { ApproveTool, PrepareStep, RunSteering, StepPlan, ToolCallRequest } from './agent/steering';
export { trimMessages } from './agent/trim-messages';
export { type CheckDatabaseOptions, checkDatabase } from './database/check';
export type { ConnectOptions } from './database/connect';
export { createPool } from './database/create-pool';
export { databaseError, sqlStateOf } from './database/database-error';
export { defineEntitlements, type Entitlements } from './database/entitlements';
export { defineQuery, type ParameterValue, type Query, type QueryParameters } from './database/query';
export type { EntitlementsSource } from './database/resolve-entitlements';
export { type LimitedRows, type RowLimits, runLimitedQuery, runQuery } from './database/run-query';
export {
  type ReadScope,
  type Scope,
  type ScopeOptions,
  type WriteRole,
  withEntitlements,
  withRole,
} from './database/scope';
export type { TransactionOptions } from './database/transaction';
export {
  httpStatusOf,
  isMovieHubError,
  MovieHubError,
  type MovieHubErrorCode,
  movieHubErrorCodes,
} from './errors';
export { type ConcurrencyLimits, type LimitedRun, limitConcurrency } from './limit-concurrency';
export {
  createMcpHttpHandler,
  type McpHttpHandler,
  type McpHttpHandlerOptions,
} from './mcp/create-mcp-http-handler';
export { createQueryMcpServer, type QueryMcpServerOptions } from './mcp/create-query-mcp-server';
export type { QueryLimits } from './mcp/serve-query-tool';
export { createMovieMcpServer, type MovieMcpServerOptions } from './movies/create-movie-mcp-server';
export { type MovieEntitlements, movieEntitlements } from './movies/movie-entitlements';
export { movieTools } from './movies/movie-tools';
export {
  type ExplainOptions,
  explainQueryTool,
  type PlanFunction,
  type QueryPlan,
} from './plans/explain-query-tool';
export { formatPlan } from './plans/format-plan';
export type { PlanNode, PlanPages } from './plans/plan-tree';
export { createTimeMcpServer, type TimeMcpServerOptions } from './time/create-time-mcp-server';
export {
  defineQueryTool,
  type Page,
  type QueryTool,
  type QueryToolDefinition,
} from './tools/define-query-tool';
export type { InferSchema, ObjectSchema, StandardSchema, ToolSchema } from './tools/schema';
export type { ToolCall, ToolCallListener } from './tools/tool-call';
export { version } from './version';
