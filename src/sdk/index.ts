export { type BedrockOptions, bedrockModel } from './agent/bedrock/client';
export type { ConverseOptions } from './agent/bedrock/convert';
export { type ModelFamily, modelFamilies } from './agent/bedrock/families';
export { type CompactOptions, compactMessages } from './agent/compact';
export type { AgentEvent, AgentResult, AgentStopReason, FailedServer } from './agent/events';
export type { LimitStopReason, RunLimits } from './agent/limits';
export { trimMessages } from './agent/messages';
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
export { type AgentRun, resumeRun, runAgent } from './agent/run-agent';
export type {
  ApproveTool,
  PrepareStep,
  RunAgentOptions,
  RunSteering,
  StepPlan,
  ToolCallRequest,
} from './agent/run-options';
export type { AgentServer, InProcessServer, NamedServer } from './agent/servers/connect';
export type { HttpConnection, ServerConnection, StdioConnection } from './agent/servers/transports';
export { memoryRunStore, type RunStore } from './agent/store';
export type { TokenPrices } from './agent/tokens';
export { type CheckDatabaseOptions, checkDatabase } from './database/check';
export { type ConnectOptions, createPool } from './database/connect';
export { databaseError, sqlStateOf } from './database/database-error';
export { defineEntitlements, type Entitlements, type EntitlementsSource } from './database/entitlements';
export { defineQuery, type ParameterValue, type Query, type QueryParameters } from './database/query';
export { type LimitedRows, type RowLimits, runLimitedQuery, runQuery } from './database/run-query';
export { createRunStore, type RunStoreOptions } from './database/run-store';
export {
  type ReadScope,
  type Scope,
  type ScopeOptions,
  type WriteRole,
  withEntitlements,
  withRole,
} from './database/scope';
export type { TransactionOptions } from './database/settings';
export {
  httpStatusOf,
  isMovieHubError,
  MovieHubError,
  type MovieHubErrorCode,
  movieHubErrorCodes,
} from './errors';
export { type ConcurrencyLimits, type LimitedRun, limitConcurrency } from './limit-concurrency';
export type { QueryLimits } from './mcp/call-limits';
export {
  createMcpHttpHandler,
  type McpHttpHandler,
  type McpHttpHandlerOptions,
} from './mcp/http-handler';
export { createQueryMcpServer, type QueryMcpServerOptions } from './mcp/query-server';
export type { ToolServer } from './mcp/tool-server';
export {
  createMovieMcpServer,
  type MovieEntitlements,
  type MovieMcpServerOptions,
  movieEntitlements,
  movieTools,
} from './movies/movie-server';
export {
  type ExplainOptions,
  explainQueryTool,
  formatPlan,
  type PlanFunction,
  type QueryPlan,
} from './plans/explain-query-tool';
export type { PlanNode, PlanPages } from './plans/plan-tree';
export type { InferSchema, ObjectSchema, StandardSchema, ToolSchema } from './schema';
export { createTimeMcpServer, type TimeMcpServerOptions } from './time/time-server';
export {
  defineQueryTool,
  type Page,
  type QueryTool,
  type QueryToolDefinition,
} from './tools/define-query-tool';
export type { ToolCall, ToolCallListener } from './tools/tool';
export { version } from './version';
