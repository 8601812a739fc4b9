import { demoDataFolder, installSchema, loadImdb } from 'movie-hub/dataset';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
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

  test('a server older than PostgreSQL 15 is refused by its version, before any change', async () => {
    const before = await inventory(database.admin);
    const statements: string[] = [];
    const old = claimingToBe('14.12', 140_012, database.admin, statements);
    await expect(installSchema(old, { hub: true })).rejects.toMatchObject({
      code: 'database_not_ready',
      message: expect.stringMatching(/PostgreSQL 15 .*PostgreSQL 14\.12/),
    });
    expect(statements.filter((text) => !/^\s*(SELECT|RESET ROLE)/.test(text))).toEqual([]);
    expect(await inventory(database.admin)).toEqual(before);
    expect(await schemasOf(database.admin)).toEqual([]);
  });

  test('installs the data only, and nothing of the hub, when the cause is gone', async () => {
    const warnings: string[] = [];
    await installSchema(database.admin, { onWarning: (warning) => warnings.push(warning) });
    expect(warnings).toEqual([]);
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

describe.runIf(databaseKinds.includes('server'))(
  'installSchema in a database that cannot hold everything',
  () => {
    test.each([
      ['UTF8', 'LC_CTYPE C', ['upper and lower case']],
      ['SQL_ASCII', 'encoding SQL_ASCII', ['case-sensitive', 'cut within a character']],
    ])('with %s and LC_CTYPE C it says what is lost', async (encoding, what, losses) => {
      const database = await openBare('server', undefined, inC(encoding));
      onTestFinished(() => database.close());
      const warnings: string[] = [];
      await installSchema(database.admin, { onWarning: (warning) => warnings.push(warning) });
      expect(warnings).toEqual([expect.stringContaining(what)]);
      for (const loss of losses) expect(warnings[0]).toContain(loss);
      // What is said is true.
      const { rows } = await database.admin.query(`SELECT movie_hub.normalise('КИНО') = 'кино' AS folded`);
      expect(rows).toEqual([{ folded: false }]);
    });

    test.each(['LATIN1', 'WIN1251', 'EUC_JP'])(
      'with %s it is refused, before any change',
      async (encoding) => {
        const database = await openBare('server', undefined, inC(encoding));
        onTestFinished(() => database.close());
        const before = await inventory(database.admin);
        await expect(installSchema(database.admin)).rejects.toMatchObject({
          code: 'database_not_ready',
          message: expect.stringContaining(`encoding ${encoding}`),
        });
        expect(await inventory(database.admin)).toEqual(before);
      },
    );
  },
);

function inC(encoding: string): string {
  return `TEMPLATE template0 ENCODING '${encoding}' LC_CTYPE 'C' LC_COLLATE 'C'`;
}

/** A pool whose server gives another version wherever it is asked for it, and notes what it is asked. */
function claimingToBe(version: string, number: number, pool: Pool, statements: string[]): Pool {
  const connect = async () => {
    const client = await pool.connect();
    const query = async (text: string) => {
      statements.push(text);
      const result = await client.query(text);
      const claim = (value: unknown) => {
        if (/^\d{6}$/.test(String(value))) return String(number);
        return /^\d{2}\.\d+/.test(String(value)) ? version : value;
      };
      for (const row of result.rows ?? []) for (const name of Object.keys(row)) row[name] = claim(row[name]);
      return result;
    };
    return Object.assign(Object.create(client), { query, release: () => client.release() });
  };
  return Object.assign(Object.create(pool), { connect });
}
