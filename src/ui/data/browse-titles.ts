import { defineQuery, type ReadScope, runQuery } from 'movie-hub';
import listSql from '../../../sql/hub/queries/list_titles.sql';
import searchSql from '../../../sql/hub/queries/search_titles.sql';
import { cursorParameters, orderSql, type Page, type PageStart, pageOf } from './list-order';
import { orderOf, type Sort, type TitleFilters } from './title-filters';

/** Maximum number of matches of a search, on all pages: the limit of `search_titles()`. */
export const maxMatches = 1000;

/** A title in a list. */
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
  /** True for a search with more matches than {@link maxMatches}: only the best are listed and filtered. */
  readonly isCut: boolean;
}

/** Reads a page of the visible titles that pass the filters. */
export async function browseTitles(
  scope: ReadScope,
  filters: TitleFilters,
  { start = {}, limit }: { start?: PageStart; limit: number },
): Promise<TitlePage> {
  const given = { ...filterParameters(filters), ...cursorParameters(start), max_results: limit + 1 };
  const { words, sort } = filters;
  const rows =
    words === ''
      ? await runQuery(scope, listQuery(sort, start), { ...given, skip: 0 })
      : await runQuery(scope, searchQuery(sort, start), { ...given, words, max_matches: maxMatches });
  return {
    ...pageOf(rows, { order: orderOf(sort), start, limit, idOf: (row) => row.title_id }),
    isCut: rows[0]?.matches === maxMatches,
  };
}

/** Returns whether a list without a search has more than `count` titles. */
export async function hasMoreThan(scope: ReadScope, filters: TitleFilters, count: number): Promise<boolean> {
  const parameters = { ...filterParameters(filters), ...cursorParameters({}), max_results: 1, skip: count };
  return (await runQuery(scope, listQuery(filters.sort, {}), parameters)).length > 0;
}

function filterParameters({ genre, type, fromYear, toYear }: TitleFilters) {
  return {
    genre: genre ?? '',
    type: type ?? null,
    // An unknown year is 0, which must not match a range without a lower limit.
    from_year: fromYear ?? (toYear === undefined ? null : 1),
    to_year: toYear ?? null,
  };
}

/** `matches`: the number of matches of a search before filters. */
type ListedRow = TitleRow & { sort_key: number | string; matches?: number };
type ListParameters = ReturnType<typeof filterParameters> &
  ReturnType<typeof cursorParameters> & { max_results: number };

const common = ['genre', 'type', 'from_year', 'to_year', 'cursor_key', 'cursor_id', 'max_results'] as const;

function listQuery(sort: Sort, start: PageStart) {
  return defineQuery<ListedRow, ListParameters & { skip: number }>({
    name: 'list_titles',
    sql: orderSql(listSql, orderOf(sort), start),
    parameters: [...common, 'skip'],
  });
}

function searchQuery(sort: Sort, start: PageStart) {
  return defineQuery<ListedRow, ListParameters & { words: string; max_matches: number }>({
    name: 'search_titles',
    sql: orderSql(searchSql, orderOf(sort), start),
    parameters: [...common, 'words', 'max_matches'],
  });
}
