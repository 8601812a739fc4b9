import type { AgentEvent } from './agent-event';
import type { TextPieces } from './text-pieces';

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
