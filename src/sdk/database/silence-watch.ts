import type { PoolClient } from 'pg';
import { isEmbedded } from './embedded-connection';

/** How much later than the server's own limit an answer may come, in ms. */
const marginMs = 5_000;

/**
 * Knows what was sent on a connection and is not answered yet, and cuts the connection when its server has fallen silent:
 * the server's own limits end nothing for a client that can no longer hear of it.
 */
export class SilenceWatch {
  readonly #client: PoolClient;
  readonly #limitMs: number;
  readonly #unanswered = new Set<Promise<unknown>>();
  #timer: NodeJS.Timeout | undefined;

  /** @param limitMs Longest time that the server takes for one answer by its own limit, in ms. */
  constructor(client: PoolClient, limitMs: number) {
    this.#client = client;
    this.#limitMs = Math.min(limitMs + marginMs, 2_147_483_647);
  }

  /** Whether nothing is waited for. */
  get isIdle(): boolean {
    return this.#unanswered.size === 0;
  }

  /** Waits for an answer. */
  await<Answer>(answer: Promise<Answer>): Promise<Answer> {
    this.#unanswered.add(answer);
    this.#restart();
    const answered = () => {
      this.#unanswered.delete(answer);
      this.#restart();
    };
    answer.then(answered, answered);
    return answer;
  }

  /** Settles when all that was sent is answered, or has failed. */
  async idle(): Promise<void> {
    while (this.#unanswered.size > 0) await Promise.allSettled(this.#unanswered);
  }

  /** Ends the connection: whatever is not answered fails. */
  cut(): void {
    this.#client.connection.stream.destroy();
  }

  #restart(): void {
    clearTimeout(this.#timer);
    // An embedded database blocks this process while it works, and timers with it.
    if (this.isIdle || isEmbedded(this.#client)) return;
    this.#timer = setTimeout(() => this.cut(), this.#limitMs);
  }
}
