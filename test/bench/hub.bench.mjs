// How long the hub takes for a page of movies at one million titles: any order, filter, depth and direction, for three users.
import Fastify from 'fastify';
import { createDemoModel } from 'movie-hub/testing';
import { addUser, hub } from 'movie-hub/ui';
import { importTypeScript, onHubServer } from './database.mjs';
import { median, report } from './measure.mjs';

const titleCount = Number(process.env.BENCH_TITLES ?? 1_000_000);
const credits = Math.round(titleCount * 0.165);
const rounds = 7;
const pageSize = 50;
const aimMs = 50;

const users = { jim: [1], test2: [1, 5], vlad: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] };
const sorts = {
  votes: 'num_votes DESC, title_id DESC',
  title: 'sort_title, title_id',
  year: 'start_year DESC, title_id DESC',
  rating: 'rating DESC, title_id DESC',
};
const keys = { votes: 'num_votes', title: 'sort_title', year: 'start_year', rating: 'rating' };
const filters = {
  'no filter': {},
  'a type': { type: 'movie' },
  'a common genre': { genre: 'Drama' },
  'a rare genre': { genre: 'Film-Noir' },
  'a genre few movies have': { genre: 'Game-Show' },
  'one year': { from: 2001, to: 2001 },
  'ten years': { from: 1990, to: 1999 },
  'early years': { to: 1905 },
  'a genre and years': { genre: 'Comedy', from: 1990, to: 1999 },
};
const depths = [1, 10, 1000];
/** As they stand when the page is asked for: while somebody types, the last word is a beginning. */
const searches = [
  'love',
  'the',
  'of the',
  'night 2001',
  'the 2001',
  'love king',
  'episode 1 1',
  'nothing like it',
  't',
  'th',
  'zu',
  'the bergai',
];

export default async function hubPages() {
  await onHubServer(measure);
}

async function measure({ admin, pools }) {
  const { addManyTitles, busiest } = await importTypeScript('../support/many-titles.ts');
  const began = performance.now();
  await addManyTitles(admin, { titles: titleCount, credits });
  report(`${titleCount.toLocaleString('en')} titles were made in`, (performance.now() - began) / 1000, 's');
  const app = Fastify();
  await app.register(hub, {
    pools,
    model: createDemoModel(),
    sessionSecret: 'a secret of the bench, long enough',
  });
  const all = [];
  const searched = [];
  for (const [user, titleTypes] of Object.entries(users)) {
    const password = `${user}-of-the-bench`;
    await addUser(pools.accounts, { username: user, password, titleTypes });
    const get = await signIn(app, user, password);
    process.stdout.write(`  ${user}\n`);
    for (const sort of Object.keys(sorts)) {
      const ofSort = [];
      for (const [what, filter] of Object.entries(filters)) {
        const times = [];
        for (const depth of depths) {
          for (const path of await pathsAt(admin, titleTypes, sort, filter, depth))
            times.push(...(await timesOf(get, path)));
        }
        print(`  by ${sort}, ${what}`, times);
        ofSort.push(...times);
      }
      all.push(...ofSort);
    }
    const rare = await rareWord(admin, titleTypes);
    for (const words of [rare, ...searches]) {
      const times = await timesOf(get, `/movies?${new URLSearchParams({ q: words })}`);
      print(`  search: ${words}`, times);
      searched.push(...times);
    }
    print('  a title', await timesOf(get, `/movies/${await someTitle(admin, titleTypes)}`));
    print('  the busiest person', await timesOf(get, `/people/${busiest.nameId}`));
  }
  print('all pages of all lists', all);
  print('all searches', searched);
  await app.close();
}

function print(what, times) {
  const sorted = [...times].sort((a, b) => a - b);
  report(`${what}: median`, median(times), 'ms');
  report(`${' '.repeat(what.length)}  p95`, sorted[Math.ceil(sorted.length * 0.95) - 1], 'ms', aimMs);
}

/** A page that is not there must not count as fast. */
async function timesOf(get, path) {
  const times = [];
  for (let round = -1; round < rounds; round += 1) {
    const before = performance.now();
    const { statusCode } = await get(path);
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode}`);
    if (round >= 0) times.push(performance.now() - before);
  }
  return times;
}

/** The pages behind and before the title where page `depth` begins, if the list is that long. */
async function pathsAt(admin, titleTypes, sort, filter, depth) {
  const query = new URLSearchParams({ sort, ...filter });
  if (depth === 1) return [`/movies?${query}`];
  const { rows } = await admin.query(
    `SELECT title_id, ${keys[sort]} AS key FROM movie_hub.title_lists
     WHERE genre = $1 AND title_type = ANY ($2) AND ($3::int IS NULL OR start_year >= $3) AND ($4::int IS NULL OR start_year <= $4)
     ORDER BY ${sorts[sort]} LIMIT 1 OFFSET $5`,
    [
      filter.genre ?? '',
      filter.type === undefined ? titleTypes : [1],
      filter.from ?? (filter.to === undefined ? null : 1),
      filter.to ?? null,
      (depth - 1) * pageSize - 1,
    ],
  );
  return rows.flatMap(({ title_id, key }) => {
    const place = Buffer.from(`${sort}.${title_id}.${key}`).toString('base64url');
    return [`/movies?${query}&after=${place}`, `/movies?${query}&before=${place}`];
  });
}

async function someTitle(admin, titleTypes) {
  const { rows } = await admin.query(
    'SELECT title_id FROM movie_hub.titles WHERE title_type = ANY ($1) AND title_id % 10 = 0 LIMIT 1',
    [titleTypes],
  );
  return rows[0].title_id;
}

/** A word that few titles hold. */
async function rareWord(admin, titleTypes) {
  const { rows } = await admin.query(
    `SELECT word FROM ts_stat($$SELECT words FROM movie_hub.title_texts WHERE title_id % 1000 = 0 AND title_type = ${titleTypes[0]}$$)
     WHERE word ~ '^[a-z]{6,}$' ORDER BY ndoc, word LIMIT 1`,
  );
  return rows[0].word;
}

/** Signs in, and returns what gets a page as that user. */
export async function signIn(app, username, password) {
  const cookies = {};
  const keep = (answer) => {
    for (const { name, value } of answer.cookies) cookies[name] = value;
    return answer;
  };
  const header = () => ({
    cookie: Object.entries(cookies)
      .map((pair) => pair.join('='))
      .join('; '),
  });
  const get = async (url) => keep(await app.inject({ url, headers: header() }));
  /** Sends a form of a page as htmx does. */
  const post = async (url, fields, page = url) => {
    const { body } = await get(page);
    const form = { ...fields, _csrf: /name="_csrf" value="([^"]+)"/.exec(body)[1] };
    const type = 'application/x-www-form-urlencoded';
    const headers = { ...header(), 'content-type': type, 'hx-request': 'true' };
    return keep(
      await app.inject({ method: 'POST', url, headers, payload: new URLSearchParams(form).toString() }),
    );
  };
  await post('/login', { username, password });
  return Object.assign(get, { post });
}
