import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure } from './failure';
import { lockFolder, lockName } from './lock-folder';

/** A folder that this process alone has. */
export interface DataDir {
  /** Says that what the folder holds is complete: the next start keeps it. */
  keep(): void;
  /** Gives the folder back. */
  close(): void;
}

/** Lies in a folder from before its first start until everything is in it. */
const unfinishedName = 'movie-hub.unfinished';

/**
 * Takes the folder of an embedded database: a new one, an empty one, or one that has such a database.
 *
 * Two processes that open one embedded database destroy it, so a folder belongs to one process. A first start that was
 * interrupted leaves half a database: it is cleared away here, since nobody was ever served from it.
 *
 * @throws CommandFailure when another process has the folder, it cannot be made, or it holds anything else.
 */
export async function openDataDir(dataDir: string): Promise<DataDir> {
  try {
    mkdirSync(dataDir, { recursive: true });
    const lock = await lockFolder(dataDir);
    if (!lock.isMine) {
      const who = lock.pid === undefined ? '' : ` (its id is ${lock.pid})`;
      throw new CommandFailure(
        `The data folder ${dataDir} is used by another process${who}. Stop it, or choose another with --data-dir.`,
      );
    }
    try {
      prepare(dataDir);
    } catch (cause) {
      lock.unlock();
      throw cause;
    }
    return {
      keep: () => rmSync(join(dataDir, unfinishedName), { force: true }),
      close: lock.unlock,
    };
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    const reason = reasons[code] ?? (cause as Error).message;
    throw new CommandFailure(
      `The data folder ${dataDir} cannot be used: ${reason}. Choose another with --data-dir.`,
      1,
      { cause },
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'nothing can be written there',
  ENOSPC: 'the disk is full',
};

function prepare(dataDir: string): void {
  const names = readdirSync(dataDir).filter((name) => !name.startsWith(lockName));
  if (existsSync(join(dataDir, unfinishedName))) {
    for (const name of names) {
      // The mark goes last: an interruption here leaves it.
      if (name !== unfinishedName) rmSync(join(dataDir, name), { recursive: true, force: true });
    }
    return;
  }
  if (names.length === 0) {
    writeFileSync(join(dataDir, unfinishedName), 'The first start on this folder has not ended yet.\n');
    return;
  }
  if (!names.includes('PG_VERSION')) {
    throw new CommandFailure(
      `The data folder ${dataDir} holds other files and no database. Choose a new or an empty folder with --data-dir.`,
    );
  }
}
