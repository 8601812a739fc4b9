import { type Fields, Reject } from './fields';
import type { LineReader } from './line-reader';
import type { NameIndex } from './name-index';
import type { RowWriter } from './row-writer';
import type { LoadTableName } from './tables';
import type { TitleIndex, VoteIndex } from './title-index';

/** What a line is read with. */
export interface LineContext {
  readonly line: LineReader;
  readonly fields: Fields;
  /** Ids of the title types that the database knows, by IMDb's words for them. */
  readonly types: ReadonlyMap<string, number>;
  readonly titles: TitleIndex;
  readonly names: NameIndex;
  readonly votes: VoteIndex;
  /** The type that a title has in the database which stood there before; undefined for others. */
  readonly typeOfKept: (id: number) => number | undefined;
  /** Whether a title was asked for. */
  readonly wants: (id: number, type: number) => boolean;
  /** Whether only people of the titles that were asked for are. */
  readonly isSubset: boolean;
  /** Whether the rows of a title, or of a person, are to be written now. */
  readonly writesTitle: (id: number) => boolean;
  readonly writesName: (id: number) => boolean;
  /** Whether a title that shows a person adds to the types of that person now. */
  readonly showsPeople: (id: number) => boolean;
  /** Whether rows go straight into the tables, where they meet no older ones. */
  readonly rebuilds: boolean;
  /** Notes that a mark was written among rows that go straight into a table: what came before it has to be taken out again. */
  readonly noteMark: () => void;
  /** Notes what the line is loaded without. */
  readonly complain: (reason: string) => void;
}

/** Handles the line that the context's reader stands at; returns false when it was not asked for. */
export type LineHandler = () => boolean;

/** How the lines of one of IMDb's files become rows. */
export interface ImdbFile {
  /** Name without ending: `title.basics`. */
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns that no line can do without: what a row is, and what decides who may see it. */
  readonly required: readonly string[];
  /** The first gets most rows. */
  readonly tables: readonly LoadTableName[];
  /**
   * Makes what handles lines. A line that cannot be used is a {@link Reject}; nothing of it is written then.
   *
   * @param at Places of the columns.
   * @param out Writers of rows for the tables, in their columns' order.
   */
  readonly handler: (
    context: LineContext,
    at: Readonly<Record<string, number>>,
    out: Readonly<Record<string, RowWriter>>,
  ) => LineHandler;
}

/** Declares a file, so that the names of columns and tables are known where they are used. */
export function defineFile<Column extends string, Table extends LoadTableName>(file: {
  name: string;
  columns: readonly Column[];
  required: readonly NoInfer<Column>[];
  tables: readonly Table[];
  handler: (
    context: LineContext,
    at: Readonly<Record<Column, number>>,
    out: Readonly<Record<Table, RowWriter>>,
  ) => LineHandler;
}): ImdbFile {
  return file as unknown as ImdbFile;
}

/** Passes a field that may be nothing on as it is. */
export function passOn({ line }: LineContext, out: RowWriter, field: number): void {
  if (line.isNull(field)) out.null();
  else out.bytes(line.bytes, line.starts[field] as number, line.ends[field] as number);
}

export function writeNumber(out: RowWriter, number: number | null): void {
  if (number === null) out.null();
  else out.number(number);
}

/** Puts the parts of a field, joined by a character, into a row as an array; nothing is an empty one. */
export function writeParts(
  { line }: LineContext,
  out: RowWriter,
  field: number,
  separator: ',' | '\u0002',
): void {
  const start = line.starts[field] as number;
  const end = line.isNull(field) ? start : (line.ends[field] as number);
  out.parts(line.bytes, start, end, separator.charCodeAt(0));
}

/** Returns the type of a title that a line names, or false when the title was not asked for. */
export function typeOfTitle({ titles }: LineContext, id: number, column: string): number | false {
  const type = titles.typeOf(id);
  if (type === undefined) throw new Reject(`${column} is not in title.basics`);
  return type;
}
