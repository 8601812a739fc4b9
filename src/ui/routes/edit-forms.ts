import { type CastCategory, castCategories } from '../data/edit-cast';
import type { PersonValues } from '../data/edit-people';
import type { TitleType, TitleValues } from '../data/edit-titles';
import { parseInteger } from '../form-fields';
import type { FormState } from '../views/form-field';
import { characterError, findType, missing, typeError } from './admin-forms';
import {
  hasAny,
  lifeYear,
  listError,
  parseNumber,
  type Read,
  readTextFields,
  splitList,
  textError,
  titleYear,
  titleYears,
} from './read-fields';

/** Accepted runtimes, in minutes. The longest film runs for five weeks. */
const runtimes = { min: 1, max: 60_000 };

/** Reads the full form of a title. */
export function readWholeTitle(body: unknown, types: readonly TitleType[]): Read<TitleValues> {
  const values = readTextFields(body, [
    'title',
    'original_title',
    'title_type',
    'start_year',
    'end_year',
    'runtime_minutes',
    'genres',
  ]);
  const type = findType(types, values.title_type);
  const start_year = titleYear(values.start_year);
  const end_year = titleYear(values.end_year);
  const runtime_minutes = parseNumber(values.runtime_minutes, runtimes);
  const genres = splitList(values.genres);
  const original_title = values.original_title || values.title;
  const years = `Enter a year from ${titleYears.min} to ${titleYears.max}, or leave this empty.`;
  const endsTooEarly =
    typeof start_year === 'number' && typeof end_year === 'number' && end_year < start_year;
  const errors = {
    ...textError('title', values.title, { whenEmpty: 'Enter a title.', maxLength: 500 }),
    ...(values.original_title.length > 500 && { original_title: 'Use at most 500 characters.' }),
    ...typeError(type, values.title_type),
    ...(start_year === undefined && { start_year: years }),
    ...(end_year === undefined && { end_year: years }),
    ...(endsTooEarly && { end_year: 'Enter a year that is not before the first.' }),
    ...(runtime_minutes === undefined && {
      runtime_minutes: `Enter minutes from ${runtimes.min} to ${runtimes.max}, or leave this empty.`,
    }),
    ...listError('genres', genres, { maxItems: 10, maxLength: 40 }),
  };
  if (
    type === undefined ||
    start_year === undefined ||
    end_year === undefined ||
    runtime_minutes === undefined ||
    hasAny(errors)
  )
    return { refused: { values, errors } };
  const { title } = values;
  return {
    value: {
      title,
      original_title,
      title_type: type.title_type_id,
      start_year,
      end_year,
      runtime_minutes,
      genres,
    },
  };
}

/** Returns a title as form values. */
export function titleState(title: TitleValues): FormState {
  const { genres, title_type, start_year, end_year, runtime_minutes, ...texts } = title;
  const text = (value: number | null) => (value === null ? '' : String(value));
  return {
    values: {
      ...texts,
      title_type: String(title_type),
      start_year: text(start_year),
      end_year: text(end_year),
      runtime_minutes: text(runtime_minutes),
      genres: genres.join(', '),
    },
    errors: {},
  };
}

/** Reads the full form of a person. */
export function readWholePerson(body: unknown): Read<PersonValues> {
  const values = readTextFields(body, ['name', 'birth_year', 'death_year', 'professions']);
  const birth_year = lifeYear(values.birth_year);
  const death_year = lifeYear(values.death_year);
  const professions = splitList(values.professions);
  const diesTooEarly =
    typeof birth_year === 'number' && typeof death_year === 'number' && death_year < birth_year;
  const errors = {
    ...textError('name', values.name, { whenEmpty: 'Enter a name.', maxLength: 200 }),
    ...(birth_year === undefined && { birth_year: 'Enter a year, or leave this empty.' }),
    ...(death_year === undefined && { death_year: 'Enter a year, or leave this empty.' }),
    ...(diesTooEarly && { death_year: 'Enter a year that is not before the year of birth.' }),
    ...listError('professions', professions, { maxItems: 10, maxLength: 40 }),
  };
  if (birth_year === undefined || death_year === undefined || hasAny(errors))
    return { refused: { values, errors } };
  return { value: { name: values.name, birth_year, death_year, professions } };
}

/** Returns a person as form values. */
export function personState({ name, birth_year, death_year, professions }: PersonValues): FormState {
  return {
    values: {
      name,
      birth_year: birth_year === null ? '' : String(birth_year),
      death_year: death_year === null ? '' : String(death_year),
      professions: professions.join(', '),
    },
    errors: {},
  };
}

/** Reads the form that adds a part: on the page of a title it picks a person, on that of a person a title. */
export function readPart(
  body: unknown,
  picks: 'person' | 'title',
): Read<{ pickedId: number; category: CastCategory; character: string; state: FormState }> {
  const values = readTextFields(body, ['picked_id', 'words', 'category', 'character']);
  const pickedId = parseInteger(values.picked_id);
  const category = castCategories.find((name) => name === values.category);
  const errors = {
    ...(pickedId === undefined && {
      picked_id: values.picked_id === '' ? `Search for a ${picks} and choose one.` : missing[picks],
    }),
    ...(category === undefined && { category: 'Choose a category.' }),
    ...characterError(values.character),
  };
  if (pickedId === undefined || category === undefined || hasAny(errors))
    return { refused: { values, errors } };
  const { character } = values;
  return { value: { pickedId, category, character, state: { values, errors } } };
}

/** Returns the form's state when the picked title or person no longer exists. */
export function refusePicked(state: FormState, picks: 'person' | 'title'): FormState {
  return { values: state.values, errors: { picked_id: missing[picks] } };
}
