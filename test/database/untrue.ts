import type { TestDatabase } from '../support/databases';

/** Titles of which title_lists or a credit's year are not what the tables say, asked as the superuser. */
export async function untrueLists({ admin }: Pick<TestDatabase, 'admin'>): Promise<number[]> {
  const { rows } = await admin.query<{ title_id: number }>(
    `WITH truth AS (
       SELECT t.title_id, g.genre, t.title_type, left(t.primary_key_text, 60) AS sort_title, COALESCE(t.start_year, 0) AS start_year,
         COALESCE(r.num_votes, -1) AS num_votes,
         CASE WHEN r.title_id IS NULL THEN -1 ELSE (r.average_rating * 10)::int * 10000000 + least(r.num_votes, 9999999) END AS rating
       FROM movie_hub.titles t LEFT JOIN movie_hub.ratings r USING (title_id)
       JOIN (SELECT title_id, '' AS genre FROM movie_hub.titles UNION ALL SELECT title_id, genre FROM movie_hub.genres) g USING (title_id)
     ), told AS (
       SELECT title_id, genre, title_type, sort_title, start_year, num_votes, rating FROM movie_hub.title_lists
     ), credits AS (
       SELECT title_id, title_year FROM movie_hub.principals UNION ALL SELECT title_id, title_year FROM movie_hub.crew
     )
     SELECT title_id FROM ((TABLE truth EXCEPT ALL TABLE told) UNION ALL (TABLE told EXCEPT ALL TABLE truth)) AS wrong
     GROUP BY title_id, genre
     UNION ALL
     SELECT title_id FROM credits JOIN movie_hub.titles USING (title_id) WHERE title_year <> COALESCE(start_year, 0)
     ORDER BY 1`,
  );
  return rows.map((row) => row.title_id);
}

/**
 * What can be found by title_texts and not by the tables, or the other way round, asked as the superuser: a title by words, and
 * by a key with or without its article; a person by name and type. What adds nothing to another row may be left out.
 */
export async function untrueTexts({ admin }: Pick<TestDatabase, 'admin'>): Promise<object[]> {
  const { rows } = await admin.query(`
    WITH titled AS (
      SELECT t.*, COALESCE(r.num_votes, 0) AS votes, COALESCE(t.start_year, 0) AS year
      FROM movie_hub.titles t LEFT JOIN movie_hub.ratings r USING (title_id)
    ), keyed AS (
      SELECT title_id, title_type, votes, year, primary_key_text AS key, primary_title AS name FROM titled
      UNION SELECT title_id, title_type, votes, year, original_key_text, original_title FROM titled WHERE original_key_text <> primary_key_text
      UNION SELECT title_id, t.title_type, votes, year, movie_hub.search_key(title), title FROM titled t JOIN movie_hub.akas a USING (title_id)
    ), keys AS (
      SELECT DISTINCT title_id, title_type, votes, year, replace(key, ' ', '') AS key, replace(movie_hub.normalise(name), ' ', '') AS plain FROM keyed
    ), told_keys AS (
      SELECT DISTINCT title_id, title_type, num_votes, start_year, key, plain FROM movie_hub.title_texts
    ), texts AS (
      SELECT title_id, tsvector_to_array(search) AS words FROM movie_hub.titles
      UNION ALL SELECT title_id, tsvector_to_array(to_tsvector('simple', movie_hub.normalise(title))) FROM movie_hub.akas
    ), told_texts AS (
      SELECT title_id, tsvector_to_array(words) AS words FROM movie_hub.title_texts WHERE words IS NOT NULL
    ), credits AS (
      SELECT name_id, title_type, title_id FROM movie_hub.principals UNION SELECT name_id, title_type, title_id FROM movie_hub.crew
    ), people AS (
      SELECT c.name_id, c.title_type, COALESCE(sum(r.num_votes), 0) AS votes, COALESCE(n.birth_year, 0) AS year,
        replace(n.key_text, ' ', '') AS key, strip(n.search)::text AS words
      FROM credits c JOIN movie_hub.names n USING (name_id) LEFT JOIN movie_hub.ratings r USING (title_id)
      GROUP BY c.name_id, c.title_type, n.name_id
    ), told_people AS (
      SELECT name_id, title_type, num_votes::numeric, birth_year, key, words::text FROM movie_hub.name_texts
    )
    SELECT 'key' AS what, title_id AS id FROM ((TABLE keys EXCEPT TABLE told_keys) UNION ALL (TABLE told_keys EXCEPT TABLE keys)) k
    UNION ALL
    SELECT 'words', title_id FROM texts t WHERE NOT EXISTS (SELECT FROM told_texts o WHERE o.title_id = t.title_id AND o.words @> t.words)
    UNION ALL
    SELECT 'more words', title_id FROM told_texts o WHERE NOT EXISTS (SELECT FROM texts t WHERE t.title_id = o.title_id AND t.words = o.words)
    UNION ALL
    SELECT 'person', name_id FROM ((TABLE people EXCEPT TABLE told_people) UNION ALL (TABLE told_people EXCEPT TABLE people)) p`);
  return rows;
}

/** People whose types are not those of the titles that show them, and credits whose votes are not those of the title. */
export async function untruePeople({ admin }: Pick<TestDatabase, 'admin'>): Promise<object[]> {
  const { rows } = await admin.query(`
    SELECT 'types' AS what, name_id AS id FROM movie_hub.names n
    WHERE title_types <> ARRAY(
      SELECT title_type FROM movie_hub.principals p WHERE p.name_id = n.name_id
      UNION SELECT title_type FROM movie_hub.crew c WHERE c.name_id = n.name_id ORDER BY 1)
    UNION ALL
    SELECT 'votes', p.title_id FROM movie_hub.principals p LEFT JOIN movie_hub.ratings r USING (title_id)
    WHERE p.title_votes <> COALESCE(r.num_votes, 0)`);
  return rows;
}
