import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { seed } from '../support/seed';
import { cursor } from './list-pages';
import { htmxHeaders, hubOn, openHub, type Visitor, visitorOf } from './open-hub';
import { poolWith } from './pool-with';

describe.each(databaseKinds)('more titles than are listed, on the %s database', (kind) => {
  const hub = hubOn(kind);
  let jim: Visitor;
  let vlad: Visitor;
  const cut = 'Only the best 1,000 matches are listed. Add words to narrow the search.';

  beforeAll(async () => {
    const add = (first: number, last: number, title: string) =>
      hub.db.admin.query(
        `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title)
         SELECT id, 6, $3 || id, $3 || id FROM generate_series($1::int, $2::int) AS id`,
        [first, last, title],
      );
    await seed(hub.db.admin, [{ id: 1, type: 1, title: 'The only movie' }]);
    await add(100_001, 100_999, 'Grain ');
    await add(200_001, 201_001, 'Shell ');
    await add(300_001, 308_500, 'Other ');
    jim = await visitorOf(hub.app, 'jim');
    vlad = await visitorOf(hub.app, 'vlad');
  });

  test.each([
    ['a search with fewer', 'grain', 999],
    ['a search with more', 'shell', 1000],
  ])('%s than 1,000 matches says so, on every page and in its file', async (_, words, count) => {
    const isCut = count === 1000;
    const first = await vlad.get(`/movies?q=${words}`);
    const last = await vlad.get(`/movies?q=${words}&after=${cursor('match', 0, 971)}`);
    for (const { body } of [first, last]) {
      expect(body.includes(cut)).toBe(isCut);
      expect(/download>([^<]*)</.exec(body)?.[1]).toBe(
        isCut ? 'Download CSV (of the first 1,000)' : 'Download CSV',
      );
    }
    expect(last.body.match(/<th scope="row">/g)).toHaveLength(count - 970);
    const file = await vlad.get(`/movies.csv?q=${words}`);
    expect(parse(file.body, { columns: true })).toHaveLength(count);
    expect(file.headers['x-truncated']).toBe(isCut ? 'true' : undefined);
    expect(file.headers['content-disposition']).toContain(
      isCut ? '"movies-of-first-1000-matches.csv"' : '"movies.csv"',
    );
  });

  test('the file of all titles says that it holds the first 10,000', async () => {
    const { body } = await vlad.get('/movies');
    expect(/download>([^<]*)</.exec(body)?.[1]).toBe('Download CSV (first 10,000 at most)');
    expect(/download>([^<]*)</.exec((await jim.get('/movies')).body)?.[1]).toBe('Download CSV');
    const file = await vlad.get('/movies.csv');
    expect(parse(file.body, { columns: true })).toHaveLength(10_000);
    expect(file.headers['x-truncated']).toBe('true');
    expect(file.headers['content-disposition']).toContain('"movies-first-10000.csv"');
    expect((await jim.get('/movies.csv')).headers['x-truncated']).toBeUndefined();
  });
});

describe.runIf(databaseKinds.includes('server'))('what one user may have running at once', () => {
  const hub = hubOn('server');
  let vlad: Visitor;
  let jim: Visitor;
  let admin: Visitor;

  beforeAll(async () => {
    await seed(hub.db.admin, [
      { id: 2_000, type: 1, title: 'limit2000', cast: [{ id: 2_000, name: 'limit2000' }] },
      { id: 10_000, type: 1, title: 'limit10000', cast: [{ id: 10_000, name: 'limit10000' }] },
    ]);
    // Searches wait for the lock until their own time limit.
    await hub.db.admin.query(`
      CREATE FUNCTION public.own_limit() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock_shared(1);
        RETURN (SELECT extract(epoch FROM current_setting('statement_timeout')::interval) * 1000);
      END $$;
      CREATE OR REPLACE FUNCTION movie_hub.search_titles(words text, max_results integer, is_prefix boolean)
        RETURNS TABLE (title_id integer, rank integer) LANGUAGE sql AS 'SELECT public.own_limit(), 1';
      CREATE OR REPLACE FUNCTION movie_hub.normalise(words text) RETURNS text LANGUAGE sql AS $$ SELECT 'limit' || public.own_limit() $$`);
    [vlad, jim, admin] = await Promise.all([
      visitorOf(hub.app, 'vlad'),
      visitorOf(hub.app, 'jim'),
      visitorOf(hub.app, 'admin'),
    ]);
  });

  test.each([
    ['the movies', () => jim, '/movies?q=anything'],
    ['the titles of an editor', () => admin, '/admin/titles?q=anything'],
    ['the people of an editor', () => admin, '/admin/people?q=anything'],
    ['the people to cast', () => admin, '/admin/titles/10000?words=anything'],
    ['the titles to cast in', () => admin, '/admin/people/10000?words=anything'],
  ])('%s are searched for 2 seconds at most', async (_, visitor, path) => {
    const { body } = await visitor().get(path);
    expect(body).toMatch(/[ >]limit2000[ <]/);
  });

  test('the rest waits, and some is turned away; another user is answered meanwhile', async () => {
    const { reader } = hub.db.pools;
    const used = () => reader.totalCount - reader.idleCount;
    const lock = await hub.db.admin.connect();
    await lock.query('SELECT pg_advisory_lock(1)');
    let most = 0;
    const watch = () => {
      most = Math.max(most, used());
    };
    reader.on('acquire', watch);
    const asked = Array.from({ length: 14 }, (_, i) =>
      vlad.get('/movies?q=anything', i % 2 === 0 ? htmxHeaders : {}),
    );
    const refused = await Promise.any(
      asked.map(async (each) => {
        const answer = await each;
        if (answer.statusCode !== 429) throw new Error(`answered with ${answer.statusCode}`);
        return answer;
      }),
    );
    expect(refused.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    const other = await jim.get('/movies');
    expect([other.statusCode, used()]).toEqual([200, 1]);
    await lock.query('SELECT pg_advisory_unlock(1)');
    lock.release();
    const answers = await Promise.all(asked);
    reader.off('acquire', watch);
    // One of vlad's and one of jim's; the pool has four connections, and files use two.
    expect(most).toBeLessThanOrEqual(2);
    const statuses = new Set(answers.map(({ statusCode }) => statusCode));
    expect(statuses).toContain(429);
    for (const status of statuses) expect([200, 429, 504]).toContain(status);
    for (const { body, statusCode } of answers.filter((_, i) => i % 2 === 0))
      if (statusCode === 429) expect(body).toMatch(/^<section[^>]*role="alert"/);
    expect((await vlad.get('/movies?q=anything')).statusCode).toBe(200);
  });

  test('a request that waits while all connections are in use gets Retry-After', async () => {
    const busy = poolWith(hub.db.pools.reader, () =>
      Promise.reject(new Error('timeout exceeded when trying to connect')),
    );
    Object.defineProperty(busy, 'totalCount', { value: 4 });
    const app = await openHub({ ...hub.db.pools, reader: busy });
    const answer = await (await visitorOf(app, 'jim')).get('/movies');
    await app.close();
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '2']);
  });
});
