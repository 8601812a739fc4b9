import type { MovieHubErrorCode } from '../errors';
import type { ObjectSchema } from './schema';

/** What a tool answers. */
export interface ToolOutcome {
  /** The answer as compact JSON, an object that `outputSchema` describes; or, with an error code, a sentence. */
  readonly text: string;
  /** Set when the call failed. */
  readonly errorCode?: MovieHubErrorCode;
  /** What made it fail, for the log only. */
  readonly error?: unknown;
  /** Rows in the answer; 0 for tools that read none. */
  readonly rows: number;
  /** Who asked, as his entitlements say; undefined when that could not be known. */
  readonly principal?: unknown;
}

/** What a tool is given beside its arguments. */
export interface ToolCallContext {
  /** Aborts when the caller is gone or has cancelled. */
  readonly signal: AbortSignal;
}

/** What the list of tools says of a tool. */
export interface ToolHead {
  /** `^[a-z][a-z0-9_]{0,39}$`. */
  readonly name: string;
  readonly title: string;
  /** Three to five sentences for the model: what, when, when not, what comes back. Never text from the database. */
  readonly description: string;
  readonly inputSchema: ObjectSchema;
  readonly outputSchema: ObjectSchema;
  /** True when the same call gives the same answer and reaches nothing outside: the hints that MCP calls annotations. */
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
}

/** A tool, independent of any version of an MCP SDK. */
export interface Tool extends ToolHead {
  /** Runs the tool. Never rejects: a failure is an outcome with an error code. */
  call(input: unknown, context: ToolCallContext): Promise<ToolOutcome>;
}
