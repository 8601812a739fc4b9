import type { Pool } from 'pg';
import { asLoader } from '../../src/dataset/load/as-loader';
import { afterRebuild, beginLoad } from '../../src/dataset/load/load-state';
import { planRebuild, putTogether } from '../../src/dataset/load/rebuild';
import { runSteps } from '../../src/dataset/load/run-steps';

/** The person with the most credits. */
export const busiest = { nameId: 1, name: 'Busy Everywhere' };

/**
 * Fills an empty database with titles in IMDb's shares: types, years, votes, up to three genres. The same numbers give the
 * same rows. Then it is vacuumed and analysed, as a database that has been running for a while is. The pool must not pipeline.
 *
 * @param credits How many credits the busiest person has; everybody else has one for every tenth title.
 */
export async function addManyTitles(
  admin: Pool,
  { titles, credits }: { titles: number; credits: number },
): Promise<void> {
  // As a large load does it: indexes, and what triggers keep, are made once in the end.
  const state = await beginLoad(admin, { fingerprint: 'many titles', rebuild: true });
  if (state === undefined) throw new Error('the database is not empty');
  for (const statement of statements(titles, credits)) await admin.query(statement);
  await asLoader(admin, planRebuild);
  const quietly = { onStep: () => undefined, signal: undefined };
  await runSteps(admin, { state, isEmbedded: false, jobs: 2, ...quietly });
  await asLoader(admin, async (client) => {
    await putTogether(client);
    await afterRebuild(client, state);
  });
}

/** An even number from 0 up to 1, from the number of a row and a seed. */
const chance = (seed: number) => `((hashint4extended(n, ${seed}) & 1048575) / 1048576.0::float8)`;

/** Percent of each type up to and with it. */
const typeOf = `CASE WHEN u < 0.740 THEN 4 WHEN u < 0.805 THEN 1 WHEN u < 0.905 THEN 2 WHEN u < 0.930 THEN 3
  WHEN u < 0.943 THEN 5 WHEN u < 0.948 THEN 6 WHEN u < 0.953 THEN 7 WHEN u < 0.954 THEN 8 WHEN u < 0.994 THEN 9
  WHEN u < 0.999 THEN 10 ELSE 11 END`;

const words = `ARRAY['Love', 'Night', 'Man', 'House', 'Life', 'Day', 'World', 'Girl', 'Dark', 'Blue', 'River', 'King', 'Lost', 'Time',
  'City', 'Heart', 'Home', 'Star', 'Black', 'War', 'Dream', 'Road', 'Island', 'Summer', 'Winter', 'Secret', 'Ghost', 'Dance',
  'Garden', 'Fire', 'Water', 'Stone', 'Moon', 'Train', 'Letter', 'Mirror', 'Silence', 'Storm', 'Bridge', 'Door']`;

/**
 * A word of 40,000, each the rarer the later it stands (Zipf): the first few are those above, every 15th word is Love; the rest are made
 * of syllables.
 */
const word = (
  seed: number,
) => `(SELECT CASE WHEN i <= 40 THEN (${words})[i] ELSE initcap((${syllables})[1 + i % 40]
  || (${syllables})[1 + i / 40 % 40] || (${syllables})[1 + i / 1600 % 40]) END FROM (SELECT floor(exp(${chance(seed)} * ln(40000)))::int AS i) AS rank)`;

const syllables = `ARRAY['ba', 'ber', 'cal', 'dor', 'el', 'fen', 'ga', 'hul', 'in', 'jo', 'ka', 'lis', 'mar', 'ner', 'ol', 'pra', 'qui',
  'ras', 'sen', 'tor', 'um', 'va', 'wen', 'xan', 'yor', 'zil', 'the', 'lo', 'ni', 'ho', 'go', 'da', 'be', 'ri', 'ta', 'su', 'mo', 'ke', 'pe', 'an']`;

