// How searches, loads and disk grow with the number of titles: BENCH_SIZES of them, on one server.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPool } from 'movie-hub';
import { importTypeScript, onBareServer, plainPool } from './database.mjs';
import { median, percentile, report } from './measure.mjs';
import { timeByRole, timePlain } from './scale-against.mjs';
import { busiestOf, countPages, printSizes, sizesOf } from './scale-disk.mjs';
import { besideCopy, databaseOf, filesIn } from './scale-load.mjs';
import { withLogins } from './scale-logins.mjs';
import { askMix, meantOf, printMix } from './scale-searches.mjs';

/** About what IMDb has. */
const imdbTitles = 11_000_000;
/** What is said of IMDb's size is aimed at from here on. */
const largeTitles = 10_000_000;
const sizes = (process.env.BENCH_SIZES ?? '10000,100000,1000000').split(',').map(Number);
const roleQuestions = 200;
const plainQuestions = 8;
const busiestCalls = 20;
const aims = { median: 2, p95: 10, p99: 50, misspelt: 150, busiest: 50, plain: 500, owner: 1.3, growth: 3 };
const loadAims = { share: 0.6, minutes: 60, rss: 300 };

export default async function scale() {
  const server = process.env.BENCH_SCALE_SERVER;
  if (server) return measureAll(server);
  await onBareServer(measureAll, ['shared_buffers=1GB', 'maintenance_work_mem=512MB', 'max_wal_size=8GB']);
}

async function measureAll(server) {
  const files = filesIn(process.env.BENCH_SCALE_FILES);
  const measured = [];
  try {
    for (const titles of [...sizes].sort((a, b) => a - b)) {
      process.stdout.write(`\n  ${titles.toLocaleString('en')} titles\n`);
      const database = await databaseOf(titles, { server, filesOf: files.filesOf });
      printMaking(titles, database);
      const figures = { titles, ...(await measureOne(database.url, titles)), ...making(database) };
      measured.push(figures);
      keepFigures(figures);
    }
    printCurve(measured);
    await printLoads(server, files.filesOf);
  } finally {
    files.remove();
  }
}

function making({ generated, loaded }) {
  return { ...(generated && { generatedMs: generated.ms }), ...(loaded && { loadedMs: loaded.ms }) };
}

function printMaking(titles, { generated, loaded }) {
  const whole = (ms) => (ms * imdbTitles) / titles / 60_000;
  const inAll = imdbTitles.toLocaleString('en');
  // Of few titles most of the time is that of starting and of statements that take as long with none.
  const isRate = titles >= 100_000;
  if (generated) {
    report('generating files', generated.ms / 1000, 's');
    report('  its memory (RSS)', generated.rssMb, 'MB');
    if (isRate) report(`  EXTRAPOLATED to ${inAll} titles`, whole(generated.ms), 'min');
  }
  if (!loaded) return process.stdout.write('  the database was there: its load is not measured\n');
  report('loading', loaded.ms / 1000, 's');
  report('  of which reading files', loaded.readMs / 1000, 's');
  report('  its memory (RSS)', loaded.rssMb, 'MB', loadAims.rss);
  const what = titles === imdbTitles ? '  in minutes' : `  EXTRAPOLATED to ${inAll} titles`;
  if (isRate) report(what, whole(loaded.ms), 'min', loadAims.minutes);
}

async function measureOne(url, titles) {
  const admin = plainPool({ connectionString: url, max: 1 });
  try {
    return await withLogins(admin, url, async (urls) => {
      const pool = createPool({ connectionString: urls.reader, max: 4 });
      try {
        const searched = await countPages(admin, () => askMix({ admin, pool }));
        return await against({ admin, urls, searched, titles });
      } finally {
        await pool.end();
      }
    });
  } finally {
    await admin.end();
  }
}

async function against({ admin, urls, searched, titles }) {
  const { cold, warm, callers } = searched.result;
  const times = (asked) => asked.map(({ ms }) => ms);
  const [first, mix, misspelt] = [cold.mix, warm.mix, warm.misspelt].map(times);
  process.stdout.write('  searches, after a pass of as many other questions of the same kinds\n');
  printMix(warm.mix, 5);
  const figures = { median: median(mix), p95: percentile(mix, 0.95), p99: percentile(mix, 0.99) };
  for (const [name, figure] of Object.entries(figures)) report(`searches: ${name}`, figure, 'ms', aims[name]);
  report('  before that pass: median', median(first), 'ms');
  report('                    p95', percentile(first, 0.95), 'ms');
  report('misspelt titles: median', median(misspelt), 'ms');
  report('                 p95', percentile(misspelt, 0.95), 'ms', aims.misspelt);
  const { about, meant } = meantOf(warm.misspelt);
  report('  of those meant that may be seen, suggested', (meant / about) * 100, '%');
  const asked = [cold, warm].reduce((sum, pass) => sum + pass.mix.length + pass.misspelt.length, 0);
  report('pages per question, from shared buffers', searched.hit / asked, 'pages');
  report('                    from system or disk', searched.read / asked, 'pages');
  const byRole = await timeByRole(urls, warm.mix.slice(0, roleQuestions));
  report(`the statements alone, ${roleQuestions} questions: reader`, byRole.reader, 'ms');
  report('                                     owner', byRole.owner, 'ms');
  report('  reader to owner, whom no policy binds', byRole.reader / byRole.owner, 'times', aims.owner);
  const plain = await timePlain(urls, sampleOf(warm.mix));
  report(`the query by hand, ${plainQuestions} of the questions: median`, median(plain), 'ms');
  const faster = median(plain) / figures.median;
  // Before that a scan of the whole table is as fast as an index.
  report('  to the search, at the median', faster, 'times', titles >= largeTitles ? aims.plain : undefined);
  const busiest = await timeBusiest(admin, callers);
  report(`${busiest.who}: median`, busiest.ms, 'ms', aims.busiest);
  const disk = await sizesOf(admin);
  printSizes(disk);
  return {
    ...figures,
    cold: { median: median(first), p95: percentile(first, 0.95) },
    misspeltP95: percentile(misspelt, 0.95),
    readerToOwner: byRole.reader / byRole.owner,
    plainMs: median(plain),
    busiestMs: busiest.ms,
    diskMb: disk.mb,
    pagesPerQuestion: (searched.hit + searched.read) / asked,
  };
}

