import type { Model, MovieEntitlements } from 'movie-hub';
import type { ChatContext } from '../hub-context';

/** Why a turn stopped whose user lost something of what it ran under: the stop reason that is kept, and the words. */
export const entitlementsLost = {
  stopReason: 'entitlements_lost',
  text: 'What you may see was changed while this was answered. Ask again.',
} as const;

/**
 * Watches what a user may see while a turn of his runs.
 *
 * The turn, with the earlier ones that the model was sent, is his only as long as he keeps every title type that he was
 * entitled to at its start or at any reading since.
 */
export class EntitlementWatch {
  readonly #chat: ChatContext;
  readonly #onLoss: () => void;
  readonly #seen: Set<number>;
  #isLost = false;

  /** @param onLoss Ends the run; may be called more than once. */
  constructor(chat: ChatContext, onLoss: () => void) {
    this.#chat = chat;
    this.#onLoss = onLoss;
    this.#seen = new Set(chat.principal.titleTypes);
  }

  /** True from the first reading on in which something was missing, whatever he is given back. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Every title type that he was entitled to so far. */
  get titleTypes(): readonly number[] {
    return [...this.#seen];
  }

  /** What the servers of the turn are made from: what they read is watched. */
  get chat(): ChatContext {
    return { principal: this.#chat.principal, entitlements: () => this.read() };
  }

  /** Reads what he may see now. */
  async read(): Promise<MovieEntitlements> {
    const current = await this.#chat.entitlements();
    const held = new Set(current.titleTypes);
    if ([...this.#seen].some((titleType) => !held.has(titleType))) {
      this.#isLost = true;
      this.#onLoss();
    }
    for (const titleType of held) this.#seen.add(titleType);
    return current;
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
