import { type CastCategory, castCategories } from '../data/edit-cast';
import type { PersonValues } from '../data/edit-people';
import type { TitleType, TitleValues } from '../data/edit-titles';
import { integerOf } from '../form-fields';
import type { FormState } from '../views/form-field';
import { characterError, findType, missing, typeError } from './admin-forms';
import {
  fieldsOf,
  hasAny,
  lifeYear,
  listError,
  listOf,
  numberOf,
  type Read,
  textError,
  titleYear,
  titleYears,
} from './read-fields';

/** Lengths of titles that are believed, in minutes. The longest film takes five weeks. */
const runtimes = { first: 1, last: 60_000 };

/** Reads the whole form of a title. */
export function readWholeTitle(body: unknown, types: readonly TitleType[]): Read<TitleValues> {
  const values = fieldsOf(body, [
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
  const runtime_minutes = numberOf(values.runtime_minutes, runtimes);
  const genres = listOf(values.genres);
  const original_title = values.original_title || values.title;
  const years = `Enter a year from ${titleYears.first} to ${titleYears.last}, or nothing.`;
  const endsTooEarly =
    typeof start_year === 'number' && typeof end_year === 'number' && end_year < start_year;
  const errors = {
    ...textError('title', values.title, { whenEmpty: 'Enter a title.', longest: 500 }),
    ...(values.original_title.length > 500 && { original_title: 'Use at most 500 characters.' }),
    ...typeError(type, values.title_type),
    ...(start_year === undefined && { start_year: years }),
    ...(end_year === undefined && { end_year: years }),
    ...(endsTooEarly && { end_year: 'It cannot end before it began.' }),
    ...(runtime_minutes === undefined && {
      runtime_minutes: `Enter minutes from ${runtimes.first} to ${runtimes.last}, or nothing.`,
    }),
    ...listError('genres', genres, { most: 10, longest: 40 }),
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

/** Returns a title as its form's fields hold it. */
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

/** Reads the whole form of a person. */
export function readWholePerson(body: unknown): Read<PersonValues> {
  const values = fieldsOf(body, ['name', 'birth_year', 'death_year', 'professions']);
  const birth_year = lifeYear(values.birth_year);
  const death_year = lifeYear(values.death_year);
  const professions = listOf(values.professions);
  const diesTooEarly =
    typeof birth_year === 'number' && typeof death_year === 'number' && death_year < birth_year;
  const errors = {
    ...textError('name', values.name, { whenEmpty: 'Enter a name.', longest: 200 }),
    ...(birth_year === undefined && { birth_year: 'Enter a year, or nothing.' }),
    ...(death_year === undefined && { death_year: 'Enter a year, or nothing.' }),
    ...(diesTooEarly && { death_year: 'Nobody dies before birth.' }),
    ...listError('professions', professions, { most: 10, longest: 40 }),
  };
  if (birth_year === undefined || death_year === undefined || hasAny(errors))
    return { refused: { values, errors } };
  return { value: { name: values.name, birth_year, death_year, professions } };
}

/** Returns a person as the form's fields hold him. */
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

/** Reads the form that adds a part, on the page of a title (which picks a person) or of a person (which picks a title). */
export function readPart(
  body: unknown,
  picks: 'person' | 'title',
): Read<{ pickedId: number; category: CastCategory; character: string; state: FormState }> {
  const values = fieldsOf(body, ['picked_id', 'words', 'category', 'character']);
  const pickedId = integerOf(values.picked_id);
  const category = castCategories.find((name) => name === values.category);
  const errors = {
    ...(pickedId === undefined && {
      picked_id: values.picked_id === '' ? `Search for a ${picks}, and choose one.` : missing[picks],
    }),
    ...(category === undefined && { category: 'Choose one of these.' }),
    ...characterError(values.character),
  };
  if (pickedId === undefined || category === undefined || hasAny(errors))
    return { refused: { values, errors } };
  const { character } = values;
  return { value: { pickedId, category, character, state: { values, errors } } };
}

/** Says that what was picked is not there any more. */
export function refusePicked(state: FormState, picks: 'person' | 'title'): FormState {
  return { values: state.values, errors: { picked_id: missing[picks] } };
}
