// Opens the example's database: in this process, or on a PostgreSQL server when DATABASE_URL is given.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { env } from 'node:process';
import { createPool } from 'movie-hub';
import { openEmbeddedDatabase } from 'movie-hub/dataset';

const scripts = ['./schema.sql', './data.sql'].map((file) => new URL(file, import.meta.url));

/** Returns a pool that may become shop_reader, and what removes everything again. */
export async function openShop() {
  return env.DATABASE_URL ? openOnServer(env.DATABASE_URL) : openEmbedded();
}

async function openEmbedded() {
  const { pool, close } = await openEmbeddedDatabase();
  await install(pool);
  return { pool, close };
}

/** DATABASE_URL is that of an owner who may create roles. What answers has a login of its own, which may do nothing else. */
async function openOnServer(ownerUrl) {
  const owner = createPool(ownerUrl);
  const password = randomBytes(24).toString('hex');
  const url = new URL(ownerUrl);
  url.username = 'shop_app';
  url.password = password;
  const remove = () =>
    owner.query(
      'DROP SCHEMA IF EXISTS shop CASCADE; DROP ROLE IF EXISTS shop_app; DROP ROLE IF EXISTS shop_reader',
    );
  const { rows } = await owner.query("SELECT to_regnamespace('shop') IS NOT NULL AS is_taken");
  if (rows[0].is_taken) {
    await owner.end();
    throw new Error('This database has a schema shop already. Give the example one without it.');
  }
  await install(owner);
  await owner.query(`CREATE ROLE shop_app LOGIN NOINHERIT PASSWORD '${password}' IN ROLE shop_reader`);
  const pool = createPool(url.href);
  const close = async () => {
    await pool.end();
    await remove();
    await owner.end();
  };
  return { pool, close };
}

/** Each file is one request, so one transaction: all of it is there, or nothing. */
async function install(pool) {
  for (const script of scripts) await pool.query(await readFile(script, 'utf8'));
}
