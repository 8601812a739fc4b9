import type { TurnUpdate } from './turn-update';

/**
 * Updates of a turn that wait to be read, by one reader.
 *
 * Of the answer only the latest waits: each carries all text so far. So a reader that is slow, or none, costs no memory.
 */
export class UpdateQueue {
  #waiting: TurnUpdate[] = [];
  #end: { readonly failure?: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** Hands on an update. After the end it is dropped. */
  push(update: TurnUpdate): void {
    if (this.#end) return;
    if (update.type === 'answer' && this.#waiting.at(-1)?.type === 'answer') this.#waiting.pop();
    this.#waiting.push(update);
    this.#wake?.();
  }

  /** Ends the reading, after what waits; with a failure it is thrown then. */
  end(end: { readonly failure?: unknown } = {}): void {
    this.#end ??= end;
    this.#wake?.();
  }

  /** Reads until the end. */
  async *read(): AsyncGenerator<TurnUpdate, void, undefined> {
    while (true) {
      const update = this.#waiting.shift();
      if (update) yield update;
      else if (this.#end === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else if ('failure' in this.#end) throw this.#end.failure;
      else return;
    }
  }
}
