import { explainQueryTool, formatPlan, movieEntitlements, movieTools } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { toolOf } from '../support/explained-tools';
import { addManyTitles, busiest } from '../support/many-titles';

const users = {
  jim: movieEntitlements({ titleTypes: [1] }),
  vlad: movieEntitlements({ titleTypes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }),
};
const lookupTables = ['public.visits'];
const [characters = toolOf('SELECT 1 AS one'), roles = characters] = movieTools;
/** What the search functions are there to avoid. */
const plainSearch = toolOf(
  `SELECT title_id FROM movie_hub.titles WHERE search @@ plainto_tsquery('simple', :value)`,
);

describe.runIf(databaseKinds.includes('server'))('what is wrong with a plan, at 20,000 titles', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await openDatabase('server');
    await addManyTitles(db.admin, { titles: 20_000, credits: 3_000 });
    await db.admin.query(`
      CREATE TABLE public.visits (visit_id integer, day integer, hour integer, place text) WITH (autovacuum_enabled = false);
      INSERT INTO public.visits SELECT n, n / 3000, n % 3000, repeat('x', 100) FROM generate_series(1, 60000) AS n;
      CREATE INDEX visits_day ON public.visits (day);
      GRANT SELECT ON public.visits TO movie_hub_reader;
      CREATE FUNCTION public.propose() RETURNS SETOF integer LANGUAGE plpgsql STABLE
      AS 'BEGIN RETURN QUERY SELECT generate_series(1, 6); END'`);
    await db.admin.query('ANALYZE public.visits');
  });
  afterAll(() => db?.close());

  const warnings = async (tool = plainSearch, user: keyof typeof users = 'jim', args: unknown = {}) =>
    (await explainQueryTool(db.pools.reader, tool, users[user], args, { lookupTables })).warnings;

  test('a search with @@ under a policy: the lost index first, then the sequential scan', async () => {
    const [lost = '', scan = '', ...others] = await warnings(plainSearch, 'jim', { value: 'night' });
    expect(lost).toMatch(/^Lost index: movie_hub\.titles .*titles_search/);
    expect(lost).toContain('search @@');
    expect(lost).toContain('not leakproof');
    expect(lost).toContain('SECURITY DEFINER');
    expect(lost).toContain('docs/explanation/row-level-security.md');
    expect(scan).toMatch(/^Sequential scan: movie_hub\.titles .*20,000 rows .*lost index/);
    expect(others).toEqual([]);
    const plan = await explainQueryTool(
      db.pools.reader,
      plainSearch,
      users.jim,
      { value: 'night' },
      { lookupTables },
    );
    expect(formatPlan(plan)).toContain('\nWarning: Lost index: ');
  });

  test.each([
    ['jim', 'get_movie_characters', { title: 'Love' }],
    ['vlad', 'get_movie_characters', { title: 'Love' }],
    ['vlad', 'get_movie_characters', { title: 'xyzzy qwrt' }],
    ['jim', 'get_actor_roles', { actor: busiest.name }],
    ['vlad', 'get_actor_roles', { actor: busiest.name }],
    ['vlad', 'get_actor_roles', { actor: 'Person 7' }],
    ['jim', 'get_actor_roles', { actor: 'xyzzy qwrt' }],
  ] as const)('nothing for %s’s call of %s with %j', async (user, name, args) => {
    const tool = name === 'get_actor_roles' ? roles : characters;
    expect(await warnings(tool, user, args)).toEqual([]);
  });

  test.each([
    ['an index that is used', 'SELECT title_id FROM movie_hub.titles WHERE title_id = 7'],
    ['a small table', 'SELECT label FROM movie_hub.title_types'],
    ['a table of which only a few rows are asked', 'SELECT title_id FROM movie_hub.titles'],
  ])('nothing of %s', async (_, sql) => {
    expect(await warnings(toolOf(sql), 'vlad')).toEqual([]);
  });

  test('a column without an index, and a table that is read whole', async () => {
    const [byPlace = ''] = await warnings(toolOf(`SELECT visit_id FROM public.visits WHERE visit_id = 7`));
    expect(byPlace).toMatch(/^Sequential scan: public\.visits .* 60,000 rows in /);
    expect(byPlace).toMatch(/index .*\(visits\.visit_id = 7\)/);
    const [whole = ''] = await warnings(toolOf('SELECT count(*) AS n FROM public.visits'));
    expect(whole).toContain('no index helps');
  });

  test('a join with a function of which too much is expected', async () => {
    const join = (call: string) =>
      warnings(
        toolOf(
          `SELECT count(t.primary_title) AS n FROM ${call} AS m (title_id) JOIN movie_hub.titles AS t ON t.title_id = m.title_id`,
        ),
        'vlad',
      );
    const [scan = ''] = await join('public.propose()');
    expect(scan).toMatch(/public\.propose\(\).* 6 rows.*1,000.*LIMIT/);
    expect(await join('(SELECT public.propose() LIMIT 6)')).toEqual([]);
  });

  test('rows that an index gave and a filter threw away', async () => {
    const sql = 'SELECT visit_id FROM public.visits WHERE day = 3 AND hour = 8';
    expect(await warnings(toolOf(sql))).toEqual([
      expect.stringMatching(/^Rows thrown away: .*public\.visits .*1 of [23],\d\d\d rows .*hour = 8/),
    ]);
    expect(await warnings(toolOf(sql.replace('hour = 8', 'hour >= 0')))).toEqual([]);
  });

  test('a sort that did not fit into memory', async () => {
    const sorted = (rows: number) =>
      warnings(
        toolOf(
          `SELECT repeat(n::text, 9) AS t FROM generate_series(1, ${rows}) AS n ORDER BY 1 OFFSET ${rows - 9}`,
        ),
      );
    expect(await sorted(200_000)).toContainEqual(
      expect.stringMatching(/^Spilled to disk: Sort .*\d+ MB .*work_mem/),
    );
    expect(await sorted(200)).toEqual([]);
  });

  test('an estimate that is off, until ANALYZE has run', async () => {
    const tool = toolOf('SELECT visit_id FROM public.visits WHERE day = 99');
    expect(await warnings(tool)).toEqual([]);
    await db.admin.query('UPDATE public.visits SET day = 99');
    const options = { lookupTables, maxRows: 100_000 };
    const stale = await explainQueryTool(db.pools.reader, tool, users.jim, {}, options);
    expect(stale.warnings).toContainEqual(
      expect.stringMatching(
        /^Wrong estimate: .* on public\.visits gave 60,000 rows .* Run ANALYZE public\.visits/,
      ),
    );
    await db.admin.query('ANALYZE public.visits');
    const fresh = await explainQueryTool(db.pools.reader, tool, users.jim, {}, options);
    expect(fresh.warnings.filter((each) => each.startsWith('Wrong estimate'))).toEqual([]);
  });
});
