import { defineQuery, runQuery } from 'movie-hub';
import findPeopleSql from '../../../sql/hub/queries/editor_find_people.sql';
import findTitlesSql from '../../../sql/hub/queries/editor_find_titles.sql';
import newestPeopleSql from '../../../sql/hub/queries/newest_people.sql';
import newestTitlesSql from '../../../sql/hub/queries/newest_titles.sql';
import { integerOf } from '../form-fields';
import type { EditScope } from '../scopes';

/** A title as an editor's lists show it. */
export interface FoundTitle {
  title_id: number;
  primary_title: string;
  original_title: string;
  start_year: number | null;
  type_label: string;
}

/** A person as an editor's lists show him. */
export interface FoundPerson {
  name_id: number;
  primary_name: string;
  birth_year: number | null;
  /** Of the titles that name him, the one with the most votes. */
  known_for: string | null;
}

/** Finds titles by what an editor types: best first, without what readers may see coming into it. */
export function findTitles(scope: EditScope, words: string, most: number): Promise<FoundTitle[]> {
  return runQuery(scope, findTitlesQuery, { words, title_id: numberIn(words, 'tt'), most });
}

/** Finds people by what an editor types, best first. */
export function findPeople(scope: EditScope, words: string, most: number): Promise<FoundPerson[]> {
  return runQuery(scope, findPeopleQuery, { words, name_id: numberIn(words, 'nm'), most });
}

/** Reads the titles made last, newest first. */
export function newestTitles(scope: EditScope, most: number, before?: number): Promise<FoundTitle[]> {
  return runQuery(scope, newestTitlesQuery, { before: before ?? null, most });
}

/** Reads the people made last, newest first. */
export function newestPeople(scope: EditScope, most: number, before?: number): Promise<FoundPerson[]> {
  return runQuery(scope, newestPeopleQuery, { before: before ?? null, most });
}

/** The number in "tt0111161" and "111161". */
function numberIn(words: string, mark: string): number | null {
  const text = words.trim().toLowerCase();
  return integerOf(text.startsWith(mark) ? text.slice(mark.length) : text) ?? null;
}

const findTitlesQuery = defineQuery<FoundTitle, { words: string; title_id: number | null; most: number }>({
  name: 'editor_find_titles',
  sql: findTitlesSql,
  parameters: ['words', 'title_id', 'most'],
});

const findPeopleQuery = defineQuery<FoundPerson, { words: string; name_id: number | null; most: number }>({
  name: 'editor_find_people',
  sql: findPeopleSql,
  parameters: ['words', 'name_id', 'most'],
});

const newestTitlesQuery = defineQuery<FoundTitle, { before: number | null; most: number }>({
  name: 'newest_titles',
  sql: newestTitlesSql,
  parameters: ['before', 'most'],
});

const newestPeopleQuery = defineQuery<FoundPerson, { before: number | null; most: number }>({
  name: 'newest_people',
  sql: newestPeopleSql,
  parameters: ['before', 'most'],
});
