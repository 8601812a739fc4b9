import type crypto from 'node:crypto';
import { isMovieHubError } from 'movie-hub';
import { describe, expect, test, vi } from 'vitest';
import { hashPassword, verifyPassword } from '../../src/ui/session/password';

/** The real functions; which work scrypt was given is noted. */
vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>();
  return { ...real, scrypt: vi.fn(real.scrypt) };
});
const { scrypt } = await import('node:crypto');

const cheap = { cost: 2 ** 10 };

describe('passwords', () => {
  test('a hash holds its parameters and fits its password only', async () => {
    const stored = await hashPassword('correct horse', cheap);
    expect(stored).toMatch(/^scrypt\$1024\$8\$1\$[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}$/);
    expect(await verifyPassword('correct horse', stored)).toBe(true);
    expect(await verifyPassword('correct horsf', stored)).toBe(false);
    expect(await verifyPassword('', stored)).toBe(false);
  });

  test('the same password has another hash each time', async () => {
    expect(await hashPassword('x', cheap)).not.toBe(await hashPassword('x', cheap));
  });

  test('the cost is 2^17 unless given', async () => {
    const stored = await hashPassword('x');
    expect(stored).toMatch(/^scrypt\$131072\$8\$1\$/);
    expect(await verifyPassword('x', stored)).toBe(true);
  });

  test('letters that look the same are the same, however they were typed', async () => {
    expect(await verifyPassword('Ame\u0301lie', await hashPassword('Amélie', cheap))).toBe(true);
  });

  test('without an account the work is that of a real one', async () => {
    const stored = await hashPassword('x');
    vi.mocked(scrypt).mockClear();
    expect(await verifyPassword('wrong', stored)).toBe(false);
    expect(await verifyPassword('wrong', undefined)).toBe(false);
    const work = vi.mocked(scrypt).mock.calls.map(([, , length, options]) => [length, options]);
    expect(work).toHaveLength(2);
    expect(work[1]).toEqual(work[0]);
  });

  test('something that is no hash fits no password', async () => {
    expect(await verifyPassword('', '')).toBe(false);
    expect(await verifyPassword('x', 'x')).toBe(false);
  });

  test('two are hashed at once and ten wait; more are refused before any work', async () => {
    const stored = await hashPassword('x', { cost: 2 ** 14 });
    const settled: string[] = [];
    const note = (work: Promise<unknown>) =>
      work.then(
        () => settled.push('hashed'),
        (error: unknown) => settled.push(isMovieHubError(error) ? error.code : String(error)),
      );
    await Promise.all([
      ...Array.from({ length: 6 }, () => note(hashPassword('x', { cost: 2 ** 14 }))),
      ...Array.from({ length: 6 }, () => note(verifyPassword('x', stored))),
      ...Array.from({ length: 9 }, (_, i) => note(verifyPassword('x', i % 2 ? stored : undefined))),
      note(hashPassword('x')),
    ]);
    expect(settled).toEqual([...new Array(10).fill('overloaded'), ...new Array(12).fill('hashed')]);
    expect(await verifyPassword('x', stored)).toBe(true);
  });
});
