import { setTimeout as sleep } from 'node:timers/promises';
import { createPool } from 'movie-hub';
import { createLogins, demoDataFolder, installSchema, loadImdb } from 'movie-hub/dataset';
import pg, { type Pool } from 'pg';
import { findPostgres, makeDataFolder, runProgram, serve, startPostgres } from './postgres-server';

type Purpose = 'reader' | 'editor' | 'accounts';

/** A primary with the demo data, and a replica that streams from it: what a managed server calls its reader. */
export interface ReplicatedDatabase {
  /** As an app has them: reads on the replica, changes on the primary. */
  readonly pools: Readonly<Record<Purpose, Pool>>;
  /** The superuser's pools, for set-up and for looking at what is really there. */
  readonly admin: { readonly primary: Pool; readonly replica: Pool };
  /** Opens one more pool with the login of a scope. */
  open(purpose: Purpose, on: 'primary' | 'replica'): Pool;
  /** Waits until the replica has replayed all that the primary has written. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

/** Starts both servers. The replica lets no query hold up what it replays, and nothing is vacuumed behind a test's back. */
export async function openReplicated(): Promise<ReplicatedDatabase> {
  const folder = findPostgres() ?? '';
  const primary = await startPostgres(folder, [
    'wal_level=replica',
    'max_wal_senders=4',
    'autovacuum=off',
    // A socket in the data folder is something that a backup warns of.
    'unix_socket_directories=',
  ]);
  const pools: Pool[] = [];
  const keep = (pool: Pool) => {
    // The servers are stopped under idle connections.
    pool.on('error', () => undefined);
    pools.push(pool);
    return pool;
  };
  const superuser = (url: string) => keep(new pg.Pool({ connectionString: url, max: 2 }));
  const onPrimary = superuser(primary.url);
  await installSchema(onPrimary, { hub: true });
  await loadImdb(onPrimary, demoDataFolder());
  const logins = await createLogins(onPrimary);

  const data = makeDataFolder();
  runProgram(folder, 'pg_basebackup', ['-D', data, '-d', primary.url, '-R', '-c', 'fast', '--no-sync']);
  const replica = await serve(folder, data, ['hot_standby=on', 'max_standby_streaming_delay=0']);
  const onReplica = superuser(replica.url);

  const open = (purpose: Purpose, on: 'primary' | 'replica') => {
    const url = new URL(on === 'primary' ? primary.url : replica.url);
    const login = logins.find((each) => each.purpose === purpose);
    Object.assign(url, { username: login?.user, password: login?.password });
    return keep(createPool({ connectionString: url.href, max: 4 }));
  };
  return {
    pools: {
      reader: open('reader', 'replica'),
      editor: open('editor', 'primary'),
      accounts: open('accounts', 'primary'),
    },
    admin: { primary: onPrimary, replica: onReplica },
    open,
    caughtUp: async () => {
      const written = await onPrimary.query<{ lsn: string }>('SELECT pg_current_wal_lsn() AS lsn');
      await until(onReplica, 'pg_last_wal_replay_lsn() >= $1::pg_lsn', [written.rows[0]?.lsn]);
    },
    close: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await replica.stop();
      await primary.stop();
    },
  };
}

/** Waits until a condition in SQL holds. On the replica replay may end any query, which is then asked again. */
export async function until(pool: Pool, condition: string, values: readonly unknown[] = []): Promise<void> {
  for (;;) {
    const { rows } = await pool
      .query<{ holds: boolean }>(`SELECT ${condition} AS holds`, [...values])
      .catch((error: { code?: string }) => {
        if (error.code === '40001') return { rows: [] };
        throw error;
      });
    if (rows[0]?.holds) return;
    await sleep(20);
  }
}
