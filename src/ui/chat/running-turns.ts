import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { httpStatusOf } from 'movie-hub';
import type { Pool } from 'pg';
import type { RunningTurn } from './running-turn';
import { keepAlive } from './turns';

/** Interval at which leases are renewed and failed saves retried, in ms. */
const heartbeatMs = 10_000;
/** Maximum number of turns waiting to be saved. */
const maxUnsaved = 1_000;
/** Time for a browser to receive the last message when the server stops, in ms. */
const lastMessageMs = 2_000;

/** The running turns of this process, and its failed saves. */
export class RunningTurns {
  readonly #accounts: Pool;
  readonly #log: FastifyBaseLogger;
  readonly #running = new Map<RunningTurn, Promise<unknown>>();
  readonly #unsaved = new Set<() => Promise<void>>();
  #saving: Promise<void> | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(accounts: Pool, log: FastifyBaseLogger) {
    this.#accounts = accounts;
    this.#log = log;
  }

  /** Follows a turn to its end. @param sent Settles when its response has been sent, or its reader has left. */
  add(turn: RunningTurn, sent: Promise<unknown>): void {
    this.#running.set(turn, sent);
    const end = () => {
      this.#running.delete(turn);
    };
    turn.done.then(end, end);
    this.#startHeartbeat();
  }

  /** Queues a failed save for retries. When there are too many, the oldest is dropped. */
  readonly saveLater = (save: () => Promise<void>): void => {
    this.#unsaved.add(save);
    for (const oldest of this.#unsaved) {
      if (this.#unsaved.size <= maxUnsaved) break;
      this.#unsaved.delete(oldest);
      this.#log.error('A turn was dropped: too many are waiting to be saved.');
    }
    this.#startHeartbeat();
  };

  /** Retries failed saves, until the database is unavailable. Never rejects. */
  retrySaves(): Promise<void> {
    this.#saving ??= this.#saveAll().finally(() => {
      this.#saving = undefined;
    });
    return this.#saving;
  }

  async #saveAll(): Promise<void> {
    for (const save of this.#unsaved) {
      try {
        await save();
        this.#unsaved.delete(save);
      } catch (err) {
        this.#log.error({ err }, 'A turn could not be saved. It will be retried.');
        // Continue after a save that the database refuses; stop when the database is unavailable.
        if ([503, 504].includes(httpStatusOf(err))) return;
      }
    }
  }

  /** Ends every turn, and waits until each has been saved and its last message sent. Never rejects. */
  async stop(): Promise<void> {
    const all = [...this.#running];
    for (const [turn] of all) turn.stop('server_stopped');
    await Promise.allSettled(all.map(([turn]) => turn.done));
    await this.retrySaves();
    clearInterval(this.#heartbeat);
    const tooLong = sleep(lastMessageMs, undefined, { ref: false });
    await Promise.race([Promise.allSettled(all.map(([, sent]) => sent)), tooLong]);
  }

  #startHeartbeat(): void {
    this.#heartbeat ??= setInterval(() => void this.#onHeartbeat(), heartbeatMs).unref();
  }

  async #onHeartbeat(): Promise<void> {
    await this.retrySaves();
    const running = [...this.#running.keys()].map(({ begun, usage }) => ({ turnId: begun.turnId, usage }));
    try {
      if (running.length > 0) await keepAlive(this.#accounts, running);
    } catch (err) {
      this.#log.error({ err }, 'The leases of running turns could not be renewed.');
    }
    if (this.#running.size > 0 || this.#unsaved.size > 0) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }
}
