import { createHash, randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askHolder, type Holder, type HolderState, listenAsHolder } from './lock-socket';

/** How the names of the lock's sockets begin, in the folder that is locked. */
export const lockName = 'movie-hub.lock';

/** Returns whether a path is a lock's socket, and no file of somebody's with such a name. */
export function isLock(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}

/** Longest path of a local socket that every system takes, in bytes. */
const longestSocketPath = 100;

/** A folder that this process has, or the process that has it. */
export type FolderLock =
  | { readonly isMine: true; readonly unlock: () => void }
  /** `pid` is undefined when the other process is too busy to tell. */
  | { readonly isMine: false; readonly pid: number | undefined };

/**
 * Takes a folder for this process.
 *
 * Whoever wants it listens on a local socket of its own beside those of the others, and has the folder once none of them
 * answers. A socket ends with its process however that ends, so there is no stale lock to clear away by hand. The
 * sockets lie in the folder itself, so the lock holds whatever path, environment or container the folder is reached
 * from; only where a socket cannot lie there are they elsewhere on this machine.
 *
 * @returns `unlock`, which gives the folder back, or who has it.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const real = realpathSync(folder);
  const name = `movie-hub-${createHash('sha256').update(real).digest('hex').slice(0, 24)}`;
  if (process.platform === 'win32') return takePipe(`\\\\.\\pipe\\${name}`);
  // Not the folder for temporary files that the environment names: two processes may have two of those.
  const elsewhere = () => take('/tmp', `${name}.`);
  const fits = Buffer.byteLength(join(real, `${lockName}.${newId()}`)) <= longestSocketPath;
  return fits ? take(real, `${lockName}.`).catch(elsewhere) : elsewhere();
}

/**
 * Announces first and looks at the others then, so of two at once one at least sees the other. Of those that want the
 * folder and do not have it yet, the one whose name sorts first goes on.
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
  // Somebody took this socket for a dead one just before it listened.
  if (!existsSync(join(folder, mine))) {
    server.close();
    return take(folder, prefix);
  }
  return { isMine: true, unlock: () => server.close() };
}

interface Other extends Holder {
  readonly name: string;
}

/** Returns those that live; the sockets of killed processes are removed. */
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

/** A pipe of Windows leaves no file behind: whoever has its name has the folder. */
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
