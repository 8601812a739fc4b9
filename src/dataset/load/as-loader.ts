import type { Pool, PoolClient } from 'pg';
import { withAdministrator } from '../administrator';
import { embeddedOf } from '../embedded';

/** Runs a part of a load in a transaction as the owner of the data, however long it takes. */
export function asLoader<Result>(pool: Pool, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  return withAdministrator(pool, async (client) => {
    await client.query('SET LOCAL statement_timeout = 0');
    // The embedded database copies from what it takes for a file, which its superuser alone may read; and nothing writes its log out
    // later.
    if (embeddedOf(pool) === undefined) {
      await client.query('SET LOCAL ROLE movie_hub_owner');
      await client.query('SET LOCAL synchronous_commit = off');
    }
    return work(client);
  });
}
