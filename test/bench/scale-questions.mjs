// The questions of the bench at scale, drawn from the titles of a database with a fixed seed: by ids and from indexes, so that
// drawing takes seconds at any size.

/** Who asks: three of the demo, and one who may see 80.5 % of IMDb's titles, its movies and episodes. */
export const users = {
  jim: [1],
  test2: [1, 5],
  vlad: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  most: [1, 4],
};

/** Shares of the kinds in a mix; misspelt titles are asked apart. */
export const mix = { exact: 0.4, partial: 0.25, common: 0.2, accents: 0.1, absent: 0.05 };

const drawnIds = 6000;
const popularTitles = 20_000;
const misspeltTitles = 2000;
const commonWords = 20;
const longest = 200;

/** Numbers from 0 up to 1, the same for the same seed. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Reads what questions are drawn from: titles at random ids, and those with the most votes.
 *
 * @param admin A pool whose login sees all rows.
 */
export async function readTitles(admin, seed) {
  const random = randomFrom(seed);
  const { rows: bounds } = await admin.query(
    'SELECT min(title_id) AS low, max(title_id) AS high FROM movie_hub.titles WHERE title_id < 1000000000',
  );
  const { low, high } = bounds[0];
  const ids = Array.from({ length: drawnIds }, () => low + Math.floor(random() * (high - low + 1)));
  const uniform = await admin.query(
    `SELECT title_id AS id, title_type AS type, primary_title AS title, 0 AS votes FROM movie_hub.titles WHERE title_id = ANY ($1) ORDER BY title_id`,
    [[...new Set(ids)]],
  );
  const popular = await admin.query(
    `SELECT t.title_id AS id, t.title_type AS type, t.primary_title AS title, r.num_votes AS votes
     FROM (SELECT title_id, num_votes FROM movie_hub.ratings ORDER BY num_votes DESC, title_id LIMIT ${popularTitles}) AS r
     JOIN movie_hub.titles AS t USING (title_id) ORDER BY r.num_votes DESC, t.title_id`,
  );
  const all = [...uniform.rows, ...popular.rows];
  const others = await admin.query(
    `SELECT title_id AS id, title_type AS type, title, 0 AS votes FROM movie_hub.akas
     WHERE title_id = ANY ($1) AND title ~ '[^\\x01-\\x7f]' ORDER BY title_id, ordering`,
    [all.map(({ id }) => id)],
  );
  return {
    uniform: shuffle(uniform.rows, random),
    popular: popular.rows,
    marked: [...all.filter(({ title }) => /[^\w\s]/.test(title)), ...others.rows],
    words: mostCommon(uniform.rows),
  };
}

/**
 * Draws questions: each of a user and a kind, with the title that is meant, if any. Of those about a title half are about one that
 * the user may see, the others about any; half are drawn by votes, the others evenly.
 */
export function drawQuestions(titles, count, seed) {
  const random = randomFrom(seed);
  const questions = [];
  for (const [user, types] of Object.entries(users)) {
    const draw = drawTitle(titles, types, random);
    for (const [kind, share] of Object.entries(mix)) {
      const wanted = Math.round((count * share) / Object.keys(users).length);
      for (let number = 0; number < wanted; number += 1)
        questions.push({ user, kind, ...ask[kind](draw, number, { titles, types, random }) });
    }
  }
  return shuffle(questions, random);
}

/** Draws titles of the most popular with one letter changed: half of them among what the user may see. */
export function drawMisspelt(titles, count, seed) {
  const random = randomFrom(seed);
  const best = titles.popular.slice(0, misspeltTitles).filter(({ title }) => /\p{L}{4}/u.test(title));
  return shuffle(
    Object.entries(users).flatMap(([user, types]) => {
      const seen = titles.popular
        .filter(({ type, title }) => types.includes(type) && /\p{L}{4}/u.test(title))
        .slice(0, misspeltTitles);
      return Array.from({ length: Math.round(count / Object.keys(users).length) }, (_, number) => {
        const meant = pick(number % 2 === 0 ? seen : best, random);
        return { user, kind: 'misspelt', text: misspell(meant.title, random), ...meaning(meant, types) };
      });
    }),
    random,
  );
}

