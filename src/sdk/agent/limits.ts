import { onAbort } from '../abort';
import { MovieHubError } from '../errors';
import { milliseconds, positiveInteger } from '../options';
import type { TokenUsage } from './model';
import type { TokenPrices } from './tokens';

/**
 * What a run may use. Reaching a limit ends the run with the limit's name as its stop reason, and with a transcript that
 * the next run can continue; it never throws. Times are in ms.
 */
export interface RunLimits {
  /** Answers of the model, partial ones included; 8 unless given. A retry is not a turn of its own. */
  maxTurns?: number;
  /** Calls of tools in all; 50 unless given. */
  maxToolCalls?: number;
  /**
   * Tokens read, cache reads and writes included, in all; 1,000,000 unless given. Counted after each answer, and estimated where
   * the model does not report them.
   */
  maxInputTokens?: number;
  /** Tokens written in all; 100,000 unless given. Counted like those read: `inference.maxTokens` bounds one answer. */
  maxOutputTokens?: number;
  /** Cost in all, in the currency of `prices`, which it needs; none unless given. Counted after each answer. */
  maxCost?: number;
  /** Time for the run, connecting to servers included; 600,000 unless given. */
  totalTimeoutMs?: number;
  /** Time for one answer with its retries and tools; 300,000 unless given. */
  stepTimeoutMs?: number;
  /** Time until an answer begins; 120,000 unless given. It bounds streams only, not answers that come whole. */
  firstChunkTimeoutMs?: number;
  /** Time between two pieces of a streamed answer; 60,000 unless given. */
  chunkTimeoutMs?: number;
  /**
   * Time for each request to a tool server, and for connecting to one with listing its tools; 60,000 unless given. It ends the call,
   * not the run: the model gets an error.
   */
  toolTimeoutMs?: number;
  /**
   * Time for one call whose server reports progress: each report starts `toolTimeoutMs` again, up to this in all. The same as
   * `toolTimeoutMs` unless given: then reports extend nothing.
   */
  maxToolTimeoutMs?: number;
  /** Tools that run at once; 8 unless given. More than that wait. */
  maxParallelTools?: number;
  /**
   * Bytes of a tool's result that are passed on; 131,072 unless given, which no default answer of this package's servers reaches. A
   * larger result is cut, as shorter JSON where it is JSON, and a note of about 100 bytes says so: it counts, and is there however
   * small the number.
   */
  maxToolResultBytes?: number;
}

const limitStopReasons = [
  'max_turns',
  'max_tool_calls',
  'max_input_tokens',
  'max_output_tokens',
  'max_cost',
  'total_timeout',
  'step_timeout',
  'first_chunk_timeout',
  'chunk_timeout',
] as const;

/** The limits that end a run, by their stop reason. */
export type LimitStopReason = (typeof limitStopReasons)[number];

/** Whether a run may go on after this: its model has not ended it. */
export function mayResume(stopReason: string): boolean {
  const open: readonly string[] = ['aborted', 'awaiting_approval', 'error', ...limitStopReasons];
  return open.includes(stopReason);
}

/** Limits with every default filled in. */
export type CheckedLimits = Readonly<Required<Omit<RunLimits, 'maxCost'>>> & {
  readonly maxCost: number | undefined;
};

const defaults = {
  maxTurns: 8,
  maxToolCalls: 50,
  maxInputTokens: 1_000_000,
  maxOutputTokens: 100_000,
  totalTimeoutMs: 600_000,
  stepTimeoutMs: 300_000,
  firstChunkTimeoutMs: 120_000,
  chunkTimeoutMs: 60_000,
  toolTimeoutMs: 60_000,
  maxParallelTools: 8,
  maxToolResultBytes: 131_072,
} satisfies Omit<Required<RunLimits>, 'maxCost' | 'maxToolTimeoutMs'>;

/**
 * Fills in the defaults.
 *
 * @throws MovieHubError `invalid_argument` for a limit that is not a whole number above 0, a time above 2,147,483,647 ms, a cost
 *   that is not a number above 0, and a cost without prices.
 */
export function checkLimits(limits: RunLimits, prices: TokenPrices | undefined): CheckedLimits {
  const checked: Record<string, number> = {};
  for (const [name, value] of Object.entries(defaults)) {
    const check = name.endsWith('Ms') ? milliseconds : positiveInteger;
    checked[name] = check(name, limits[name as keyof typeof defaults] ?? value);
  }
  const { maxCost } = limits;
  const maxToolTimeoutMs = milliseconds(
    'maxToolTimeoutMs',
    limits.maxToolTimeoutMs ?? checked.toolTimeoutMs ?? 0,
  );
  if (maxCost !== undefined && !(Number.isFinite(maxCost) && maxCost > 0))
    throw new MovieHubError('invalid_argument', 'maxCost must be a number above 0.');
  if (maxCost !== undefined && !prices) throw new MovieHubError('invalid_argument', 'maxCost needs prices.');
  return { ...(checked as unknown as CheckedLimits), maxToolTimeoutMs, maxCost };
}

/** What a run has used so far. */
export interface Consumption {
  readonly turns: number;
  readonly toolCalls: number;
  readonly usage: TokenUsage;
  readonly cost?: number;
}

/** Returns the limit that forbids a further answer of the model, or undefined. */
export function limitReached(used: Consumption, limits: CheckedLimits): LimitStopReason | undefined {
  const { inputTokens, outputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = used.usage;
  if (used.turns >= limits.maxTurns) return 'max_turns';
  if (inputTokens + cacheReadInputTokens + cacheWriteInputTokens >= limits.maxInputTokens)
    return 'max_input_tokens';
  if (outputTokens >= limits.maxOutputTokens) return 'max_output_tokens';
  if (limits.maxCost !== undefined && (used.cost ?? 0) >= limits.maxCost) return 'max_cost';
  return undefined;
}

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

/** Describes, for the model, a call that an abort or a limit ended. */
export function stoppedText(signal: AbortSignal): string {
  const stopReason = stopReasonOf(signal);
  if (stopReason === 'aborted') return 'Stopped by the user before the tool answered.';
  return `Stopped before the tool answered: the limit ${stopReason} was reached.`;
}

/** A signal that follows another one and has time limits of its own. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timers = new Map<LimitStopReason, NodeJS.Timeout>();
  readonly #unsubscribe: () => void;

  constructor(parent: AbortSignal) {
    this.#unsubscribe = onAbort(parent, () => this.#controller.abort(parent.reason));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts the timer of a limit, or restarts it. */
  start(limit: LimitStopReason, timeoutMs: number): void {
    this.stop(limit);
    const abort = () => this.#controller.abort(new LimitReached(limit));
    this.#timers.set(limit, setTimeout(abort, timeoutMs));
  }

  stop(limit: LimitStopReason): void {
    clearTimeout(this.#timers.get(limit));
    this.#timers.delete(limit);
  }

  /** Stops all timers, and no longer follows the parent. */
  end(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#unsubscribe();
  }
}
