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

/** An event that is a piece of a text. */
export type PieceEvent = Extract<AgentEvent, { type: 'text' | 'reasoning' }>;

/** Takes an event; `of` is the text that it has just been added to, if it is a piece of one. */
export type Emit = (event: AgentEvent, of?: TextPieces) => void;

/** Pieces of one text that followed each other while nobody read. */
interface Span {
  readonly type: PieceEvent['type'];
  readonly of: TextPieces;
  readonly start: number;
  end: number;
}

/**
 * Events that wait to be read, each once.
 *
 * Pieces of one text that nobody has read yet are joined, and are not kept here at all: only where they stand in the text. So
 * a run which nobody reads keeps its text once.
 */
export class EventQueue {
  #waiting: Array<AgentEvent | Span> = [];
  #readers: Array<(event: AgentEvent | undefined) => void> = [];
  #ended = false;

  /** Hands `event` to whoever waits for one, or keeps it. Events after the end are dropped. */
  push(event: AgentEvent, of?: TextPieces): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader) reader(event);
    else if (of && isPiece(event)) this.#keepPiece(event, of);
    else this.#waiting.push(event);
  }

  /** Marks the end: what waits can still be read. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers.splice(0)) reader(undefined);
  }

  /** Drops what waits, and ends: the reader has left. */
  discard(): void {
    this.#waiting = [];
    this.end();
  }

  /** Waits for the next event; undefined means that there will be none. */
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

/** Pieces that are kept apart until they are joined. */
const mostPieces = 256;

/**
 * A text that grows by pieces, and takes hardly more memory than its characters.
 *
 * `+=` would keep every piece, and a link to it, for as long as the text lives.
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
    if (this.#pieces.push(piece) < mostPieces) return;
    this.#chunks.push(this.#pieces.join(''));
    this.#pieces = [];
  }

  /** The whole text. It is kept joined: whoever asks again gets the very same string. */
  get text(): string {
    const [first = ''] = this.#chunks;
    if (first.length === this.#length) return first;
    const text = this.#chunks.concat(this.#pieces).join('');
    this.#chunks.splice(0, Infinity, text);
    this.#pieces = [];
    return text;
  }

  /** The part from `start` to `end`. Near the end of a long text it is as quick as in a short one. */
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
