import { basename } from 'node:path';
import { MovieHubError } from 'movie-hub';
import { Fields, Reject } from './fields';
import type { ImdbFile, LineHandler, LoadContext } from './imdb-files';
import { LineReader, maxLineBytes, readPieces } from './line-reader';
import { RowWriter } from './row-writer';

/** Counts of a file's lines, without its header. */
export interface LineCounts {
  lines: number;
  /** Lines that cannot be used. */
  rejected: number;
  /** Loaded lines with a field that cannot be used. */
  incomplete: number;
  /** Lines that the filter leaves out. */
  leftOut: number;
  /** Marks among the rows of a rebuild. */
  marks: number;
}

export interface ReadOptions {
  readonly path: string;
  /** Receives each rejected or incomplete line; the header is line 1. */
  readonly onReject?: ((line: number, reason: string) => void) | undefined;
  readonly onRead: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A file that is being read. */
export interface OpenFile {
  readonly counts: LineCounts;
  /** A writer for each table of the file. */
  readonly writers: readonly RowWriter[];
  /** Handles lines, and yields after each piece of the file. */
  readonly pieces: AsyncGenerator<void>;
}

/** Opens a file to handle its lines piece by piece. */
export function openFile(
  file: ImdbFile,
  load: LoadContext,
  { path, onReject, onRead, signal }: ReadOptions,
): OpenFile {
  const counts = { lines: 0, rejected: 0, incomplete: 0, leftOut: 0, marks: 0 };
  const writers = file.tables.map(() => new RowWriter());
  const line = new LineReader();
  const reports: string[] = [];
  let handle: LineHandler | undefined;

  const begin = (): LineHandler => {
    const { names, at } = readHeader(file, line, path);
    const report = (reason: string) => {
      reports.push(reason);
    };
    const noteMark = () => {
      counts.marks += 1;
    };
    const fields = new Fields(line, names, file.required, report);
    const out = Object.fromEntries(file.tables.map((table, i) => [table, writers[i] as RowWriter]));
    const columns = Object.values(at);
    const handler = file.handler({ ...load, fields, report, noteMark }, at, out);
    return () => {
      if (line.isTooLong) throw new Reject(`it is longer than ${maxLineBytes} bytes`);
      if (line.values.length !== names.length)
        throw new Reject('the number of columns is not that of the header');
      if (line.mayHaveFaults) fields.checkCharacters(columns);
      return handler();
    };
  };

  const handleLines = () => {
    while (line.next()) {
      if (handle === undefined) {
        handle = begin();
        continue;
      }
      counts.lines += 1;
      reports.length = 0;
      try {
        if (!handle()) counts.leftOut += 1;
        else if (reports.length > 0) {
          counts.incomplete += 1;
          onReject?.(counts.lines + 1, reports.join('; '));
        }
      } catch (cause) {
        if (!(cause instanceof Reject)) throw cause;
        counts.rejected += 1;
        onReject?.(counts.lines + 1, cause.message);
      }
    }
  };

  async function* pieces(): AsyncGenerator<void> {
    for await (const piece of readPieces(path, onRead)) {
      signal?.throwIfAborted();
      line.take(piece);
      handleLines();
      yield;
    }
    line.finish();
    handleLines();
    if (handle === undefined) throw noHeader(path);
    yield;
  }
  return { counts, writers, pieces: pieces() };
}

/**
 * Rejects a file with a wrong header.
 *
 * @param needsLines Whether a header without lines is rejected, too.
 * @throws MovieHubError `invalid_argument`.
 */
export async function checkHeader(file: ImdbFile, path: string, needsLines: boolean): Promise<void> {
  const line = new LineReader();
  let lines = 0;
  const isEnough = (): boolean => {
    while (line.next()) {
      if (lines === 0) readHeader(file, line, path);
      lines += 1;
      if (!needsLines || lines > 1) return true;
    }
    return false;
  };
  for await (const piece of readPieces(path, () => undefined)) {
    line.take(piece);
    if (isEnough()) return;
  }
  line.finish();
  if (isEnough()) return;
  if (lines === 0) throw noHeader(path);
  throw new MovieHubError('invalid_argument', `The file ${basename(path)} has no lines below its header.`);
}

/** Reads the current line as the header: all names, and the field numbers of the columns that are needed. */
function readHeader(
  file: ImdbFile,
  line: LineReader,
  path: string,
): { names: string[]; at: Record<string, number> } {
  const names = line.values.map((name) => name.replace(/^\ufeff/, ''));
  const missing = file.columns.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    const message = `The file ${basename(path)} has no column ${missing.join(', ')}.`;
    throw new MovieHubError('invalid_argument', message);
  }
  return { names, at: Object.fromEntries(file.columns.map((column) => [column, names.indexOf(column)])) };
}

function noHeader(path: string): MovieHubError {
  return new MovieHubError('invalid_argument', `The file ${basename(path)} is empty: it has no header.`);
}
