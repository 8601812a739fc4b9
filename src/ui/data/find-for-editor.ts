import { defineQuery, runQuery } from 'movie-hub';
import findPeopleSql from '../../../sql/hub/queries/editor_find_people.sql';
import findTitlesSql from '../../../sql/hub/queries/editor_find_titles.sql';
import newestPeopleSql from '../../../sql/hub/queries/newest_people.sql';
import newestTitlesSql from '../../../sql/hub/queries/newest_titles.sql';
import { parseInteger } from '../form-fields';
import type { EditScope } from '../scopes';

/** A title in an editor's list. */
export interface FoundTitle {
  title_id: number;
  primary_title: string;
  original_title: string;
  start_year: number | null;
  type_label: string;
}

/** A person in an editor's list. */
export interface FoundPerson {
  name_id: number;
  primary_name: string;
  birth_year: number | null;
  /** Their title with the most votes. */
  known_for: string | null;
}

/** Finds titles for an editor, best match first, regardless of any entitlements. */
export function findTitles(scope: EditScope, words: string, limit: number): Promise<FoundTitle[]> {
  return runQuery(scope, findTitlesQuery, { words, title_id: numberIn(words, 'tt'), max_results: limit });
}

/** Finds people for an editor, best match first. */
export function findPeople(scope: EditScope, words: string, limit: number): Promise<FoundPerson[]> {
  return runQuery(scope, findPeopleQuery, { words, name_id: numberIn(words, 'nm'), max_results: limit });
}

/** Reads the newest titles. */
export function newestTitles(scope: EditScope, limit: number, before?: number): Promise<FoundTitle[]> {
  return runQuery(scope, newestTitlesQuery, { before: before ?? null, max_results: limit });
}

/** Reads the newest people. */
export function newestPeople(scope: EditScope, limit: number, before?: number): Promise<FoundPerson[]> {
  return runQuery(scope, newestPeopleQuery, { before: before ?? null, max_results: limit });
}

/** Returns the number in "tt0111161" and "111161". */
function numberIn(words: string, mark: string): number | null {
  const text = words.trim().toLowerCase();
  return parseInteger(text.startsWith(mark) ? text.slice(mark.length) : text) ?? null;
}

const findTitlesQuery = defineQuery<
  FoundTitle,
  { words: string; title_id: number | null; max_results: number }
>({
  name: 'editor_find_titles',
  sql: findTitlesSql,
  parameters: ['words', 'title_id', 'max_results'],
});

const findPeopleQuery = defineQuery<
  FoundPerson,
  { words: string; name_id: number | null; max_results: number }
>({
  name: 'editor_find_people',
  sql: findPeopleSql,
  parameters: ['words', 'name_id', 'max_results'],
});

const newestTitlesQuery = defineQuery<FoundTitle, { before: number | null; max_results: number }>({
  name: 'newest_titles',
  sql: newestTitlesSql,
  parameters: ['before', 'max_results'],
});

const newestPeopleQuery = defineQuery<FoundPerson, { before: number | null; max_results: number }>({
  name: 'newest_people',
  sql: newestPeopleSql,
  parameters: ['before', 'max_results'],
});
