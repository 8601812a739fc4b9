import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { imdbFolder } from '../database/imdb-folder';
import { empty, shapeOf, untrueAfterLoad } from '../database/loaded-rows';
import { openDatabase, type TestDatabase } from '../support/databases';
import { type Generated, generateFiles } from '../support/generated';
import { expectFailure } from './support/expect-failure';
import { cleanUp, newFolder, type RunOptions, runCli, startCli } from './support/run-cli';

afterAll(cleanUp);

const nowhere = ['--database-url', 'postgresql://u:secret@127.0.0.1:1/x'];
const load = (args: readonly string[], options: RunOptions = {}) =>
  runCli('movie-hub', ['db', 'load', ...args], options);
const title = (id: number, type = 'movie') =>
  `tt000000${id} | ${type} | Title ${id} | Title ${id} | 0 | 2000 | \\N | 90 | Drama`;

describe.concurrent('movie-hub db load, without a database', () => {
  it('tells of its options', async () => {
    const { code, stdout, stderr } = await load(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const option of [
      '--from <dir|url>',
      '--only <list>',
      '--min-votes <number>',
      '--rejects <file>',
      '--max-rejects <number>',
      '--rebuild',
      '--no-rebuild',
      '--downloads <dir>',
      '--database-url <url>',
    ])
      expect(stdout).toContain(`  ${option} `);
    expect(stdout).toMatch(/\(default:\s+"movie-hub-rejects\.tsv"\)/);
    expect((await runCli('movie-hub', ['db', '--help'])).stdout).toMatch(/^ {2}load /m);
  });

  it.each<[string[], 1 | 2, ...string[]]>([
    [[], 2, '--from'],
    [['--from', ''], 2, '--from', 'must not be empty'],
    [['--from', 'x', '--min-votes', '-1'], 2, '--min-votes', 'a whole number, 0 or more'],
    [['--from', 'x', '--min-votes', '1_0'], 2, '--min-votes', 'a whole number, 0 or more'],
    [['--from', 'x', '--max-rejects', 'few'], 2, '--max-rejects', 'a whole number, 0 or more'],
    [['--from', 'no-such-folder'], 1, 'The folder has no title.basics.tsv and no title.basics.tsv.gz'],
    [['--from', 'https://'], 1, 'The source is neither a URL nor a folder'],
  ])('refuses %j', async (args, code, ...parts) => {
    expectFailure(await load([...args, ...nowhere]), code, ...parts);
  });

  it('says that the server cannot be reached', async () => {
    const from = imdbFolder({ 'title.basics': [title(1)] });
    expectFailure(await load(['--from', from, ...nowhere]), 1, '--database-url: Cannot connect');
  });
});

describe.runIf(inject('server'))('movie-hub db load', () => {
  let database: TestDatabase;
  let env: Record<string, string>;
  beforeAll(async () => {
    database = await openDatabase('server');
    env = { MOVIE_HUB_ADMIN_URL: database.urls.admin };
  });
  beforeEach(() => empty(database));
  afterAll(() => database?.close());
  const titles = async () =>
    (await database.admin.query('SELECT title_id FROM movie_hub.titles ORDER BY 1')).rows.map(
      (row) => row.title_id,
    );

  it('ends with a table of what was read, and notes why lines were rejected', async () => {
    const cwd = newFolder();
    const from = imdbFolder({
      'title.basics': [
        title(1),
        title(2, 'tvMovie'),
        'spoiled',
        title(3, 'film'),
        title(4).replace('2000', '"2000"'),
      ],
      'title.ratings': ['tt0000001 | 7.0 | 1000', 'tt0000002 | 7.0 | 5000', 'tt0000004 | 7.0 | 1000'],
    });
    const { code, stdout, stderr } = await load(
      ['--from', from, '--only', 'movie, tvSeries', '--min-votes', '1_000'],
      {
        cwd,
        env,
      },
    );
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['file', 'lines', 'loaded', 'left out', 'rejected', 'incomplete'],
      ['title.basics', '5', '2', '1', '2', '1'],
      ['title.ratings', '3', '2', '1', '0', '0'],
      [''],
    ]);
    const lines = stderr.trimEnd().split('\n');
    expect(lines.pop()).toMatch(
      /^Loaded 4 lines in \d+ s, 1 of them without a field; 2 were rejected\. Why: movie-hub-rejects\.tsv\.$/,
    );
    for (const line of lines) expect(line).toMatch(/^[\w. ]+: [\d,]+ (MB|steps) in \d+ s(, 2 rejected)?$/);
    expect(lines.filter((line) => line.includes('rejected'))).toEqual([
      expect.stringMatching(/^title\.basics: /),
    ]);
    expect(readFileSync(join(cwd, 'movie-hub-rejects.tsv'), 'utf8').split('\n')).toEqual([
      expect.stringMatching(/^title\.basics\t4\t\S/),
      'title.basics\t5\ttitleType is not one that the database knows',
      'title.basics\t6\tstartYear is not a whole number: loaded without it',
      '',
    ]);
    expect(await titles()).toEqual([1, 4]);
  });

  it('writes no file without rejects, and stops above --max-rejects', async () => {
    const cwd = newFolder();
    const clean = imdbFolder({ 'title.basics': [title(1)] });
    expect((await load(['--from', clean], { cwd, env })).stderr).toMatch(/Loaded 1 lines in \d+ s\.\n$/);
    const messy = imdbFolder({ 'title.basics': ['spoiled', 'spoiled', title(2)] });
    const args = ['--from', messy, '--rejects', 'why.tsv', '--max-rejects'];
    const stopped = await load([...args, '1'], { cwd, env });
    expect(stopped).toMatchObject({ code: 1, stdout: '' });
    expect(stopped.stderr).toMatch(
      /(^|\n)movie-hub: More than 1 lines are rejected or incomplete; the last is line 3 of title\.basics: .* with a higher limit: it resumes\.\n$/,
    );
    expect((await load([...args, '2'], { cwd, env })).code).toBe(0);
    expect(await titles()).toEqual([1, 2]);
    expect(existsSync(join(cwd, 'why.tsv'))).toBe(true);
  });

  it('fails when a file gave nothing, and says which of two files it read', async () => {
    const from = imdbFolder({ 'title.basics': [title(1, 'film'), title(2, 'film')] }, (path, text) =>
      writeFileSync(`${path}.gz`, gzipSync(text)),
    );
    utimesSync(join(from, 'title.basics.tsv'), 1000, 1000);
    const { code, stdout, stderr } = await load(['--from', from], { cwd: newFolder(), env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines[0]).toBe('title.basics.tsv.gz is read and title.basics.tsv is not: it is newer.');
    expect(lines.at(-1)).toBe(
      'movie-hub: All 2 lines of title.basics were rejected, line 2 because titleType is not one that the database knows.',
    );
    expect(await titles()).toEqual([]);
  });

  it('refuses types that there are not, with those that there are', async () => {
    const from = imdbFolder({ 'title.basics': [title(1)] });
    expectFailure(
      await load(['--from', from, '--only', 'movie,film'], { env }),
      1,
      'There is no title type film. There are: movie, short, tvSeries,',
    );
    expect(await titles()).toEqual([]);
  });

  it('says what to do where the schema is not installed', async () => {
    const from = imdbFolder({ 'title.basics': [title(1)] });
    const bare = new URL(database.urls.admin);
    bare.pathname = '/postgres';
    const ended = await load(['--from', from, '--database-url', bare.href]);
    expectFailure(ended, 1, 'movie-hub db install');
  });
});

