import type { Pool } from 'pg';
import { untilAborted } from '../abort';
import { isMovieHubError, MovieHubError } from '../errors';
import { milliseconds } from '../options';
import { checkDatabase, StillLoading } from './check';
import { type ConnectOptions, cancelled } from './connect';
import { databaseError, whileLoading } from './database-error';

/** How often a database that is in use is checked, in ms, unless said otherwise. */
const defaultIntervalMs = 60_000;
/** How many intervals old the last check may be that a call relies on. */
const mostIntervals = 2;
/** Servers that are made within this time of a check, in ms, share it. */
const sharedMs = 1_000;

/** What decides whether a database is checked before a transaction. */
export interface CheckOptions extends ConnectOptions {
  role: string;
  lookupTables?: readonly string[] | undefined;
  /** How often the database is checked while it is in use, in ms; 60,000 unless given. */
  checkIntervalMs?: number;
}

/** What is known of a pool and a role. */
interface Standing {
  /** When the last check began that passed, in ms of `performance.now()`; undefined when none has, or one failed since. */
  soundAt: number | undefined;
  running: Promise<void> | undefined;
}

const standings = new WeakMap<Pool, Map<string, Standing>>();

/**
 * Makes sure that a check of the database has passed: one that began at most two intervals ago, and none has failed since.
 *
 * One that is older than an interval is repeated in the background, which nobody waits for. A check that could not be made, because
 * the database is busy or away, has not failed. After one that failed every call waits for a new one.
 *
 * @throws MovieHubError as `checkDatabase` does, but with words that a model or a user may read; what puts it right is in the
 *   cause.
 */
export async function ensureChecked(pool: Pool, options: CheckOptions): Promise<void> {
  const intervalMs = milliseconds('checkIntervalMs', options.checkIntervalMs ?? defaultIntervalMs);
  const { signal } = options;
  if (signal?.aborted) throw cancelled();
  const standing = standingOf(pool, options);
  const age = ageOf(standing);
  if (age <= mostIntervals * intervalMs) {
    if (age > intervalMs) checkInBackground(standing, pool, options);
    return;
  }
  const check = startCheck(standing, pool, options);
  try {
    await (signal ? untilAborted(check, signal) : check);
  } catch (cause) {
    if (signal?.aborted) throw cancelled(cause);
    throw inPublic(cause);
  }
}

/**
 * Repeats in the background a check that passed before a server was made.
 *
 * @param madeAt When that was, in ms of `performance.now()`.
 */
export function checkSince(pool: Pool, options: CheckOptions, madeAt: number): void {
  const standing = standingOf(pool, options);
  if (standing.soundAt !== undefined && standing.soundAt < madeAt - sharedMs)
    checkInBackground(standing, pool, options);
}

function standingOf(pool: Pool, { role, lookupTables }: CheckOptions): Standing {
  const ofPool = standings.get(pool) ?? new Map<string, Standing>();
  standings.set(pool, ofPool);
  const key = JSON.stringify([role, lookupTables]);
  const standing = ofPool.get(key) ?? { soundAt: undefined, running: undefined };
  ofPool.set(key, standing);
  return standing;
}

function ageOf({ soundAt }: Standing): number {
  return soundAt === undefined ? Number.POSITIVE_INFINITY : performance.now() - soundAt;
}

/** Starts a check once the call that wants it has asked for its connection: on a pool of one that call goes first. */
function checkInBackground(standing: Standing, pool: Pool, options: CheckOptions): void {
  if (standing.running) return;
  setImmediate(() => void startCheck(standing, pool, options).catch(() => undefined));
}

/** Checks without the caller's signal: others wait for the same check. */
function startCheck(standing: Standing, pool: Pool, options: CheckOptions): Promise<void> {
  standing.running ??= check(standing, pool, options).finally(() => {
    standing.running = undefined;
  });
  return standing.running;
}

async function check(
  standing: Standing,
  pool: Pool,
  { signal: _, checkIntervalMs: __, role, lookupTables, ...options }: CheckOptions,
): Promise<void> {
  const startedAt = performance.now();
  try {
    await checkDatabase(pool, { ...options, role, ...(lookupTables && { lookupTables }) });
    standing.soundAt = startedAt;
  } catch (cause) {
    if (isMovieHubError(cause) && /^database_(unsafe|not_ready)$/.test(cause.code))
      standing.soundAt = undefined;
    throw cause;
  }
}

function inPublic(cause: unknown): unknown {
  const { code } = databaseError(cause);
  if (cause instanceof StillLoading) return whileLoading(cause);
  if (code === 'database_unsafe')
    return new MovieHubError(code, 'The database is not set up safely, so nothing is served.', { cause });
  if (code === 'database_not_ready')
    return new MovieHubError(code, 'The database is not set up for this yet.', { cause });
  return cause;
}
