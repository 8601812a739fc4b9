import { defineQuery, type ReadScope, runQuery } from 'movie-hub';
import countPartsSql from '../../../sql/hub/queries/count_title_parts.sql';
import createTitleSql from '../../../sql/hub/queries/create_title.sql';
import deleteTitleSql from '../../../sql/hub/queries/delete_title.sql';
import findTitleSql from '../../../sql/hub/queries/find_title_to_edit.sql';
import typesSql from '../../../sql/hub/queries/list_title_types.sql';
import lockTitleSql from '../../../sql/hub/queries/lock_title.sql';
import saveTitleSql from '../../../sql/hub/queries/save_title.sql';
import setGenresSql from '../../../sql/hub/queries/set_genres.sql';
import type { Principal } from '../hub-context';
import type { EditScope } from '../scopes';
import { addEdit } from './audit';

/** A title type. */
export interface TitleType {
  title_type_id: number;
  name: string;
  label: string;
}

/** The editable values of a title. */
export interface TitleValues {
  title: string;
  original_title: string;
  title_type: number;
  start_year: number | null;
  end_year: number | null;
  runtime_minutes: number | null;
  genres: readonly string[];
}

/** What is deleted together with a title. */
export interface TitleParts {
  cast_rows: number;
  crew_rows: number;
  /** Null without votes. */
  votes: number | null;
  other_titles: number;
  genres: number;
  /** 1 for an episode with a series. */
  series_links: number;
  /** Episodes of a series, which remain without it. */
  episodes: number;
}

/** Reads the title types that the scope may see: all of them for an editor. */
export function listTitleTypes(scope: EditScope | ReadScope): Promise<TitleType[]> {
  return runQuery(scope, typesQuery, {});
}

/** Reads the editable values of a title; undefined when there is no such title. */
export async function findTitleToEdit(scope: EditScope, titleId: number): Promise<TitleValues | undefined> {
  const [row] = await runQuery(scope, findTitleQuery, { title_id: titleId });
  if (row === undefined) return undefined;
  const { title_id: _, primary_title: title, ...rest } = row;
  return { title, ...rest };
}

/** Creates a title and returns its id. */
export async function createTitle(scope: EditScope, actor: Principal, title: TitleValues): Promise<number> {
  const { genres, ...values } = title;
  const [row] = await runQuery(scope, createTitleQuery, values);
  const titleId = row?.title_id ?? 0;
  if (genres.length > 0) await runQuery(scope, setGenresQuery, { title_id: titleId, genres });
  await addEdit(scope, actor, {
    action: 'title.create',
    subject: String(titleId),
    detail: title,
  });
  return titleId;
}

/** Changes a title, and audits the values before and after; returns false when there is no such title. */
export async function saveTitle(
  scope: EditScope,
  actor: Principal,
  titleId: number,
  after: TitleValues,
): Promise<boolean> {
  const before = await lockAndRead(scope, titleId);
  if (before === undefined) return false;
  const { genres, ...values } = after;
  await runQuery(scope, saveTitleQuery, { title_id: titleId, ...values });
  await runQuery(scope, setGenresQuery, { title_id: titleId, genres });
  await addEdit(scope, actor, {
    action: 'title.edit',
    subject: String(titleId),
    detail: { before, after },
  });
  return true;
}

/** Counts what is deleted together with a title. */
export async function countTitleParts(scope: EditScope, titleId: number): Promise<TitleParts | undefined> {
  const [parts] = await runQuery(scope, countPartsQuery, { title_id: titleId });
  return parts;
}

/** Deletes a title with its child rows; returns its values, or undefined when there is no such title. */
export async function deleteTitle(
  scope: EditScope,
  actor: Principal,
  titleId: number,
): Promise<TitleValues | undefined> {
  const before = await lockAndRead(scope, titleId);
  if (before === undefined) return undefined;
  const parts = await countTitleParts(scope, titleId);
  await runQuery(scope, deleteTitleQuery, { title_id: titleId });
  await addEdit(scope, actor, {
    action: 'title.delete',
    subject: String(titleId),
    detail: { before, with: parts },
  });
  return before;
}

async function lockAndRead(scope: EditScope, titleId: number): Promise<TitleValues | undefined> {
  await runQuery(scope, lockTitleQuery, { title_id: titleId });
  return findTitleToEdit(scope, titleId);
}

const typesQuery = defineQuery<TitleType>({ name: 'list_title_types', sql: typesSql, parameters: [] });

const findTitleQuery = defineQuery<
  Omit<TitleValues, 'title'> & { title_id: number; primary_title: string },
  { title_id: number }
>({ name: 'find_title_to_edit', sql: findTitleSql, parameters: ['title_id'] });

const titleColumns = [
  'title_type',
  'title',
  'original_title',
  'start_year',
  'end_year',
  'runtime_minutes',
] as const;

const createTitleQuery = defineQuery<{ title_id: number }, Omit<TitleValues, 'genres'>>({
  name: 'create_title',
  sql: createTitleSql,
  parameters: [...titleColumns],
});

const saveTitleQuery = defineQuery<object, Omit<TitleValues, 'genres'> & { title_id: number }>({
  name: 'save_title',
  sql: saveTitleSql,
  parameters: ['title_id', ...titleColumns],
});

const setGenresQuery = defineQuery<object, { title_id: number; genres: readonly string[] }>({
  name: 'set_genres',
  sql: setGenresSql,
  parameters: ['title_id', 'genres'],
});

const lockTitleQuery = defineQuery<object, { title_id: number }>({
  name: 'lock_title',
  sql: lockTitleSql,
  parameters: ['title_id'],
});

const countPartsQuery = defineQuery<TitleParts, { title_id: number }>({
  name: 'count_title_parts',
  sql: countPartsSql,
  parameters: ['title_id'],
});

const deleteTitleQuery = defineQuery<object, { title_id: number }>({
  name: 'delete_title',
  sql: deleteTitleSql,
  parameters: ['title_id'],
});
