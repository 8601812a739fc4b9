import { cannotStore, type LineReader } from './line-reader';

/** A line that cannot be used, with the reason. */
export class Reject extends Error {}

/**
 * The fields of a file's lines by the names in its header. Where a field cannot be used, a line that cannot do without it is a
 * {@link Reject}; any other is loaded as though the field had nothing, which is noted.
 */
export class Fields {
  readonly #line: LineReader;
  readonly #names: readonly string[];
  readonly #required: readonly boolean[];
  readonly #complain: (reason: string) => void;

  /**
   * @param names The header's.
   * @param required The columns that no line can do without.
   * @param complain Notes what a line is loaded without.
   */
  constructor(
    line: LineReader,
    names: readonly string[],
    required: readonly string[],
    complain: (reason: string) => void,
  ) {
    this.#line = line;
    this.#names = names;
    this.#required = names.map((name) => required.includes(name));
    this.#complain = complain;
  }

  /** Finds the fields with bytes that cannot be stored, among those that are read. */
  checkBytes(columns: Readonly<Record<string, number>>): void {
    for (const field of Object.values(columns)) {
      const fault = this.#line.faultOf(field);
      if (fault !== undefined) this.#refuse(field, fault);
    }
  }

  /** Refuses a field without text, and one that no index takes. */
  needText(field: number): void {
    if (this.#line.isEmpty(field)) throw new Reject(`${this.#names[field]} is missing`);
    this.needShort(field);
  }

  /** Refuses a field that no index takes; it may be nothing. */
  needShort(field: number): void {
    if ((this.#line.ends[field] as number) - (this.#line.starts[field] as number) > longestText)
      this.#refuse(field, `is longer than ${longestText} bytes`);
  }

  /** Reads the number of an id such as `tt0000001`. */
  id(field: number, prefix: 'tt' | 'nm'): number {
    this.needText(field);
    const { bytes, starts } = this.#line;
    const start = starts[field] as number;
    const isPrefixed = bytes[start] === prefix.charCodeAt(0) && bytes[start + 1] === prefix.charCodeAt(1);
    const number = isPrefixed ? this.#line.digits(field, 2) : -1;
    if (number < 0) throw new Reject(`${this.#names[field]} is not an id such as ${prefix}0000001`);
    return number;
  }

  /** Reads a list of people's ids, without what is none. */
  people(field: number): number[] {
    if (this.#line.isEmpty(field)) return [];
    const people = new Set(this.#line.text(field).split(',').filter(Boolean));
    const ids = [...people].flatMap((person) => /^nm(\d{1,9})$/.exec(person)?.[1] ?? []).map(Number);
    if (ids.length < people.size)
      this.#complain(`${this.#names[field]} has what is not an id such as nm0000001: loaded without it`);
    return ids;
  }

  /** Reads a whole number, or null. */
  integer(field: number): number | null {
    if (this.#line.isNull(field)) return null;
    const number = this.#line.digits(field);
    if (number >= 0) return number;
    const text = this.#line.text(field);
    if (/^-\d{1,9}$/.test(text)) return Number(text);
    return this.#refuse(field, 'is not a whole number');
  }

  /** Reads a whole number that must be there. */
  needInteger(field: number): number {
    const number = this.integer(field);
    if (number === null) throw new Reject(`${this.#names[field]} is missing`);
    return number;
  }

  /** Reads a year, or null. */
  year(field: number): number | null {
    const year = this.integer(field);
    return year !== null && (year < 0 || year > 9999) ? this.#refuse(field, 'is not a year') : year;
  }

  /** Reads a list; empty for nothing. */
  list(field: number, separator = ','): string[] {
    return this.#line.isNull(field) ? [] : this.#line.text(field).split(separator).filter(Boolean);
  }

  /** Reads 0 or 1; false for nothing. */
  flag(field: number): boolean {
    if (this.#line.isNull(field)) return false;
    const number = this.#line.digits(field);
    if (number !== 0 && number !== 1) this.#refuse(field, 'is neither 0 nor 1');
    return number === 1;
  }

  /** Refuses what is no mean of votes. */
  needRating(field: number): void {
    this.needText(field);
    const text = this.#line.text(field);
    if (!/^\d{1,2}(\.\d+)?$/.test(text) || Number(text) > 10)
      throw new Reject(`${this.#names[field]} is not a number from 0 to 10`);
  }

  /** Reads a number of votes. */
  votes(field: number): number {
    const votes = this.needInteger(field);
    if (votes < 0) throw new Reject(`${this.#names[field]} is negative`);
    return votes;
  }

  /** Whether a field is a JSON array of texts without escapes, as nearly all are: it can be passed on as it is. */
  isPlainArray(field: number): boolean {
    const { bytes, starts, ends } = this.#line;
    let at = starts[field] as number;
    const last = (ends[field] as number) - 1;
    if (bytes[at] !== 0x5b || bytes[last] !== 0x5d || last - at < 2) return false;
    for (at += 1; ; at += 1) {
      if (bytes[at] !== quote) return false;
      for (at += 1; at < last && bytes[at] !== quote; at += 1)
        if (bytes[at] === 0x5c || (bytes[at] as number) < 0x20) return false;
      at += 1;
      if (at >= last) return at === last;
      if (bytes[at] !== 0x2c) return false;
    }
  }

  /** Reads the characters as JSON text, for arrays that are not plain; null for what is none. */
  characters(field: number): string | null {
    const names = parseJson(this.#line.text(field));
    if (!Array.isArray(names) || !names.every((item) => typeof item === 'string'))
      return this.#refuse(field, 'is not a JSON array of strings');
    if (names.some((name) => name.includes('\0') || /\p{Surrogate}/u.test(name)))
      return this.#refuse(field, cannotStore);
    return JSON.stringify(names);
  }

  #refuse(field: number, why: string): null {
    const reason = `${this.#names[field]} ${why}`;
    if (this.#required[field]) throw new Reject(reason);
    this.#line.drop(field);
    this.#complain(`${reason}: loaded without it`);
    return null;
  }
}

/** Why an id is refused whose page would be one too many: memory has an end. */
export const tooScattered = 'its id is too far from those of the lines before';

const quote = 0x22;
/** PostgreSQL's indexes take up to 2,704 bytes; IMDb's longest titles have several hundred. */
const longestText = 2000;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
