import { defineQuery, type ReadScope, runQuery } from 'movie-hub';
import findSql from '../../../sql/hub/queries/find_title.sql';
import type { TitleRow } from './browse-titles';

/** Maximum number of alternative titles, and of episodes, on the page of a title. */
export const maxListItems = 500;

/** A person in the credits of a title. */
export interface PersonLink {
  name_id: number;
  name: string;
}

/** A member of the cast of a title. */
export interface CastMember extends PersonLink {
  category: string;
  characters: string[];
}

/** An episode, or the series of one. */
export interface EpisodeLink {
  title_id: number;
  title: string;
  season: number | null;
  episode: number | null;
}

/** An alternative title, and the regions and languages that use it. */
export interface OtherTitle {
  title: string;
  uses: { region: string | null; language: string | null }[];
}

/** A title with everything on its page. */
export interface TitleDetail extends TitleRow {
  runtime_minutes: number | null;
  genres: string[];
  directors: PersonLink[];
  writers: PersonLink[];
  other_titles: OtherTitle[];
  cast_list: CastMember[];
  series: EpisodeLink | null;
  episodes: EpisodeLink[];
}

/**
 * Reads a title with everything on its page; undefined when the scope may see no such title. Of long lists it reads one item
 * more than {@link maxListItems}, which shows that there are more.
 */
export async function findTitle(scope: ReadScope, titleId: number): Promise<TitleDetail | undefined> {
  const [title] = await runQuery(scope, findQuery, { title_id: titleId, max_results: maxListItems + 1 });
  return title;
}

const findQuery = defineQuery<TitleDetail, { title_id: number; max_results: number }>({
  name: 'find_title',
  sql: findSql,
  parameters: ['title_id', 'max_results'],
});
