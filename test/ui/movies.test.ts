import { beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase } from '../support/databases';
import { type SeedTitle, seed } from '../support/seed';
import { addUsers, hubOn, openHub, type Visitor, visitorOf, withoutToken } from './open-hub';

const hostile = `<img src=x onerror=alert(1)>"'\`<hx-partial hx-target="#main">&amp;`;
const escaped = `&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&#96;&lt;hx-partial hx-target=&quot;#main&quot;&gt;&amp;amp;`;

const movies: SeedTitle[] = [
  {
    id: 10,
    type: 1,
    title: 'Ocean of Glass',
    original: 'Meer aus Glas',
    year: 1999,
    votes: 500,
    genres: ['Drama', 'Crime'],
    cast: [
      { id: 1, name: 'Ann Able', characters: ['Mara', 'The Twin'] },
      { id: 2, name: 'Bob Able', category: 'self' },
      { id: 3, name: hostile, characters: [hostile] },
    ],
    directors: [{ id: 4, name: 'Dora Deer' }],
    akas: ['Glass Ocean', 'Ocean of Glass'],
  },
  { id: 11, type: 1, title: hostile, votes: 400 },
  { id: 12, type: 1, title: 'Ocean Unrated' },
  { id: 13, type: 1, title: '=HYPERLINK("http://evil.example")', votes: 300 },
];
const television: SeedTitle[] = [
  {
    id: 20,
    type: 5,
    title: 'Ocean on Television',
    year: 2001,
    votes: 9000,
    cast: [
      { id: 1, name: 'Ann Able', characters: ['Nurse'] },
      { id: 5, name: 'Tess Tube', characters: ['Doctor'] },
    ],
  },
  { id: 30, type: 3, title: 'Ocean, the Series', year: 2010, votes: 100 },
  { id: 31, type: 4, title: 'High Tide', parent: { id: 30, type: 3, season: 1, episode: 2 } },
];

