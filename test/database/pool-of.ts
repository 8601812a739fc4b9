import pg, { type Pool } from 'pg';

/** Opens a pool that outlives the loss of its connections: a database may be dropped before the last of them has ended. */
export function poolOf(connectionString: string, max = 1): Pool {
  const pool = new pg.Pool({ connectionString, max });
  pool.on('error', () => undefined);
  return pool;
}
