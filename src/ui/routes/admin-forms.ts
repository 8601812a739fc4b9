import type { TitleType } from '../data/edit-titles';
import { integerOf, listField, textField } from '../form-fields';
import type { AdminForm, RefusedForm } from '../views/admin-view';

/** What a form says, or what is wrong with it. */
export type Read<Value> = { value: Value } | { refused: RefusedForm };

/** Longest texts that the forms take, in characters; the fields have the same limits. */
const longest = { title: 500, name: 200, character: 300 };
/** Years of titles that are believed. The first films are of the 1870s. */
const years = { first: 1870, last: 2100 };

/** Reads the form that creates a title. */
export function readTitleForm(
  body: unknown,
  types: readonly TitleType[],
): Read<{ title: string; type: TitleType; startYear: number | null }> {
  const values = fieldsOf(body, ['title', 'title_type', 'start_year']);
  const type = findType(types, values.title_type);
  const startYear = values.start_year === '' ? null : integerOf(values.start_year);
  const isYear =
    startYear === null || (startYear !== undefined && startYear >= years.first && startYear <= years.last);
  const errors = {
    ...textError('title', values.title, 'Enter a title.'),
    ...(type === undefined && {
      title_type: values.title_type === '' ? 'Choose a type.' : 'There is no such type of title.',
    }),
    ...(!isYear && { start_year: `Enter a year from ${years.first} to ${years.last}, or nothing.` }),
  };
  if (type === undefined || startYear === undefined || hasAny(errors))
    return refuse('titles', values, errors);
  return { value: { title: values.title, type, startYear } };
}

/** Reads the form that creates a person. */
export function readPersonForm(body: unknown): Read<{ name: string }> {
  const values = fieldsOf(body, ['name']);
  const errors = textError('name', values.name, 'Enter a name.');
  return hasAny(errors) ? refuse('people', values, errors) : { value: { name: values.name } };
}

/** Reads the form that casts a person; whether title and person exist is for the database to say. */
export function readCastForm(
  body: unknown,
): Read<{ titleId: number; personId: number; character: string; values: Record<string, string> }> {
  const values = fieldsOf(body, ['title_id', 'person_id', 'character']);
  const titleId = integerOf(values.title_id);
  const personId = integerOf(values.person_id);
  const errors = {
    ...(titleId === undefined && {
      title_id: values.title_id === '' ? 'Choose a title.' : missing.title,
    }),
    ...(personId === undefined && {
      person_id: values.person_id === '' ? 'Choose a person.' : missing.person,
    }),
    ...textError('character', values.character, 'Enter the name of the character.'),
  };
  if (titleId === undefined || personId === undefined || hasAny(errors))
    return refuse('cast', values, errors);
  return { value: { titleId, personId, character: values.character, values } };
}

/** Refuses a casting whose title or person is not there. */
export function refuseCast(values: Record<string, string>, what: 'title' | 'person'): RefusedForm {
  return refuse('cast', values, { [`${what}_id`]: missing[what] }).refused;
}

/** Reads the form that says what a user may see. */
export function readEntitlementsForm(
  body: unknown,
  types: readonly TitleType[],
  username: string,
): Read<{ types: TitleType[] }> {
  const given = listField(body, 'title_types');
  const found = given.map((value) => findType(types, value));
  const known = types.filter((type) => found.includes(type));
  if (!found.includes(undefined)) return { value: { types: known } };
  const errors = { title_types: 'There is no such type of title.' };
  const { refused } = refuse('entitlements', { title_types: given.join(',') }, errors);
  return { refused: { ...refused, username } };
}

const missing = { title: 'There is no such title.', person: 'There is no such person.' };

function findType(types: readonly TitleType[], value: string): TitleType | undefined {
  return types.find((type) => String(type.title_type_id) === value);
}

function fieldsOf<Name extends string>(body: unknown, names: readonly Name[]): Record<Name, string> {
  const entries = names.map((name) => [name, textField(body, name).replace(/\s+/g, ' ').trim()]);
  return Object.fromEntries(entries) as Record<Name, string>;
}

function textError(name: keyof typeof longest, value: string, whenEmpty: string): Record<string, string> {
  if (value === '') return { [name]: whenEmpty };
  if (value.length > longest[name]) return { [name]: `Use at most ${longest[name]} characters.` };
  return {};
}

function hasAny(errors: object): boolean {
  return Object.keys(errors).length > 0;
}

function refuse(
  form: AdminForm,
  values: Record<string, string>,
  errors: Record<string, string>,
): { refused: RefusedForm } {
  return { refused: { form, values, errors } };
}
