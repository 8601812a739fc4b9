import {
  defineEntitlements,
  type Entitlements,
  isMovieHubError,
  type MovieEntitlements,
  type MovieHubError,
  movieEntitlements,
  withEntitlements,
} from 'movie-hub';
import type { Pool } from 'pg';
import { describe, expect, test } from 'vitest';

const invalid = expect.objectContaining({ code: 'invalid_entitlements' });

describe('movieEntitlements', () => {
  test.each([
    [[1], '{1}', false],
    [[1, 5], '{1,5}', false],
    [[5, 1, 5, 1], '{1,5}', false],
    [[11, 2], '{2,11}', false],
    [[2_147_483_647], '{2147483647}', false],
    [Array.from({ length: 100 }, (_, i) => i + 1), undefined, false],
    [[], '{}', true],
  ])('%j compiles to what the policies read', (titleTypes, setting, isEmpty) => {
    const made = movieEntitlements({ titleTypes });
    expect(made).toMatchObject({ role: 'movie_hub_reader', isEmpty });
    if (setting !== undefined) expect(made.settings).toEqual({ 'rls.types': setting });
  });

  test.each<[unknown]>([
    [undefined],
    [null],
    [[1]],
    [{}],
    [{ titleTypes: null }],
    [{ titleTypes: '{1}' }],
    [{ titleTypes: '*' }],
    [{ titleTypes: 1 }],
    [{ titleTypes: ['1'] }],
    [{ titleTypes: [1, null] }],
    [{ titleTypes: [undefined] }],
    [{ titleTypes: [0] }],
    [{ titleTypes: [-1] }],
    [{ titleTypes: [1.5] }],
    [{ titleTypes: [Number.NaN] }],
    [{ titleTypes: [Number.POSITIVE_INFINITY] }],
    [{ titleTypes: [2_147_483_648] }],
    [{ titleTypes: [1n] }],
    [{ titleTypes: [[1]] }],
    [{ titleTypes: new Array(3) }],
    [{ titleTypes: Array.from({ length: 101 }, (_, i) => i + 1) }],
    [{ titleTypes: new Set([1]) }],
    [{ title_types: [1] }],
  ])('%o is refused', (value) => {
    expect(() => movieEntitlements(value as MovieEntitlements)).toThrow(invalid);
  });

  test('a list that changes afterwards changes nothing', () => {
    const titleTypes = [1];
    const made = movieEntitlements({ titleTypes });
    titleTypes.push(5);
    expect(made.settings).toEqual({ 'rls.types': '{1}' });
  });

  test('a refusal does not repeat the value', () => {
    const message = messageOf(() => movieEntitlements({ titleTypes: ['secret'] } as never));
    expect(message).not.toContain('secret');
  });
});

