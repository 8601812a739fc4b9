import { defineQuery, type ReadScope, runQuery } from 'movie-hub';
import creditsSql from '../../../sql/hub/queries/list_credits.sql';
import personSql from '../../../sql/hub/queries/show_person.sql';
import { cursorParameters, type ListOrder, orderSql, type Page, type PageStart, pageOf } from './list-order';

/** A person, without their credits. */
export interface Person {
  name_id: number;
  primary_name: string;
  birth_year: number | null;
  death_year: number | null;
  professions: string[];
}

/** A title that credits a person, and what they did in it. */
export interface Credit {
  title_id: number;
  primary_title: string;
  start_year: number | null;
  end_year: number | null;
  type_label: string;
  /** Entries in the cast and crew, in billing order. */
  parts: { category: string; characters: string[] }[];
  /** `director`, `writer`, even without an entry in `parts`. */
  roles: string[];
}

/** The order of a person's credits: newest titles first, those without a year last. */
export const creditOrder: ListOrder = {
  name: 'credits',
  key: 'title_year',
  keyType: 'integer',
  isDescending: true,
};

/** Reads a person; undefined when the scope may see no such person. */
export async function findPerson(scope: ReadScope, nameId: number): Promise<Person | undefined> {
  const [person] = await runQuery(scope, personQuery, { name_id: nameId });
  return person;
}

/** Reads a page of the visible titles that credit a person. */
export async function listCredits(
  scope: ReadScope,
  nameId: number,
  { start, limit }: { start: PageStart; limit: number },
): Promise<Page<Credit>> {
  const query = defineQuery<
    CreditRow,
    ReturnType<typeof cursorParameters> & { name_id: number; max_results: number }
  >({
    name: 'list_credits',
    sql: orderSql(creditsSql, creditOrder, start),
    parameters: ['name_id', 'cursor_key', 'cursor_id', 'max_results'],
  });
  const rows = await runQuery(scope, query, {
    name_id: nameId,
    ...cursorParameters(start),
    max_results: limit + 1,
  });
  return pageOf(rows, { order: creditOrder, start, limit, idOf: (row) => row.title_id });
}

type CreditRow = Credit & { sort_key: number };

const personQuery = defineQuery<Person, { name_id: number }>({
  name: 'show_person',
  sql: personSql,
  parameters: ['name_id'],
});
