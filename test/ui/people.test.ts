import { beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { seed } from '../support/seed';
import { cursor, titlesOf, walk } from './list-pages';
import { hubOn, type Visitor, visitorOf, withoutToken } from './open-hub';

const ann = { id: 1, name: 'Ann <Able>' };

describe.each(databaseKinds)('the pages of people, on the %s database', (kind) => {
  const hub = hubOn(kind);
  let jim: Visitor;
  let vlad: Visitor;
  beforeAll(async () => {
    await seed(hub.db.admin, [
      {
        id: 10,
        type: 1,
        title: 'Glass',
        year: 1999,
        cast: [
          { ...ann, characters: ['Mara', 'The Twin'] },
          { ...ann, category: 'archive_footage' },
        ],
        directors: [ann],
      },
      { id: 11, type: 1, title: 'Of no year', directors: [ann] },
      { id: 12, type: 1, title: 'Sand', year: 2005, cast: [{ ...ann, category: 'producer' }] },
      {
        id: 20,
        type: 5,
        title: 'Television',
        year: 2001,
        cast: [
          { ...ann, characters: ['Nurse'] },
          { id: 2, name: 'Tess Tube' },
        ],
      },
    ]);
    await hub.db.admin.query(
      `UPDATE movie_hub.names SET birth_year = 1950, death_year = 2010, professions = '{actress,casting_director}' WHERE name_id = 1`,
    );
    await hub.db.admin.query(
      `INSERT INTO movie_hub.names (name_id, primary_name) VALUES (3, 'In nothing yet')`,
    );
    jim = await visitorOf(hub.app, 'jim');
    vlad = await visitorOf(hub.app, 'vlad');
  });

  test('a person’s page has years, professions, and each visible title once, newest first, with all that was done in it', async () => {
    const { body, statusCode } = await jim.get('/people/1');
    expect(statusCode).toBe(200);
    expect(body).toContain('<h1>Ann &lt;Able&gt;</h1>');
    expect(body).toContain('1950–2010 · actress, casting director');
    expect(titlesOf(body)).toEqual([12, 10, 11]);
    expect(body).toContain('<td>Mara, The Twin; archive footage; director</td>');
    expect(body).toContain('<td>producer</td>');
    expect(body).not.toMatch(/Television|Nurse/);
    expect(titlesOf((await vlad.get('/people/1')).body)).toEqual([12, 20, 10, 11]);
  });

  test('a person in no title of the user is missing like one who does not exist, byte for byte', async () => {
    const bodies = new Set<string>();
    for (const id of ['2', '3', '999', '0', '-1', '99999999999', 'x', "1'--"]) {
      const page = await jim.get(`/people/${encodeURIComponent(id)}`);
      expect([id, page.statusCode]).toEqual([id, 404]);
      bodies.add(withoutToken(page.body));
    }
    expect(bodies.size).toBe(1);
    expect([...bodies][0]).toContain('There is no such person among those you may see.');
    expect((await vlad.get('/people/2')).body).toContain('<h1>Tess Tube</h1>');
  });

  test('titles lead to people', async () => {
    expect((await jim.get('/movies/10')).body).toContain('<a href="/people/1">Ann &lt;Able&gt;</a>');
  });

  test('many titles come in pages, both ways; a cursor made by hand starts from the beginning', async () => {
    await hub.db.admin.query(
      `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title, start_year)
       SELECT n, 1 + n % 2 * 4, 'T', 'T', CASE WHEN n % 9 > 0 THEN 1980 + n % 7 END FROM generate_series(1000, 1259) AS n`,
    );
    await hub.db.admin.query(`INSERT INTO movie_hub.names (name_id, primary_name) VALUES (9, 'Busy')`);
    await hub.db.admin.query(
      `INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category)
       SELECT title_id, place, title_type, 9, 'self' FROM movie_hub.titles, generate_series(1, 3) AS place
       WHERE title_id BETWEEN 1000 AND 1259 AND title_id % 5 > 0`,
    );
    await hub.db.admin.query(
      `INSERT INTO movie_hub.crew (title_id, title_type, role, ordering, name_id)
       SELECT title_id, title_type, 'writer', 1, 9 FROM movie_hub.titles WHERE title_id BETWEEN 1000 AND 1259 AND title_id % 3 = 0`,
    );
    for (const [visitor, types] of [
      [jim, [1]],
      [vlad, [1, 5]],
    ] as const) {
      const { rows } = await hub.db.admin.query<{ title_id: number }>(
        `SELECT title_id FROM movie_hub.titles WHERE title_id BETWEEN 1000 AND 1259 AND title_type = ANY ($1)
           AND (title_id % 5 > 0 OR title_id % 3 = 0) ORDER BY COALESCE(start_year, 0) DESC, title_id DESC`,
        [types],
      );
      const forward = await walk(visitor, '/people/9');
      expect(forward.pages.flat()).toEqual(rows.map((row) => row.title_id));
      expect(forward.pages.length).toBeGreaterThan(2);
      expect((await walk(visitor, forward.last, 'prev')).pages.reverse()).toEqual(forward.pages);
      for (const made of ['x', cursor('votes', 1, 1), cursor('credits', 1, 'x'), cursor('credits', 0, -1)]) {
        expect(titlesOf((await visitor.get(`/people/9?after=${made}`)).body)).toEqual(forward.pages[0]);
      }
    }
  });
});