describe('defineEntitlements', () => {
  const valid = { role: 'app_reader', settings: { 'app.tenant': '42' }, isEmpty: false };

  test('keeps the role and the settings, frozen', () => {
    const made = defineEntitlements(valid);
    expect({ ...made }).toEqual(valid);
    expect(Object.isFrozen(made)).toBe(true);
    expect(Object.isFrozen(made.settings)).toBe(true);
    expect(() => Object.assign(made, { role: 'postgres' })).toThrow(TypeError);
    expect(() => Object.assign(made.settings, { 'app.tenant': '43' })).toThrow(TypeError);
  });

  test.each([
    ['role', { role: '' }],
    ['role', { role: 'none' }],
    ['role', { role: 'public' }],
    ['role', { role: 'pg_read_all_data' }],
    ['role', { role: 'reader\0' }],
    ['role', { role: 'r'.repeat(64) }],
    ['role', { role: 'é'.repeat(32) }],
    ['role', { role: 'half \ud83c' }],
    ['role', { role: undefined as unknown as string }],
    ['isEmpty', { isEmpty: 'false' as unknown as boolean }],
    ['setting', { settings: { role: 'postgres' } }],
    ['setting', { settings: { statement_timeout: '0' } }],
    ['setting', { settings: { 'rls.': '1' } }],
    ['setting', { settings: { '.types': '1' } }],
    ['setting', { settings: { 'rls..types': '1' } }],
    ['setting', { settings: { 'rls.1types': '1' } }],
    ['setting', { settings: { 'rls.$types': '1' } }],
    ['setting', { settings: { 'rls.ty-pes': '1' } }],
    ['setting', { settings: { 'rls.types ': '1' } }],
    ['setting', { settings: { 'rls.types\n': '1' } }],
    ['setting', { settings: { 'rls.types\0': '1' } }],
    ['setting', { settings: { 'rls.half\ud83c': '1' } }],
    ['setting', { settings: { SEARCH_PATH: '' } }],
    ['twice', { settings: { 'rls.types': '1', 'RLS.Types': '2' } }],
    ['setting', { settings: { "rls.types'": '1' } }],
    ['value', { settings: { 'rls.types': 1 as unknown as string } }],
    ['value', { settings: { 'rls.types': 'a\0b' } }],
    ['value', { settings: { 'rls.types': 'half \ud83c' } }],
    ['value', { settings: { 'rls.types': null as unknown as string } }],
    ['value', { settings: { 'rls.types': undefined as unknown as string } }],
  ])('a wrong %s is refused: %j', (what, wrong) => {
    expect(() => defineEntitlements({ ...valid, ...wrong })).toThrow(invalid);
    expect(messageOf(() => defineEntitlements({ ...valid, ...wrong }))).toMatch(new RegExp(what));
  });

  test.each([
    [{ role: 'Reader' }],
    [{ role: 'shop-reader' }],
    [{ role: 'None' }],
    [{ role: 'r'.repeat(63) }],
    [{ role: 'Lesende ÄÖ' }],
    [{ role: `"'; --` }],
    [{ settings: { 'request.jwt.claims': '{}' } }],
    [{ settings: { 'request.jwt.claim.sub': '1' } }],
    [{ settings: { 'app.currentTenant': '1' } }],
    [{ settings: { 'App.Tenant$2': '1', '_a._b': '' } }],
    [{ settings: { 'größe.mieter': 'Ä 🎬' } }],
    [{ settings: { 'a.é': '1', 'a.É': '2' } }],
  ])('takes what PostgreSQL takes: %j', (given) => {
    expect(defineEntitlements({ ...valid, ...given })).toMatchObject(given);
  });

  test('a setting whose value changes while it is read is taken as it was checked', () => {
    let reads = 0;
    const settings = {
      get 'rls.types'() {
        reads += 1;
        return reads === 1 ? '{1}' : ({} as string);
      },
    };
    expect(defineEntitlements({ ...valid, settings }).settings).toEqual({ 'rls.types': '{1}' });
  });
});

describe('withEntitlements takes nothing that only looks like entitlements', () => {
  const real = movieEntitlements({ titleTypes: [1] });
  const untouched = {
    connect: () => Promise.reject(new Error('a connection was asked for')),
  } as unknown as Pool;

  test.each<[string, unknown]>([
    ['an object of the same form', { role: real.role, settings: real.settings, isEmpty: false }],
    ['a copy with other settings', { ...real, settings: { 'rls.types': '{1,2,3,4,5}' } }],
    ['one that inherits from it', Object.create(real, { role: { value: 'movie_hub_owner' } })],
    ['what went through JSON', JSON.parse(JSON.stringify(real))],
    ['what movieEntitlements takes', { titleTypes: [1] }],
    ['null', null],
    ['undefined', undefined],
    ['text', '{1}'],
  ])('%s', async (_, lookalike) => {
    await expect(
      withEntitlements(untouched, lookalike as Entitlements, async () => 'reached'),
    ).rejects.toEqual(invalid);
  });

  test('and takes real ones, also from another copy of this package: it then asks for a connection', async () => {
    const fromOtherCopy = Object.freeze(
      Object.defineProperty({ ...real }, Symbol.for('movie-hub.entitlements'), { value: true }),
    ) as Entitlements;
    for (const entitlements of [real, fromOtherCopy]) {
      await expect(withEntitlements(untouched, entitlements, async () => 'reached')).rejects.toEqual(
        expect.objectContaining({
          code: 'database_unavailable',
          cause: expect.objectContaining({ message: 'a connection was asked for' }),
        }),
      );
    }
  });
});

function messageOf(refused: () => unknown): string {
  try {
    refused();
  } catch (error) {
    if (isMovieHubError(error)) return (error as MovieHubError).message;
  }
  throw new Error('was not refused');
}
