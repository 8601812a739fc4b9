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

/** A locked data folder. */
export interface DataDir {
  /** Its folder with the database. */
  readonly database: string;
  /** Marks the database as complete, so that the next start keeps it. */
  keep(): void;
  /** Unlocks the folder. */
  close(): void;
}

/** The only content of a data folder, besides the lock. */
const databaseName = 'database';
/** Marker in the database folder until the first start is complete. */
const unfinishedName = 'movie-hub.unfinished';

/**
 * Locks the data folder of an embedded database: a new or empty one, or one with only such a database.
 *
 * Two processes in one embedded database would destroy it, so a folder belongs to one process. An interrupted first start leaves
 * an incomplete database, whose files are removed here. Nothing else is ever removed: a folder with other files is refused.
 *
 * @throws CommandFailure when another process holds the folder, it cannot be created, or it contains other files.
 */
export async function openDataDir(dataDir: string): Promise<DataDir> {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    refuseOtherFiles(dataDir);
    refuseOtherDatabase(dataDir);
    makePrivate(dataDir);
    const lock = await lockFolder(dataDir);
    if (!lock.isMine) {
      const who = lock.pid === undefined ? '' : ` (pid ${lock.pid})`;
      throw new CommandFailure(
        `The data folder ${dataDir} is in use by another process${who}. Stop that process, or choose another folder with --data-dir.`,
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
      `The data folder ${dataDir} cannot be used: ${reason}. Choose another folder with --data-dir.`,
      1,
      { cause },
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file',
  ENOENT: 'its path does not exist',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it is read-only',
  ENOSPC: 'the disk is full',
};

function refuseOtherFiles(dataDir: string): void {
  const others = readdirSync(dataDir, { withFileTypes: true }).filter(
    (entry) =>
      !(entry.name === databaseName && entry.isDirectory()) &&
      !(entry.name.startsWith(lockName) && isLock(join(dataDir, entry.name))),
  );
  const names = others.map(({ name }) => name);
  if (names.length > 0) refuse(dataDir, `contains other files (${formatNames(names)})`);
}

/** A folder of another owner is left as it is: the database folder inside is private in any case. */
function makePrivate(dataDir: string): void {
  const { mode, uid } = statSync(dataDir);
  if (process.getuid?.() === uid && mode & 0o077) chmodSync(dataDir, 0o700);
}

function refuseOtherDatabase(dataDir: string): void {
  const database = join(dataDir, databaseName);
  const names = existsSync(database) ? readdirSync(database) : [];
  if (names.includes(unfinishedName)) {
    const foreign = names.filter((name) => name !== unfinishedName && hasForeignFiles(database, name));
    if (foreign.length > 0)
      refuse(dataDir, `contains an incomplete database with other files in it (${formatNames(foreign)})`);
  } else if (names.length > 0 && !names.includes('PG_VERSION')) {
    refuse(dataDir, `contains a folder ${databaseName} that is not a database`);
  }
}

function prepare(dataDir: string): void {
  const database = join(dataDir, databaseName);
  mkdirSync(database, { recursive: true, mode: 0o700 });
  // Another process may have filled it before the lock was taken.
  refuseOtherDatabase(dataDir);
  const names = readdirSync(database);
  if (names.includes(unfinishedName)) {
    for (const name of names) {
      // The marker is removed last, so that an interruption leaves it.
      if (name !== unfinishedName) rmSync(join(database, name), { recursive: true, force: true });
    }
  } else if (names.length === 0) {
    writeFileSync(join(database, unfinishedName), 'The first start with this folder is not complete.\n', {
      mode: 0o600,
    });
  }
}

/** All names of PostgreSQL's data files and folders, at any depth. Links are never among them. */
const ownNames =
  /^(?:base|global|members|offsets|mappings|snapshots|archive_status|summaries|PG_VERSION|replorigin_checkpoint|xlogtemp\.\d+|pgsql_tmp[\d.]*|pg_[a-z_]+(?:\.(?:conf|control|map|stat|tmp|init(?:\.\d+)?|map\.tmp))?|pgstat\.(?:stat|tmp)|postgresql(?:\.auto)?\.conf|postmaster\.(?:pid|opts)|(?:t\d+_)?[\dA-F]+(?:_(?:fsm|vm|init))?(?:\.\d+)?)$/;

function hasForeignFiles(folder: string, name: string): boolean {
  const path = join(folder, name);
  const found = lstatSync(path);
  if (!ownNames.test(name)) return true;
  if (found.isDirectory()) return readdirSync(path).some((each) => hasForeignFiles(path, each));
  return !found.isFile();
}

function refuse(dataDir: string, why: string): never {
  throw new CommandFailure(
    `The data folder ${dataDir} ${why}. Nothing was changed. Choose a new or empty folder with --data-dir.`,
  );
}

function formatNames(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown}, …` : shown;
}
