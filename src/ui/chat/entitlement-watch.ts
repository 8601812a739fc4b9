import { setTimeout as sleep } from 'node:timers/promises';
import type { Model, MovieEntitlements } from 'movie-hub';
import type { ChatContext, Principal } from '../hub-context';

/** How often it is read what a user may see while a turn runs, in ms. */
const everyMs = 1_000;
/** For how long a reading says what may be shown, in ms. */
const freshMs = 5_000;

/** Why a turn stopped whose user lost something of what it ran under, his session too: the stop reason that is kept, and the words. */
export const entitlementsLost = {
  stopReason: 'entitlements_lost',
  text: 'What you may see was changed, or you were logged out, while this was answered. Ask again.',
} as const;

/**
 * Watches what a user may see while a turn of his runs.
 *
 * The turn, with the earlier ones that the model was sent, is his only as long as he keeps the session that asked, and every
 * title type that he was entitled to at its start or at any reading since.
 */
export class EntitlementWatch {
  readonly #principal: Principal;
  readonly #find: () => Promise<Principal | undefined>;
  readonly #onLoss: () => void;
  readonly #seen: Set<number>;
  #isLost = false;
  #readAt = performance.now();

  /**
   * @param find Reads who he is by now; undefined when his session has ended, or his account is gone or closed.
   * @param onLoss Ends the run; may be called more than once.
   */
  constructor(principal: Principal, find: () => Promise<Principal | undefined>, onLoss: () => void) {
    this.#principal = principal;
    this.#find = find;
    this.#onLoss = onLoss;
    this.#seen = new Set(principal.titleTypes);
  }

  /** True from the first reading on in which something was missing, whatever he is given back. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** False when no reading succeeded of late: nobody knows then what may be shown. */
  get isFresh(): boolean {
    return performance.now() - this.#readAt < freshMs;
  }

  /** Every title type that he was entitled to so far. */
  get titleTypes(): readonly number[] {
    return [...this.#seen];
  }

  /** What the servers of the turn are made from: what they read is watched. */
  get chat(): ChatContext {
    return { principal: this.#principal, entitlements: () => this.read() };
  }

  /** Reads what he may see now. */
  async read(): Promise<MovieEntitlements> {
    const readAt = performance.now();
    const current = await this.#find();
    this.#readAt = readAt;
    const titleTypes = current?.titleTypes ?? [];
    const held = new Set(titleTypes);
    // Who may see nothing has nothing to lose but his session.
    if (current === undefined || [...this.#seen].some((titleType) => !held.has(titleType))) {
      this.#isLost = true;
      this.#onLoss();
    }
    for (const titleType of held) this.#seen.add(titleType);
    return { titleTypes, principal: this.#principal.username };
  }

  /** Reads every second until the end, one reading after the other. Never rejects: a reading that fails is made again. */
  async follow(end: AbortSignal): Promise<void> {
    while (!end.aborted && !this.#isLost) {
      await sleep(everyMs, undefined, { signal: end, ref: false }).catch(() => undefined);
      if (!end.aborted) await this.read().catch(() => undefined);
    }
  }

  /** Wraps a model so that each of its calls is preceded by a reading, and is not made after a loss. */
  guard(model: Model): Model {
    const watch = this;
    return {
      id: model.id,
      async *stream(request, signal) {
        await watch.read();
        if (!watch.isLost) yield* model.stream(request, signal);
      },
    };
  }
}