/** Two questions of each user: an exact title, and common words. */
function sampleOf(asked) {
  const users = [...new Set(asked.map(({ user }) => user))];
  const of = (user, kind) => asked.find((each) => each.user === user && each.kind === kind);
  return users.flatMap((user) => [of(user, 'exact'), of(user, 'common')]).slice(0, plainQuestions);
}

async function timeBusiest(admin, callers) {
  const { name_id, primary_name, birth_year, roles } = await busiestOf(admin);
  const actor = birth_year === null ? primary_name : `${primary_name} ${birth_year}`;
  const times = [];
  for (const call of Object.values(callers)) {
    for (let round = -1; round < busiestCalls; round += 1) {
      const before = performance.now();
      const { answer, text } = await call('get_actor_roles', { actor });
      if (answer?.found !== true) throw new Error(`get_actor_roles, ${actor} (${name_id}): ${text}`);
      if (round >= 0) times.push(performance.now() - before);
    }
  }
  return { who: `${actor}, ${roles.toLocaleString('en')} roles`, ms: median(times) };
}

function printCurve(measured) {
  process.stdout.write('\n  titles        median      p95      p99   first p95   disk MB   pages each\n');
  for (const { titles, median: middle, p95, p99, cold, diskMb, pagesPerQuestion } of measured) {
    const cells = [
      middle.toFixed(2),
      p95.toFixed(1),
      p99.toFixed(1),
      cold.p95.toFixed(1),
      diskMb.toFixed(0),
      pagesPerQuestion.toFixed(0),
    ];
    const widths = [10, 9, 9, 12, 10, 13];
    const row = cells.map((cell, i) => cell.padStart(widths[i])).join('');
    process.stdout.write(
      `  ${titles.toLocaleString('en').padStart(10)}${row}  ${'#'.repeat(Math.min(40, Math.ceil(p95)))}\n`,
    );
  }
  const [base, ...larger] = measured.filter(({ titles }) => titles >= 100_000);
  const last = larger.at(-1);
  if (last === undefined) return;
  const what = `p95 at ${last.titles.toLocaleString('en')} to that at ${base.titles.toLocaleString('en')}`;
  report(what, last.p95 / base.p95, 'times', aims.growth);
}

/** Of 100,000 titles or more: smaller files are over before they can be timed. */
async function printLoads(server, filesOf) {
  const titles = [...sizes].sort((a, b) => a - b).find((each) => each >= 100_000);
  if (titles === undefined)
    return process.stdout.write('  LEFT OUT: loads beside \\copy, which need 100,000 titles or more\n');
  const { findPostgres } = await importTypeScript('../support/postgres-server.ts');
  const psql = join(findPostgres() ?? '/usr/bin', 'psql');
  const { folder } = await filesOf(titles);
  const { url } = await databaseOf(titles, { server, filesOf });
  process.stdout.write(
    `\n  the loader beside \\copy of the rows it makes, ${titles.toLocaleString('en')} titles, best of 3\n`,
  );
  for (const [table, { rows, loadMs, copyMs }] of Object.entries(
    await besideCopy({ server, from: url, folder, psql }),
  )) {
    report(`${table}: loader`, rows / loadMs, 'rows/ms');
    report(`${' '.repeat(table.length)}  \\copy`, rows / copyMs, 'rows/ms');
    report('  ratio', copyMs / loadMs, 'times', loadAims.share);
  }
}

/** For the chart: figures of each size, the newest. */
function keepFigures(figures) {
  const path = process.env.BENCH_SCALE_FIGURES;
  if (path === undefined) return;
  const before = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
  const all = [...before.filter(({ titles }) => titles !== figures.titles), figures];
  writeFileSync(
    path,
    `${JSON.stringify(
      all.sort((a, b) => a.titles - b.titles),
      null,
      2,
    )}\n`,
  );
}
