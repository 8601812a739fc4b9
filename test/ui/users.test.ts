import type crypto from 'node:crypto';
import { addUser } from 'movie-hub/ui';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';

/** The real functions; how often scrypt works is counted. */
vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>();
  return { ...real, scrypt: vi.fn(real.scrypt) };
});
const { scrypt } = await import('node:crypto');

const cheap = { cost: 2 ** 10 };

describe.each(databaseKinds)('addUser, on the %s database', (kind) => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await openDatabase(kind);
  });
  afterAll(() => db?.close());

  const rowOf = async (username: string) =>
    (await db.admin.query('SELECT * FROM movie_hub_app.users WHERE username = $1', [username])).rows[0];

  test('adds a user without titles or admin rights by default', async () => {
    await addUser(db.pools.accounts, { username: 'a.b@c-d_e', password: 'x' }, cheap);
    expect(await rowOf('a.b@c-d_e')).toMatchObject({
      title_types: [],
      is_admin: false,
      is_demo: false,
      disabled_at: null,
    });
    const full = { username: 'full', password: 'x', titleTypes: [5, 1, 5], isAdmin: true, isDemo: true };
    await addUser(db.pools.accounts, full, cheap);
    const row = await rowOf('full');
    expect(row).toMatchObject({ title_types: [5, 1], is_admin: true, is_demo: true });
    expect(row.password_hash).toMatch(/^scrypt\$1024\$8\$1\$/);
  });

  test('adds several users at once', async () => {
    const names = ['one', 'two', 'three', 'four', 'five'];
    await Promise.all(
      names.map((username) => addUser(db.pools.accounts, { username, password: 'x' }, cheap)),
    );
    for (const name of names) expect(await rowOf(name)).toMatchObject({ username: name });
  });

  test('says that there is such a user already, before it hashes', async () => {
    const user = { username: 'twice', password: 'x' };
    vi.mocked(scrypt).mockClear();
    await addUser(db.pools.accounts, user, cheap);
    expect(scrypt).toHaveBeenCalledTimes(1);
    await expect(addUser(db.pools.accounts, user)).rejects.toMatchObject({
      code: 'conflict',
      message: 'The user twice already exists.',
    });
    expect(scrypt).toHaveBeenCalledTimes(1);
  });

  test.each(['', 'Jim', 'jim doe', '-jim', 'jim\0', "jim'--", 'x'.repeat(65)])(
    'refuses the user name %j',
    async (username) => {
      const adding = addUser(db.pools.accounts, { username, password: 'x' }, cheap);
      await expect(adding).rejects.toMatchObject({ code: 'invalid_argument' });
    },
  );

  test('refuses no password, one that is too long, and types that are none', async () => {
    for (const password of ['', 'x'.repeat(1001)]) {
      const adding = addUser(db.pools.accounts, { username: 'p', password }, cheap);
      await expect(adding).rejects.toMatchObject({ code: 'invalid_argument' });
    }
    const adding = addUser(db.pools.accounts, { username: 'p', password: 'x', titleTypes: [0] }, cheap);
    await expect(adding).rejects.toMatchObject({ code: 'invalid_entitlements' });
    expect(await rowOf('p')).toBeUndefined();
  });
});
