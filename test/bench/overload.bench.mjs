// How long another user waits for a list while one user has twenty of the worst requests open, at 200,000 titles.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import { defineQuery, movieEntitlements, runQuery, withEntitlements } from 'movie-hub';
import { generateImdb, loadImdb } from 'movie-hub/dataset';
import { createDemoModel } from 'movie-hub/testing';
import { addUser, hub } from 'movie-hub/ui';
import { onHubServer } from './database.mjs';
import { signIn } from './hub.bench.mjs';
import { median, percentile, report } from './measure.mjs';

const titles = Number(process.env.BENCH_TITLES ?? 200_000);
/** Requests that one user keeps open, some of them questions in the chat: as many as run at once unless told otherwise. */
const open = 20;
const chats = 3;
/** How long it is measured, in ms. */
const measuredMs = 20_000;
const aimMs = 300;
/** As `createPool` has it unless told otherwise. */
const connections = 10;
const titleTypes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

export default async function overload() {
  await onHubServer(measure, connections);
}

async function measure({ admin, pools }) {
  await load(admin);
  const worst = await worstRequests(admin);
  await questions(pools.reader, worst.words);
  const app = Fastify();
  await app.register(hub, {
    pools,
    model: createDemoModel(),
    sessionSecret: 'a secret of the bench, long enough',
    // As many questions a minute as are answered: what is measured is how many at once.
    questionsPerMinute: 10_000,
  });
  const visitors = {};
  for (const username of ['worst', 'other']) {
    const password = `${username}-of-the-bench`;
    await addUser(pools.accounts, { username, password, titleTypes });
    visitors[username] = await signIn(app, username, password);
  }
  for (const path of worst.paths) {
    const { ms, status } = await timed(visitors.worst, path);
    if (status !== 200) process.stdout.write(`  answered with ${status}: `);
    report(`alone: ${decodeURIComponent(path).slice(0, 40)}`, ms, 'ms');
  }
  print('another user’s list, alone', await listsOf(visitors.other));
  let isOver = false;
  const statuses = {};
  const asked = {};
  const inChat = (await beginChats(visitors.worst)).map(async (thread, i) => {
    for (let turn = i; !isOver; turn += 1) {
      const message = `Who is in the movie ${worst.words[turn % worst.words.length]}?`;
      const { statusCode } = await visitors.worst.post('/chat', { message, thread }, '/chat');
      asked[statusCode] = (asked[statusCode] ?? 0) + 1;
    }
  });
  const requests = Array.from({ length: open - chats }, async (_, i) => {
    for (let turn = i; !isOver; turn += 1) {
      const { status } = await timed(visitors.worst, worst.paths[turn % worst.paths.length]);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  });
  const lists = await listsOf(visitors.other);
  isOver = true;
  await Promise.all([...requests, ...inChat]);
  print(`another user’s list beside ${open} open`, lists, aimMs);
  process.stdout.write(
    `  the one user was answered with ${JSON.stringify(statuses)}, in the chat ${JSON.stringify(asked)}\n`,
  );
  await app.close();
}

async function load(admin) {
  const folder = mkdtempSync(join(tmpdir(), 'movie-hub-bench-'));
  const began = performance.now();
  try {
    await generateImdb({ titles, folder });
    await loadImdb(admin, folder, { rebuild: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await admin.query('VACUUM (ANALYZE)');
  report(`${titles.toLocaleString('en')} titles were made in`, (performance.now() - began) / 1000, 's');
}

/** Requests that cost most, by what stands in most titles. */
async function worstRequests(admin) {
  const { rows } = await admin.query(
    `SELECT word FROM ts_stat('SELECT words FROM movie_hub.title_texts WHERE title_id % 10 = 0') ORDER BY ndoc DESC, word LIMIT 40`,
  );
  const common = rows.map(({ word }) => word);
  const rare = Array.from({ length: 100 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join(' ');
  const searches = [
    'a&'.repeat(100),
    common.slice(2).join(' '),
    common.slice(0, 2).join(' '),
    `${common[0]} e`,
    'a b c d e f g h i j k l m n o p q r s t u v w x y z',
    rare,
    'ﷺ'.repeat(200),
  ];
  const q = (words, rest = '') => `/movies?${new URLSearchParams({ q: words })}${rest}`;
  return {
    words: [...searches, '&'.repeat(300), 'R&B&D&'.repeat(33), 'zzyzx qwert'],
    paths: [
      ...searches.map((words) => q(words)),
      q(searches[0], '&sort=title&genre=Drama&from=1950'),
      '/movies?sort=title&to=1905',
      '/movies?sort=title&genre=Game-Show&type=movie',
      `/movies?sort=title&before=${Buffer.from('title.1.zzzz').toString('base64url')}`,
      '/movies.csv?sort=title',
      `/movies.csv?${new URLSearchParams({ q: searches[0] })}`,
    ],
  };
}

/** What each kind of search takes for the worst of these questions, by itself. */
async function questions(reader, words) {
  const functions = {
    'search_titles, typing': 'search_titles(:words, 1000, true)',
    search_titles: 'search_titles(:words, 6)',
    search_names: 'search_names(:words, 6)',
    suggest_titles: 'suggest_titles(:words, 6)',
    suggest_names: 'suggest_names(:words, 6)',
  };
  for (const [name, call] of Object.entries(functions)) {
    const query = defineQuery({
      name: 'worst',
      sql: `SELECT count(*) FROM movie_hub.${call}`,
      parameters: ['words'],
    });
    const ask = (asked) =>
      withEntitlements(
        reader,
        movieEntitlements({ titleTypes }),
        (scope) => runQuery(scope, query, { words: asked }),
        { statementTimeoutMs: 60_000 },
      );
    const times = [];
    for (const asked of words) {
      const ofWords = [];
      for (let round = 0; round < 4; round += 1) {
        const before = performance.now();
        await ask(asked);
        ofWords.push(performance.now() - before);
      }
      times.push(median(ofWords.slice(1)));
    }
    report(`${name}: the worst of ${words.length} questions`, Math.max(...times), 'ms');
  }
}

async function timed(get, path) {
  const before = performance.now();
  // A file may end before it is whole.
  const status = await get(path).then(
    ({ statusCode }) => statusCode,
    () => 'cut off',
  );
  return { status, ms: performance.now() - before };
}

/** Begins chats, each with an answered question: an empty one would be begun only once. */
async function beginChats({ post }) {
  const threads = [];
  for (let n = 0; n < chats; n += 1) {
    const { headers } = await post('/chat/new', {}, '/chat');
    const [, thread] = /thread=(.+)/.exec(headers.location);
    await post('/chat', { message: 'Who is in the movie Metropolis?', thread }, '/chat');
    threads.push(thread);
  }
  return threads;
}

/** Lists and searches as somebody asks for them, one after the other. */
async function listsOf(get) {
  const paths = ['/movies', '/movies?q=love', '/movies?genre=Drama&sort=rating', '/movies?q=the+night'];
  const answers = [];
  for (const end = performance.now() + measuredMs; performance.now() < end; ) {
    answers.push(await timed(get, paths[answers.length % paths.length]));
    await sleep(50);
  }
  return answers;
}

function print(what, answers, aim) {
  const times = answers.map(({ ms }) => ms);
  report(`${what}: median`, median(times), 'ms');
  report(`${what}: p95`, percentile(times, 0.95), 'ms', aim);
  const failed = answers.filter(({ status }) => status !== 200);
  process.stdout.write(
    `  ${answers.length} lists, not answered: ${failed.length}${failed.length > 0 ? ` (${failed.map(({ status }) => status)})` : ''}\n`,
  );
}
