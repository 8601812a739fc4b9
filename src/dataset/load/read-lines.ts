import { basename } from 'node:path';
import { MovieHubError } from 'movie-hub';
import { Fields, Reject } from './fields';
import type { ImdbFile, LineContext } from './imdb-file';
import { LineReader, longestLine } from './line-reader';
import { readPieces } from './read-pieces';
import { RowWriter } from './row-writer';

/** What becomes of a file's lines as they are read. */
export interface LineCounts {
  /** Lines read, without the header. */
  lines: number;
  /** Lines that cannot be used. */
  rejected: number;
  /** Lines that are loaded without a field that cannot be used. */
  incomplete: number;
  /** Lines that were not asked for. */
  leftOut: number;
  /** Marks among the rows of a rebuild. */
  marks: number;
}

/** What reading takes that is the same for all files of a load. */
export type LoadContext = Omit<LineContext, 'line' | 'fields' | 'complain' | 'noteMark'>;

/** How a file is read. */
export interface ReadOptions {
  readonly path: string;
  /** Told of each line that cannot be used, or not whole. The header is line 1. */
  readonly onReject?: ((line: number, reason: string) => void) | undefined;
  readonly onRead: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A file that is being read. */
export interface OpenFile {
  readonly counts: LineCounts;
  /** A writer for each table of the file. */
  readonly writers: readonly RowWriter[];
  /** Handles lines up to the end of a piece of the file; yields after each. */
  readonly pieces: AsyncIterable<void>;
}

/** Opens a file for its lines to be handled, piece by piece. */
export function openFile(file: ImdbFile, load: LoadContext, options: ReadOptions): OpenFile {
  const counts = { lines: 0, rejected: 0, incomplete: 0, leftOut: 0, marks: 0 };
  const writers = file.tables.map(() => new RowWriter());
  return { counts, writers, pieces: handleLines(file, load, options, counts, writers) };
}

async function* handleLines(
  file: ImdbFile,
  load: LoadContext,
  { path, onReject, onRead, signal }: ReadOptions,
  counts: LineCounts,
  writers: readonly RowWriter[],
): AsyncGenerator<void> {
  const line = new LineReader();
  const out = Object.fromEntries(file.tables.map((table, i) => [table, writers[i] as RowWriter]));
  let handle: (() => boolean) | undefined;
  const complaints: string[] = [];
  const complain = (reason: string) => {
    complaints.push(reason);
  };
  const begin = (): (() => boolean) => {
    const { names, at } = readHeader(file, line, path);
    const fields = new Fields(line, names, file.required, complain);
    const noteMark = () => {
      counts.marks += 1;
    };
    const handler = file.handler({ ...load, line, fields, complain, noteMark }, at, out);
    return () => {
      if (line.isTooLong) throw new Reject(`it is longer than ${longestLine} bytes`);
      if (line.count !== names.length) throw new Reject('the number of columns is not that of the header');
      if (line.hasFaults) fields.checkBytes(at);
      return handler();
    };
  };
  const handleAll = () => {
    while (line.next()) {
      if (handle === undefined) {
        handle = begin();
        continue;
      }
      counts.lines += 1;
      complaints.length = 0;
      try {
        if (!handle()) counts.leftOut += 1;
        else if (complaints.length > 0) {
          counts.incomplete += 1;
          onReject?.(counts.lines + 1, complaints.join('; '));
        }
      } catch (cause) {
        if (!(cause instanceof Reject)) throw cause;
        for (const writer of writers) writer.undo();
        counts.rejected += 1;
        onReject?.(counts.lines + 1, cause.message);
      }
    }
  };
  for await (const piece of readPieces(path, onRead)) {
    signal?.throwIfAborted();
    line.take(piece);
    handleAll();
    yield;
  }
  line.finish();
  handleAll();
  if (handle === undefined) throw isEmpty(path);
  yield;
}

/**
 * Refuses a file whose lines could not be read.
 *
 * @param needsLines Whether a header without lines is refused, too.
 * @throws MovieHubError `invalid_argument` when the header is missing or lacks a column.
 */
export async function checkHeader(file: ImdbFile, path: string, needsLines: boolean): Promise<void> {
  const line = new LineReader();
  let lines = 0;
  // Whether all that matters is known.
  const look = (): boolean => {
    while (line.next()) {
      if (lines === 0) readHeader(file, line, path);
      lines += 1;
      if (!needsLines || lines > 1) return true;
    }
    return false;
  };
  for await (const piece of readPieces(path, () => undefined)) {
    line.take(piece);
    if (look()) return;
  }
  line.finish();
  if (look()) return;
  throw lines === 0
    ? isEmpty(path)
    : new MovieHubError('invalid_argument', `The file ${basename(path)} has a header only.`);
}

/** Reads the line as the file's header: the names in it, and the places of the columns that are read. */
function readHeader(
  file: ImdbFile,
  line: LineReader,
  path: string,
): { names: string[]; at: Record<string, number> } {
  const names = Array.from({ length: line.count }, (_, i) => line.text(i).replace(/^\ufeff/, ''));
  return { names, at: placesOf(file, names, path) };
}

function isEmpty(path: string): MovieHubError {
  return new MovieHubError('invalid_argument', `The file ${basename(path)} is empty: it has no header.`);
}

function placesOf(file: ImdbFile, names: readonly string[], path: string): Record<string, number> {
  const missing = file.columns.filter((column) => !names.includes(column));
  if (missing.length > 0)
    throw new MovieHubError(
      'invalid_argument',
      `The file ${basename(path)} has no column ${missing.join(', ')}.`,
    );
  return Object.fromEntries(file.columns.map((column) => [column, names.indexOf(column)]));
}
