import { beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { seed } from '../support/seed';
import { htmxHeaders, hubOn, type Visitor, visitorOf } from './open-hub';

describe.each(databaseKinds)('the pages of people, on the %s database', (kind) => {
  const hub = hubOn(kind);
  let admin: Visitor;

  beforeAll(async () => {
    await seed(hub.db.admin, [
      {
        id: 1,
        type: 1,
        title: 'The Harbour',
        votes: 10,
        directors: [{ id: 2, name: 'Dora Dee' }],
        cast: [
          { id: 1, name: 'Ann Ames', characters: ['Ruth', 'Naomi'] },
          { id: 3, name: 'Ben Boll', category: 'producer' },
        ],
      },
      { id: 2, type: 1, title: 'Harbour Lights', votes: 500 },
    ]);
    admin = await visitorOf(hub.app, 'admin');
  });

  const lastAudit = async () =>
    (
      await hub.db.admin.query(
        'SELECT actor, action, subject, detail FROM movie_hub_app.audit ORDER BY audit_id DESC LIMIT 1',
      )
    ).rows[0];
  const peopleIn = (body: string) =>
    [...body.matchAll(/href="\/admin\/people\/\d+">([^<]*)</g)].map((match) => match[1]);
  const picked = (body: string) =>
    [...body.matchAll(/name="picked_id" value="(\d+)"/g)].map((match) => Number(match[1]));

  test('people are found by name, by its beginning and by number, best known first', async () => {
    for (const [words, found] of [
      ['ames', ['Ann Ames']],
      ['b', ['Ben Boll']],
      ['nm0000002', ['Dora Dee']],
      ['nobody', []],
    ] as const) {
      expect(peopleIn((await admin.get(`/admin/people?q=${words}`)).body)).toEqual(found);
    }
  });

  test('a person is created, edited, and cast on their page', async () => {
    await admin.get('/admin/people/new');
    const refused = await admin.post('/admin/people/new', {
      name: 'Cy',
      birth_year: '1950',
      death_year: '1940',
    });
    expect(refused.body).toContain(
      'id="person-death_year-error" class="field-error">Enter a year that is not before the year of birth.',
    );
    const made = await admin.post('/admin/people/new', {
      name: 'Cy Coe',
      birth_year: '1950',
      professions: 'actor',
    });
    const path = String(made.headers.location);
    expect((await admin.get(path)).body).toContain('No parts yet');
    const saved = { name: 'Cy Cole', birth_year: '1951', professions: 'actor, writer' };
    expect((await admin.post(path, saved)).statusCode).toBe(303);
    expect((await lastAudit()).detail).toMatchObject({
      before: { name: 'Cy Coe', birth_year: 1950, professions: ['actor'] },
      after: { name: 'Cy Cole', birth_year: 1951, professions: ['actor', 'writer'] },
    });
    expect(picked((await admin.get(`${path}?words=lights`, htmxHeaders)).body)).toEqual([2]);
    const part = { picked_id: '2', words: 'lights', category: 'self', character: 'Cy' };
    expect((await admin.post(`${path}/cast`, part)).headers.location).toBe(path);
    expect((await admin.get(path)).body).toMatch(/Harbour Lights<\/a><\/th>[\s\S]*<td>Cy<\/td>/);
  });
});
