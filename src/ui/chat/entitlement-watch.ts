import { setTimeout as sleep } from 'node:timers/promises';
import type { Model, MovieEntitlements } from 'movie-hub';
import type { ChatContext, Principal } from '../hub-context';

/** Interval of the checks while a turn runs, in ms. */
const pollMs = 1_000;
/** How long a check allows output, in ms. */
const maxAgeMs = 5_000;

/** The stop reason and message of a turn whose user lost entitlements or the session. */
export const entitlementsLost = {
  stopReason: 'entitlements_lost',
  text: 'Your access changed, or you were logged out, during this answer. Ask again.',
} as const;

/**
 * Watches a user's entitlements while a turn runs.
 *
 * The user may see the turn, and the earlier ones that were sent to the model, only while they keep the session that asked and
 * every title type that they were entitled to at the start or at any check since.
 */
export class EntitlementWatch {
  readonly #principal: Principal;
  readonly #find: () => Promise<Principal | undefined>;
  readonly #onLoss: () => void;
  readonly #seen: Set<number>;
  #isLost = false;
  #readAt = performance.now();

  /**
   * @param find Reads the current user; undefined when the session has ended, or the account is deleted or disabled.
   * @param onLoss Ends the run; may be called more than once.
   */
  constructor(principal: Principal, find: () => Promise<Principal | undefined>, onLoss: () => void) {
    this.#principal = principal;
    this.#find = find;
    this.#onLoss = onLoss;
    this.#seen = new Set(principal.titleTypes);
  }

  /** True from the first check that found a loss, even if the entitlement is granted again. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** False when no recent check succeeded, so it is unknown what may be shown. */
  get isFresh(): boolean {
    return performance.now() - this.#readAt < maxAgeMs;
  }

  /** All title types that the user has been entitled to so far. */
  get titleTypes(): readonly number[] {
    return [...this.#seen];
  }

  /** Input for the MCP servers of the turn. Their reads of entitlements are checks too. */
  get chat(): ChatContext {
    return { principal: this.#principal, entitlements: () => this.read() };
  }

  /** Reads the user's current entitlements. */
  async read(): Promise<MovieEntitlements> {
    const readAt = performance.now();
    const current = await this.#find();
    this.#readAt = readAt;
    const titleTypes = current?.titleTypes ?? [];
    const held = new Set(titleTypes);
    // A user without title types can still lose the session.
    if (current === undefined || [...this.#seen].some((titleType) => !held.has(titleType))) {
      this.#isLost = true;
      this.#onLoss();
    }
    for (const titleType of held) this.#seen.add(titleType);
    return { titleTypes, principal: this.#principal.username };
  }

  /** Checks every second until the end. Never rejects: a failed check is retried. */
  async follow(end: AbortSignal): Promise<void> {
    while (!end.aborted && !this.#isLost) {
      await sleep(pollMs, undefined, { signal: end, ref: false }).catch(() => undefined);
      if (!end.aborted) await this.read().catch(() => undefined);
    }
  }

  /** Wraps a model so that each call is preceded by a check, and not made after a loss. */
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
