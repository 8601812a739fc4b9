import { onAbort } from './abort';
import { MovieHubError } from './errors';
import { milliseconds, positiveInteger } from './options';

/** What `limitConcurrency` takes. */
export interface ConcurrencyLimits {
  /** How many works with one key may run at once. */
  atOnce: number;
  /** How many more with that key may wait for their turn; none unless given. */
  waiting?: number;
  /** Longest wait, in ms; 2,000 unless given. */
  waitMs?: number;
  /** Makes the error for a work that gets no turn: `too_many_requests` unless given. */
  refusal?: () => MovieHubError;
}

/** Runs a work when its key has a turn, and returns what the work returns. */
export type LimitedRun = <Result>(
  key: string,
  work: () => Promise<Result>,
  signal?: AbortSignal,
) => Promise<Result>;

interface Line {
  running: number;
  readonly waiting: Set<() => void>;
}

/**
 * Makes a function that runs few works with the same key at once, so that one user cannot take what all share. The others wait
 * their turn, first come, first served. Works with different keys do not wait for each other.
 *
 * @returns A function that throws MovieHubError `too_many_requests` (or `limits.refusal`) when too many wait already or
 *   the wait takes too long, and `cancelled` when the signal aborts before the work began.
 * @throws MovieHubError `invalid_argument` for a limit that is no whole number above 0; `waiting` may be 0.
 */
export function limitConcurrency(limits: ConcurrencyLimits): LimitedRun {
  const atOnce = positiveInteger('atOnce', limits.atOnce);
  const mostWaiting = limits.waiting ? positiveInteger('waiting', limits.waiting) : 0;
  const waitMs = milliseconds('waitMs', limits.waitMs ?? 2_000);
  const refusal = limits.refusal ?? tooManyRequests;
  const lines = new Map<string, Line>();

  return async (key, work, signal) => {
    if (signal?.aborted) throw cancelled();
    const line = lines.get(key) ?? { running: 0, waiting: new Set() };
    lines.set(key, line);
    if (line.running < atOnce) line.running += 1;
    else if (line.waiting.size >= mostWaiting) throw refusal();
    else await nextTurn(line, waitMs, refusal, signal);
    try {
      return await work();
    } finally {
      const [next] = line.waiting;
      // The turn passes on without being free in between, so nobody overtakes.
      if (next) next();
      else if (--line.running === 0) lines.delete(key);
    }
  };
}

function nextTurn(
  line: Line,
  waitMs: number,
  refusal: () => MovieHubError,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let unsubscribe: (() => void) | undefined;
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      line.waiting.delete(begin);
      unsubscribe?.();
      outcome();
    };
    const begin = () => settle(resolve);
    const timer = setTimeout(() => settle(() => reject(refusal())), waitMs);
    line.waiting.add(begin);
    unsubscribe = signal && onAbort(signal, () => settle(() => reject(cancelled())));
  });
}

function tooManyRequests(): MovieHubError {
  return new MovieHubError(
    'too_many_requests',
    'Too many of your requests are running. Try again in a moment.',
  );
}

function cancelled(): MovieHubError {
  return new MovieHubError('cancelled', 'The call was cancelled.');
}
