import type { Pool, PoolClient } from 'pg';
import { expect } from 'vitest';

/** What a connection is like that nothing was left on. */
export interface Left {
  readonly role: string;
  readonly types: string;
  readonly name: string;
  readonly timeout: string;
  readonly readOnly: string;
  /** Whether no transaction was open: a statement outside of any begins its own. */
  readonly isFresh: boolean;
}

/** One statement of the simple protocol: its transaction begins with it, unless one is open. */
const look = `SELECT current_user::text AS role, COALESCE(current_setting('rls.types', true), '') AS types,
  COALESCE(current_setting('test.name', true), '') AS name, current_setting('statement_timeout') AS timeout,
  current_setting('transaction_read_only') AS "readOnly", now() = statement_timestamp() AS "isFresh"`;

/** A pool that looks at each connection before it is used again, and keeps what it saw. */
export interface WatchedPool {
  readonly pool: Pool;
  /** Everything that was ever left on a connection, without repetition. */
  readonly seen: Set<string>;
  /** Looks at all connections that there are, once all have come back. */
  lookAtAll(): Promise<void>;
}

/** Watches a pool, for those who take its connections by `await pool.connect()`. */
export function watch(pool: Pool): WatchedPool {
  const seen = new Set<string>();
  const take = pool.connect.bind(pool) as () => Promise<PoolClient>;
  const lookAt = async (client: PoolClient): Promise<PoolClient> => {
    const { rows } = await client.query<Left>(look);
    seen.add(JSON.stringify(rows[0]));
    return client;
  };
  Object.assign(pool, { connect: async () => lookAt(await take()) });
  const lookAtAll = async () => {
    await expect.poll(() => [pool.waitingCount, pool.totalCount - pool.idleCount]).toEqual([0, 0]);
    const clients = await Promise.all(Array.from({ length: pool.totalCount }, take));
    for (const client of clients) (await lookAt(client)).release();
  };
  return { pool, seen, lookAtAll };
}
