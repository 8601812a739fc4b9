import { randomUUID } from 'node:crypto';
import { defineQuery, type Query } from 'movie-hub';
import type { Pool } from 'pg';
import { expect } from 'vitest';

/** A query that sleeps for half a minute, and is known in the server by a comment of its own. */
export interface Sleeper {
  readonly query: Query<Record<never, never>, { slept: string }>;
  readonly sql: string;
  /** Waits until the server runs it. */
  started(): Promise<void>;
  /** Waits until the server does not run it any more, for a second at most: so long it may take to cancel. */
  gone(): Promise<void>;
  /** How often the server runs it now. */
  count(): Promise<number>;
}

export function makeSleeper(admin: Pool): Sleeper {
  const mark = `sleeper ${randomUUID()}`;
  const sql = `SELECT pg_sleep(600)::text AS slept /* ${mark} */`;
  const count = async () => {
    const { rows } = await admin.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM pg_stat_activity
       WHERE state = 'active' AND pid <> pg_backend_pid() AND strpos(query, $1) > 0`,
      [mark],
    );
    return rows[0]?.count ?? 0;
  };
  return {
    query: defineQuery({ name: 'sleeper', sql, parameters: [] }),
    sql,
    count,
    started: () => expect.poll(count, { interval: 10 }).toBe(1),
    gone: () => expect.poll(count, { interval: 10 }).toBe(0),
  };
}
