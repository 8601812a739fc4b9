import type { TitleType } from '../data/edit-titles';
import { integerOf, listField } from '../form-fields';
import type { AdminForm, RefusedForm } from '../views/admin-view';
import { fieldsOf, hasAny, type Read, textError, titleYear, titleYears } from './read-fields';

/** The form of the overview that creates a title. */
export function readTitleForm(
  body: unknown,
  types: readonly TitleType[],
): Read<{ title: string; type: TitleType; startYear: number | null }, RefusedForm> {
  const values = fieldsOf(body, ['title', 'title_type', 'start_year']);
  const type = findType(types, values.title_type);
  const startYear = titleYear(values.start_year);
  const errors = {
    ...textError('title', values.title, { whenEmpty: 'Enter a title.', longest: 500 }),
    ...typeError(type, values.title_type),
    ...(startYear === undefined && {
      start_year: `Enter a year from ${titleYears.first} to ${titleYears.last}, or nothing.`,
    }),
  };
  if (type === undefined || startYear === undefined || hasAny(errors))
    return refuse('titles', values, errors);
  return { value: { title: values.title, type, startYear } };
}

/** The form of the overview that creates a person. */
export function readPersonForm(body: unknown): Read<{ name: string }, RefusedForm> {
  const values = fieldsOf(body, ['name']);
  const errors = textError('name', values.name, { whenEmpty: 'Enter a name.', longest: 200 });
  return hasAny(errors) ? refuse('people', values, errors) : { value: { name: values.name } };
}

/** The form of the overview that casts a person; whether title and person exist is for the database to say. */
export function readCastForm(
  body: unknown,
): Read<
  { titleId: number; personId: number; character: string; values: Record<string, string> },
  RefusedForm
> {
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
    ...characterError(values.character),
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
): Read<{ types: TitleType[] }, RefusedForm> {
  const given = listField(body, 'title_types');
  const found = given.map((value) => findType(types, value));
  const known = types.filter((type) => found.includes(type));
  if (!found.includes(undefined)) return { value: { types: known } };
  const errors = { title_types: missing.type };
  const { refused } = refuse('entitlements', { title_types: given.join(',') }, errors);
  return { refused: { ...refused, username } };
}

/** What is said of what is not there. */
export const missing = {
  title: 'There is no such title.',
  person: 'There is no such person.',
  type: 'There is no such type of title.',
};

/** Returns the type of titles that a form's text names. */
export function findType(types: readonly TitleType[], value: string): TitleType | undefined {
  return types.find((type) => String(type.title_type_id) === value);
}

/** Returns what is wrong with the type of a title. */
export function typeError(type: TitleType | undefined, value: string): Record<string, string> {
  if (type !== undefined) return {};
  return { title_type: value === '' ? 'Choose a type.' : missing.type };
}

/** Returns what is wrong with the name of a character. */
export function characterError(character: string): Record<string, string> {
  const limits = { whenEmpty: 'Enter the name of the character.', longest: 300 };
  return textError('character', character, limits);
}

function refuse(
  form: AdminForm,
  values: Record<string, string>,
  errors: Record<string, string>,
): { refused: RefusedForm } {
  return { refused: { form, values, errors } };
}
