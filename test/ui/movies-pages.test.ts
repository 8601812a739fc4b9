import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { runsOf } from '../support/lane';
import { cursor, linkOf, titlesOf, walk } from './list-pages';
import { hubOn, type Visitor, visitorOf } from './open-hub';

/** 640 titles of which many are alike: few years, votes, ratings and names, and none of each. */
const fill = [
  `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title, start_year)
   SELECT n, (ARRAY[1, 1, 5, 4, 2])[1 + n % 5], t, t, CASE WHEN n % 7 > 0 THEN 1990 + n % 6 END
   FROM (SELECT n, (ARRAY['Pebble', 'The Pebble', 'Ärger ✓', 'x' || repeat('y', 90), n::text])[1 + n % 11 % 5] AS t
     FROM generate_series(1, 640) AS n) AS made`,
  `INSERT INTO movie_hub.ratings (title_id, title_type, average_rating, num_votes)
   SELECT title_id, title_type, 5 + title_id % 4 * 0.5, title_id % 9 FROM movie_hub.titles WHERE title_id % 3 > 0`,
  `INSERT INTO movie_hub.genres (title_id, title_type, genre)
   SELECT title_id, title_type, g FROM movie_hub.titles, unnest(ARRAY['Drama', 'War']) AS g
   WHERE title_id % 2 = 0 OR (g = 'War' AND title_id % 5 = 3)`,
];
const entitled: Record<string, readonly number[]> = { jim: [1], test2: [1, 5], vlad: [1, 2, 4, 5] };

describe.each(databaseKinds)('pages of titles, on the %s database', (kind) => {
  const hub = hubOn(kind);
  const visitors: Record<string, Visitor> = {};
  beforeAll(async () => {
    for (const statement of fill) await hub.db.admin.query(statement);
    for (const name of Object.keys(entitled)) visitors[name] = await visitorOf(hub.app, name);
  });

  const maybe = <T>(...values: T[]) => fc.constantFrom(undefined, ...values);
  const list = fc.record({
    user: fc.constantFrom('jim', 'test2', 'vlad'),
    sort: fc.constantFrom('votes', 'title', 'year', 'rating', 'match'),
    q: maybe('pebble'),
    type: maybe('movie', 'tvEpisode'),
    genre: maybe('Drama', 'War'),
    from: maybe('1991'),
    to: maybe('1991', '1994'),
  });

  test('walked forward and back, every row that the user may see is there once, in the same order', async () => {
    let most = 0;
    const nothing = { q: undefined, type: undefined, genre: undefined, from: undefined, to: undefined };
    const everything = { user: 'vlad', sort: 'votes', ...nothing } as const;
    await fc.assert(
      fc.asyncProperty(list, async ({ user, ...filters }) => {
        const visitor = visitors[user];
        if (visitor === undefined) throw new Error(user);
        const given = Object.entries(filters).filter(
          (entry): entry is [string, string] => entry[1] !== undefined,
        );
        const path = `/movies?${new URLSearchParams(given)}`;
        const forward = await walk(visitor, path);
        const ids = forward.pages.flat();
        const type = filters.type === 'tvEpisode' && user !== 'vlad' ? undefined : filters.type;
        const { rows } = await hub.db.admin.query<{ title_id: number }>(
          `SELECT title_id FROM movie_hub.titles JOIN movie_hub.title_types ON title_type_id = title_type
           WHERE title_type = ANY ($1) AND ($2::text IS NULL OR name = $2) AND ($3::int IS NULL OR start_year >= $3)
             AND ($4::int IS NULL OR start_year <= $4) AND ($5::text IS NULL OR primary_title ~* $5)
             AND ($6::text IS NULL OR title_id IN (SELECT title_id FROM movie_hub.genres WHERE genre = $6))`,
          [entitled[user], type, filters.from, filters.to, filters.q, filters.genre],
        );
        expect([...ids].sort((a, b) => a - b)).toEqual(rows.map((row) => row.title_id).sort((a, b) => a - b));
        for (const page of forward.pages.slice(0, -1)) expect(page).toHaveLength(50);
        const back = await walk(visitor, forward.last, 'prev');
        expect(back.pages.reverse()).toEqual(forward.pages);
        most = Math.max(most, forward.pages.length);
      }),
      // The longest list of all is always among them.
      { numRuns: runsOf(kind === 'server' ? 40 : 10), examples: [[everything]] },
    );
    expect(most).toBeGreaterThan(3);
  });

  test('the first page has no page before it, the last none behind it, and those between have both', async () => {
    const path = '/movies?sort=title&genre=War';
    const { pages, last } = await walk(visitors.vlad as Visitor, path);
    const first = (await visitors.vlad?.get(path))?.body ?? '';
    expect([linkOf(first, 'prev'), linkOf(first, 'next') !== undefined]).toEqual([undefined, true]);
    const end = (await visitors.vlad?.get(last))?.body ?? '';
    expect([linkOf(end, 'prev') !== undefined, linkOf(end, 'next')]).toEqual([true, undefined]);
    expect(pages.length).toBeGreaterThan(2);
    expect(end).toContain('<a href="/movies?genre=War&amp;sort=title">First page</a>');
  });

  test.each([
    ['no cursor at all', 'x'],
    ['not in base64', "1'--"],
    ['of another order', cursor('title', 5, 'a')],
    ['with a key that is no number', cursor('votes', 5, 'a')],
    ['with a key past every integer', cursor('votes', 5, 9_999_999_999)],
    ['with an id past every integer', cursor('votes', 9_999_999_999, 5)],
    ['with NUL', cursor('votes', 5, '5\0')],
    ['cut off', cursor('votes', 5, 5).slice(0, -4)],
    ['far too long', 'A'.repeat(5000)],
    ['beyond the end', cursor('votes', 1, -5)],
  ])('a cursor made by hand, %s, starts from the beginning', async (_, made) => {
    const first = titlesOf((await visitors.vlad?.get('/movies'))?.body ?? '');
    const { body, statusCode } =
      (await visitors.vlad?.get(`/movies?after=${encodeURIComponent(made)}`)) ?? {};
    expect(statusCode).toBe(200);
    expect(titlesOf(body ?? '')).toEqual(first);
    expect(first).toHaveLength(50);
  });

  test('a page that would end before the fiftieth title is the first page, whole', async () => {
    const first = titlesOf((await visitors.vlad?.get('/movies'))?.body ?? '');
    const { body } = (await visitors.vlad?.get(`/movies?before=${cursor('votes', first[9] ?? 0, 8)}`)) ?? {};
    expect(titlesOf(body ?? '')).toEqual(first);
  });

  test('a cursor at a title that is hidden, gone or never was leads on from its place', async () => {
    const page = async (id: number) =>
      titlesOf((await visitors.jim?.get(`/movies?after=${cursor('votes', id, 5)}`))?.body ?? '');
    // 13 is a TV episode; 5014 was never there.
    expect((await page(13)).length).toBe(50);
    expect(await page(13)).toEqual(await page(12));
    const all = (await walk(visitors.jim as Visitor, '/movies')).pages.flat();
    const [next = 0] = await page(5014);
    expect(all.indexOf(next)).toBeGreaterThan(0);
  });
});
