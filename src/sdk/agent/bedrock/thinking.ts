import type { ModelEvent } from '../model';

/**
 * Turns what a model writes between tags such as `<thinking>` at the head of its answer into reasoning; the text after the closing tag
 * is the answer. Tags may be split over pieces.
 */
export async function* tagsAsReasoning(
  events: AsyncIterable<ModelEvent>,
  tag: string,
): AsyncGenerator<ModelEvent> {
  const splitter = new TagSplitter(tag);
  let index = 0;
  const toEvents = (pieces: readonly Piece[]): ModelEvent[] =>
    pieces.map(({ text, isReasoning }) => ({
      contentBlockDelta: {
        contentBlockIndex: index,
        delta: isReasoning ? { reasoningContent: { text } } : { text },
      },
    }));
  for await (const event of events) {
    if ('contentBlockDelta' in event && 'text' in event.contentBlockDelta.delta) {
      index = event.contentBlockDelta.contentBlockIndex;
      yield* toEvents(splitter.add(event.contentBlockDelta.delta.text));
      continue;
    }
    if (!('metadata' in event)) yield* toEvents(splitter.flush());
    yield event;
  }
  yield* toEvents(splitter.flush());
}

interface Piece {
  readonly text: string;
  readonly isReasoning: boolean;
}

class TagSplitter {
  readonly #open: string;
  readonly #close: string;
  #place: 'head' | 'inside' | 'answer' = 'head';
  /** Text that may be the beginning of a tag. */
  #held = '';
  #hadTag = false;

  constructor(tag: string) {
    this.#open = `<${tag}>`;
    this.#close = `</${tag}>`;
  }

  /** Takes a piece of text. Returns what is known to be reasoning or answer by now. */
  add(text: string): Piece[] {
    this.#held += text;
    const pieces: Piece[] = [];
    while (this.#take(pieces));
    return pieces;
  }

  /** Returns the text that turned out to be no tag. Called at the end of a block, and before anything that is not text. */
  flush(): Piece[] {
    const text = this.#held;
    this.#held = '';
    const isReasoning = this.#place === 'inside';
    if (isReasoning) this.#place = 'answer';
    return text === '' ? [] : [{ text, isReasoning }];
  }

  /** Takes as much as can be decided. Returns whether there may be more. */
  #take(pieces: Piece[]): boolean {
    if (this.#place === 'answer') return this.#move(pieces, this.#held.length, false);
    if (this.#place === 'inside') {
      const end = this.#held.indexOf(this.#close);
      if (end < 0) return this.#move(pieces, this.#held.length - overlap(this.#held, this.#close), true);
      this.#move(pieces, end, true);
      this.#held = this.#held.slice(this.#close.length);
      this.#place = 'head';
      return true;
    }
    const start = this.#held.trimStart();
    if (start.length < this.#open.length && this.#open.startsWith(start)) return false;
    const isTag = start.startsWith(this.#open);
    this.#place = isTag ? 'inside' : 'answer';
    if (isTag) this.#held = start.slice(this.#open.length);
    else if (this.#hadTag) this.#held = start;
    this.#hadTag ||= isTag;
    return true;
  }

  #move(pieces: Piece[], length: number, isReasoning: boolean): false {
    if (length > 0) pieces.push({ text: this.#held.slice(0, length), isReasoning });
    this.#held = this.#held.slice(length);
    return false;
  }
}

/** The number of characters at the end of `text` that may be the beginning of `tag`. */
function overlap(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length -= 1)
    if (tag.startsWith(text.slice(-length))) return length;
  return 0;
}
