import { defineQuery, runQuery } from 'movie-hub';
import castPersonSql from '../../../sql/hub/queries/cast_person.sql';
import findPersonSql from '../../../sql/hub/queries/find_person.sql';
import listCastSql from '../../../sql/hub/queries/list_cast.sql';
import lockTitleSql from '../../../sql/hub/queries/lock_title.sql';
import removeSql from '../../../sql/hub/queries/remove_from_cast.sql';
import type { Principal } from '../hub-context';
import type { EditScope } from '../scopes';
import { addEdit } from './audit';

/** IMDb's categories of people who play characters. */
export const castCategories = ['actor', 'actress', 'self'] as const;

/** One of {@link castCategories}. */
export type CastCategory = (typeof castCategories)[number];

/** A part to add. */
export interface Casting {
  titleId: number;
  personId: number;
  category: CastCategory;
  character: string;
}

/** A member of the cast or crew. */
export interface CastMember {
  ordering: number;
  name_id: number;
  primary_name: string;
  birth_year: number | null;
  category: string;
  job: string | null;
  characters: string[];
}

/** The names of title and person, or which of them does not exist. */
export type CastOutcome = { title: string; person: string } | { missing: 'title' | 'person' };

/** Reads the cast and crew of a title, in billing order. */
export function listCast(scope: EditScope, titleId: number): Promise<CastMember[]> {
  return runQuery(scope, listCastQuery, { title_id: titleId });
}

/** Adds a person as a character at the end of the title's cast. */
export async function castPerson(
  scope: EditScope,
  actor: Principal,
  { titleId, personId, category, character }: Casting,
): Promise<CastOutcome> {
  const [title] = await runQuery(scope, lockTitleQuery, { title_id: titleId });
  if (title === undefined) return { missing: 'title' };
  const [person] = await runQuery(scope, findPersonQuery, { name_id: personId });
  if (person === undefined) return { missing: 'person' };
  await runQuery(scope, castPersonQuery, { title_id: titleId, name_id: personId, category, character });
  await addEdit(scope, actor, {
    action: 'cast.create',
    subject: String(titleId),
    detail: { title_id: titleId, person_id: personId, category, character },
  });
  return { title: title.primary_title, person: person.primary_name };
}

/** Removes an entry from the cast; returns whether it existed for this person. */
export async function removeFromCast(
  scope: EditScope,
  actor: Principal,
  credit: { titleId: number; ordering: number; personId: number },
): Promise<boolean> {
  const { titleId, ordering, personId } = credit;
  const [row] = await runQuery(scope, removeQuery, { title_id: titleId, ordering, name_id: personId });
  if (row === undefined) return false;
  await addEdit(scope, actor, {
    action: 'cast.delete',
    subject: String(titleId),
    detail: { title_id: titleId, person_id: personId, ordering, ...row },
  });
  return true;
}

const listCastQuery = defineQuery<CastMember, { title_id: number }>({
  name: 'list_cast',
  sql: listCastSql,
  parameters: ['title_id'],
});

const lockTitleQuery = defineQuery<{ title_id: number; primary_title: string }, { title_id: number }>({
  name: 'lock_title',
  sql: lockTitleSql,
  parameters: ['title_id'],
});

const findPersonQuery = defineQuery<{ name_id: number; primary_name: string }, { name_id: number }>({
  name: 'find_person',
  sql: findPersonSql,
  parameters: ['name_id'],
});

const castPersonQuery = defineQuery<
  { ordering: number },
  { title_id: number; name_id: number; category: string; character: string }
>({
  name: 'cast_person',
  sql: castPersonSql,
  parameters: ['title_id', 'name_id', 'category', 'character'],
});

const removeQuery = defineQuery<
  { category: string; characters: string[] },
  { title_id: number; ordering: number; name_id: number }
>({ name: 'remove_from_cast', sql: removeSql, parameters: ['title_id', 'ordering', 'name_id'] });
