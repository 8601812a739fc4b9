import { onAbort } from '../abort';
import { type LimitStopReason, longestTimerMs } from './limits';

/** The reason of a signal that a time limit aborts. */
export class LimitReached extends Error {
  readonly limit: LimitStopReason;

  constructor(limit: LimitStopReason) {
    super(`The limit was reached: ${limit}.`);
    this.limit = limit;
  }
}

/** Returns the stop reason of a run whose signal was aborted. */
export function stopReasonOf(signal: AbortSignal): LimitStopReason | 'aborted' {
  return signal.reason instanceof LimitReached ? signal.reason.limit : 'aborted';
}

/** A signal that follows another one and has deadlines of its own. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timers = new Map<LimitStopReason, NodeJS.Timeout>();
  readonly #letGo: () => void;

  constructor(parent: AbortSignal) {
    this.#letGo = onAbort(parent, () => this.#controller.abort(parent.reason));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts a limit's time, anew if it runs already. */
  start(limit: LimitStopReason, milliseconds: number): void {
    this.stop(limit);
    const onTime = () => this.#controller.abort(new LimitReached(limit));
    const timer = setTimeout(onTime, Math.min(milliseconds, longestTimerMs));
    this.#timers.set(limit, timer);
  }

  stop(limit: LimitStopReason): void {
    clearTimeout(this.#timers.get(limit));
    this.#timers.delete(limit);
  }

  /** Lets go of the parent and of all timers. */
  end(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#letGo();
  }
}
