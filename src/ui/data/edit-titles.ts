import { defineQuery, type EditScope, type ReadScope, runQuery } from 'movie-hub';
import castPersonSql from '../../../sql/hub/queries/cast_person.sql';
import createPersonSql from '../../../sql/hub/queries/create_person.sql';
import createTitleSql from '../../../sql/hub/queries/create_title.sql';
import findPersonSql from '../../../sql/hub/queries/find_person.sql';
import typesSql from '../../../sql/hub/queries/list_title_types.sql';
import lockTitleSql from '../../../sql/hub/queries/lock_title.sql';
import newestPeopleSql from '../../../sql/hub/queries/newest_people.sql';
import newestTitlesSql from '../../../sql/hub/queries/newest_titles.sql';
import type { Principal } from '../hub-context';
import { addAudit } from './audit';

/** A kind of title. */
export interface TitleType {
  title_type_id: number;
  name: string;
  label: string;
}

/** What the casting form offers. */
export interface Newest {
  titles: { title_id: number; primary_title: string; start_year: number | null; type_label: string }[];
  people: { name_id: number; primary_name: string; birth_year: number | null }[];
}

/** Reads the kinds of titles that the scope may see: all of them for an editor. */
export function listTitleTypes(scope: EditScope | ReadScope): Promise<TitleType[]> {
  return runQuery(scope, typesQuery, {});
}

/** Reads the titles and people made last, newest first. */
export async function listNewest(scope: EditScope): Promise<Newest> {
  const titles = await runQuery(scope, newestTitlesQuery, {});
  const people = await runQuery(scope, newestPeopleQuery, {});
  return { titles, people };
}

/** Creates a title, whose original title is the same. */
export async function createTitle(
  scope: EditScope,
  actor: Principal,
  title: { title: string; title_type: number; start_year: number | null },
): Promise<void> {
  const [row] = await runQuery(scope, createTitleQuery, title);
  await addAudit(scope, {
    actor: actor.username,
    action: 'title.create',
    subject: String(row?.title_id),
    detail: title,
  });
}

/** Creates a person, whom readers see once somebody casts him. */
export async function createPerson(scope: EditScope, actor: Principal, name: string): Promise<void> {
  const [row] = await runQuery(scope, createPersonQuery, { name });
  await addAudit(scope, {
    actor: actor.username,
    action: 'person.create',
    subject: String(row?.name_id),
    detail: { name },
  });
}

/** What came of casting: what was cast, or what is not there. */
export type CastOutcome = { title: string; person: string } | { missing: 'title' | 'person' };

/** Casts a person as a character, at the end of the title's billing. */
export async function castPerson(
  scope: EditScope,
  actor: Principal,
  { titleId, personId, character }: { titleId: number; personId: number; character: string },
): Promise<CastOutcome> {
  const [title] = await runQuery(scope, lockTitleQuery, { title_id: titleId });
  if (title === undefined) return { missing: 'title' };
  const [person] = await runQuery(scope, findPersonQuery, { name_id: personId });
  if (person === undefined) return { missing: 'person' };
  await runQuery(scope, castPersonQuery, { title_id: titleId, name_id: personId, character });
  await addAudit(scope, {
    actor: actor.username,
    action: 'cast.create',
    subject: String(titleId),
    detail: { title_id: titleId, person_id: personId, character },
  });
  return { title: title.primary_title, person: person.primary_name };
}

const typesQuery = defineQuery<TitleType>({ name: 'list_title_types', sql: typesSql, parameters: [] });

const newestTitlesQuery = defineQuery<Newest['titles'][number]>({
  name: 'newest_titles',
  sql: newestTitlesSql,
  parameters: [],
});

const newestPeopleQuery = defineQuery<Newest['people'][number]>({
  name: 'newest_people',
  sql: newestPeopleSql,
  parameters: [],
});

const createTitleQuery = defineQuery<
  { title_id: number },
  { title: string; title_type: number; start_year: number | null }
>({ name: 'create_title', sql: createTitleSql, parameters: ['title', 'title_type', 'start_year'] });

const createPersonQuery = defineQuery<{ name_id: number }, { name: string }>({
  name: 'create_person',
  sql: createPersonSql,
  parameters: ['name'],
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
  { title_id: number; name_id: number; character: string }
>({ name: 'cast_person', sql: castPersonSql, parameters: ['title_id', 'name_id', 'character'] });
