import { Pool, type PoolConfig } from 'pg';
import { closeFailedConnects } from './close-failed-connects';

/**
 * Makes a pool for the scopes: with the driver's pipeline mode, so that a tool call waits for the server once instead of
 * four times, with a listener for idle connections that break, which would end the process, and without sockets that stay open
 * when a connection cannot be made.
 *
 * In pipeline mode a transaction that fails to begin does not stop what was sent behind it. Every scope therefore refuses a
 * login that is a superuser or has BYPASSRLS; what else you run on the pool should not rely on a transaction either, without
 * waiting for its begin. It needs version 8.22 of the driver or later; earlier ones do without.
 *
 * @param config As the driver's `Pool` takes it, or a connection URL. An empty one means the PG* variables.
 */
export function createPool(config: PoolConfig | string = {}): Pool {
  const given: PoolConfig = typeof config === 'string' ? { connectionString: config } : config;
  // As long as a scope waits: the pool must not go on waiting for a connection that nobody wants any more.
  const pool = new Pool({ keepAlive: true, pipeline: true, connectionTimeoutMillis: 10_000, ...given });
  pool.on('error', () => undefined);
  closeFailedConnects(pool);
  return pool;
}
