import type { TitleType } from '../data/edit-titles';
import { listField, parseInteger } from '../form-fields';
import type { AdminForm, RefusedForm } from '../views/admin-view';
import { hasAny, type Read, readTextFields, textError, titleYear, titleYears } from './read-fields';

/** Reads the overview's form for a new title. */
export function readTitleForm(
  body: unknown,
  types: readonly TitleType[],
): Read<{ title: string; type: TitleType; startYear: number | null }, RefusedForm> {
  const values = readTextFields(body, ['title', 'title_type', 'start_year']);
  const type = findType(types, values.title_type);
  const startYear = titleYear(values.start_year);
  const errors = {
    ...textError('title', values.title, { whenEmpty: 'Enter a title.', maxLength: 500 }),
    ...typeError(type, values.title_type),
    ...(startYear === undefined && {
      start_year: `Enter a year from ${titleYears.min} to ${titleYears.max}, or leave this empty.`,
    }),
  };
  if (type === undefined || startYear === undefined || hasAny(errors))
    return refuse('titles', values, errors);
  return { value: { title: values.title, type, startYear } };
}

/** Reads the overview's form for a new person. */
export function readPersonForm(body: unknown): Read<{ name: string }, RefusedForm> {
  const values = readTextFields(body, ['name']);
  const errors = textError('name', values.name, { whenEmpty: 'Enter a name.', maxLength: 200 });
  return hasAny(errors) ? refuse('people', values, errors) : { value: { name: values.name } };
}

/** Reads the overview's form that casts a person. The database checks that both exist. */
export function readCastForm(
  body: unknown,
): Read<
  { titleId: number; personId: number; character: string; values: Record<string, string> },
  RefusedForm
> {
  const values = readTextFields(body, ['title_id', 'person_id', 'character']);
  const titleId = parseInteger(values.title_id);
  const personId = parseInteger(values.person_id);
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

/** Refuses to cast when the title or person does not exist. */
export function refuseCast(values: Record<string, string>, what: 'title' | 'person'): RefusedForm {
  return refuse('cast', values, { [`${what}_id`]: missing[what] }).refused;
}

/** Reads the form of a user's title types. */
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

/** Messages for values that do not exist. */
export const missing = {
  title: 'There is no such title.',
  person: 'There is no such person.',
  type: 'There is no such title type.',
};

/** Returns the title type of a form value. */
export function findType(types: readonly TitleType[], value: string): TitleType | undefined {
  return types.find((type) => String(type.title_type_id) === value);
}

/** Returns the error of a title type, if any. */
export function typeError(type: TitleType | undefined, value: string): Record<string, string> {
  if (type !== undefined) return {};
  return { title_type: value === '' ? 'Choose a type.' : missing.type };
}

/** Returns the error of a character name, if any. */
export function characterError(character: string): Record<string, string> {
  const limits = { whenEmpty: 'Enter a character name.', maxLength: 300 };
  return textError('character', character, limits);
}

function refuse(
  form: AdminForm,
  values: Record<string, string>,
  errors: Record<string, string>,
): { refused: RefusedForm } {
  return { refused: { form, values, errors } };
}
