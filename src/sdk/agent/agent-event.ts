import type { MovieHubError } from '../errors';
import type { LimitStopReason } from './limits';
import type { JsonObject, Message, ModelStopReason, TokenUsage } from './model';

/** Why a run ended: a limit, `aborted`, `error`, or what the model said, usually `end_turn`. */
export type AgentStopReason = 'end_turn' | 'aborted' | 'error' | LimitStopReason | ModelStopReason;

/** What happens in a run, as it happens. Each kind is told apart by `type`; all but `run_finished` are plain JSON. */
export type AgentEvent =
  /** A server could not be reached, did not list its tools, or was lost: the run goes on without its tools. */
  | { type: 'server_failed'; server: string; message: string }
  /** A piece of the answer. */
  | { type: 'text'; text: string }
  /** A piece of the model's thinking. */
  | { type: 'reasoning'; text: string }
  /**
   * The model failed, and is asked again after a while. Pieces of the same step that came before are void; a model of this
   * package has said nothing before.
   */
  | { type: 'retry'; step: number; attempt: number; delayMs: number; reason: string }
  /** The model asked for a tool. `name` is the server's own name of it; `server` is empty if there is no such tool. */
  | { type: 'tool_call'; toolUseId: string; name: string; server: string; arguments: JsonObject }
  /** A tool answered. Every `tool_call` has one, in the order in which the tools finish. */
  | {
      type: 'tool_result';
      toolUseId: string;
      name: string;
      isError: boolean;
      /** The text form, bounded like the result that the model gets. */
      content: string;
      /** Absent when the tool gave none, and when it was larger than the bound. */
      structuredContent?: JsonObject;
      /** Rows in the result, where the server tells: those of this package do. */
      rows?: number;
      milliseconds: number;
    }
  /** One whole answer of the model, and the tools it asked for, are done; one that came in part has none. Steps count from 1. */
  | {
      type: 'step_finished';
      step: number;
      stopReason: ModelStopReason;
      usage: TokenUsage;
      /** In the currency of the prices; absent without prices. */
      cost?: number;
    }
  /** The last event of every run. */
  | {
      type: 'run_finished';
      stopReason: AgentStopReason;
      usage: TokenUsage;
      cost?: number;
      turns: number;
      toolCalls: number;
      error?: MovieHubError;
    };

/** A server whose tools a run went without, from the beginning or since it was lost. */
export interface FailedServer {
  /** The name it gave itself, or `server-` and its place in the list. */
  server: string;
  /** What was thrown; it belongs in the log. */
  cause: unknown;
}

/** How a run ended. */
export interface AgentResult {
  /** The text of the model's last message: the answer, or as much of it as came. */
  text: string;
  stopReason: AgentStopReason;
  /** Tokens of all answers together, also of those that came in part or were void: estimated where the model did not tell. */
  usage: TokenUsage;
  /**
   * How many steps gave an answer or a part of one. A call of the model that failed, was refused or was aborted before it said
   * anything is none.
   */
  turns: number;
  /** How many calls of tools the model asked for that were begun. */
  toolCalls: number;
  /** What it cost, in the currency of the prices; absent without prices. */
  cost?: number;
  /** The whole transcript, which Bedrock and the next run accept however this one ended. */
  messages: Message[];
  /**
   * Set when `stopReason` is `error`: its code is `model_failed`, `dependency_missing`, `internal`, `invalid_argument` for a step
   * that was prepared wrongly, or that of a MovieHubError which a model or `prepareStep` of yours threw.
   */
  error?: MovieHubError;
  failedServers: readonly FailedServer[];
}
