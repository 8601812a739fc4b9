import type { ListOrder } from './list-order';

/** Sort orders of a list of titles. */
export const sorts = ['match', 'votes', 'title', 'year', 'rating'] as const;

/** A sort order of titles; `match` is for searches only. */
export type Sort = (typeof sorts)[number];

/** Filters and order of a list of titles. */
export interface TitleFilters {
  /** Search text; empty for all titles. */
  readonly words: string;
  /** IMDb's name of a title type. */
  readonly type?: string | undefined;
  readonly genre?: string | undefined;
  readonly fromYear?: number | undefined;
  readonly toYear?: number | undefined;
  readonly sort: Sort;
}

/** IMDb's genres. A fixed list, because one from the database could reveal hidden titles. */
export const genres: readonly string[] =
  'Action Adult Adventure Animation Biography Comedy Crime Documentary Drama Family Fantasy Film-Noir Game-Show History Horror Music Musical Mystery News Reality-TV Romance Sci-Fi Short Sport Talk-Show Thriller War Western'.split(
    ' ',
  );

/** Returns the SQL order of a sort: an indexed key of title_lists, or the rank of a search result. */
export function orderOf(sort: Sort): ListOrder {
  return { name: sort, ...orders[sort] };
}

/** Returns the default sort. */
export function defaultSort(words: string): Sort {
  return words === '' ? 'votes' : 'match';
}

/**
 * Reads filters from the fields of a URL. Invalid values are ignored.
 *
 * @param field Returns a field's text, `''` when absent.
 * @param types Title types that the user may see.
 */
export function readFilters(
  field: (name: string) => string,
  types: readonly { readonly name: string }[],
): TitleFilters {
  const words = field('q').trim().slice(0, 200);
  const year = (name: string) => (/^\d{4}$/.test(field(name)) ? Number(field(name)) : undefined);
  const sort = sorts.find((one) => one === field('sort') && (one !== 'match' || words !== ''));
  return {
    words,
    type: types.find(({ name }) => name === field('type'))?.name,
    genre: genres.find((one) => one === field('genre')),
    fromYear: year('from'),
    toYear: year('to'),
    sort: sort ?? defaultSort(words),
  };
}

/** Formats filters as the query of a URL, without defaults: `''`, or with its question mark. */
export function writeFilters(filters: TitleFilters, start: { after?: string; before?: string } = {}): string {
  const { words, type, genre, fromYear, toYear, sort } = filters;
  const fields = {
    q: words,
    type,
    genre,
    from: fromYear,
    to: toYear,
    sort: sort === defaultSort(words) ? '' : sort,
    ...start,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}

const orders: Readonly<Record<Sort, Omit<ListOrder, 'name'>>> = {
  match: { key: 'rank', keyType: 'integer', isDescending: false },
  votes: { key: 'num_votes', keyType: 'integer', isDescending: true },
  title: { key: 'sort_title', keyType: 'text', isDescending: false },
  year: { key: 'start_year', keyType: 'integer', isDescending: true },
  rating: { key: 'rating', keyType: 'integer', isDescending: true },
};
