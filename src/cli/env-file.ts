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

/** A file of settings that more are appended to. */
export interface EnvFile {
  /** Appends lines, and returns when they are on the disk. */
  append(lines: string): void;
  /** Removes what was appended. */
  takeBack(): void;
  /** Closes the file; one that was made here and got nothing is removed. */
  close(): void;
}

/**
 * Opens a file that settings with passwords can be appended to. It is made when missing; afterwards only its owner may read it,
 * whatever it was before.
 *
 * @param names Settings that the file must not have yet.
 * @throws CommandFailure when it has one of them, or cannot be written.
 */
export function openEnvFile(path: string, names: readonly string[]): EnvFile {
  const { file, isNew } = openFile(path);
  let before = 0;
  let end = 0;
  const close = () => {
    closeSync(file);
    if (isNew && end === 0) rmSync(path, { force: true });
  };
  const takeBack = () => {
    ftruncateSync(file, before);
    end = before;
  };
  try {
    const { mode, size } = fstatSync(file);
    before = end = size;
    const text = readFileSync(file, 'utf8');
    const there = names.filter((name) => Object.hasOwn(parse(text), name));
    if (there.length > 0)
      throw new CommandFailure(
        `${path} has ${there.join(', ')} already. Nothing was changed. Remove such lines, or name another file with --write-env.`,
      );
    if (mode & 0o077 && process.platform !== 'win32') fchmodSync(file, mode & 0o700);
    const gap = text === '' || text.endsWith('\n') ? '' : '\n';
    return {
      append: (lines) => {
        try {
          end = before + writeWhole(file, gap + lines);
          fsyncSync(file);
        } catch (cause) {
          takeBack();
          throw notWritten(path, cause);
        }
      },
      takeBack,
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
    if (!isNew && !statSync(path).isFile()) throw new Error('it is no file');
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
    `${path} cannot be written (${message}). Name another file with --write-env.`,
    1,
    {
      cause,
    },
  );
}
