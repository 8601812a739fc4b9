import {
  defineQueryTool,
  type Entitlements,
  explainQueryTool,
  formatPlan,
  movieEntitlements,
  movieTools,
  type QueryPlan,
} from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PlanNode } from '../../src/sdk/plans/plan-tree';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { toolOf } from '../support/explained-tools';
import { argument, messageOf } from '../support/messages';

const jim = movieEntitlements({ titleTypes: [1], principal: { name: 'jim' } });
const test2 = movieEntitlements({ titleTypes: [1, 5], principal: { name: 'test2' } });
const nobody = movieEntitlements({ titleTypes: [] });

const [characters = toolOf('SELECT 1 AS one')] = movieTools;
const tvMovies = toolOf('SELECT title_id FROM movie_hub.titles WHERE title_type = 5');
const writes = toolOf('SELECT public.note() AS noted');
const byName = defineQueryTool({
  name: 'by_name',
  title: 'By name',
  description: 'Looks something up.',
  sql: 'SELECT title_id FROM movie_hub.titles WHERE primary_title = :name',
  input: { type: 'object', properties: {} },
  row: { type: 'object', properties: {} },
  bind: { name: ({ name }: { name: string }) => name },
});

function nodesOf(plan: QueryPlan): PlanNode[] {
  const all = (node: PlanNode): PlanNode[] => [node, ...node.children.flatMap(all)];
  return plan.root === undefined ? [] : all(plan.root);
}

describe.each(databaseKinds)('the plan of a call on the %s database', (kind) => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await openDatabase(kind, 'demo');
    // The right to write is the owner's: only the read-only transaction is in the way.
    await db.admin.query('CREATE TABLE public.notes (note_id integer)');
    await db.admin.query(
      `CREATE FUNCTION public.note() RETURNS integer LANGUAGE sql VOLATILE SECURITY DEFINER
       AS 'INSERT INTO public.notes VALUES (1) RETURNING note_id'`,
    );
  });
  afterAll(() => db?.close());

  const explain = (tool = characters, as: Entitlements = jim, args: unknown = {}, options = {}) =>
    explainQueryTool(db.pools.reader, tool, as, args, options);

  test('tells time, pages and each step with its rows', async () => {
    const plan = await explain(characters, jim, { title: 'The Godfather' });
    expect(plan).toMatchObject({
      tool: 'get_movie_characters',
      planningMilliseconds: expect.any(Number),
      executionMilliseconds: expect.any(Number),
      root: { type: 'Limit', rounds: 1 },
      functions: [{ name: 'movie_hub.search_titles', runsAs: 'movie_hub_owner' }],
      warnings: [],
      raw: { Plan: expect.anything() },
    });
    const nodes = nodesOf(plan);
    expect(nodes.find((node) => node.function === 'movie_hub.search_titles')?.actualRows).toBeGreaterThan(0);
    expect(nodes.map((node) => node.relation)).toEqual(
      expect.arrayContaining(['movie_hub.titles', 'movie_hub.principals']),
    );
    expect(plan.root?.pages.hit).toBeGreaterThan(0);
    expect(plan.functions[0]?.pages).toBeGreaterThan(0);
  });

  test('is that of the user: the policy decides which rows there are', async () => {
    const { rows } = await db.admin.query('SELECT FROM movie_hub.titles WHERE title_type = 5');
    expect(rows.length).toBeGreaterThan(0);
    expect((await explain(tvMovies, jim)).root?.actualRows).toBe(0);
    expect((await explain(tvMovies, test2)).root?.actualRows).toBe(rows.length);
  });

  test('has the limit of a call, the tool’s own first', async () => {
    const all = 'SELECT title_id FROM movie_hub.titles';
    const plan = await explain(toolOf(all), jim, {}, { maxRows: 5 });
    expect(plan.root).toMatchObject({ type: 'Limit', actualRows: 6 });
    const own = defineQueryTool({
      name: 'own',
      title: 'Own',
      description: 'Has a limit.',
      sql: all,
      input: { type: 'object', properties: {} },
      row: { type: 'object', properties: {} },
      maxRows: 2,
    });
    expect((await explain(own, jim, {}, { maxRows: 5 })).root).toMatchObject({ actualRows: 3 });
  });

  test('has what is bound from who asks', async () => {
    const plan = await explainQueryTool(
      db.pools.reader,
      byName,
      movieEntitlements({ titleTypes: [1], principal: { name: 'jim' } }) as Entitlements<{ name: string }>,
      {},
    );
    expect(nodesOf(plan).some(({ filter }) => filter?.includes("'jim'"))).toBe(true);
  });

  test.each<[string, unknown, string]>([
    ['an unknown argument', { title: 'Up', year: 2009 }, argument.unknown('year')],
    ['a bound parameter', { title: 'Up', max_matches: 1 }, argument.unknown('max_matches')],
    ['a missing one', {}, argument.missing('title')],
    ['a wrong value', { title: 'Up', skip: -1 }, argument.is('skip', '>= 0')],
  ])('refuses %s as a call does', async (_, args, message) => {
    await expect(explain(characters, jim, args)).rejects.toMatchObject({ code: 'invalid_argument', message });
    expect((await explain(characters, jim, { title: 'Up', skip: 1 })).root).toBeDefined();
  });

  test('runs nothing where nothing may be seen', async () => {
    const plan = await explain(tvMovies, nobody);
    expect(plan).toMatchObject({ root: undefined, warnings: [], raw: null });
    expect(formatPlan(plan)).toMatch(/^[^\n]*\bnothing\b[^\n]*\n$/);
  });

  test('changes nothing: what writes is refused as in a call', async () => {
    await expect(explain(writes)).rejects.toMatchObject({
      code: 'query_failed',
      message: messageOf.query_failed,
      cause: { code: '25006' },
    });
    const count = async () => (await db.admin.query('SELECT FROM public.notes')).rows.length;
    expect(await count()).toBe(0);
    await db.admin.query('SELECT public.note()');
    expect(await count()).toBe(1);
  });

  test('takes nothing for entitlements that is none', async () => {
    const forged = { ...jim, role: 'movie_hub_owner' } as Entitlements;
    await expect(explain(tvMovies, forged)).rejects.toMatchObject({ code: 'invalid_entitlements' });
    await expect(explain(tvMovies, jim, {}, { maxRows: 0 })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  if (kind === 'server')
    test('is not made with a login that row-level security does not bind', async () => {
      await expect(explainQueryTool(db.admin, tvMovies, jim, {})).rejects.toMatchObject({
        code: 'database_unsafe',
      });
    });

  if (kind === 'server')
    test('ends at the time of a call', async () => {
      const slow = toolOf('SELECT count(*) AS n FROM generate_series(1, 100000000) AS n');
      await expect(explain(slow, jim, {}, { statementTimeoutMs: 50 })).rejects.toMatchObject({
        code: 'query_timeout',
      });
    });

  test('is written in words', async () => {
    const text = formatPlan(await explain(characters, jim, { title: 'The Godfather' }));
    const [head = '', first = ''] = text.split('\n');
    expect(head).toMatch(/^ +time +expected +rows +pages {2}step$/);
    expect(first).toMatch(/^ *[\d.]+ ms +\d+ +\d+ +\d+ {2}Limit$/);
    expect(text).toMatch(/\nPlanning [\d.]+ ms, execution [\d.]+ ms/);
    expect(text).toContain('movie_hub.search_titles(): ');
    expect(text).toMatch(/\(never run, with \d+ below\)/);
    expect(text).not.toContain('Warning: ');
  });
});
