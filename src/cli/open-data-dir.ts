import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { CommandFailure } from './failure';
import { isLock, lockFolder, lockName } from './lock-folder';

/** A data folder that this process alone has. */
export interface DataDir {
  /** The folder in it that holds the database and nothing else. */
  readonly database: string;
  /** Says that what the folder holds is complete: the next start keeps it. */
  keep(): void;
  /** Gives the folder back. */
  close(): void;
}

/** All that a data folder holds, beside the lock. */
const databaseName = 'database';
/** Lies in the database's folder from before its first start until everything is in it. */
const unfinishedName = 'movie-hub.unfinished';

/**
 * Takes the data folder of an embedded database: a new one, an empty one, or one that has such a database and nothing else.
 *
 * Two processes that open one embedded database destroy it, so a folder belongs to one process. A first start that was
 * interrupted leaves half a database: its files are removed here, since nobody was ever served from it. Nothing else is ever
 * removed; a folder with anything else in it is refused.
 *
 * @throws CommandFailure when another process has the folder, it cannot be made, or it holds anything else.
 */
export async function openDataDir(dataDir: string): Promise<DataDir> {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    refuseOthers(dataDir);
    refuseNoDatabase(dataDir);
    makePrivate(dataDir);
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
    const database = join(dataDir, databaseName);
    return {
      database,
      keep: () => rmSync(join(database, unfinishedName), { force: true }),
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
  ENOENT: 'its path leads nowhere',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'nothing can be written there',
  ENOSPC: 'the disk is full',
};

function refuseOthers(dataDir: string): void {
  const others = readdirSync(dataDir, { withFileTypes: true }).filter(
    (entry) =>
      !(entry.name === databaseName && entry.isDirectory()) &&
      !(entry.name.startsWith(lockName) && isLock(join(dataDir, entry.name))),
  );
  const names = others.map(({ name }) => name);
  if (names.length > 0) refuse(dataDir, `holds other files (${listed(names)})`);
}

/** The database's own folder is private whatever this one is: where somebody else owns it, it stays as it is. */
function makePrivate(dataDir: string): void {
  const { mode, uid } = statSync(dataDir);
  if (process.getuid?.() === uid && mode & 0o077) chmodSync(dataDir, 0o700);
}

function refuseNoDatabase(dataDir: string): void {
  const database = join(dataDir, databaseName);
  const names = existsSync(database) ? readdirSync(database) : [];
  if (names.includes(unfinishedName)) {
    const strangers = names.filter((name) => name !== unfinishedName && holdsStrangers(database, name));
    if (strangers.length > 0)
      refuse(dataDir, `holds an unfinished database with other files in it (${listed(strangers)})`);
  } else if (names.length > 0 && !names.includes('PG_VERSION')) {
    refuse(dataDir, `holds a folder ${databaseName} that is no database`);
  }
}

function prepare(dataDir: string): void {
  const database = join(dataDir, databaseName);
  mkdirSync(database, { recursive: true, mode: 0o700 });
  // Another process may have filled it before the lock was taken.
  refuseNoDatabase(dataDir);
  const names = readdirSync(database);
  if (names.includes(unfinishedName)) {
    for (const name of names) {
      // The mark goes last: an interruption here leaves it.
      if (name !== unfinishedName) rmSync(join(database, name), { recursive: true, force: true });
    }
  } else if (names.length === 0) {
    writeFileSync(join(database, unfinishedName), 'The first start on this folder has not ended yet.\n', {
      mode: 0o600,
    });
  }
}

/** Every name that PostgreSQL gives to files and folders of its data, at any depth. A link is never one. */
const ownNames =
  /^(?:base|global|members|offsets|mappings|snapshots|archive_status|summaries|PG_VERSION|replorigin_checkpoint|xlogtemp\.\d+|pgsql_tmp[\d.]*|pg_[a-z_]+(?:\.(?:conf|control|map|stat|tmp|init(?:\.\d+)?|map\.tmp))?|pgstat\.(?:stat|tmp)|postgresql(?:\.auto)?\.conf|postmaster\.(?:pid|opts)|(?:t\d+_)?[\dA-F]+(?:_(?:fsm|vm|init))?(?:\.\d+)?)$/;

function holdsStrangers(folder: string, name: string): boolean {
  const path = join(folder, name);
  const found = lstatSync(path);
  if (!ownNames.test(name)) return true;
  if (found.isDirectory()) return readdirSync(path).some((each) => holdsStrangers(path, each));
  return !found.isFile();
}

function refuse(dataDir: string, why: string): never {
  throw new CommandFailure(
    `The data folder ${dataDir} ${why}. Nothing was changed. Choose a new or an empty folder with --data-dir.`,
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown}, …` : shown;
}
