/** Rows are handed over in pieces of about this many bytes. */
const pieceSize = 256 * 1024;
/** No field of a line is longer than this, so there is room for a row beyond a piece. */
const roomFor = 64 * 1024;

const tab = 9;
const lineFeed = 10;
const backslash = 0x5c;
const carriageReturn = 13;
const quote = 0x22;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const null_ = Buffer.from('\\N');

/** Rows in PostgreSQL's text format of COPY, written from bytes that are passed on as they are. */
export class RowWriter {
  #bytes = Buffer.allocUnsafe(pieceSize + roomFor);
  #length = 0;
  #rowStart = 0;
  #isFirst = true;
  #full: Buffer[] = [];
  /** Rows that were ended. */
  rows = 0;

  /** Writes a field that is passed on as it is, with backslashes doubled. */
  bytes(from: Buffer, start: number, end: number): void {
    this.#begin(2 * (end - start));
    const to = this.#bytes;
    let length = this.#length;
    for (let at = start; at < end; at += 1) {
      const byte = from[at] as number;
      to[length++] = byte;
      if (byte === backslash) to[length++] = byte;
      // A line of a file ends at a line feed only: a carriage return within is text.
      else if (byte === carriageReturn) {
        to[length - 1] = backslash;
        to[length++] = 0x72;
      }
    }
    this.#length = length;
  }

  /** Writes text; it has neither tabs nor line feeds, since no field of a file has. */
  text(text: string): void {
    const bytes = Buffer.from(text);
    this.bytes(bytes, 0, bytes.length);
  }

  number(number: number): void {
    this.#begin(16);
    if (number < 0 || number > 999_999_999 || !Number.isInteger(number)) {
      this.#length += this.#bytes.write(String(number), this.#length, 'latin1');
      return;
    }
    // Digit by digit: no text is made of it.
    let length = 1;
    for (let rest = number; rest > 9; rest = Math.trunc(rest / 10)) length += 1;
    let rest = number;
    for (let at = this.#length + length - 1; at >= this.#length; at -= 1) {
      const tens = Math.trunc(rest / 10);
      this.#bytes[at] = 48 + rest - tens * 10;
      rest = tens;
    }
    this.#length += length;
  }

  boolean(value: boolean): void {
    this.#begin(1);
    this.#bytes[this.#length++] = value ? 0x74 : 0x66;
  }

  null(): void {
    this.#begin(2);
    this.#length += null_.copy(this.#bytes, this.#length);
  }

  /** Writes the parts of a field, which a byte separates, as an array of texts; empty ones are left out. */
  parts(from: Buffer, start: number, end: number, separator: number): void {
    this.#begin(5 * (end - start) + 4);
    const to = this.#bytes;
    let length = this.#length;
    let isInPart = false;
    to[length++] = openBrace;
    for (let at = start; at < end; at += 1) {
      const byte = from[at] as number;
      if (byte === separator) {
        if (isInPart) to[length++] = quote;
        isInPart = false;
        continue;
      }
      if (!isInPart) {
        if (to[length - 1] !== openBrace) to[length++] = comma;
        to[length++] = quote;
        isInPart = true;
      }
      // Within an array a backslash stands before these, and in COPY's text before each backslash another.
      if (byte === quote || byte === backslash) {
        to[length++] = backslash;
        to[length++] = backslash;
        if (byte === backslash) to[length++] = backslash;
      } else if (byte === carriageReturn) to[length++] = backslash;
      to[length++] = byte === carriageReturn ? 0x72 : byte;
    }
    if (isInPart) to[length++] = quote;
    to[length++] = closeBrace;
    this.#length = length;
  }

  endRow(): void {
    this.#bytes[this.#length++] = lineFeed;
    this.#isFirst = true;
    this.rows += 1;
    this.#rowStart = this.#length;
    if (this.#length < pieceSize) return;
    this.#full.push(this.#bytes.subarray(0, this.#length));
    this.#bytes = Buffer.allocUnsafe(pieceSize + roomFor);
    this.#length = 0;
    this.#rowStart = 0;
  }

  /** Forgets what was written of a row that is not ended. */
  undo(): void {
    this.#length = this.#rowStart;
    this.#isFirst = true;
  }

  /** Returns the full pieces that were not taken yet. */
  takeFull(): Buffer[] {
    if (this.#full.length === 0) return [];
    const full = this.#full;
    this.#full = [];
    return full;
  }

  /** Returns all that was not taken yet. */
  takeAll(): Buffer[] {
    const all = this.takeFull();
    if (this.#rowStart === 0) return all;
    all.push(this.#bytes.subarray(0, this.#rowStart));
    this.#bytes = Buffer.allocUnsafe(pieceSize + roomFor);
    this.#length = 0;
    this.#rowStart = 0;
    return all;
  }

  #begin(length: number): void {
    const needed = this.#length + length + 2;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * needed);
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    if (this.#isFirst) this.#isFirst = false;
    else this.#bytes[this.#length++] = tab;
  }
}
