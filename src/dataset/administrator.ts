import { databaseError } from 'movie-hub';
import type { Pool, PoolClient } from 'pg';

/**
 * Runs an administrator's work, such as installing or loading, in one transaction on a connection of its own.
 *
 * It is not a scope: it has all the rights of the pool's login. Nothing that serves users may call it.
 *
 * @throws MovieHubError as `runQuery` does; nothing of the work is kept then.
 */
export async function withAdministrator<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw databaseError(cause, { isConnecting: true });
  });
  let broken: unknown;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (cause) {
    await client.query('ROLLBACK').catch((rollbackError: unknown) => {
      broken = rollbackError;
    });
    throw databaseError(cause, { client });
  } finally {
    client.release(broken !== undefined);
  }
}
