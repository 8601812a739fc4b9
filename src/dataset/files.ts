import { existsSync, readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MovieHubError } from 'movie-hub';

/** Returns the path of a file or folder that the package ships, wherever the build put this code. */
export function packageFile(path: string): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'movie-hub')
      return join(folder, path);
    if (folder === dirname(folder))
      throw new MovieHubError('internal', 'The files of the package movie-hub are not beside its code.');
  }
}

/** Returns whether an error is about files of this machine: other system calls that fail are those of sockets. */
export function isFileError(cause: unknown): cause is NodeJS.ErrnoException {
  const { syscall } = (cause ?? {}) as { syscall?: unknown };
  return typeof syscall === 'string' && !/^(connect|getaddrinfo|listen|bind|socket|shutdown)/.test(syscall);
}

/**
 * Locks a folder so that no other process downloads into it or replaces files that are being read.
 *
 * @returns A function that unlocks it. The lock of a process that was killed is ignored.
 * @throws MovieHubError `conflict` while another process holds the lock; `file_unavailable` when the folder is not writable.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'movie-hub-load.pid');
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      await writeFile(path, `${hostname()} ${process.pid}`, { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new MovieHubError('file_unavailable', `The folder ${folder} cannot be written to.`, { cause });
      if (await isAlive(path)) break;
      await rm(path, { force: true });
    }
  }
  const message = `Another load downloads into ${folder}. Wait for it to end, or name another folder.`;
  throw new MovieHubError('conflict', `${message} If there is no other load, remove ${path}.`);
}

async function isAlive(path: string): Promise<boolean> {
  const [host, pid] = (await readFile(path, 'utf8').catch(() => '')).split(' ');
  if (host === undefined || pid === undefined) return false;
  // A process of another machine cannot be checked.
  if (host !== hostname()) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
