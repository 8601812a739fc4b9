import { defineQuery, runQuery } from 'movie-hub';
import createPersonSql from '../../../sql/hub/queries/create_person.sql';
import listCreditsSql from '../../../sql/hub/queries/editor_list_credits.sql';
import findPersonSql from '../../../sql/hub/queries/find_person_to_edit.sql';
import lockPersonSql from '../../../sql/hub/queries/lock_person.sql';
import savePersonSql from '../../../sql/hub/queries/save_person.sql';
import type { Principal } from '../hub-context';
import type { EditScope } from '../scopes';
import { addEdit } from './audit';

/** The editable values of a person. */
export type PersonValues = {
  name: string;
  birth_year: number | null;
  death_year: number | null;
  professions: readonly string[];
};

/** A part of a person in a title. */
export interface Credit {
  title_id: number;
  ordering: number;
  primary_title: string;
  start_year: number | null;
  type_label: string;
  category: string;
  characters: string[];
  /** The number of all parts of the person. */
  total: number;
}

/** Creates a person and returns the id. Readers see people once they have a part. */
export async function createPerson(
  scope: EditScope,
  actor: Principal,
  person: PersonValues,
): Promise<number> {
  const [row] = await runQuery(scope, createPersonQuery, person);
  const personId = row?.name_id ?? 0;
  await addEdit(scope, actor, {
    action: 'person.create',
    subject: String(personId),
    detail: person,
  });
  return personId;
}

/** Reads the editable values of a person; undefined when there is no such person. */
export async function findPersonToEdit(
  scope: EditScope,
  personId: number,
): Promise<PersonValues | undefined> {
  const [row] = await runQuery(scope, findPersonQuery, { name_id: personId });
  if (row === undefined) return undefined;
  const { name_id: _, primary_name: name, ...rest } = row;
  return { name, ...rest };
}

/** Changes a person, and audits the values before and after; returns false when there is no such person. */
export async function savePerson(
  scope: EditScope,
  actor: Principal,
  personId: number,
  after: PersonValues,
): Promise<boolean> {
  await runQuery(scope, lockPersonQuery, { name_id: personId });
  const before = await findPersonToEdit(scope, personId);
  if (before === undefined) return false;
  await runQuery(scope, savePersonQuery, { name_id: personId, ...after });
  await addEdit(scope, actor, {
    action: 'person.edit',
    subject: String(personId),
    detail: { before, after },
  });
  return true;
}

/** Reads the newest 100 parts of a person. */
export function listCredits(scope: EditScope, personId: number): Promise<Credit[]> {
  return runQuery(scope, listCreditsQuery, { name_id: personId });
}

const createPersonQuery = defineQuery<{ name_id: number }, PersonValues>({
  name: 'create_person',
  sql: createPersonSql,
  parameters: ['name', 'birth_year', 'death_year', 'professions'],
});

const findPersonQuery = defineQuery<
  Omit<PersonValues, 'name'> & { name_id: number; primary_name: string },
  { name_id: number }
>({ name: 'find_person_to_edit', sql: findPersonSql, parameters: ['name_id'] });

const lockPersonQuery = defineQuery<object, { name_id: number }>({
  name: 'lock_person',
  sql: lockPersonSql,
  parameters: ['name_id'],
});

const savePersonQuery = defineQuery<object, PersonValues & { name_id: number }>({
  name: 'save_person',
  sql: savePersonSql,
  parameters: ['name_id', 'name', 'birth_year', 'death_year', 'professions'],
});

const listCreditsQuery = defineQuery<Credit, { name_id: number }>({
  name: 'editor_list_credits',
  sql: listCreditsSql,
  parameters: ['name_id'],
});
