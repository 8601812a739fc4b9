import { beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { seed } from '../support/seed';
import { hubOn, type Visitor, visitorOf } from './open-hub';

describe.each(databaseKinds)('searching while a word is being typed, on the %s database', (kind) => {
  const hub = hubOn(kind);
  let jim: Visitor;
  let vlad: Visitor;

  beforeAll(async () => {
    await seed(hub.db.admin, [
      { id: 10, type: 1, title: 'The Godfather', year: 1972, votes: 2_000_000, akas: ['Der Pate'] },
      { id: 11, type: 1, title: 'Godfrey and the Son', year: 1990, votes: 50 },
      { id: 12, type: 1, title: 'It', year: 2017, votes: 600_000 },
      { id: 13, type: 1, title: 'The Italian Job', year: 1969, votes: 500_000 },
      { id: 14, type: 1, title: 'O’Neill’s Quiet “Place”', year: 2001 },
      { id: 20, type: 3, title: 'The Godfather Epic', year: 1977, votes: 3_000_000 },
    ]);
    jim = await visitorOf(hub.app, 'jim');
    vlad = await visitorOf(hub.app, 'vlad');
  });

  const found = async (visitor: Visitor, words: string) => {
    const { body, statusCode } = await visitor.get(`/movies?${new URLSearchParams({ q: words })}`);
    expect(statusCode).toBe(200);
    return [...body.matchAll(/<th scope="row"><a href="[^"]*\/movies\/(\d+)"/g)].map((match) =>
      Number(match[1]),
    );
  };

  test.each([
    ['g', [10, 11]],
    ['the godf', [10, 11]],
    ['THE GODFA', [10]],
    ['der pat', [10]],
    ['it', [12, 13]],
    ['the ita', [13]],
    ['ital', [13]],
    // Only the last word is a beginning.
    ['ital job', []],
    ['godf son', []],
    // A year at the end is no word that is being typed.
    ['godfather 1972', [10]],
    ['godfather 1977', []],
    ['godf 1972', []],
    // What full-text queries are written with is punctuation here.
    ['quiet “pl', [14]],
    [`o'neill's qui`, [14]],
    ["godf':* | it", []],
    ['godf & !son', []],
    ['!', []],
    ["'", []],
    ['\\', []],
    [':*', []],
  ])('“%s”', async (words, expected) => {
    expect(await found(jim, words)).toEqual(expected);
  });

  test('finds what each user may see', async () => {
    expect(await found(vlad, 'the godf')).toEqual([20, 10, 11]);
    expect(await found(vlad, 'the godfather e')).toEqual([20]);
    expect(await found(jim, 'the godfather e')).toEqual([]);
  });

  test('shows no title that the user may not see when the search proposes every one', async () => {
    await hub.db.admin.query(
      `CREATE OR REPLACE FUNCTION movie_hub.search_titles(words text, max_results integer, is_prefix boolean)
       RETURNS TABLE (title_id integer, rank integer) LANGUAGE sql STABLE SECURITY DEFINER AS $$
         SELECT title_id, row_number() OVER (ORDER BY title_type DESC, title_id)::integer FROM movie_hub.titles $$`,
    );
    expect(await found(jim, 'anything')).toEqual([10, 11, 12, 13, 14]);
    const { body } = await jim.get('/movies?q=anything');
    expect(body).not.toContain('Epic');
    expect(await found(vlad, 'anything')).toEqual([20, 10, 11, 12, 13, 14]);
  });
});
