import type { Pool } from 'pg';
import type { Entitlements } from '../database/entitlements';
import { type ReadScope, type ScopeOptions, withEntitlements } from '../database/scope';
import { type LimitedRun, limitConcurrency } from '../limit-concurrency';

/** How many more calls of one principal may wait for their turn. */
const mostWaiting = 100;

/** What a scope of a call takes. */
export interface CallOptions extends ScopeOptions {
  /**
   * Most queries of one principal that run at once on the pool, whatever servers they come by; half of the pool's connections
   * unless given. The others wait for their turn as long as for a connection, 100 of them at most.
   */
  maxCallsAtOnce?: number;
}

/** Every HTTP request has a server of its own, so that what one principal runs is counted by pool. */
const limiters = new WeakMap<Pool, Map<number, LimitedRun>>();

/**
 * Runs work as `withEntitlements` does, but only so much of it at once for one principal: whoever calls and calls, and leaves
 * each call running, does not take the connections of the others. Without a principal nobody can be told from others, and
 * nothing is limited.
 *
 * @throws MovieHubError `too_many_requests` when the principal's other calls leave no turn; and as `withEntitlements` does.
 */
export async function withLimitedEntitlements<Result>(
  pool: Pool,
  entitlements: Entitlements,
  work: (scope: ReadScope) => Promise<Result>,
  { maxCallsAtOnce, ...options }: CallOptions,
): Promise<Result> {
  const run = () => withEntitlements(pool, entitlements, work, options);
  const key = keyOf(entitlements);
  if (key === undefined) return run();
  const atOnce = maxCallsAtOnce ?? Math.max(1, Math.floor((pool.options?.max ?? 10) / 2));
  return limiterOf(pool, atOnce, options.connectionTimeoutMs ?? 10_000)(key, run, options.signal);
}

function limiterOf(pool: Pool, atOnce: number, waitMs: number): LimitedRun {
  const byLimit = limiters.get(pool) ?? new Map<number, LimitedRun>();
  limiters.set(pool, byLimit);
  const limiter = byLimit.get(atOnce) ?? limitConcurrency({ atOnce, waiting: mostWaiting, waitMs });
  byLimit.set(atOnce, limiter);
  return limiter;
}

/** Names a principal the same at every request; undefined when there is none. */
function keyOf({ principal, role, settings }: Entitlements): string | undefined {
  if (principal === undefined || principal === null) return undefined;
  if (typeof principal !== 'object') return `${typeof principal} ${String(principal)}`;
  const text = textOf(principal);
  // An object that hides what it holds is told from others by what it may see.
  return text === '{}' ? JSON.stringify([role, settings]) : text;
}

function textOf(principal: object): string {
  try {
    return JSON.stringify(principal) ?? '{}';
  } catch {
    return '{}';
  }
}
