import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { seed } from '../support/seed';
import { cursor } from './list-pages';
import { hubOn, type Visitor, visitorOf } from './open-hub';

describe.each(databaseKinds)('more titles than are listed, on the %s database', (kind) => {
  const hub = hubOn(kind);
  let jim: Visitor;
  let vlad: Visitor;
  const cut = 'Only the best 1,000 matches are listed; add words to narrow the search.';

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
