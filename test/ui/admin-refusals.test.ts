import { beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { seed } from '../support/seed';
import { fieldTag, optionsOf } from './form-parts';
import { hubOn, type Visitor, visitorOf } from './open-hub';

describe.each(databaseKinds)('what the admin forms refuse, on the %s database', (kind) => {
  const hub = hubOn(kind);
  let admin: Visitor;

  beforeAll(async () => {
    await seed(hub.db.admin, [{ id: 1, type: 1, title: 'A Film', cast: [{ id: 1, name: 'Ann' }] }]);
    admin = await visitorOf(hub.app, 'admin');
  });

  const countOf = async (table: string) =>
    Number((await hub.db.admin.query(`SELECT count(*) FROM ${table}`)).rows[0].count);

  test.each([
    ['no title', { title: ' ', title_type: '1', start_year: '' }, 'title', 'Enter a title.'],
    ['too long a title', { title: 'x'.repeat(501), title_type: '1' }, 'title', 'Use at most 500 characters.'],
    ['no type', { title: 'Kept', title_type: '' }, 'title_type', 'Choose a type.'],
    ['an unknown type', { title: 'Kept', title_type: '99' }, 'title_type', 'There is no such title type.'],
    ['a type in words', { title: 'Kept', title_type: 'x' }, 'title_type', 'There is no such title type.'],
    ['a bad year', { title: 'Kept', title_type: '1', start_year: '19x7' }, 'start_year', 'Enter a year'],
    ['a year too far', { title: 'Kept', title_type: '1', start_year: '99999' }, 'start_year', 'Enter a year'],
    [
      'a huge year',
      { title: 'Kept', title_type: '1', start_year: '9999999999' },
      'start_year',
      'Enter a year',
    ],
    ['nothing at all', {}, 'title', 'Enter a title.'],
  ] as const)(
    'a title with %s is refused at the field, and what was typed stays',
    async (_, fields, at, message) => {
      await admin.get('/admin');
      const before = [await countOf('movie_hub.titles'), await countOf('movie_hub_app.audit')];
      const answer = await admin.post('/admin/titles', fields);
      expect(answer.statusCode).toBe(422);
      expect(fieldTag(answer.body, `titles-${at}`)).toContain(
        `aria-invalid="true" aria-describedby="titles-${at}-error"`,
      );
      expect(answer.body).toContain(`id="titles-${at}-error" class="field-error">${message}`);
      expect([await countOf('movie_hub.titles'), await countOf('movie_hub_app.audit')]).toEqual(before);
      const kept: Record<string, string> = { ...fields };
      expect(fieldTag(answer.body, 'titles-title')).toContain(`value="${(kept.title ?? '').trim()}"`);
      expect(fieldTag(answer.body, 'titles-start_year')).toContain(`value="${kept.start_year ?? ''}"`);
      if (kept.title_type) expect(answer.body).toContain(`<option value="${kept.title_type}" selected>`);
    },
  );

  test('a year may be left out', async () => {
    await admin.get('/admin');
    const answer = await admin.post('/admin/titles', { title: 'No Year', title_type: '1', start_year: '' });
    expect(answer.statusCode).toBe(303);
  });

  test.each([
    ['', 'Enter a name.'],
    [' \t ', 'Enter a name.'],
    ['x'.repeat(201), 'Use at most 200 characters.'],
    ['\0', 'Enter a name.'],
  ])('a person named %j is refused', async (name, message) => {
    await admin.get('/admin');
    const before = await countOf('movie_hub.names');
    const answer = await admin.post('/admin/people', { name });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain(`id="people-name-error" class="field-error">${message}`);
    expect(await countOf('movie_hub.names')).toBe(before);
  });

  test('casting needs a title, a person and a character that are there', async () => {
    const { body } = await admin.get('/admin');
    const title_id = optionsOf(body, 'cast-title_id')[0]?.[0] ?? '';
    const person_id = optionsOf(body, 'cast-person_id')[0]?.[0] ?? '';
    const before = [await countOf('movie_hub.principals'), await countOf('movie_hub_app.audit')];
    for (const [fields, at, message] of [
      [{ title_id: '77', person_id, character: 'Kept' }, 'title_id', 'There is no such title.'],
      [{ title_id: 'x', person_id, character: 'Kept' }, 'title_id', 'There is no such title.'],
      [{ title_id: '', person_id, character: 'Kept' }, 'title_id', 'Choose a title.'],
      [{ title_id, person_id: '77', character: 'Kept' }, 'person_id', 'There is no such person.'],
      [{ title_id, person_id: '99999999999', character: 'Kept' }, 'person_id', 'There is no such person.'],
      [{ title_id, person_id, character: '' }, 'character', 'Enter a character name.'],
    ] as const) {
      const answer = await admin.post('/admin/cast', fields);
      expect(answer.statusCode).toBe(422);
      expect(answer.body).toContain(`id="cast-${at}-error" class="field-error">${message}`);
      expect(fieldTag(answer.body, `cast-${at}`)).toContain('aria-invalid="true"');
      expect(fieldTag(answer.body, 'cast-character')).toContain(`value="${fields.character}"`);
      if (fields.person_id === person_id) {
        expect(answer.body).toContain(`<option value="${person_id}" selected>`);
      }
    }
    expect([await countOf('movie_hub.principals'), await countOf('movie_hub_app.audit')]).toEqual(before);
    expect((await admin.post('/admin/cast', { title_id, person_id, character: 'Kept' })).statusCode).toBe(
      303,
    );
    expect(await countOf('movie_hub.principals')).toBe((before[0] ?? 0) + 1);
  });
});
