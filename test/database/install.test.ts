import { demoDataFolder, installSchema, loadImdb } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { type BareDatabase, inventory, openBare, schemasOf } from './bare-database';

describe.each(databaseKinds)('installSchema on %s', (kind) => {
  let database: BareDatabase;
  beforeAll(async () => {
    database = await openBare(kind);
  });
  afterAll(() => database.close());

  test('a database without the schema is told as such', async () => {
    await expect(loadImdb(database.admin, demoDataFolder())).rejects.toMatchObject({
      code: 'database_not_ready',
      message: expect.stringContaining('movie-hub db install'),
    });
  });

  test('an installation that fails leaves nothing half done, and says so by a code', async () => {
    await database.admin.query('CREATE SCHEMA movie_hub');
    const before = await inventory(database.admin);
    await expect(installSchema(database.admin, { hub: true })).rejects.toMatchObject({
      code: 'query_failed',
    });
    expect(await inventory(database.admin)).toEqual(before);
    await database.admin.query('DROP SCHEMA movie_hub');
  });

  test('installs the data only, and nothing of the hub, when the cause is gone', async () => {
    await installSchema(database.admin);
    expect(await schemasOf(database.admin)).toEqual(['movie_hub', 'movie_hub_load']);
  });

  test('changes nothing the second time, nor when it is run twice at once', async () => {
    const before = await inventory(database.admin);
    expect(before.length).toBeGreaterThan(50);
    await installSchema(database.admin);
    await Promise.all([installSchema(database.admin), installSchema(database.pool())]);
    expect(await inventory(database.admin)).toEqual(before);
  });

  test('adds the hub later, and keeps what is there', async () => {
    await database.admin.query(
      `INSERT INTO movie_hub.titles (title_type, primary_title, original_title) VALUES (1, 'Kept', 'Kept')`,
    );
    await Promise.all([1, 2].map(() => installSchema(database.pool(), { hub: true })));
    await installSchema(database.admin);
    expect(await schemasOf(database.admin)).toEqual(['movie_hub', 'movie_hub_app', 'movie_hub_load']);
    expect((await database.admin.query('SELECT primary_title FROM movie_hub.titles')).rows).toEqual([
      { primary_title: 'Kept' },
    ]);
  });

  test('leaves the connection as it was', async () => {
    const { rows } = await database.admin.query(
      'SELECT current_user = session_user AS itself, now() = statement_timestamp() AS outside_transaction',
    );
    expect(rows).toEqual([{ itself: true, outside_transaction: true }]);
  });
});
