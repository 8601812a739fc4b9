import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * SQL that makes the search functions as they were before title_texts and name_texts, in the schema `old`: they rank every
 * match, so they say what the present ones must return. `old.search_titles_typed` takes the last word for a beginning.
 */
export function oldSearchSql(): string {
  const source = readFileSync(join(import.meta.dirname, '../../sql/migrations/0004_search.sql'), 'utf8');
  const definition = (name: string) => {
    const [text] =
      new RegExp(`CREATE FUNCTION movie_hub\\.${name}\\([^$]*\\$\\$.*?\\$\\$;`, 's').exec(source) ?? [];
    if (text === undefined) throw new Error(`${name} is not where it was`);
    return text.replace('CREATE FUNCTION movie_hub.', 'CREATE FUNCTION old.');
  };
  // What other titles were searched by stood in their own table then.
  const titles = definition('search_titles')
    .replaceAll('a.key_text', 'movie_hub.search_key(a.title)')
    .replaceAll('a.search', "to_tsvector('simple', movie_hub.normalise(a.title))");
  const typed = titles
    .replace('old.search_titles', 'old.search_titles_typed')
    .replace(
      /(asked_words tsquery := )(.*);/,
      '$1CASE WHEN asked_year IS NULL THEN movie_hub.words_to_prefix_query(asked) ELSE $2 END;',
    )
    .replace(/(whole_words tsquery := ).*;/, '$1movie_hub.words_to_prefix_query(whole);');
  return ['CREATE SCHEMA old', titles, typed, definition('search_names')]
    .map((each) => each.replace(/;?$/, ';'))
    .join('\n');
}
