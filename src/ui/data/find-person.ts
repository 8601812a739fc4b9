import { defineQuery, type ReadScope, runQuery } from 'movie-hub';
import creditsSql from '../../../sql/hub/queries/list_credits.sql';
import personSql from '../../../sql/hub/queries/show_person.sql';
import { type ListOrder, orderSql, type Page, type PageStart, pageOf, placeParameters } from './list-order';

/** A person, without the titles that show him. */
export interface Person {
  name_id: number;
  primary_name: string;
  birth_year: number | null;
  death_year: number | null;
  professions: string[];
}

/** A title that shows a person, and all that he did in it. */
export interface Credit {
  title_id: number;
  primary_title: string;
  start_year: number | null;
  end_year: number | null;
  type_label: string;
  /** His places in the billing. */
  parts: { category: string; characters: string[] }[];
  /** `director`, `writer`: also where the billing leaves him out. */
  roles: string[];
}

/** The order of a person's credits: newest titles first, those of no known year last. */
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

/** Reads a page of the titles that show a person, of those that the scope may see. */
export async function listCredits(
  scope: ReadScope,
  nameId: number,
  { start, most }: { start: PageStart; most: number },
): Promise<Page<Credit>> {
  const query = defineQuery<
    CreditRow,
    ReturnType<typeof placeParameters> & { name_id: number; most: number }
  >({
    name: 'list_credits',
    sql: orderSql(creditsSql, creditOrder, start),
    parameters: ['name_id', 'place_key', 'place_id', 'most'],
  });
  const rows = await runQuery(scope, query, { name_id: nameId, ...placeParameters(start), most: most + 1 });
  return pageOf(rows, { order: creditOrder, start, most, idOf: (row) => row.title_id });
}

type CreditRow = Credit & { sort_key: number };

const personQuery = defineQuery<Person, { name_id: number }>({
  name: 'show_person',
  sql: personSql,
  parameters: ['name_id'],
});
