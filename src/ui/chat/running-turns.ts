import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { httpStatusOf } from 'movie-hub';
import type { Pool } from 'pg';
import type { RunningTurn } from './running-turn';
import { keepAlive } from './turns';

/** How often this process says that its turns run, and tries again to keep what it could not, in ms. */
const beatMs = 10_000;
/** Most turns that wait to be kept. */
const mostUnsaved = 1_000;
/** How long a browser has to take the last message when the server stops, in ms. */
const lastMessageMs = 2_000;

/** The turns that this process answers, and those that it could not keep. */
export class RunningTurns {
  readonly #accounts: Pool;
  readonly #log: FastifyBaseLogger;
  readonly #running = new Map<RunningTurn, Promise<unknown>>();
  readonly #unsaved = new Set<() => Promise<void>>();
  #saving: Promise<void> | undefined;
  #beat: NodeJS.Timeout | undefined;

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
    this.#startBeat();
  }

  /** Takes what could not be kept: it is tried again until it is. Of too many the oldest is given up. */
  readonly saveLater = (save: () => Promise<void>): void => {
    this.#unsaved.add(save);
    for (const oldest of this.#unsaved) {
      if (this.#unsaved.size <= mostUnsaved) break;
      this.#unsaved.delete(oldest);
      this.#log.error('A turn was given up: too many wait to be kept.');
    }
    this.#startBeat();
  };

  /** Tries again to keep what could not be kept: each of it, while the database is there. Never rejects. */
  saveAgain(): Promise<void> {
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
        this.#log.error({ err }, 'A turn could not be kept. It will be tried again.');
        // One that the database refuses holds up none of the others.
        if ([503, 504].includes(httpStatusOf(err))) return;
      }
    }
  }

  /** Ends every turn, and waits until each is kept and its last message sent. Never rejects. */
  async stop(): Promise<void> {
    const all = [...this.#running];
    for (const [turn] of all) turn.stop('server_stopped');
    await Promise.allSettled(all.map(([turn]) => turn.done));
    await this.saveAgain();
    clearInterval(this.#beat);
    const tooLong = sleep(lastMessageMs, undefined, { ref: false });
    await Promise.race([Promise.allSettled(all.map(([, sent]) => sent)), tooLong]);
  }

  #startBeat(): void {
    this.#beat ??= setInterval(() => void this.#onBeat(), beatMs).unref();
  }

  async #onBeat(): Promise<void> {
    await this.saveAgain();
    const running = [...this.#running.keys()].map(({ begun, usage }) => ({ turnId: begun.turnId, usage }));
    try {
      if (running.length > 0) await keepAlive(this.#accounts, running);
    } catch (err) {
      this.#log.error({ err }, 'Running turns could not be kept alive.');
    }
    if (this.#running.size > 0 || this.#unsaved.size > 0) return;
    clearInterval(this.#beat);
    this.#beat = undefined;
  }
}
