import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFailure } from './failure';

/**
 * Takes a data folder for this process, because two processes that open one embedded database destroy it.
 *
 * The lock is a local socket that the process listens on: it ends with the process however that ends, so there is no
 * stale lock to clear away by hand.
 *
 * @returns A function that gives the folder back.
 * @throws CommandFailure when another process has it.
 */
export async function lockDataDir(dataDir: string): Promise<() => void> {
  mkdirSync(dataDir, { recursive: true });
  const name = `movie-hub-${createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 24)}`;
  const path = process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
  const server = (await listen(path)) ?? (await takeOver(path));
  if (server === undefined) {
    throw new CommandFailure(
      `The data folder ${dataDir} is used by another process. Stop it, or choose another with --data-dir.`,
    );
  }
  server.unref();
  return () => server.close();
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

/** A killed process leaves its socket's file behind: where nobody answers, it is taken over. */
async function takeOver(path: string): Promise<Server | undefined> {
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
  if (answers) return undefined;
  rmSync(path, { force: true });
  return listen(path);
}
