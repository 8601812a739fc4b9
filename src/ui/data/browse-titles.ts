import { defineQuery, type ReadScope, runQuery } from 'movie-hub';
import listSql from '../../../sql/hub/queries/list_titles.sql';
import searchSql from '../../../sql/hub/queries/search_titles.sql';
import { orderSql, type Page, type PageStart, pageOf, placeParameters } from './list-order';
import { orderOf, type Sort, type TitleFilters } from './title-filters';

/** Most titles that a search lists, on all its pages: as many as the database's search finds. */
export const mostMatches = 1000;

/** A title as lists show it. */
export interface TitleRow {
  title_id: number;
  primary_title: string;
  original_title: string;
  start_year: number | null;
  end_year: number | null;
  type_label: string;
  /** A decimal number as text. */
  average_rating: string | null;
  num_votes: number | null;
}

/** One page of titles. */
export interface TitlePage extends Page<TitleRow> {
  /** True for a search that lists, and filters, the best {@link mostMatches} only. */
  readonly isCut: boolean;
}

/** Reads a page of the titles that the scope may see and the filters let through. */
export async function browseTitles(
  scope: ReadScope,
  filters: TitleFilters,
  { start = {}, most }: { start?: PageStart; most: number },
): Promise<TitlePage> {
  const given = { ...filterParameters(filters), ...placeParameters(start), most: most + 1 };
  const { words, sort } = filters;
  const rows =
    words === ''
      ? await runQuery(scope, listQuery(sort, start), { ...given, skip: 0 })
      : await runQuery(scope, searchQuery(sort, start), { ...given, words, most_matches: mostMatches });
  return {
    ...pageOf(rows, { order: orderOf(sort), start, most, idOf: (row) => row.title_id }),
    isCut: rows[0]?.matches === mostMatches,
  };
}

/** Tells whether a list without words has more titles than this many. */
export async function isLonger(scope: ReadScope, filters: TitleFilters, most: number): Promise<boolean> {
  const parameters = { ...filterParameters(filters), ...placeParameters({}), most: 1, skip: most };
  return (await runQuery(scope, listQuery(filters.sort, {}), parameters)).length > 0;
}

function filterParameters({ genre, type, fromYear, toYear }: TitleFilters) {
  return {
    genre: genre ?? '',
    type: type ?? null,
    // A year that is not known is 0, which is in no span of years.
    from_year: fromYear ?? (toYear === undefined ? null : 1),
    to_year: toYear ?? null,
  };
}

/** `matches`: how many titles a search found before filters. */
type ListedRow = TitleRow & { sort_key: number | string; matches?: number };
type ListParameters = ReturnType<typeof filterParameters> &
  ReturnType<typeof placeParameters> & { most: number };

const common = ['genre', 'type', 'from_year', 'to_year', 'place_key', 'place_id', 'most'] as const;

function listQuery(sort: Sort, start: PageStart) {
  return defineQuery<ListedRow, ListParameters & { skip: number }>({
    name: 'list_titles',
    sql: orderSql(listSql, orderOf(sort), start),
    parameters: [...common, 'skip'],
  });
}

function searchQuery(sort: Sort, start: PageStart) {
  return defineQuery<ListedRow, ListParameters & { words: string; most_matches: number }>({
    name: 'search_titles',
    sql: orderSql(searchSql, orderOf(sort), start),
    parameters: [...common, 'words', 'most_matches'],
  });
}