const ask = {
  exact: (draw, number, { types }) => {
    const meant = draw(number, () => true);
    return { text: meant.title, ...meaning(meant, types) };
  },
  partial: (draw, number, { types, random }) => {
    const meant = draw(number, ({ title }) => wordsOf(title).length > 2);
    const words = wordsOf(meant.title);
    const beginning = words.slice(0, Math.max(2, Math.floor(words.length / 2)));
    const first = Math.floor(random() * (words.length - 1));
    const second = first + 1 + Math.floor(random() * (words.length - 1 - first));
    const two = [words[first], words[second]];
    return { text: (number % 4 < 2 ? two : beginning).join(' '), ...meaning(meant, types) };
  },
  common: (_draw, number, { titles: { words }, random }) => {
    const one = words[number % words.length];
    const two = pick(words, random);
    return { text: number < words.length || one === two ? one : `${two} ${one}` };
  },
  accents: (_draw, number, { titles: { marked }, types, random }) => {
    const seen = marked.filter(({ type }) => types.includes(type));
    const meant = pick(number % 2 === 0 && seen.length > 0 ? seen : marked, random);
    return { text: number % 4 < 2 ? meant.title : withoutMarks(meant.title), ...meaning(meant, types) };
  },
  absent: (_draw, number, { titles: { words }, random }) => ({
    text:
      number % 2 === 0 ? `${madeUp(random)} ${madeUp(random)}` : `${pick(words, random)} ${madeUp(random)}`,
  }),
};

function drawTitle({ uniform, popular }, types, random) {
  const seen = (rows) => rows.filter(({ type }) => types.includes(type));
  const lists = [uniform, seen(uniform), byVotes(popular), byVotes(seen(popular))];
  return (number, isFit) => {
    const list = lists[number % lists.length];
    for (let attempt = 0; attempt < 10_000; attempt += 1) {
      const found = typeof list === 'function' ? list(random()) : pick(list, random);
      if (found !== undefined && found.title.length <= longest && isFit(found)) return found;
    }
    throw new Error('The database has too few titles to draw questions from.');
  };
}

/** Returns what picks a title by its votes from a number between 0 and 1. */
function byVotes(rows) {
  const sums = [];
  let sum = 0;
  for (const { votes } of rows) {
    sum += votes;
    sums.push(sum);
  }
  return (share) => rows[sums.findIndex((each) => each > share * sum)];
}

function meaning({ id, type }, types) {
  return { meant: id, isSeen: types.includes(type) };
}

function mostCommon(rows) {
  const counts = new Map();
  for (const { title } of rows)
    for (const word of new Set(wordsOf(title.toLowerCase()))) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .filter(([word]) => /\p{L}/u.test(word))
    .sort(([a, ofA], [b, ofB]) => ofB - ofA || (a < b ? -1 : 1))
    .slice(0, commonWords)
    .map(([word]) => word);
}

function wordsOf(title) {
  return title.split(/[^\p{L}\p{M}\p{N}]+/u).filter(Boolean);
}

/** As people type it who leave marks away: "Amélie's" becomes "Amelies", "WALL·E" becomes "WALL E". */
function withoutMarks(title) {
  // Put together again: marks of other scripts are part of their letters.
  const plain = title
    .normalize('NFD')
    .replace(/[\u0300-\u036f'’]/g, '')
    .normalize('NFC');
  return plain.replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ').trim() || title;
}

function misspell(title, random) {
  const letters = [...title];
  const places = letters.flatMap((letter, place) => (/\p{L}/u.test(letter) ? [place] : []));
  const place = pick(places, random);
  const before = letters[place].toLowerCase();
  letters[place] = pick(
    [...'aeioulnrstdmbkg'].filter((letter) => letter !== before),
    random,
  );
  return letters.join('');
}

function madeUp(random) {
  const part = (from) => pick([...from], random);
  return Array.from({ length: 3 }, () => part('qxzvjkw') + part('aeiouy') + part('xqzvwf')).join('');
}

function pick(list, random) {
  return list[Math.floor(random() * list.length)];
}

function shuffle(list, random) {
  const shuffled = [...list];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]];
  }
  return shuffled;
}
