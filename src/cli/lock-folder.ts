import { createHash } from 'node:crypto';
import { realpathSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

/** Name of the lock inside the folder. */
export const lockName = 'movie-hub.lock';

/** Longest path of a local socket that every system takes, in bytes. */
const longestSocketPath = 100;

/**
 * Takes a folder for this process.
 *
 * The lock is a local socket that the process listens on: it ends with the process however that ends, so there is no
 * stale lock to clear away by hand. It lies in the folder itself, so it holds whatever path, environment or container
 * the folder is reached from; only where a socket cannot lie there is it elsewhere on this machine.
 *
 * @returns A function that gives the folder back; undefined when another process has it.
 */
export async function lockFolder(folder: string): Promise<(() => void) | undefined> {
  const [inside, elsewhere] = socketPaths(realpathSync(folder));
  const server = await take(inside).catch(() => take(elsewhere));
  // A lock keeps no process alive.
  server?.unref();
  return server && (() => server.close());
}

function socketPaths(folder: string): [inside: string, elsewhere: string] {
  const name = `movie-hub-${createHash('sha256').update(folder).digest('hex').slice(0, 24)}`;
  // Not the folder for temporary files that the environment names: two processes may have two of those.
  const elsewhere = process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : `/tmp/${name}.sock`;
  const inside = join(folder, lockName);
  const fits = process.platform !== 'win32' && Buffer.byteLength(inside) <= longestSocketPath;
  return [fits ? inside : elsewhere, elsewhere];
}

/** Returns the server that holds the lock, or undefined when another process has it. */
async function take(path: string): Promise<Server | undefined> {
  return (await listen(path)) ?? ((await answers(path)) ? undefined : takeOver(path));
}

/**
 * A killed process leaves its socket's file behind. Of several processes that find it, one only can move it aside; who
 * moved a living one instead, which another had just put there, gives it back.
 */
async function takeOver(path: string): Promise<Server | undefined> {
  if (process.platform === 'win32') return undefined;
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    return listen(path);
  }
  if (await answers(aside)) {
    renameSync(aside, path);
    return undefined;
  }
  rmSync(aside, { force: true });
  return listen(path);
}

/** Returns the server, or undefined when something is at that address already. */
function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(path, () => resolve(server));
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    // Somebody else's socket, which this user may not use, is one that is alive for all we know.
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EACCES'));
  });
}
