import Fastify from 'fastify';
import { createDemoModel } from 'movie-hub/testing';
import { hub as plugin } from 'movie-hub/ui';
import { beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { type SeedTitle, seed } from '../support/seed';
import { titlesOf } from './list-pages';
import { htmxHeaders, hubOn, type Visitor, visitorOf } from './open-hub';

const titles: SeedTitle[] = [
  { id: 1, type: 1, title: 'The Beta', year: 1990, votes: 10, genres: ['Drama', 'War'] },
  { id: 2, type: 1, title: 'alpha', year: 1995, votes: 900, genres: ['Drama'] },
  { id: 3, type: 1, title: 'Émile', votes: 10, genres: ['Sci-Fi'] },
  { id: 4, type: 1, title: 'Delta Beta', year: 2000 },
  { id: 5, type: 5, title: 'Cup Beta', year: 1995, votes: 5000, genres: ['War'] },
  { id: 6, type: 4, title: 'Zoo', year: 2020, votes: 1, genres: ['Talk-Show'] },
];
/** Different averages; equal ones sort by votes. */
const ratings: Record<number, number> = { 1: 8.1, 2: 6, 3: 8.1, 5: 8.1, 6: 10 };

describe.each(databaseKinds)('filters and orders of titles, on the %s database', (kind) => {
  const hub = hubOn(kind);
  const visitors: Record<string, Visitor> = {};

  beforeAll(async () => {
    await seed(hub.db.admin, titles);
    for (const [id, rating] of Object.entries(ratings))
      await hub.db.admin.query('UPDATE movie_hub.ratings SET average_rating = $2 WHERE title_id = $1', [
        id,
        rating,
      ]);
    await hub.db.admin.query('UPDATE movie_hub.ratings SET num_votes = 11 WHERE title_id = 3');
    for (const name of ['jim', 'test2', 'vlad']) visitors[name] = await visitorOf(hub.app, name);
  });

  test.each<[query: string, jim: number[], vlad: number[]]>([
    ['', [2, 3, 1, 4], [5, 2, 3, 1, 6, 4]],
    ['sort=votes', [2, 3, 1, 4], [5, 2, 3, 1, 6, 4]],
    ['sort=title', [2, 1, 4, 3], [2, 1, 5, 4, 3, 6]],
    ['sort=year', [4, 2, 1, 3], [6, 4, 5, 2, 1, 3]],
    ['sort=rating', [3, 1, 2, 4], [6, 5, 3, 1, 2, 4]],
    ['genre=War', [1], [5, 1]],
    ['genre=Sci-Fi', [3], [3]],
    ['type=tvMovie', [2, 3, 1, 4], [5]],
    ['type=movie&sort=title', [2, 1, 4, 3], [2, 1, 4, 3]],
    ['from=1995', [2, 4], [5, 2, 6, 4]],
    ['to=1995', [2, 1], [5, 2, 1]],
    ['from=1995&to=1995', [2], [5, 2]],
    ['from=1995&to=1990', [], []],
    ['genre=Drama&to=1990&sort=rating', [1], [1]],
    ['genre=War&type=tvMovie&from=1990&to=1999&sort=year', [1], [5]],
    ['q=beta', [1, 4], [5, 1, 4]],
    ['q=beta&sort=year', [4, 1], [4, 5, 1]],
    ['q=beta&genre=War', [1], [5, 1]],
    ['q=beta&type=tvMovie&sort=title', [1, 4], [5]],
    ['q=beta&to=1999&sort=title', [1], [1, 5]],
  ])('%s', async (query, forJim, forVlad) => {
    const list = async (name: string) =>
      titlesOf((await visitors[name]?.get(`/movies?${query}`))?.body ?? '');
    expect(await list('jim')).toEqual(forJim);
    expect(await list('vlad')).toEqual(forVlad);
    expect(await list('test2')).toEqual(forVlad.filter((id) => id !== 6));
  });

  test.each([
    ['type', 'tvEpisode'],
    ['type', 'movie; DROP TABLE titles'],
    ['genre', 'Zzz'],
    ['genre', ''],
    ['from', '19'],
    ['to', '1995x'],
    ['to', '-1995'],
    ['sort', 'title_id'],
    ['sort', 'match'],
    ['sort', 'num_votes DESC--'],
    ['after', 'zzz'],
  ])('%s=%s is no value of that filter for jim: left out, and not said again', async (name, value) => {
    const query = new URLSearchParams({ [name]: value, genre: 'Drama', [name]: value });
    const plain = new URLSearchParams(name === 'genre' ? {} : { genre: 'Drama' });
    const asked = (await visitors.jim?.get(`/movies?${query}`, htmxHeaders))?.body ?? '';
    const expected = (await visitors.jim?.get(`/movies?${plain}`, htmxHeaders))?.body;
    expect(titlesOf(asked).length).toBeGreaterThan(0);
    expect(asked).toBe(expected);
  });

  test('the form offers the types of the user, all genres, and keeps what was chosen', async () => {
    const types = (body: string) =>
      /<select name="type">([\s\S]*?)<\/select>/.exec(body)?.[1]?.match(/value="\w+"/g);
    const chosen = (body: string) =>
      [...body.matchAll(/value="([\w-]*)" selected/g)].map((match) => match[1]);
    const path = '/movies?q=beta&type=movie&genre=Drama&from=1990&to=2000&sort=title';
    const forJim = (await visitors.jim?.get(path))?.body ?? '';
    expect(types(forJim)).toEqual(['value="movie"']);
    expect(types((await visitors.test2?.get(path))?.body ?? '')).toEqual([
      'value="movie"',
      'value="tvMovie"',
    ]);
    expect(types((await visitors.vlad?.get(path))?.body ?? '')).toHaveLength(11);
    expect(chosen(forJim)).toEqual(['movie', 'Drama', 'title']);
    expect(forJim).toContain('name="q" value="beta"');
    expect(forJim).toContain('name="from" value="1990"');
    expect(forJim).toContain('name="to" value="2000"');
    expect(forJim).toContain(
      'href="/movies.csv?q=beta&amp;type=movie&amp;genre=Drama&amp;from=1990&amp;to=2000&amp;sort=title"',
    );
    expect(forJim.match(/<option value="[\w-]+"[^>]*>[\w-]+<\/option>/g)?.length).toBeGreaterThan(28);
    const plain = (await visitors.jim?.get('/movies'))?.body ?? '';
    expect(plain).not.toContain('Best match');
    expect(chosen(plain)).toEqual(['']);
  });

  test('htmx gets the shortest address: a new history entry, or the same one while typing', async () => {
    const address = async (path: string, current: string) => {
      const answer = await visitors.jim?.get(path, {
        ...htmxHeaders,
        'hx-current-url': `http://localhost${current}`,
      });
      return { push: answer?.headers['hx-push-url'], replace: answer?.headers['hx-replace-url'] };
    };
    const typed = '/movies?q=be&type=&genre=&from=&to=&sort=';
    expect(await address(typed, '/movies')).toEqual({ push: '/movies?q=be', replace: undefined });
    expect(await address(typed, '/movies?q=b')).toEqual({ push: undefined, replace: '/movies?q=be' });
    expect(await address(typed, '/movies?q=b&genre=War')).toEqual({
      push: '/movies?q=be',
      replace: undefined,
    });
    expect(await address('/movies?q=&genre=War', '/movies?q=b')).toEqual({
      push: '/movies?genre=War',
      replace: undefined,
    });
    expect((await visitors.jim?.get('/movies?genre=War'))?.headers['hx-push-url']).toBeUndefined();
  });

  test('nothing found says whether filters or words found nothing, and leads out', async () => {
    const filtered = (await visitors.jim?.get('/movies?from=1800&to=1801'))?.body;
    expect(filtered).toContain('No titles match these filters');
    const both = (await visitors.jim?.get('/movies?q=beta&from=1800&to=1801'))?.body;
    expect(both).toContain('No titles match “beta” and these filters');
    expect(both).toContain('<a href="/movies?q=beta">Search without filters</a>');
  });

  test('mounted under a prefix, every link of the list stays there', async () => {
    const app = Fastify();
    const options = {
      pools: hub.db.pools,
      model: createDemoModel(),
      sessionSecret: 'a secret of the tests, long enough',
    };
    await app.register(plugin, { ...options, prefix: '/hub' });
    const vlad = await visitorOf(app, 'vlad', '/hub');
    for (const path of ['/movies?sort=title&genre=War', '/movies/1']) {
      const { body } = await vlad.get(path);
      const links = [...body.matchAll(/(?:href|action|hx-get|src)="([^"]*)"/g)].map(
        (match) => match[1] ?? '',
      );
      expect(links.length).toBeGreaterThan(8);
      expect(links.filter((link) => !link.startsWith('/hub/') && !link.startsWith('#'))).toEqual([]);
    }
    await app.close();
  });
});
