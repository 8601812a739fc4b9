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
export { defineQuery, type ParameterValue, type Query, type QueryParameters } from './database/query';
export { type LimitedRows, type RowLimits, runLimitedQuery, runQuery } from './database/run-query';
export {
  type AccountScope,
  type EditScope,
  type ReadScope,
  type Scope,
  type ScopeOptions,
  withAccounts,
  withEditor,
  withEntitlements,
} from './database/scope';
export type { TransactionOptions } from './database/transaction';
export { type CreateLoginsOptions, createLogins, type ScopeLogin } from './dataset/create-logins';
export {
  type EmbeddedDatabase,
  type EmbeddedDatabaseOptions,
  openEmbeddedDatabase,
} from './dataset/embedded';
export {
  type GeneratedFile,
  type GenerateImdbOptions,
  type GenerateProgress,
  generateImdb,
} from './dataset/generate-imdb';
export { type InstallSchemaOptions, installSchema } from './dataset/install-schema';
export type { LoadProgress } from './dataset/load/load-meter';
export { demoDataFolder, type LoadedFile, type LoadImdbOptions, loadImdb } from './dataset/load-imdb';
export { defineEntitlements, type Entitlements } from './entitlements/entitlements';
export type { EntitlementsSource } from './entitlements/resolve-entitlements';
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
export { createMovieMcpServer, type MovieMcpServerOptions } from './movies/create-movie-mcp-server';
export { type MovieEntitlements, movieEntitlements } from './movies/movie-entitlements';
export { movieTools } from './movies/movie-tools';
export { createQueryMcpServer, type QueryMcpServerOptions } from './queries/create-query-mcp-server';
export {
  type ExplainOptions,
  explainQueryTool,
  type PlanFunction,
  type QueryPlan,
} from './queries/explain-query-tool';
export { formatPlan } from './queries/format-plan';
export type { PlanNode, PlanPages } from './queries/plan-tree';
export type { QueryLimits } from './queries/serve-query-tool';
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
