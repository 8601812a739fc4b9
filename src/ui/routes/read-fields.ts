import { integerOf, textField } from '../form-fields';
import type { FormState } from '../views/form-field';

/** What a form says, or what is wrong with it. */
export type Read<Value, Refused = FormState> = { value: Value } | { refused: Refused };

/** Years that are believed. The first films are of the 1870s, and some of their people much older. */
export const titleYears = { first: 1870, last: 2100 };
const lifeYears = { first: 1, last: 2100 };

/** Returns the fields of a form, each with its spaces tidied. */
export function fieldsOf<Name extends string>(body: unknown, names: readonly Name[]): Record<Name, string> {
  const entries = names.map((name) => [name, textField(body, name).replace(/\s+/g, ' ').trim()]);
  return Object.fromEntries(entries) as Record<Name, string>;
}

/** Returns what is wrong with a text that has to be there. */
export function textError(
  name: string,
  value: string,
  { whenEmpty, longest }: { whenEmpty: string; longest: number },
): Record<string, string> {
  if (value === '') return { [name]: whenEmpty };
  if (value.length > longest) return { [name]: `Use at most ${longest} characters.` };
  return {};
}

/** Reads a number that may be left out: null when it is, undefined for what is none within the limits. */
export function numberOf(
  text: string,
  { first, last }: { first: number; last: number },
): number | null | undefined {
  if (text === '') return null;
  const value = integerOf(text);
  return value !== undefined && value >= first && value <= last ? value : undefined;
}

/** Reads the year of a title. */
export function titleYear(text: string): number | null | undefined {
  return numberOf(text, titleYears);
}

/** Reads the year of a birth or a death. */
export function lifeYear(text: string): number | null | undefined {
  return numberOf(text, lifeYears);
}

/** Reads what is written with commas between: each once, in order. */
export function listOf(text: string): string[] {
  return [...new Set(text.split(',').map((part) => part.trim()))].filter((part) => part !== '');
}

/** Returns what is wrong with such a list. */
export function listError(
  name: string,
  parts: readonly string[],
  { most, longest }: { most: number; longest: number },
): Record<string, string> {
  if (parts.length > most) return { [name]: `Name at most ${most}.` };
  if (parts.some((part) => part.length > longest))
    return { [name]: `Use at most ${longest} characters for each.` };
  return {};
}

/** Tells whether there are mistakes. */
export function hasAny(errors: object): boolean {
  return Object.keys(errors).length > 0;
}
