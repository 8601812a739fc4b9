import type { Pool } from 'pg';
import {
  type Entitlements,
  type EntitlementsSource,
  isEntitlements,
  resolveEntitlements,
} from '../database/entitlements';
import { type ReadScope, type ScopeOptions, withEntitlements } from '../database/scope';
import { MovieHubError } from '../errors';
import { type LimitedRun, limitConcurrency } from '../limit-concurrency';
import { milliseconds, positiveInteger } from '../options';
import type { QueryTool } from '../tools/define-query-tool';

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

/** What limits the calls of a server; a tool's own limits come first. */
export interface QueryLimits extends Omit<CallOptions, 'signal'> {
  /** Most rows in one answer; 200 unless given. */
  maxRows?: number;
  /** Most bytes of the rows in one answer, as compact JSON in UTF-8; 100,000 unless given. */
  maxBytes?: number;
}

/**
 * Checks limits when a server is made rather than at a call.
 *
 * @throws MovieHubError `invalid_argument` for one that is not a whole number above 0, or a time above 2,147,483,647 ms.
 */
export function checkLimits(limits: QueryLimits): void {
  const { maxRows, maxBytes, maxCallsAtOnce, statementTimeoutMs, connectionTimeoutMs, checkIntervalMs } =
    limits;
  for (const [name, value] of Object.entries({ maxRows, maxBytes, maxCallsAtOnce }))
    if (value !== undefined) positiveInteger(name, value);
  for (const [name, value] of Object.entries({ statementTimeoutMs, connectionTimeoutMs, checkIntervalMs }))
    if (value !== undefined) milliseconds(name, value);
}

/** What bounds a call of a tool: its own limits, else those that it is served with. */
export function limitsOf(tool: QueryTool<never>, limits: QueryLimits) {
  const { maxRows = 200, maxBytes = 100_000, ...callOptions } = limits;
  const { statementTimeoutMs } = tool.limits;
  return {
    maxRows: tool.limits.maxRows ?? maxRows,
    maxBytes: tool.limits.maxBytes ?? maxBytes,
    options: { ...callOptions, ...(statementTimeoutMs !== undefined && { statementTimeoutMs }) },
  };
}

/** Resolves the entitlements, and validates them before what they hold is bound. */
export async function entitlementsOf<Principal>(
  source: EntitlementsSource<Entitlements<Principal>>,
): Promise<Entitlements<Principal>> {
  const entitlements = await resolveEntitlements(source);
  if (!isEntitlements(entitlements))
    throw new MovieHubError('invalid_entitlements', 'Entitlements must come from defineEntitlements.');
  return entitlements;
}

/** Every HTTP request has a server of its own, so that what one principal runs is counted by pool. */
const limiters = new WeakMap<Pool, Map<number, LimitedRun>>();

/**
 * Runs work as `withEntitlements` does, but only so much of it at once for one principal: whoever starts many calls, and leaves
 * them running, does not take the connections of the others. Without a principal callers cannot be distinguished, and nothing
 * is limited.
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
  // An object that hides what it holds is identified by what it may see.
  return text === '{}' ? JSON.stringify([role, settings]) : text;
}

function textOf(principal: object): string {
  try {
    return JSON.stringify(principal) ?? '{}';
  } catch {
    return '{}';
  }
}
