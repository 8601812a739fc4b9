import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { parse } from 'dotenv';
import { CommandFailure } from './failure';

/** A settings file to append to. */
export interface EnvFile {
  /** Appends lines, and returns after they are on disk. */
  append(lines: string): void;
  /** Removes the appended lines. */
  revert(): void;
  /** Closes the file; a new file without content is removed. */
  close(): void;
}

/**
 * Opens a file to append settings with passwords. It is created if missing, and made readable only by its owner.
 *
 * @param names Settings that the file must not contain yet.
 * @throws CommandFailure when it contains one of them, or cannot be written.
 */
export function openEnvFile(path: string, names: readonly string[]): EnvFile {
  const { file, isNew } = openFile(path);
  let before = 0;
  let end = 0;
  const close = () => {
    closeSync(file);
    if (isNew && end === 0) rmSync(path, { force: true });
  };
  const revert = () => {
    ftruncateSync(file, before);
    end = before;
  };
  try {
    const { mode, size } = fstatSync(file);
    before = end = size;
    const text = readFileSync(file, 'utf8');
    const existing = names.filter((name) => Object.hasOwn(parse(text), name));
    if (existing.length > 0)
      throw new CommandFailure(
        `${path} already contains ${existing.join(', ')}. Nothing was changed. Remove these lines, or choose another file with --write-env.`,
      );
    if (mode & 0o077 && process.platform !== 'win32') fchmodSync(file, mode & 0o700);
    const gap = text === '' || text.endsWith('\n') ? '' : '\n';
    return {
      append: (lines) => {
        try {
          end = before + writeWhole(file, gap + lines);
          fsyncSync(file);
        } catch (cause) {
          revert();
          throw notWritten(path, cause);
        }
      },
      revert,
      close,
    };
  } catch (cause) {
    close();
    throw cause instanceof CommandFailure ? cause : notWritten(path, cause);
  }
}

function openFile(path: string): { file: number; isNew: boolean } {
  try {
    const isNew = !existsSync(path);
    if (!isNew && !statSync(path).isFile()) throw new Error('it is not a file');
    return { file: openSync(path, 'a+', 0o600), isNew };
  } catch (cause) {
    throw notWritten(path, cause);
  }
}

function writeWhole(file: number, text: string): number {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
  return bytes.length;
}

function notWritten(path: string, cause: unknown): CommandFailure {
  const { message } = cause as Error;
  return new CommandFailure(
    `${path} cannot be written (${message}). Choose another file with --write-env.`,
    1,
    {
      cause,
    },
  );
}
