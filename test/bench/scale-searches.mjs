// The mix of searches of the bench at scale, through the tools as an MCP client calls them. By itself it measures any database:
//   node test/bench/scale-searches.mjs --database-url postgresql://… [--questions 1000] [--seed 1] [--kind common] [--user jim]
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createMovieMcpServer, createPool } from 'movie-hub';
import { plainPool } from './database.mjs';
import { percentile } from './measure.mjs';
import { withLogins } from './scale-logins.mjs';
import { drawMisspelt, drawQuestions, mix, readTitles, users } from './scale-questions.mjs';
import { clientOf } from './served-tools.mjs';

/**
 * Asks two sets of questions of the same kinds, one after the other: the first warms up.
 *
 * @param pool The reader's pool; `admin` sees all rows.
 * @returns What was asked in each pass, with its time in ms.
 */
export async function askMix(
  { admin, pool },
  { questions = 1000, misspelt = 200, seed = 1, isWanted = () => true } = {},
) {
  const titles = await readTitles(admin, seed);
  const draw = (own) => ({
    mix: drawQuestions(titles, questions, own).filter(isWanted),
    misspelt: drawMisspelt(titles, misspelt, own).filter(isWanted),
  });
  const callers = {};
  for (const [user, titleTypes] of Object.entries(users))
    callers[user] = await clientOf(createMovieMcpServer(pool, { titleTypes }, { preparedStatements: true }));
  const askAll = async (list) => {
    const asked = [];
    for (const question of list) asked.push(await askOne(callers[question.user], question));
    return asked;
  };
  const passes = {};
  for (const [pass, own] of Object.entries({ cold: seed + 1, warm: seed + 2 })) {
    const drawn = draw(own);
    passes[pass] = { mix: await askAll(drawn.mix), misspelt: await askAll(drawn.misspelt) };
  }
  return { ...passes, callers, titles };
}

/** Asks one question, and notes what came of it; a timeout counts with the time it took. */
async function askOne(call, question) {
  const before = performance.now();
  const { isError, answer, text } = await call('get_movie_characters', { title: question.text });
  const ms = performance.now() - before;
  if (isError && !/time/i.test(text)) throw new Error(`"${question.text}" (${question.user}): ${text}`);
  const ids = (list) => list?.map(({ title_id }) => title_id) ?? [];
  return {
    ...question,
    ms,
    isTimeout: isError === true,
    isFound: answer?.found === true,
    isMeant: answer?.found
      ? [answer.title.title_id, ...ids(answer.other_matches)].includes(question.meant)
      : ids(answer?.suggestions).includes(question.meant),
  };
}

/** Prints median, p95, p99 and maximum of questions by user and by kind, and the slowest. */
export function printMix(asked, slowest = 10) {
  const kinds = [...Object.keys(mix), 'misspelt'].filter((name) => asked.some(({ kind }) => kind === name));
  const names = Object.keys(users).filter((name) => asked.some(({ user }) => user === name));
  const head = ['', 'asked', 'found', 'median', 'p95', 'p99', 'max ms'];
  const rows = [head];
  for (const kind of kinds) {
    for (const name of names)
      rows.push(
        line(
          `${kind}, ${name}`,
          asked.filter((each) => each.kind === kind && each.user === name),
        ),
      );
    rows.push(
      line(
        `${kind}, all`,
        asked.filter((each) => each.kind === kind),
      ),
    );
  }
  for (const name of names)
    rows.push(
      line(
        `all, ${name}`,
        asked.filter(({ user }) => user === name),
      ),
    );
  rows.push(line('all', asked));
  for (const row of rows)
    process.stdout.write(
      `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(20) : cell.padStart(9))).join('')}\n`,
    );
  for (const { ms, user, kind, text } of [...asked].sort((a, b) => b.ms - a.ms).slice(0, slowest))
    process.stdout.write(`  ${ms.toFixed(1).padStart(9)} ms  ${user.padEnd(6)} ${kind.padEnd(9)} ${text}\n`);
}

function line(name, asked) {
  const times = asked.map(({ ms }) => ms);
  const figures = [0.5, 0.95, 0.99, 1].map((share) => percentile(times, share).toFixed(2));
  return [name, String(asked.length), String(asked.filter(({ isFound }) => isFound).length), ...figures];
}

/** Says of questions about titles that the user may see how many were answered with them. */
export function meantOf(asked) {
  const about = asked.filter(({ isSeen }) => isSeen);
  return { about: about.length, meant: about.filter(({ isMeant }) => isMeant).length };
}

async function main() {
  const { values } = parseArgs({
    options: {
      'database-url': { type: 'string' },
      questions: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      kind: { type: 'string' },
      user: { type: 'string' },
    },
  });
  const url = values['database-url'] ?? process.env.DATABASE_URL;
  if (url === undefined) throw new Error('Give --database-url, of an administrator.');
  const admin = plainPool({ connectionString: url, max: 1 });
  try {
    await withLogins(admin, url, async ({ reader }) => {
      const pool = createPool({ connectionString: reader, max: 4 });
      try {
        const isWanted = ({ kind, user }) =>
          (values.kind === undefined || kind === values.kind) &&
          (values.user === undefined || user === values.user);
        const began = performance.now();
        const { cold, warm } = await askMix(
          { admin, pool },
          { questions: Number(values.questions), seed: Number(values.seed), isWanted },
        );
        process.stdout.write(
          `  ${((performance.now() - began) / 1000).toFixed(1)} s, with drawing and two passes\n`,
        );
        for (const [what, pass] of Object.entries({
          'first pass': cold,
          'second pass, other questions': warm,
        })) {
          for (const [set, asked] of Object.entries(pass)) {
            if (asked.length === 0) continue;
            const { about, meant } = meantOf(asked);
            const timeouts = asked.filter(({ isTimeout }) => isTimeout).length;
            process.stdout.write(
              `\n${what}: ${set}; ${timeouts} timeouts; the title that was meant in ${meant} of ${about} answers where it may be seen\n`,
            );
            printMix(asked);
          }
        }
      } finally {
        await pool.end();
      }
    });
  } finally {
    await admin.end();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
