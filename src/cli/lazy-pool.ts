import { isMovieHubError, MovieHubError } from 'movie-hub';
import type { Pool } from 'pg';
import { openEmbedded, openPool } from './databases';
import type { DatabaseAddress, EmbeddedAddress } from './environment';
import { fillForTools } from './fill-embedded';

/**
 * A reader's pool that is opened by the first call, because clients often start servers only to list tools, which must also work
 * without the database. A failure is retried at the next call.
 */
export function lazyPool(from: DatabaseAddress | EmbeddedAddress): {
  pool: Pool;
  close: () => Promise<void>;
} {
  let opening: Promise<OpenPool> | undefined;
  let opened: Pool | undefined;
  const open = () => {
    opening ??= ('dataDir' in from ? openFolder(from) : openServer(from)).catch((cause: unknown) => {
      opening = undefined;
      throw cause;
    });
    return opening;
  };
  const connect = async () => {
    opened = (await open()).pool;
    return opened.connect();
  };
  return {
    // The parts of a pool that a scope uses.
    pool: {
      connect,
      get totalCount() {
        return opened?.totalCount ?? 0;
      },
      get options() {
        return opened?.options ?? {};
      },
    } as unknown as Pool,
    close: async () => (await opening?.catch(() => undefined))?.close(),
  };
}

interface OpenPool {
  readonly pool: Pool;
  close(): Promise<void>;
}

async function openFolder({ dataDir }: EmbeddedAddress): Promise<OpenPool> {
  const { pools, close } = await openEmbedded(dataDir, fillForTools).catch((cause: unknown) => {
    if (isMovieHubError(cause)) throw cause;
    // The client must not see paths; the log has the cause.
    throw new MovieHubError(
      'database_unavailable',
      'The database cannot be reached at the moment. Try again later.',
      { cause },
    );
  });
  return { pool: pools.reader, close };
}

async function openServer({ url }: DatabaseAddress): Promise<OpenPool> {
  const pool = openPool(url);
  return { pool, close: () => pool.end() };
}
