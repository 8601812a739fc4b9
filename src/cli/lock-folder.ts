import { createHash, randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askHolder, type Holder, type HolderState, listenAsHolder } from './lock-socket';

/** Prefix of the lock's sockets in the locked folder. */
export const lockName = 'movie-hub.lock';

/** Returns whether a path is a lock's socket, and not a file with such a name. */
export function isLock(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}

/** Maximum length of a socket path on all systems, in bytes. */
const maxSocketPath = 100;

/** A lock of this process, or the process that holds it. */
export type FolderLock =
  | { readonly isMine: true; readonly unlock: () => void }
  /** `pid` is undefined when the other process is too busy to answer. */
  | { readonly isMine: false; readonly pid: number | undefined };

/**
 * Locks a folder for this process.
 *
 * Each process listens on its own local socket, and holds the lock once no other socket answers. A socket closes with its
 * process, so no stale locks remain. The sockets are in the folder itself, so the lock works across paths, environments and
 * containers; only if the folder cannot contain sockets are they in /tmp.
 *
 * @returns `unlock`, or the process that holds the lock.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const real = realpathSync(folder);
  const name = `movie-hub-${createHash('sha256').update(real).digest('hex').slice(0, 24)}`;
  if (process.platform === 'win32') return takePipe(`\\\\.\\pipe\\${name}`);
  // Not os.tmpdir(), which depends on the environment of each process.
  const elsewhere = () => take('/tmp', `${name}.`);
  const fits = Buffer.byteLength(join(real, `${lockName}.${newId()}`)) <= maxSocketPath;
  return fits ? take(real, `${lockName}.`).catch(elsewhere) : elsewhere();
}

/**
 * Listens first and then checks the others, so that of two concurrent processes at least one sees the other. Of those waiting,
 * the one whose name sorts first continues.
 */
async function take(folder: string, prefix: string): Promise<FolderLock> {
  const mine = `${prefix}${newId()}`;
  let state: HolderState = 'wants';
  const server = await listenAsHolder(join(folder, mine), () => state);
  for (;;) {
    const others = await findOthers(folder, prefix, mine);
    const winner = others.find((other) => other.state === 'has' || other.name < mine);
    if (winner !== undefined) {
      server.close();
      return { isMine: false, pid: winner.pid };
    }
    if (others.length === 0) break;
    await sleep(20);
  }
  state = 'has';
  // Another process removed this socket as dead, just before it listened.
  if (!existsSync(join(folder, mine))) {
    server.close();
    return take(folder, prefix);
  }
  return { isMine: true, unlock: () => server.close() };
}

interface Other extends Holder {
  readonly name: string;
}

/** Returns the other live processes; removes the sockets of killed ones. */
async function findOthers(folder: string, prefix: string, mine: string): Promise<Other[]> {
  const names = readdirSync(folder).filter(
    (name) => name.startsWith(prefix) && name !== mine && isLock(join(folder, name)),
  );
  const others = await Promise.all(
    names.map(async (name): Promise<Other[]> => {
      const holder = await askHolder(join(folder, name));
      if (holder !== undefined) return [{ name, ...holder }];
      rmSync(join(folder, name), { force: true });
      return [];
    }),
  );
  return others.flat();
}

/** A Windows pipe leaves no file, so its name is the lock. */
async function takePipe(path: string): Promise<FolderLock> {
  try {
    const server = await listenAsHolder(path, () => 'has');
    return { isMine: true, unlock: () => server.close() };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    return { isMine: false, pid: (await askHolder(path))?.pid };
  }
}

function newId(): string {
  return randomBytes(6).toString('hex');
}
