import { defineQuery, type ReadScope, runQuery } from 'movie-hub';
import findSql from '../../../sql/hub/queries/find_title.sql';
import type { TitleRow } from './browse-titles';

/** Most other titles and most episodes on the page of a title. */
export const mostOnPage = 500;

/** A person in the credits of a title. */
export interface PersonLink {
  name_id: number;
  name: string;
}

/** A part in a title. */
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

/** Another title of a title, and the regions and languages that it is used in. */
export interface OtherTitle {
  title: string;
  places: { region: string | null; language: string | null }[];
}

/** A title with all that its page shows. */
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
 * Reads one title with all that its page shows, and one more than {@link mostOnPage} of what it does not show whole;
 * undefined when the scope may see no such title.
 */
export async function findTitle(scope: ReadScope, titleId: number): Promise<TitleDetail | undefined> {
  const [title] = await runQuery(scope, findQuery, { title_id: titleId, most: mostOnPage + 1 });
  return title;
}

const findQuery = defineQuery<TitleDetail, { title_id: number; most: number }>({
  name: 'find_title',
  sql: findSql,
  parameters: ['title_id', 'most'],
});
