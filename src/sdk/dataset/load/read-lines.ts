import { basename } from 'node:path';
import { MovieHubError } from '../../errors';
import { Fields, Reject } from './fields';
import type { ImdbFile, LineContext } from './imdb-file';
import { LineReader } from './line-reader';
import { readPieces } from './read-pieces';
import { RowWriter } from './row-writer';

/** What becomes of a file's lines as they are read. */
export interface LineCounts {
  /** Lines read, without the header. */
  lines: number;
  /** Lines that cannot be used, or not whole. */
  rejected: number;
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
  /** Told of each line that cannot be used. The header is line 1. */
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
  const counts = { lines: 0, rejected: 0, leftOut: 0, marks: 0 };
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
  let columns = 0;
  let handle: (() => boolean) | undefined;
  let isComplained = false;
  const reject = (reason: string) => {
    counts.rejected += 1;
    onReject?.(counts.lines + 1, reason);
  };
  const complain = (reason: string) => {
    isComplained = true;
    reject(reason);
  };
  const handleAll = () => {
    while (line.next()) {
      if (handle === undefined) {
        const names = Array.from({ length: line.count }, (_, i) => line.text(i));
        columns = line.count;
        const at = placesOf(file, names, path);
        const fields = new Fields(line, names);
        const noteMark = () => {
          counts.marks += 1;
        };
        handle = file.handler({ ...load, line, fields, complain, noteMark }, at, out);
        continue;
      }
      counts.lines += 1;
      isComplained = false;
      try {
        if (line.fault !== undefined) throw new Reject(line.fault);
        if (line.count !== columns) throw new Reject('the number of columns is not that of the header');
        if (!handle() && !isComplained) counts.leftOut += 1;
      } catch (cause) {
        if (!(cause instanceof Reject)) throw cause;
        for (const writer of writers) writer.undo();
        reject(cause.message);
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
  if (handle === undefined)
    throw new MovieHubError('invalid_argument', `The file ${basename(path)} is empty: it has no header.`);
  yield;
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
