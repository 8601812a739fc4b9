import { defineQuery, type ReadScope, runQuery } from 'movie-hub';
import findSql from '../../../sql/hub/queries/find_title.sql';
import listSql from '../../../sql/hub/queries/list_titles.sql';
import searchSql from '../../../sql/hub/queries/search_titles.sql';

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

/** A place in a list of titles: behind it the next page begins. */
export type Cursor = string;

/** One page of titles. */
export interface TitlePage {
  titles: readonly TitleRow[];
  /** Absent on the last page. */
  next?: Cursor;
  /** True for a search that lists the best {@link mostMatches} only. */
  isCut: boolean;
}

/** An episode, or the series of one. */
export interface EpisodeLink {
  title_id: number;
  title: string;
  season: number | null;
  episode: number | null;
}

/** A title with all that its page shows. */
export interface TitleDetail extends TitleRow {
  runtime_minutes: number | null;
  genres: string[];
  directors: string[];
  writers: string[];
  other_titles: string[];
  cast_list: { name: string; category: string; characters: string[] }[];
  series: EpisodeLink | null;
  episodes: EpisodeLink[];
}

/**
 * Reads a page of the titles that the scope may see: those that match `words`, or all of them when it is blank.
 *
 * @param after Where the page before ended; anything else starts from the beginning.
 */
export async function browseTitles(
  scope: ReadScope,
  { words, after, most }: { words: string; after?: Cursor; most: number },
): Promise<TitlePage> {
  const [first, second] = /^(-?\d{1,9})(?:\.(\d{1,10}))?$/.exec(after ?? '')?.slice(1) ?? [];
  const rows: (TitleRow & Partial<Match>)[] =
    words === ''
      ? await runQuery(scope, listQuery, {
          after_votes: second === undefined ? null : Number(first),
          after_id: second === undefined ? null : Math.min(Number(second), 2_147_483_647),
          most: most + 1,
        })
      : await runQuery(scope, searchQuery, {
          words,
          after_place: Number(first ?? 0),
          most: most + 1,
          most_matches: mostMatches,
        });
  const titles = rows.slice(0, most);
  const last = titles.at(-1);
  return {
    titles,
    isCut: last?.matches === mostMatches,
    ...(rows.length > most && last && { next: cursorOf(last) }),
  };
}

/** Reads one title with all that its page shows; undefined when the scope may see no such title. */
export async function findTitle(scope: ReadScope, titleId: number): Promise<TitleDetail | undefined> {
  const [title] = await runQuery(scope, findQuery, { title_id: titleId });
  return title;
}

/** What a title is to a search: its place, from 1, and how many there are. */
interface Match {
  place: number;
  matches: number;
}

function cursorOf(row: TitleRow & Partial<Match>): Cursor {
  return row.place === undefined ? `${row.num_votes ?? -1}.${row.title_id}` : String(row.place);
}

const listQuery = defineQuery<
  TitleRow,
  { after_votes: number | null; after_id: number | null; most: number }
>({ name: 'list_titles', sql: listSql, parameters: ['after_votes', 'after_id', 'most'] });

const searchQuery = defineQuery<
  TitleRow & Match,
  { words: string; after_place: number; most: number; most_matches: number }
>({
  name: 'search_titles',
  sql: searchSql,
  parameters: ['words', 'after_place', 'most', 'most_matches'],
});

const findQuery = defineQuery<TitleDetail, { title_id: number }>({
  name: 'find_title',
  sql: findSql,
  parameters: ['title_id'],
});
