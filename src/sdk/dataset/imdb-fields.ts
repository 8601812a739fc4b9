/** Fields of a line of an IMDb file by name. The functions here throw an error with the reason where one cannot be used. */
export type ImdbFields = Readonly<Record<string, string | null>>;

/** Reads a field that must be there. */
export function text(fields: ImdbFields, name: string): string {
  const value = fields[name];
  if (!value) throw new Error(`${name} is missing`);
  return value;
}

/** Reads the number of an id such as `tt0000001`. */
export function id(fields: ImdbFields, name: string, prefix: 'tt' | 'nm'): number {
  const match = new RegExp(`^${prefix}(\\d{1,9})$`).exec(text(fields, name));
  if (match === null) throw new Error(`${name} is not an id such as ${prefix}0000001`);
  return Number(match[1]);
}

/** Reads a whole number, or null. */
export function integer(fields: ImdbFields, name: string): number | null {
  const value = fields[name];
  if (value === null || value === undefined) return null;
  if (!/^-?\d{1,9}$/.test(value)) throw new Error(`${name} is not a whole number`);
  return Number(value);
}

/** Refuses null. */
export function required(value: number | null, name: string): number {
  if (value === null) throw new Error(`${name} is missing`);
  return value;
}

/** Reads a list whose parts are joined by commas; empty for null. */
export function list(fields: ImdbFields, name: string): string[] {
  return (fields[name] ?? '').split(',').filter(Boolean);
}

/** Reads a mean of votes, as text so that it keeps its digits. */
export function rating(fields: ImdbFields): string {
  const value = text(fields, 'averageRating');
  if (/^\d{1,2}(\.\d+)?$/.test(value) && Number(value) <= 10) return value;
  throw new Error('averageRating is not a number from 0 to 10');
}

/** Reads a number of votes. */
export function votes(fields: ImdbFields): number {
  const value = required(integer(fields, 'numVotes'), 'numVotes');
  if (value < 0) throw new Error('numVotes is negative');
  return value;
}

/** Reads the characters as JSON text, or null. */
export function characters(fields: ImdbFields): string | null {
  const value = fields.characters;
  if (value === null || value === undefined) return null;
  const names = parseJson(value);
  if (!Array.isArray(names) || !names.every((item) => typeof item === 'string')) {
    throw new Error('characters is not a JSON array of strings');
  }
  names.forEach(checkStorable);
  return JSON.stringify(names);
}

/**
 * Refuses text that PostgreSQL cannot hold: NUL, and half of a surrogate pair, which an escape in JSON can name.
 *
 * @throws Error with the reason.
 */
export function checkStorable(text: string): void {
  if (text.includes('\0') || /\p{Surrogate}/u.test(text))
    throw new Error('it holds a character that PostgreSQL cannot store');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