describe.each(databaseKinds)('the movie pages, on the %s database', (kind) => {
  const hub = hubOn(kind);
  let jim: Visitor;
  let vlad: Visitor;

  beforeAll(async () => {
    await seed(hub.db.admin, [...movies, ...television]);
    jim = await visitorOf(hub.app, 'jim');
    vlad = await visitorOf(hub.app, 'vlad');
  });

  const titlesOf = (body: string) =>
    [...body.matchAll(/<th scope="row"><a href="[^"]*\/movies\/(\d+)"/g)].map((match) => Number(match[1]));

  test('the list has the most votes first, titles without votes last, and differs by user', async () => {
    const forJim = await jim.get('/movies');
    expect(forJim.statusCode).toBe(200);
    expect(forJim.headers['cache-control']).toBe('no-store');
    expect(forJim.headers.vary).toBe('HX-Request-Type');
    expect(titlesOf(forJim.body)).toEqual([10, 11, 13, 12]);
    expect(forJim.body).not.toContain('Television');
    expect(titlesOf((await vlad.get('/movies')).body)).toEqual([20, 10, 11, 13, 30, 31, 12]);
    expect(forJim.body).toContain('Meer aus Glas');
    expect(forJim.body.match(/<h1>/g)).toHaveLength(1);
  });

  test('a user without entitlements sees why the list is empty', async () => {
    const admin = await visitorOf(hub.app, 'admin');
    const page = await admin.get('/movies');
    expect(titlesOf(page.body)).toEqual([]);
    expect(page.body).toContain('No titles to show');
  });

  test('search finds words of any title, best first, within what the user may see', async () => {
    expect(titlesOf((await vlad.get('/movies?q=ocean')).body)).toEqual([20, 10, 30, 12]);
    expect(titlesOf((await jim.get('/movies?q=ocean')).body)).toEqual([10, 12]);
    expect(titlesOf((await jim.get('/movies?q=MÉER+aus')).body)).toEqual([10]);
    expect(titlesOf((await jim.get('/movies?q=glass+ocean')).body)).toEqual([10]);
    expect((await jim.get('/movies?q=ocean')).body).toContain('2 titles match “ocean”');
  });

  test('search answers nonsense, too much and NUL with nothing found', async () => {
    for (const words of ['zzzz', '!!!', "' OR 1=1 --", 'x'.repeat(5000), '%00zz']) {
      const page = await jim.get(`/movies?q=${words.includes('%') ? words : encodeURIComponent(words)}`);
      expect(page.statusCode).toBe(200);
      expect(page.body).toContain('No titles match');
    }
    expect((await jim.get('/movies?q=%20')).body).toContain('4 titles shown');
    expect((await jim.get('/movies?q=a&q=b')).statusCode).toBe(200);
  });

  test('htmx gets the part it asked for, everybody else a page', async () => {
    const part = await jim.get('/movies?q=ocean', { 'hx-request': 'true', 'hx-request-type': 'partial' });
    expect(part.body).toMatch(/^<div class="table-head"/);
    expect(part.body).not.toContain('<html');
    expect(part.body).toContain(
      '<hx-partial hx-target="#search-status" hx-swap="innerHTML">2 titles match “ocean”</hx-partial>',
    );
    const full = await jim.get('/movies?q=ocean', { 'hx-request': 'true', 'hx-request-type': 'full' });
    expect(full.body).toContain('<html');
  });

  test('what was searched for is escaped wherever it shows', async () => {
    for (const headers of [{}, { 'hx-request-type': 'partial' }]) {
      const page = await jim.get(`/movies?q=${encodeURIComponent(`${hostile} zzz`)}`, headers);
      expect(page.body).toContain(escaped);
      expect(page.body).not.toContain('<img');
      expect(page.body).not.toContain('<hx-partial hx-target="#main">');
    }
  });

  test('hostile titles, names and characters are text', async () => {
    const list = await jim.get('/movies');
    expect(list.body).toContain(escaped);
    const detail = await jim.get('/movies/10');
    expect(detail.body.split(escaped)).toHaveLength(3);
    const title = await jim.get('/movies/11');
    for (const { body } of [list, detail, title]) {
      expect(body).not.toContain('<img');
      expect(body).not.toContain('<hx-partial');
    }
  });

  test('the page of a title shows its cast, people, genres and other titles', async () => {
    const { body, statusCode } = await jim.get('/movies/10');
    expect(statusCode).toBe(200);
    expect(body).toContain('<h1>Ocean of Glass</h1>');
    expect(body).toContain('Original title: Meer aus Glas');
    expect(body).toContain(
      'Movie · 1999 · <a href="/movies?genre=Crime">Crime</a>, <a href="/movies?genre=Drama">Drama</a>',
    );
    expect(body).toContain('<strong>7.5</strong> out of 10 (500 votes)');
    expect(body).toContain('Directed by</span> <a href="/people/4">Dora Deer</a>');
    expect(body).toMatch(/<a href="\/people\/1">Ann Able<\/a><\/th>\s*<td>Mara, The Twin<\/td>/);
    expect(body).toMatch(/Bob Able<\/a><\/th>\s*<td>Self<\/td>/);
    expect(body.match(/<li>Glass Ocean<\/li>/g)).toHaveLength(1);
    expect(body).not.toContain('Nurse');
  });

  test('series and episodes lead to each other', async () => {
    const series = (await vlad.get('/movies/30')).body;
    expect(series).toContain('<td>Season 1, episode 2</td>');
    expect(series).toContain('<a href="/movies/31">High Tide</a>');
    const episode = (await vlad.get('/movies/31')).body;
    expect(episode).toContain('Season 1, episode 2 of <a href="/movies/30">Ocean, the Series</a>');
  });

  test('a title that is forbidden, missing or impossible is not there, byte for byte', async () => {
    const bodies = [];
    for (const id of ['20', '21', '0', '-1', '99999999999', 'x', "1'--", '1.0']) {
      const page = await jim.get(`/movies/${encodeURIComponent(id)}`);
      expect([id, page.statusCode]).toEqual([id, 404]);
      bodies.push(withoutToken(page.body));
    }
    expect(new Set(bodies).size).toBe(1);
    expect(bodies[0]).toContain('There is no such title among those you may see.');
    expect((await vlad.get('/movies/20')).body).toContain('Tess Tube');
  });

  test('jim’s pages equal those of a database without the hidden titles', async () => {
    const other = await openDatabase(kind);
    await addUsers(other);
    await seed(other.admin, movies);
    const otherApp = await openHub(other.pools);
    const otherJim = await visitorOf(otherApp, 'jim');
    const otherVlad = await visitorOf(otherApp, 'vlad');
    for (const path of [
      '/movies',
      '/movies?q=ocean',
      '/movies?q=television',
      '/movies.csv',
      '/movies?sort=title',
      '/movies?type=tvMovie&genre=Drama',
      '/movies/10',
      '/movies/20',
      '/people/1',
      '/people/5',
    ]) {
      const here = await jim.get(path);
      const there = await otherJim.get(path);
      expect([path, here.statusCode]).toEqual([path, there.statusCode]);
      expect(withoutToken(here.body)).toBe(withoutToken(there.body));
    }
    for (const path of [
      '/movies',
      '/movies?q=ocean',
      '/movies.csv',
      '/movies/20',
      '/people/1',
      '/people/5',
    ]) {
      const [here, there] = [await vlad.get(path), await otherVlad.get(path)];
      expect(withoutToken(here.body)).not.toBe(withoutToken(there.body));
    }
    await otherApp.close();
    await other.close();
  });
});
