// What the search of the bench at scale is held against: the same statements run by the owner, whom no policy binds, and the query
// that one would write by hand under row-level security.
import { createMovieMcpServer } from 'movie-hub';
import pg from 'pg';
import { plainPool } from './database.mjs';
import { median } from './measure.mjs';
import { users } from './scale-questions.mjs';
import { clientOf } from './served-tools.mjs';

/** Full-text search in the one title that most people mean, and who plays in it. */
const plainQuery = `
  SELECT t.title_id, t.primary_title, n.primary_name, p.category, p.characters
  FROM (
    SELECT o.title_id, o.primary_title
    FROM movie_hub.titles AS o LEFT JOIN movie_hub.ratings AS r ON r.title_id = o.title_id
    WHERE o.search @@ plainto_tsquery('simple', movie_hub.normalise($1))
    ORDER BY r.num_votes DESC NULLS LAST, o.title_id LIMIT 1
  ) AS t
  LEFT JOIN movie_hub.principals AS p ON p.title_id = t.title_id
  LEFT JOIN movie_hub.names AS n ON n.name_id = p.name_id
  ORDER BY p.ordering`;

/**
 * Runs the statements of the tool's calls on a bare client, as the reader and as the owner, in turns: each question by both, one
 * after the other, who begins takes turns too.
 *
 * @param urls Of a login for the tools, and of one that may become either role.
 * @returns Median ms of each role; the first tenth of the questions warms up.
 */
export async function timeByRole(urls, questions) {
  const statements = await statementsOf(urls.reader);
  const roles = ['movie_hub_reader', 'movie_hub_owner'];
  const clients = await Promise.all(roles.map(() => connected(urls.both)));
  const times = roles.map(() => []);
  for (const [number, { user, text }] of questions.entries()) {
    for (const turn of [0, 1]) {
      const which = (number + turn) % 2;
      const ms = await timed(clients[which], statements(user, text, roles[which]));
      if (number >= questions.length / 10) times[which].push(ms);
    }
  }
  for (const client of clients) await client.end();
  return { reader: median(times[0]), owner: median(times[1]) };
}

/** Times the query by hand as the reader, for a few questions of each user; one that takes longer than the limit counts with it. */
export async function timePlain(urls, questions, { limitMs = 120_000 } = {}) {
  const statements = await statementsOf(urls.reader);
  const client = await connected(urls.both);
  const times = [];
  for (const { user, text } of questions) {
    const sent = statements(user, text, 'movie_hub_reader', { statement_timeout: String(limitMs) });
    sent[2] = { text: plainQuery, values: [text] };
    try {
      times.push(await timed(client, sent));
    } catch (cause) {
      if (cause.code !== '57014') throw cause;
      await client.query('ROLLBACK');
      times.push(limitMs);
    }
  }
  await client.end();
  return times;
}

/** One transaction, as the tool does it, with a wait for each statement. */
async function timed(client, statements) {
  const before = performance.now();
  for (const statement of statements) await client.query(statement);
  return performance.now() - before;
}

async function connected(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

/** Takes down what a call sends, and returns what makes the same of another question, user and role. */
async function statementsOf(connectionString) {
  const pool = plainPool({ connectionString, max: 1 });
  const sent = [];
  try {
    const call = await clientOf(createMovieMcpServer(pool, { titleTypes: users.jim }));
    await call('get_movie_characters', { title: 'first' }); // checks the database
    const client = await pool.connect();
    client.query = (statement) => {
      sent.push(
        typeof statement === 'string' ? statement : { text: statement.text, values: statement.values },
      );
      return pg.Client.prototype.query.call(client, statement);
    };
    client.release();
    await call('get_movie_characters', { title: 'second' });
  } finally {
    await pool.end();
  }
  if (sent.length !== 4) throw new Error(`A call sends ${sent.length} statements.`);
  const [begin, settings, query, commit] = sent;
  return (user, text, role, further = {}) => {
    const set = { 'rls.types': `{${users[user].join(',')}}`, role, ...further };
    const values = settings.values.map((value, i) =>
      i % 2 === 1 ? (set[settings.values[i - 1]] ?? value) : value,
    );
    const asked = query.values.map((value) => (value === 'second' ? text : value));
    return [begin, { text: settings.text, values }, { text: query.text, values: asked }, commit];
  };
}
