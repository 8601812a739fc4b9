import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { MovieHubError } from 'movie-hub';

/**
 * Keeps other processes from fetching into a folder, or from reading files there that are being replaced.
 *
 * @returns What lets go of it. A process that was killed does not hold it any more.
 * @throws MovieHubError `conflict` while another process holds it; `file_unavailable` when the folder cannot be written.
 */
export async function holdFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'movie-hub-load.pid');
  const mine = `${hostname()} ${process.pid}`;
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      await writeFile(path, mine, { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new MovieHubError('file_unavailable', `The folder ${folder} cannot be written.`, { cause });
      if (await isHeld(path)) break;
      await rm(path, { force: true });
    }
  }
  const message = `Another load fetches into ${folder}. Wait for its end, or name another folder.`;
  throw new MovieHubError('conflict', `${message} If there is none, remove ${path}.`);
}

async function isHeld(path: string): Promise<boolean> {
  const [host, pid] = (await readFile(path, 'utf8').catch(() => '')).split(' ');
  if (host === undefined || pid === undefined) return false;
  // Of a process elsewhere nothing is known.
  if (host !== hostname()) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