describe.runIf(inject('server'))('movie-hub db load, broken off', () => {
  let database: TestDatabase;
  let files: Generated;
  let args: string[];
  let truth: { rows: unknown[]; shape: unknown[]; stdout: string };
  beforeAll(async () => {
    database = await openDatabase('server');
    files = await generateFiles({ titles: 3000, spoiledShare: 0.01 });
    args = ['--from', files.folder, '--rebuild', '--database-url', database.urls.admin];
    const shape = await shapeOf(database);
    const { code, stdout } = await load(args);
    expect(code).toBe(0);
    truth = { rows: await sums(), shape, stdout };
  });
  afterAll(async () => {
    files?.remove();
    await database?.close();
  });

  /** Number of rows of each table, and a sum of what is in them. */
  async function sums(): Promise<unknown[]> {
    const tables =
      'titles genres names principals ratings akas episodes crew title_lists title_texts name_texts';
    const each = tables
      .split(' ')
      .map(
        (table) =>
          `SELECT '${table}' AS of, count(*)::int, md5(string_agg(t::text, '' ORDER BY t::text)) FROM movie_hub.${table} t`,
      );
    const { rows } = await database.admin.query(`${each.join(' UNION ALL ')} ORDER BY 1`);
    return rows;
  }

  it('has something to lose', () => {
    expect(truth.rows).toHaveLength(11);
    for (const row of truth.rows) expect((row as { count: number }).count).toBeGreaterThan(100);
  });

  const isLoading = 'SELECT FROM movie_hub_load.files WHERE lines > 0';
  const isBuilding = 'SELECT FROM movie_hub_load.steps';
  it.each<[NodeJS.Signals, string, string]>([
    ['SIGKILL', 'while it loads', isLoading],
    ['SIGKILL', 'while it makes indexes', isBuilding],
    ['SIGINT', 'while it loads', isLoading],
  ])('by %s %s goes on, and all is there in the end', async (signal, _, when) => {
    await empty(database);
    const cwd = newFolder();
    const running = startCli('movie-hub', ['db', 'load', ...args], { cwd });
    while ((await database.admin.query(when)).rowCount === 0) await sleep(5);
    const ended = await running.stop(signal);
    expect(ended.stdout).toBe('');
    if (signal === 'SIGKILL') expect(ended.signal).toBe(signal);
    else {
      expect(ended.code).toBe(0);
      expect(ended.stderr).toMatch(/(^|\n)Stopped\. Run the same command again to resume\.\n$/);
    }
    expect((await database.admin.query('SELECT FROM movie_hub_load.loads')).rowCount).toBe(1);
    const again = await load(args, { cwd });
    expect(again).toMatchObject({ code: 0, stdout: truth.stdout });
    expect(await untrueAfterLoad(database)).toEqual([]);
    expect({ ...truth, rows: await sums(), shape: await shapeOf(database) }).toEqual(truth);
  });
});
