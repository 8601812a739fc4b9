import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Where PgBouncer is (Debian's package pgbouncer puts it outside a user's PATH), or undefined. */
export const pgBouncerPath: string | undefined = [
  '/usr/sbin/pgbouncer',
  ...(process.env.PATH ?? '').split(':').map((folder) => join(folder, 'pgbouncer')),
].find((path) => existsSync(path));

/** Starts PgBouncer in transaction mode in front of a server, with two server connections for all clients. */
export async function startPgBouncer(url: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const target = new URL(url);
  const folder = mkdtempSync(join(tmpdir(), 'movie-hub-pgbouncer-'));
  const port = await freePort();
  const database = target.pathname.slice(1);
  const config = join(folder, 'pgbouncer.ini');
  writeFileSync(
    config,
    `[databases]
${database} = host=${target.hostname} port=${target.port} dbname=${database}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${folder}/users.txt
pool_mode = transaction
default_pool_size = 2
max_client_conn = 50
logfile = ${folder}/log
pidfile = ${folder}/pid
`,
  );
  writeFileSync(join(folder, 'users.txt'), `"${target.username}" "${target.password}"\n`);
  // PgBouncer, like PostgreSQL, refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;
  if (user) {
    for (const path of [folder, config, join(folder, 'users.txt')]) chownSync(path, user.uid, user.gid);
  }
  const bouncer = spawn(pgBouncerPath ?? 'pgbouncer', [config], { ...user, cwd: folder, stdio: 'ignore' });
  const through = new URL(url);
  through.port = String(port);
  await whenReady(through.href);
  return {
    url: through.href,
    stop: async () => {
      const hasEnded = bouncer.exitCode !== null || bouncer.signalCode !== null;
      const ended = hasEnded || once(bouncer, 'exit');
      bouncer.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
      if (hasEnded) throw new Error('PgBouncer ended by itself.');
    },
  };
}

function idOf(flag: string): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function whenReady(connectionString: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const client = new pg.Client({ connectionString });
    try {
      await client.connect();
      await client.query('SELECT 1');
      return;
    } catch (cause) {
      if (attempt === 100) throw new Error('PgBouncer did not start', { cause });
      await sleep(50);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
