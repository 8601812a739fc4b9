import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askHolder, type HolderState, listenAsHolder } from './lock-socket';

/** How the names of the lock's files begin, in the folder that is locked. */
export const lockName = 'movie-hub.lock';

/** Longest path of a local socket that every system takes, in bytes. */
const longestSocketPath = 100;

/**
 * Takes a folder for this process.
 *
 * Whoever wants it listens on a local socket of its own beside those of the others, and has the folder once none of them
 * answers. A socket ends with its process however that ends, so there is no stale lock to clear away by hand. The
 * sockets lie in the folder itself, so the lock holds whatever path, environment or container the folder is reached
 * from; only where a socket cannot lie there are they elsewhere on this machine.
 *
 * @returns A function that gives the folder back; undefined when another process has it.
 */
export async function lockFolder(folder: string): Promise<(() => void) | undefined> {
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
async function take(folder: string, prefix: string): Promise<(() => void) | undefined> {
  const mine = `${prefix}${newId()}`;
  let state: HolderState = 'wants';
  const server = await listenAsHolder(join(folder, mine), () => state);
  for (;;) {
    const others = await findOthers(folder, prefix, mine);
    if (others.some((other) => other.state === 'has' || other.name < mine)) {
      server.close();
      return undefined;
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
  return () => server.close();
}

interface Other {
  readonly name: string;
  readonly state: HolderState;
}

/** Returns those that live; the sockets of killed processes are removed. */
async function findOthers(folder: string, prefix: string, mine: string): Promise<Other[]> {
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix) && name !== mine);
  const others = await Promise.all(
    names.map(async (name) => {
      const state = await askHolder(join(folder, name));
      if (state === undefined) rmSync(join(folder, name), { force: true });
      return { name, state };
    }),
  );
  return others.filter((other): other is Other => other.state !== undefined);
}

/** A pipe of Windows leaves no file behind: whoever has its name has the folder. */
async function takePipe(path: string): Promise<(() => void) | undefined> {
  const server = await listenAsHolder(path, () => 'has').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EADDRINUSE') return undefined;
    throw cause;
  });
  return server && (() => server.close());
}

function newId(): string {
  return randomBytes(6).toString('hex');
}
