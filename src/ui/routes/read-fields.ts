import { parseInteger, textField } from '../form-fields';
import type { FormState } from '../views/form-field';

/** The value of a form, or the refused form. */
export type Read<Value, Refused = FormState> = { value: Value } | { refused: Refused };

/** Accepted years. The first films are from the 1870s; people may be older. */
export const titleYears = { min: 1870, max: 2100 };
const lifeYears = { min: 1, max: 2100 };

/** Returns the text fields of a form, with white space normalised. */
export function readTextFields<Name extends string>(
  body: unknown,
  names: readonly Name[],
): Record<Name, string> {
  const entries = names.map((name) => [name, textField(body, name).replace(/\s+/g, ' ').trim()]);
  return Object.fromEntries(entries) as Record<Name, string>;
}

/** Returns the error of a required text, if any. */
export function textError(
  name: string,
  value: string,
  { whenEmpty, maxLength }: { whenEmpty: string; maxLength: number },
): Record<string, string> {
  if (value === '') return { [name]: whenEmpty };
  if (value.length > maxLength) return { [name]: `Use at most ${maxLength} characters.` };
  return {};
}

/** Reads an optional number: null when empty, undefined when invalid or out of range. */
export function parseNumber(
  text: string,
  { min, max }: { min: number; max: number },
): number | null | undefined {
  if (text === '') return null;
  const value = parseInteger(text);
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

/** Reads the optional year of a title. */
export function titleYear(text: string): number | null | undefined {
  return parseNumber(text, titleYears);
}

/** Reads an optional year of birth or death. */
export function lifeYear(text: string): number | null | undefined {
  return parseNumber(text, lifeYears);
}

/** Splits a comma-separated list: no duplicates, in order. */
export function splitList(text: string): string[] {
  return [...new Set(text.split(',').map((part) => part.trim()))].filter((part) => part !== '');
}

/** Returns the error of such a list, if any. */
export function listError(
  name: string,
  parts: readonly string[],
  { maxItems, maxLength }: { maxItems: number; maxLength: number },
): Record<string, string> {
  if (parts.length > maxItems) return { [name]: `Enter at most ${maxItems}.` };
  if (parts.some((part) => part.length > maxLength))
    return { [name]: `Use at most ${maxLength} characters for each.` };
  return {};
}

/** Returns whether there are errors. */
export function hasAny(errors: object): boolean {
  return Object.keys(errors).length > 0;
}
