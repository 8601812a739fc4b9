import type { MovieHubError } from '../errors';
import type { LimitStopReason } from './limits';
import type { JsonObject, Message, ModelStopReason, TokenUsage } from './model';
import type { ToolCallRequest } from './run-options';

/** Why a run ended: a limit, `aborted`, `error`, or what the model said, usually `end_turn`. */
export type AgentStopReason =
  | 'end_turn'
  | 'aborted'
  | 'error'
  | 'awaiting_approval'
  | LimitStopReason
  | ModelStopReason;

/** What happens in a run, as it happens. All kinds but `run_finished` are plain JSON. */
export type AgentEvent =
  /** A server could not be reached, did not list its tools, or was lost: the run continues without its tools. */
  | ({ type: 'server_failed'; server: string; message: string } & FailureReason)
  /** A server describes a tool in a way that the protocol does not allow, or that a run cannot call, which is left out. */
  | { type: 'tool_warning'; server: string; tool: string; message: string; isLeftOut: boolean }
  /** A piece of the answer. */
  | { type: 'text'; text: string }
  /** A piece of the model's reasoning. */
  | { type: 'reasoning'; text: string }
  /**
   * The model failed, and is asked again after `delayMs`. Earlier pieces of the same step are void; with the models of this package
   * there are none.
   */
  | { type: 'retry'; step: number; attempt: number; delayMs: number; reason: string }
  /** The model asked for a tool. `name` is the server's own name for it; `server` is empty if there is no such tool. */
  | { type: 'tool_call'; toolUseId: string; name: string; server: string; arguments: JsonObject }
  /** A call waits for an approval: the run ends without its result, and `resumeRun` goes on. */
  | { type: 'approval_needed'; toolUseId: string; name: string; server: string; arguments: JsonObject }
  /** A tool answered. Every `tool_call` has one, or an `approval_needed`, in the order in which the tools finish. */
  | {
      type: 'tool_result';
      toolUseId: string;
      name: string;
      isError: boolean;
      /** The result as text, within the limit of the result that the model gets. */
      content: string;
      /** Absent when the tool returned none, and when it was over the limit. */
      structuredContent?: JsonObject;
      /** Rows in the result, where the server reports them: those of this package do. */
      rows?: number;
      milliseconds: number;
      /** Why the call failed, where the server did not answer it: for the developer, as in `server_failed`. */
      reason?: string;
      status?: number;
    }
  /** One complete answer of the model, and the tools it asked for, are done; a partial answer has no such event. Steps count from 1. */
  | {
      type: 'step_finished';
      step: number;
      stopReason: ModelStopReason;
      usage: TokenUsage;
      /** In the currency of the prices; absent without prices. */
      cost?: number;
      /** The trace of a guardrail, where `converseOptions` asked for it. */
      trace?: JsonObject;
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

/** Why a server failed, for its developer. It may hold what the server says of its inside: neither models nor users should see it. */
export type FailureReason = {
  /** The words of the error, 1,000 characters at most. */
  readonly reason: string;
  /** The HTTP status, where the server answered with one. */
  readonly status?: number;
  /** The end of the error output of a server that a command starts, 4,096 characters at most. */
  readonly stderr?: string;
};

/** A server whose tools were missing in a run, from the start or since it was lost. */
export interface FailedServer extends FailureReason {
  /** The name it gave itself, or `server-` and its position in the list. */
  server: string;
  /** The error, for the log. */
  cause: unknown;
}

/** How a run ended. `Output` is what its `output` schema makes of the answer. */
export interface AgentResult<Output = unknown> {
  /** The run in its store. */
  runId: string;
  /** The text of the model's last message: the answer, or as much of it as arrived. */
  text: string;
  stopReason: AgentStopReason;
  /** Tokens of all answers, partial and void ones included; estimated where the model did not report them. */
  usage: TokenUsage;
  /**
   * Steps with an answer or a part of one. A call of the model that failed, was refused or was aborted before its first output does
   * not count.
   */
  turns: number;
  /** Calls of tools that were started. */
  toolCalls: number;
  /** The cost, in the currency of the prices; absent without prices. */
  cost?: number;
  /** The whole transcript. Bedrock and the next run accept it however this one ended. */
  messages: Message[];
  /**
   * Set when `stopReason` is `error`: its code is `model_failed`, `dependency_missing`, `internal`, `invalid_argument` for a step
   * with a wrong plan, or that of a MovieHubError which your model or `prepareStep` threw.
   */
  error?: MovieHubError;
  failedServers: readonly FailedServer[];
  /** The answer in the form of the run's `output`; absent when the run ended without one. */
  output?: Output;
  /** The calls that wait for an approval, when `stopReason` is `awaiting_approval`. */
  awaiting?: readonly ToolCallRequest[];
}

/** An event with a piece of a text. */
export type PieceEvent = Extract<AgentEvent, { type: 'text' | 'reasoning' }>;

/** Publishes an event; `of` is the text that its piece was just added to, if it has one. */
export type Emit = (event: AgentEvent, of?: TextPieces) => void;

/** Consecutive pieces of one text that nobody has read yet. */
interface Span {
  readonly type: PieceEvent['type'];
  readonly of: TextPieces;
  readonly start: number;
  end: number;
}

/**
 * Events that wait to be read, each once.
 *
 * Unread pieces of one text are joined, and only their position in the text is kept: a run that nobody reads keeps its text once.
 */
export class EventQueue {
  #waiting: Array<AgentEvent | Span> = [];
  #readers: Array<(event: AgentEvent | undefined) => void> = [];
  #ended = false;

  /** Hands `event` to a waiting reader, or keeps it. Events after the end are dropped. */
  push(event: AgentEvent, of?: TextPieces): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader) reader(event);
    else if (of && isPiece(event)) this.#keepPiece(event, of);
    else this.#waiting.push(event);
  }

  /** Marks the end: waiting events can still be read. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers.splice(0)) reader(undefined);
  }

  /** Drops waiting events, and ends: the reader has left. */
  discard(): void {
    this.#waiting = [];
    this.end();
  }

  /** Returns the next event; undefined at the end. */
  next(): Promise<AgentEvent | undefined> {
    const kept = this.#waiting.shift();
    if (kept || this.#ended) return Promise.resolve(kept && toEvent(kept));
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  #keepPiece({ type, text }: PieceEvent, of: TextPieces): void {
    const last = this.#waiting.at(-1);
    const start = of.length - text.length;
    if (last && 'of' in last && last.of === of && last.end === start) last.end = of.length;
    else this.#waiting.push({ type, of, start, end: of.length });
  }
}

