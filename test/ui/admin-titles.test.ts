import { beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { seed } from '../support/seed';
import { fieldTag } from './form-parts';
import { htmxHeaders, hubOn, type Visitor, visitorOf } from './open-hub';

describe.each(databaseKinds)('the pages of titles, on the %s database', (kind) => {
  const hub = hubOn(kind);
  let admin: Visitor;

  beforeAll(async () => {
    await seed(hub.db.admin, [
      {
        id: 1,
        type: 1,
        title: 'The Harbour',
        original: 'Der Hafen',
        votes: 10,
        genres: ['Drama'],
        akas: ['Le port'],
        directors: [{ id: 2, name: 'Dora Dee' }],
        cast: [
          { id: 1, name: 'Ann Ames', characters: ['Ruth', 'Naomi'] },
          { id: 3, name: 'Ben Boll', category: 'producer' },
        ],
      },
      { id: 2, type: 1, title: 'Harbour Lights', votes: 500 },
      { id: 3, type: 3, title: 'A Series' },
      { id: 4, type: 4, title: 'An Episode', parent: { id: 3, type: 3, season: 1, episode: 1 } },
    ]);
    admin = await visitorOf(hub.app, 'admin');
  });

  const lastAudit = async () =>
    (
      await hub.db.admin.query(
        'SELECT actor, action, subject, detail FROM movie_hub_app.audit ORDER BY audit_id DESC LIMIT 1',
      )
    ).rows[0];
  const titlesIn = (body: string) =>
    [...body.matchAll(/href="\/admin\/titles\/\d+">([^<]*)</g)].map((match) => match[1]);
  const picked = (body: string) =>
    [...body.matchAll(/name="picked_id" value="(\d+)"/g)].map((match) => Number(match[1]));

  test.each([
    ['', ['An Episode', 'A Series', 'Harbour Lights', 'The Harbour']],
    ['harbour', ['The Harbour', 'Harbour Lights']],
    ['harb', ['Harbour Lights', 'The Harbour']],
    ['lights harb', ['Harbour Lights']],
    ['le port', ['The Harbour']],
    ['HAFEN', ['The Harbour']],
    ['tt0000003', ['A Series']],
    ['4', ['An Episode']],
    ["'; DROP TABLE titles --", []],
    ['!!!', []],
    ['99999999999', []],
  ])('a search for %j finds %j', async (words, found) => {
    const body = (await admin.get(`/admin/titles?q=${encodeURIComponent(words)}`)).body;
    expect(titlesIn(body)).toEqual(found);
    const part = await admin.get(`/admin/titles?q=${encodeURIComponent(words)}`, htmxHeaders);
    expect(part.body).not.toContain('<html');
    expect(titlesIn(part.body)).toEqual(found);
  });

  test('a title is edited; the audit has what was before and after', async () => {
    const page = (await admin.get('/admin/titles/1')).body;
    expect(fieldTag(page, 'title-original_title')).toContain('value="Der Hafen"');
    expect(fieldTag(page, 'title-genres')).toContain('value="Drama"');
    const answer = await admin.post('/admin/titles/1', {
      title: 'The Harbor',
      original_title: '',
      title_type: '5',
      start_year: '1999',
      end_year: '',
      runtime_minutes: '95',
      genres: ' Comedy, Drama ,Comedy,',
    });
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/admin/titles/1']);
    expect((await admin.get('/admin/titles/1')).body).toContain('Saved “The Harbor”.');
    const after = {
      title: 'The Harbor',
      original_title: 'The Harbor',
      title_type: 5,
      start_year: 1999,
      end_year: null,
      runtime_minutes: 95,
      genres: ['Comedy', 'Drama'],
    };
    const before = { title: 'The Harbour', original_title: 'Der Hafen', title_type: 1, genres: ['Drama'] };
    const line = await lastAudit();
    expect(line).toMatchObject({
      actor: 'admin',
      action: 'title.edit',
      subject: '1',
      detail: { before, after },
    });
    // What hangs on it has followed its type, and with it those who may see it.
    const { rows } = await hub.db.admin.query(
      'SELECT DISTINCT title_type FROM movie_hub.principals WHERE title_id = 1',
    );
    expect(rows).toEqual([{ title_type: 5 }]);
    const jim = await visitorOf(hub.app, 'jim');
    expect((await jim.get('/movies/1')).statusCode).toBe(404);
    await admin.post('/admin/titles/1', { title: 'The Harbour', title_type: '1', genres: 'Drama' });
    expect((await jim.get('/movies/1')).statusCode).toBe(200);
  });

  test.each([
    ['title', { title: '' }, 'Enter a title.'],
    ['original_title', { original_title: 'x'.repeat(501) }, 'Use at most 500 characters.'],
    ['title_type', { title_type: '77' }, 'There is no such title type.'],
    ['start_year', { start_year: '1869' }, 'Enter a year from 1870 to 2100, or leave this empty.'],
    ['end_year', { start_year: '2000', end_year: '1999' }, 'Enter a year that is not before the first.'],
    ['runtime_minutes', { runtime_minutes: '0' }, 'Enter minutes from 1 to 60000, or leave this empty.'],
    ['genres', { genres: 'a,b,c,d,e,f,g,h,i,j,k' }, 'Enter at most 10.'],
  ])('a mistake in %s is said beside it, and nothing is saved', async (name, mistake, message) => {
    const values = { title: 'Kept', title_type: '1' };
    for (const path of ['/admin/titles/2', '/admin/titles/new']) {
      await admin.get(path);
      const line = await lastAudit();
      const answer = await admin.post(path, { ...values, ...mistake });
      expect(answer.statusCode).toBe(422);
      expect(answer.body).toContain(`id="title-${name}-error" class="field-error">${message}`);
      expect(fieldTag(answer.body, `title-${name}`)).toContain('aria-invalid="true"');
      expect(await lastAudit()).toEqual(line);
    }
    expect((await admin.get('/admin/titles/2')).body).toContain('<h1>Harbour Lights</h1>');
  });

  test('a title is made with all its values, and led to', async () => {
    await admin.get('/admin/titles/new');
    const answer = await admin.post('/admin/titles/new', {
      title: 'New One',
      original_title: 'Neu',
      title_type: '3',
      start_year: '2001',
      end_year: '2003',
      genres: 'War',
    });
    const path = String(answer.headers.location);
    expect(path).toMatch(/^\/admin\/titles\/[12]\d{9}$/);
    const page = (await admin.get(path)).body;
    expect(fieldTag(page, 'title-end_year')).toContain('value="2003"');
    expect(fieldTag(page, 'title-genres')).toContain('value="War"');
  });

  test('a person is cast on the page of a title, and removed again', async () => {
    const page = await admin.get('/admin/titles/2?words=ann');
    expect(picked(page.body)).toEqual([1]);
    const part = await admin.get('/admin/titles/2?words=ann', htmxHeaders);
    expect(part.body).not.toContain('<h1');
    expect(picked(part.body)).toEqual([1]);
    const form = { picked_id: '1', words: 'ann', category: 'actress', character: 'Eve' };
    for (const [mistake, at, message] of [
      [{ picked_id: '' }, 'picked_id', 'Search for a person and choose one.'],
      [{ picked_id: '77' }, 'picked_id', 'There is no such person.'],
      [{ character: ' ' }, 'character', 'Enter a character name.'],
      [{ category: 'producer' }, 'category', 'Choose a category.'],
    ] as const) {
      const answer = await admin.post('/admin/titles/2/cast', { ...form, ...mistake });
      expect([answer.statusCode, at]).toEqual([422, at]);
      expect(answer.body).toContain(`id="part-${at}-error" class="field-error">${message}`);
      expect(picked(answer.body)).toEqual([1]);
    }
    expect((await admin.post('/admin/titles/2/cast', form)).headers.location).toBe('/admin/titles/2');
    expect((await lastAudit()).detail).toEqual({
      title_id: 2,
      person_id: 1,
      category: 'actress',
      character: 'Eve',
    });
    expect((await admin.get('/admin/titles/2')).body).toContain('Cast Ann Ames as Eve in “Harbour Lights”.');
    const remove = '/admin/titles/2/cast/1/remove';
    expect((await admin.post(remove, { person_id: '3' })).statusCode).toBe(404);
    expect((await admin.post(remove, { person_id: '1' })).statusCode).toBe(303);
    expect(await lastAudit()).toMatchObject({
      action: 'cast.delete',
      subject: '2',
      detail: { person_id: 1, ordering: 1, category: 'actress', characters: ['Eve'] },
    });
    expect((await admin.post(remove, { person_id: '1' })).statusCode).toBe(404);
  });

  test('what is deleted with a title is listed first, then deleted', async () => {
    const page = (await admin.get('/admin/titles/1/delete')).body;
    for (const part of [
      '2 cast entries',
      '1 director or writer',
      'its rating from 10 votes',
      '1 alternative title',
      '1 genre',
    ]) {
      expect(page).toContain(`<li>${part}</li>`);
    }
    expect((await admin.get('/admin/titles/3/delete')).body).toContain('Its episode will remain');
    expect((await admin.get('/admin/titles/4/delete')).body).toContain('its link to a series');
    expect((await admin.get('/admin/titles/2')).statusCode).toBe(200);
    await admin.get('/admin/titles/1/delete');
    expect((await admin.post('/admin/titles/1/delete', { _csrf: 'x' })).statusCode).toBe(403);
    expect((await admin.post('/admin/titles/1/delete')).headers.location).toBe('/admin/titles');
    expect(await lastAudit()).toMatchObject({
      action: 'title.delete',
      subject: '1',
      detail: { before: { title: 'The Harbour' }, with: { cast_rows: 2, votes: 10, other_titles: 1 } },
    });
    expect((await admin.get('/admin/titles/1')).statusCode).toBe(404);
    expect((await admin.post('/admin/titles/1/delete')).statusCode).toBe(404);
    await admin.post('/admin/titles/3/delete');
    expect((await admin.get('/admin/titles/4')).statusCode).toBe(200);
  });
});