const genres = `ARRAY['Drama', 'Comedy', 'Documentary', 'Romance', 'Action', 'Crime', 'Family', 'Animation', 'Adventure', 'Music',
  'Thriller', 'Horror', 'Fantasy', 'Mystery', 'Sci-Fi', 'Short', 'Sport', 'History', 'Biography', 'Musical', 'War', 'Western',
  'Adult', 'Film-Noir', 'Talk-Show', 'Reality-TV', 'News', 'Game-Show']`;

const statements = (titles: number, credits: number) => [
  `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title, start_year)
   SELECT n, type, title, title, year
   FROM (
     SELECT n, type, CASE WHEN type = 4 AND n % 4 = 0 THEN 'Episode #' || n % 9 + 1 || '.' || n % 200
         ELSE CASE WHEN n % 3 = 0 THEN 'The ' ELSE '' END || ${word(2)} || ' '
           || CASE WHEN n % 2 = 0 THEN 'of ' ELSE '' END || ${word(3)}
           || CASE WHEN n % 5 = 0 THEN '' ELSE ' ' || n % 5000 END END AS title,
       CASE WHEN ${chance(4)} > 0.03 THEN 2026 - floor(130 * power(${chance(5)}, 2))::int END AS year
     FROM (SELECT n, ${typeOf} AS type FROM (SELECT n, ${chance(1)} AS u FROM generate_series(1, ${titles}) AS n) AS of_chance) AS typed
   ) AS made`,
  // Few rows of the TV genres are movies.
  `INSERT INTO movie_hub.genres (title_id, title_type, genre)
   SELECT title_id, title_type, (${genres})[1 + floor((CASE WHEN title_type IN (1, 2, 9) THEN 24.01 ELSE 28 END) * power(${chance(6)}, 2))::int]
   FROM movie_hub.titles AS t CROSS JOIN LATERAL (SELECT title_id * 3 + place AS n FROM generate_series(0, title_id % 3) AS place) AS p
   ON CONFLICT DO NOTHING`,
  `INSERT INTO movie_hub.ratings (title_id, title_type, average_rating, num_votes)
   SELECT title_id, title_type, 1 + round((90 * (${chance(7)} + ${chance(8)}) / 2)::numeric) / 10,
     floor(5 / power(${chance(9)} + 0.000002, 1.05))::int
   FROM (SELECT title_id, title_type, title_id AS n FROM movie_hub.titles) AS t
   WHERE ${chance(10)} < CASE title_type WHEN 1 THEN 0.45 WHEN 4 THEN 0.09 ELSE 0.2 END`,
  `INSERT INTO movie_hub.akas (title_id, ordering, title_type, title)
   SELECT title_id, 1, title_type, 'Das ' || primary_title FROM movie_hub.titles WHERE title_id % 10 = 0`,
  `INSERT INTO movie_hub.names (name_id, primary_name, professions)
   SELECT n, CASE n WHEN ${busiest.nameId} THEN '${busiest.name}' ELSE 'Person ' || n END, ARRAY['actor'] FROM generate_series(1, 1 + ${titles} / 100) AS n`,
  `INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category, characters, title_year, title_votes)
   SELECT t.title_id, 1, t.title_type, 2 + t.title_id % (${titles} / 100), 'actor', '["Somebody"]', COALESCE(t.start_year, 0), COALESCE(r.num_votes, 0)
   FROM movie_hub.titles t LEFT JOIN movie_hub.ratings r USING (title_id) WHERE t.title_id % 10 = 0`,
  `INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category, characters, title_year, title_votes)
   SELECT t.title_id, 2, t.title_type, ${busiest.nameId}, 'self', '["Self"]', COALESCE(t.start_year, 0), COALESCE(r.num_votes, 0)
   FROM movie_hub.titles t LEFT JOIN movie_hub.ratings r USING (title_id) ORDER BY t.title_id DESC LIMIT ${credits}`,
  `UPDATE movie_hub.names n SET title_types = c.types
   FROM (SELECT name_id, array_agg(DISTINCT title_type ORDER BY title_type) AS types FROM movie_hub.principals GROUP BY name_id) c
   WHERE c.name_id = n.name_id`,
];
