import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { type SeedTitle, seed } from '../support/seed';
import { lastAnswer, Visitor } from '../support/visitor';
import { addUsers, openHub, withoutToken } from '../ui/open-hub';

const hidden: SeedTitle[] = [
  {
    id: 501,
    type: 5,
    title: 'Secret Fargo',
    original: 'Fargo Geheim',
    votes: 9_000_000,
    cast: [
      { id: 900, name: 'Steve Buscemi Hidden', characters: ['Nobody'] },
      { id: 901, name: 'Open Person', characters: ['Secretly'] },
    ],
    directors: [{ id: 902, name: 'Hidden Director' }],
    genres: ['Secretdrama'],
    akas: ['Fargo Zwei'],
  },
  {
    id: 502,
    type: 3,
    title: 'Fargo',
    votes: 5_000_000,
    cast: [{ id: 901, name: 'Open Person', characters: ['Serial'] }],
  },
  { id: 503, type: 4, title: 'Fargo Episode', votes: 1, parent: { id: 502, type: 3, season: 1, episode: 1 } },
];
const open: SeedTitle[] = [
  {
    id: 500,
    type: 1,
    title: 'Fargo',
    year: 1996,
    votes: 700,
    cast: [{ id: 901, name: 'Open Person', characters: ['Jerry'] }],
    genres: ['Crime'],
  },
  {
    id: 504,
    type: 1,
    title: 'Other',
    year: 2000,
    votes: 5,
    cast: [{ id: 903, name: 'Open Person', characters: ['Twin'] }],
  },
];

describe.each(databaseKinds)('a forbidden title looks like one that was never inserted, on %s', (kind) => {
  const databases: TestDatabase[] = [];
  const apps: FastifyInstance[] = [];
  const bases: string[] = [];

  beforeAll(async () => {
    for (const titles of [[...hidden, ...open], open]) {
      const database = await openDatabase(kind);
      await seed(
        database.admin,
        [...titles].sort((a, b) => a.id - b.id),
      );
      await addUsers(database);
      const app = await openHub(database.pools);
      bases.push(await app.listen({ port: 0, host: '127.0.0.1' }));
      databases.push(database);
      apps.push(app);
    }
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    for (const database of databases) await database.close();
  });

  const paths: [path: string, statusForJim: number, statusForVlad: number][] = [
    ['/movies', 200, 200],
    ['/movies?q=fargo', 200, 200],
    ['/movies?q=secret', 200, 200],
    ['/movies?q=zwei', 200, 200],
    ['/movies.csv', 200, 200],
    ['/movies.csv?q=fargo', 200, 200],
    ['/movies/500', 200, 200],
    ['/movies/501', 404, 200],
    ['/movies/502', 404, 200],
  ];
  const questions = [
    'Who is in Fargo?',
    'Who is in Secret Fargo?',
    'Who is in Fargo Geheim?',
    'What roles did Open Person play?',
    'What roles did Steve Buscemi Hidden play?',
    'What roles did Hidden Director play?',
  ];

  const seen = async (base: string, who: 'jim' | 'vlad') => {
    const visitor = new Visitor(base);
    await visitor.login(who);
    const pages: string[] = [];
    for (const [path, jim, vlad] of paths) {
      const isMissing = base === bases[1] && vlad !== jim;
      pages.push(withoutToken(await visitor.get(path, who === 'jim' || isMissing ? jim : vlad)));
    }
    for (const question of questions) pages.push(lastAnswer(await visitor.ask(question)));
    return pages;
  };

  test('jim sees the same HTML, CSV and answers in both; vlad does not', async () => {
    const [whole = '', without = ''] = bases;
    expect(await seen(whole, 'jim')).toEqual(await seen(without, 'jim'));
    const vlad = await seen(whole, 'vlad');
    const vladWithout = await seen(without, 'vlad');
    vlad.forEach((page, i) => {
      // The detail page of the visible title is the only one that shows nothing hidden to anybody.
      if (paths[i]?.[0] !== '/movies/500')
        expect(page, String(paths[i] ?? questions[i - paths.length])).not.toBe(vladWithout[i]);
    });
  });
});
