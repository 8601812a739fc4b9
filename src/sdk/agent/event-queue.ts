import type { AgentEvent } from './agent-event';

/**
 * Events that wait to be read, each once.
 *
 * Pieces of text that nobody has read yet are joined, so that a run which nobody reads keeps its text once and not in
 * thousands of pieces.
 */
export class EventQueue {
  #waiting: AgentEvent[] = [];
  #readers: Array<(event: AgentEvent | undefined) => void> = [];
  #ended = false;

  /** Hands `event` to whoever waits for one, or keeps it. Events after the end are dropped. */
  push(event: AgentEvent): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader) {
      reader(event);
      return;
    }
    const last = this.#waiting.at(-1);
    if (last?.type === event.type && isPiece(last) && isPiece(event)) {
      this.#waiting[this.#waiting.length - 1] = { type: last.type, text: last.text + event.text };
    } else {
      this.#waiting.push(event);
    }
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
    const event = this.#waiting.shift();
    if (event || this.#ended) return Promise.resolve(event);
    return new Promise((resolve) => this.#readers.push(resolve));
  }
}

function isPiece(event: AgentEvent): event is Extract<AgentEvent, { type: 'text' | 'reasoning' }> {
  return event.type === 'text' || event.type === 'reasoning';
}
