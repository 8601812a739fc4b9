import { chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeFS } from '@electric-sql/pglite/nodefs';

/** The rights of everybody but the owner. */
const ofOthers = 0o077;

/** Makes a folder that only its owner may read, or takes the rights of others from one that is there, with all that is in it. */
export async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // On Windows the rights of a file are those of its folder.
  if (process.platform === 'win32') return;
  await takeRights(folder);
}

/** Links are left alone: what they lead to belongs to somebody else. */
async function takeRights(folder: string): Promise<void> {
  await restrict(folder);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await takeRights(path);
    else if (entry.isFile()) await restrict(path);
  }
}

async function restrict(path: string): Promise<void> {
  const { mode } = await stat(path);
  if (mode & ofOthers) await chmod(path, mode & 0o700);
}

/** Returns the major version of PostgreSQL that made a data folder, such as 17; undefined when it does not say so. */
export async function versionOf(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(() => '');
  return /^(\d+)\s*$/.exec(text)?.[1];
}

/** Returns the files of an embedded database: the engine gives some of them to everybody, whatever the umask, and these to nobody else. */
export function createPrivateFiles(Files: typeof NodeFS, dataDir: string): NodeFS {
  class PrivateFiles extends Files {
    override async init(...[engine, options]: Parameters<NodeFS['init']>) {
      const { emscriptenOpts } = await super.init(engine, options);
      const keepPrivate = ({ NODEFS }: { NODEFS?: unknown }) => withholdRights(NODEFS as Operations);
      return {
        emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), keepPrivate] },
      };
    }
  }
  return new PrivateFiles(dataDir);
}

/** The operations of Emscripten's file system that set the mode of a file or folder. */
interface Operations {
  node_ops: { mknod: (...args: [unknown, string, number, number]) => unknown; setattr: SetAttributes };
  stream_ops: { setattr: SetAttributes };
}
type SetAttributes = (file: unknown, attributes: { mode?: number }) => void;

function withholdRights({ node_ops, stream_ops }: Operations): void {
  const { mknod } = node_ops;
  node_ops.mknod = (parent, name, mode, device) => mknod(parent, name, mode & ~ofOthers, device);
  for (const operations of [node_ops, stream_ops]) {
    const { setattr } = operations;
    operations.setattr = (file, attributes) =>
      setattr(
        file,
        attributes.mode === undefined ? attributes : { ...attributes, mode: attributes.mode & ~ofOthers },
      );
  }
}
