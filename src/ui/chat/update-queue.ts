import type { IndexedStep } from './steps';
import type { Step, Turn } from './turn';

/** A change of a running turn. */
export type TurnUpdate =
  | ({ readonly type: 'step_started' | 'step_finished' } & IndexedStep)
  /** The whole answer so far, with the steps before it. Text before a tool call is removed again, so it may be empty. */
  | { readonly type: 'answer'; readonly text: string; readonly steps?: readonly Step[] }
  /** The last update: the turn as stored; only the question when the user has lost entitlements. */
  | { readonly type: 'finished'; readonly turn: Turn };

/**
 * A queue of updates for one reader.
 *
 * It keeps only the latest answer, which includes all earlier text, so that a slow or missing reader costs no memory.
 */
export class UpdateQueue {
  #waiting: TurnUpdate[] = [];
  #end: { readonly failure?: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** Adds an update. After the end it is dropped. */
  push(update: TurnUpdate): void {
    if (this.#end) return;
    if (update.type === 'answer' && this.#waiting.at(-1)?.type === 'answer') this.#waiting.pop();
    this.#waiting.push(update);
    this.#wake?.();
  }

  /** Ends the queue; a failure is thrown after the remaining updates. */
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
