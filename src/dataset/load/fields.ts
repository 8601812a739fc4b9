import { cannotStore, type LineReader, nullValue } from './line-reader';

/** The reason why a line is rejected. */
export class Reject extends Error {}

/** PostgreSQL's indexes take up to 2,704 bytes; IMDb's longest titles have several hundred. */
const maxTextBytes = 2000;
const ids = { tt: /^tt\d{1,9}$/, nm: /^nm\d{1,9}$/ } as const;
/** A JSON array of strings without escapes, control characters and blanks between them. */
const plainArray = /^\["[ !#-[\]-\uffff]*"(?:,"[ !#-[\]-\uffff]*")*\]$/;

/**
 * Reads and validates fields of the current line. An invalid field is a {@link Reject} if its column is required; otherwise it becomes
 * null and is reported.
 */
export class Fields {
  readonly #line: LineReader;
  readonly #names: readonly string[];
  readonly #required: readonly boolean[];
  readonly #report: (reason: string) => void;

  /**
   * @param names All columns of the header.
   * @param required The columns that each line needs.
   * @param report Receives what a line is loaded without.
   */
  constructor(
    line: LineReader,
    names: readonly string[],
    required: readonly string[],
    report: (reason: string) => void,
  ) {
    this.#line = line;
    this.#names = names;
    this.#required = names.map((name) => required.includes(name));
    this.#report = report;
  }

  /** Validates the characters of columns. */
  checkCharacters(columns: readonly number[]): void {
    for (const field of columns) {
      const fault = this.#line.faultOf(field);
      if (fault !== undefined) this.#refuse(field, fault);
    }
  }

  optional(field: number): string | null {
    const value = this.#line.values[field] as string;
    return value === nullValue ? null : value;
  }

  /** Reads a text that fits into an index. */
  short(field: number): string | null {
    const value = this.optional(field);
    const isLong =
      value !== null && value.length * 3 > maxTextBytes && Buffer.byteLength(value) > maxTextBytes;
    return isLong ? this.#refuse(field, `is longer than ${maxTextBytes} bytes`) : value;
  }

  text(field: number): string {
    const value = this.short(field);
    if (!value) throw new Reject(`${this.#names[field]} is missing`);
    return value;
  }

  /** Reads the number of an id such as `tt0000001`. */
  id(field: number, prefix: 'tt' | 'nm'): number {
    const text = this.text(field);
    if (!ids[prefix].test(text))
      throw new Reject(`${this.#names[field]} is not an id such as ${prefix}0000001`);
    return Number(text.slice(2));
  }

  /** Reads a list of people's ids, without invalid ones. */
  people(field: number): number[] {
    const people = [...new Set(this.list(field, ','))];
    const valid = people.filter((person) => ids.nm.test(person));
    if (valid.length < people.length)
      this.#report(`${this.#names[field]} has what is not an id such as nm0000001: loaded without it`);
    return valid.map((person) => Number(person.slice(2)));
  }

  list(field: number, separator: ',' | '\u0002'): string[] {
    return this.optional(field)?.split(separator).filter(Boolean) ?? [];
  }

  integer(field: number): number | null {
    const text = this.optional(field);
    if (text === null) return null;
    return /^-?\d{1,9}$/.test(text) ? Number(text) : this.#refuse(field, 'is not a whole number');
  }

  needInteger(field: number): number {
    const number = this.integer(field);
    if (number === null) throw new Reject(`${this.#names[field]} is missing`);
    return number;
  }

  year(field: number): number | null {
    const year = this.integer(field);
    return year !== null && (year < 0 || year > 9999) ? this.#refuse(field, 'is not a year') : year;
  }

  /** Reads 0 or 1; false for null. */
  flag(field: number): boolean {
    const text = this.optional(field);
    if (text !== null && !/^0{0,8}[01]$/.test(text)) this.#refuse(field, 'is neither 0 nor 1');
    return Number(text) === 1;
  }

  rating(field: number): string {
    const text = this.text(field);
    if (!/^\d{1,2}(\.\d+)?$/.test(text) || Number(text) > 10)
      throw new Reject(`${this.#names[field]} is not a number from 0 to 10`);
    return text;
  }

  votes(field: number): number {
    const votes = this.needInteger(field);
    if (votes < 0) throw new Reject(`${this.#names[field]} is negative`);
    return votes;
  }

  /** Reads a JSON array of strings. */
  characters(field: number): string | null {
    const text = this.optional(field);
    if (text === null || plainArray.test(text)) return text;
    const names = parseJson(text);
    if (!Array.isArray(names) || !names.every((item) => typeof item === 'string'))
      return this.#refuse(field, 'is not a JSON array of strings');
    if (names.some((name) => name.includes('\0') || /\p{Surrogate}/u.test(name)))
      return this.#refuse(field, cannotStore);
    return JSON.stringify(names);
  }

  #refuse(field: number, why: string): null {
    const reason = `${this.#names[field]} ${why}`;
    if (this.#required[field]) throw new Reject(reason);
    this.#line.values[field] = nullValue;
    this.#report(`${reason}: loaded without it`);
    return null;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
