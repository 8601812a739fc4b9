import type { ListOrder } from './list-order';

/** How a list of titles can be sorted. */
export const sorts = ['match', 'votes', 'title', 'year', 'rating'] as const;

/** A way to sort titles; `match` is for searches only. */
export type Sort = (typeof sorts)[number];

/** Which titles a list shows, and how. */
export interface TitleFilters {
  /** Words that a title must hold; blank for any. */
  readonly words: string;
  /** IMDb's name of a kind of title. */
  readonly type?: string | undefined;
  readonly genre?: string | undefined;
  readonly fromYear?: number | undefined;
  readonly toYear?: number | undefined;
  readonly sort: Sort;
}

/** IMDb's genres. They are listed here and not read, so that the list tells nothing of titles that a user may not see. */
export const genres: readonly string[] =
  'Action Adult Adventure Animation Biography Comedy Crime Documentary Drama Family Fantasy Film-Noir Game-Show History Horror Music Musical Mystery News Reality-TV Romance Sci-Fi Short Sport Talk-Show Thriller War Western'.split(
    ' ',
  );

/** The order of a sort: keys of title_lists, each with an index, or the place in a search. */
export function orderOf(sort: Sort): ListOrder {
  return { name: sort, ...orders[sort] };
}

/** Returns the sort of a list that nobody sorted. */
export function defaultSort(words: string): Sort {
  return words === '' ? 'votes' : 'match';
}

/**
 * Reads filters from the fields of a URL. What is no value of a filter is left out, as if it had not been asked for.
 *
 * @param field Returns a field's text, `''` when absent.
 * @param types The kinds of titles that the user may see.
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

/** Writes filters as the query of a URL, the shortest that says them: `''`, or with its question mark. */
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
  match: { key: 'place', keyType: 'integer', isDescending: false },
  votes: { key: 'num_votes', keyType: 'integer', isDescending: true },
  title: { key: 'sort_title', keyType: 'text', isDescending: false },
  year: { key: 'start_year', keyType: 'integer', isDescending: true },
  rating: { key: 'rating', keyType: 'integer', isDescending: true },
};
