/**
 * The model behind the agent, in the shapes of Amazon Bedrock's Converse API. They are written out here so that
 * importing the SDK needs no AWS package; `bedrockModel` checks them against the AWS client's own types.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
 */

/** Any JSON value. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** A JSON object, the only thing that `toolUse.input` and `toolResult.json` may be. */
export type JsonObject = { [key: string]: JsonValue };

/** A request of the model to run a tool. */
export interface ToolUse {
  /** `^[a-zA-Z0-9_-]{1,64}$`, unique within a transcript. */
  toolUseId: string;
  /** The name as the model knows it: `^[a-zA-Z0-9_-]{1,64}$`. */
  name: string;
  input: JsonValue;
}

/** The result of a tool. */
export interface ToolResult {
  toolUseId: string;
  content: Array<{ text: string } | { json: JsonObject }>;
  status?: 'success' | 'error';
}

/** A model's reasoning; the signature must be sent back unchanged. */
export type ReasoningContent =
  | { reasoningText: { text: string; signature?: string } }
  | { redactedContent: Uint8Array };

/** One part of a message; exactly one member is set. */
export type ContentBlock =
  | { text: string }
  | { toolUse: ToolUse }
  | { toolResult: ToolResult }
  | { reasoningContent: ReasoningContent }
  /** Media of the user and points of the prompt cache are passed on unchanged. A run makes none. */
  | { image: { format: 'png' | 'jpeg' | 'gif' | 'webp'; source: MediaSource } }
  | { document: { format: DocumentFormat; name: string; source: MediaSource } }
  | { cachePoint: { type: 'default' } };

type MediaSource = { bytes: Uint8Array } | { s3Location: { uri: string; bucketOwner?: string } };
type DocumentFormat = 'pdf' | 'csv' | 'doc' | 'docx' | 'xls' | 'xlsx' | 'html' | 'txt' | 'md';

/** One message of a transcript. */
export interface Message {
  role: 'user' | 'assistant';
  content: ContentBlock[];
  /**
   * The id of the model that wrote it, which a run notes on the assistant's messages: the reasoning of one model means nothing to
   * another, which may refuse it. Not sent.
   */
  model?: string;
}

/** A tool as the model knows it. */
export interface ModelTool {
  name: string;
  description: string;
  inputSchema: JsonObject;
}

/** Which tools the model must or may call. */
export type ToolChoice =
  | { auto: Record<string, never> }
  | { any: Record<string, never> }
  | { tool: { name: string } };

/** How the model writes its answer. */
export interface InferenceSettings {
  /** Tokens. */
  maxTokens?: number;
  temperature?: number;
  topP?: number;
  stopSequences?: string[];
}

/** One call of the model. */
export interface ModelRequest {
  system?: string;
  messages: readonly Message[];
  /** Empty or absent when there are none. */
  tools?: readonly ModelTool[];
  toolChoice?: ToolChoice;
  inference?: InferenceSettings;
}

/** Tokens used by one answer of the model, or by a run. */
export interface TokenUsage {
  /** Without those that were read from a cache or written into it. */
  inputTokens: number;
  outputTokens: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
  /**
   * True when the model did not report all counts, so that a part was estimated: a token for each 4 bytes of the request as JSON,
   * and of the text, the reasoning and the tools' arguments of the answer.
   */
  estimated?: boolean;
}

/** Why the model stopped: the values known today, open for others. */
export type ModelStopReason =
  | 'end_turn'
  | 'tool_use'
  | 'max_tokens'
  | 'stop_sequence'
  | 'content_filtered'
  | 'guardrail_intervened'
  | 'malformed_model_output'
  | 'malformed_tool_use'
  | 'model_context_window_exceeded'
  | (string & {});

/** One event of a model's answer, as in Bedrock's ConverseStream; exactly one member is set. */
export type ModelEvent =
  | { messageStart: { role: 'assistant' } }
  | {
      contentBlockStart: {
        contentBlockIndex: number;
        start: { toolUse?: { toolUseId: string; name: string } };
      };
    }
  | {
      contentBlockDelta: {
        contentBlockIndex: number;
        delta:
          | { text: string }
          | { toolUse: { input: string } }
          | { reasoningContent: { text?: string; signature?: string; redactedContent?: Uint8Array } };
      };
    }
  | { contentBlockStop: { contentBlockIndex: number } }
  | { messageStop: { stopReason: ModelStopReason } }
  /** A count that is missing or not a number from 0 is estimated. The trace is that of a guardrail, where it was asked for. */
  | { metadata: { usage: Partial<TokenUsage>; trace?: JsonObject } }
  /**
   * The model failed, and asks again by itself after `delayMs`. Its earlier output is void; models of this package have none. Not
   * an event of Bedrock's.
   */
  | { retry: { attempt: number; delayMs: number; reason: string } }
  /** The answer will come in one piece: only the time limits of the step and of the run apply. Not an event of Bedrock's. */
  | { comesWhole: Record<string, never> };

/** A model that speaks Converse shapes: Bedrock, a scripted one in a test, or a stand-in. */
export interface Model {
  /** Shown to people: a Bedrock model id, or a name. */
  readonly id: string;
  /** Who serves it, by OpenTelemetry's names, as in `aws.bedrock`. */
  readonly provider?: string;
  /** The choices that force a tool which it takes: a run does not try the others. Unless given, it tries. */
  readonly toolChoices?: ReadonlyArray<'any' | 'tool'> | undefined;
  /**
   * Streams one answer.
   *
   * A stream that ends without `messageStop` has failed. A thrown error ends the call; `signal` aborts it.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}