function toEvent(kept: AgentEvent | Span): AgentEvent {
  return 'of' in kept ? { type: kept.type, text: kept.of.slice(kept.start, kept.end) } : kept;
}

function isPiece(event: AgentEvent): event is PieceEvent {
  return event.type === 'text' || event.type === 'reasoning';
}

/** Pieces that are collected before they are joined. */
const maxPieces = 256;

/**
 * A text that grows piece by piece, and takes hardly more memory than its characters.
 *
 * With `+=`, V8 would keep every piece for as long as the text lives.
 */
export class TextPieces {
  readonly #chunks: string[] = [];
  #pieces: string[] = [];
  #length = 0;

  /** Characters (UTF-16 units) so far. */
  get length(): number {
    return this.#length;
  }

  add(piece: string): void {
    if (piece === '') return;
    this.#length += piece.length;
    if (this.#pieces.push(piece) < maxPieces) return;
    this.#chunks.push(this.#pieces.join(''));
    this.#pieces = [];
  }

  /** The whole text, joined once: asking again returns the same string. */
  get text(): string {
    const [first = ''] = this.#chunks;
    if (first.length === this.#length) return first;
    const text = this.#chunks.concat(this.#pieces).join('');
    this.#chunks.splice(0, Infinity, text);
    this.#pieces = [];
    return text;
  }

  /** The part from `start` to `end`. Near the end of a long text it is as fast as in a short one. */
  slice(start: number, end: number): string {
    if (start === 0 && end === this.#length) return this.text;
    const parts: string[] = [];
    let position = this.#length;
    for (const pieces of [this.#pieces, this.#chunks]) {
      for (let index = pieces.length - 1; index >= 0 && position > start; index -= 1) {
        const piece = pieces[index] as string;
        position -= piece.length;
        if (position < end) parts.push(piece.slice(Math.max(0, start - position), end - position));
      }
    }
    return parts.reverse().join('');
  }
}
