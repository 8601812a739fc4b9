// Opens the example's database: in this process, or on a PostgreSQL server if DATABASE_URL is set.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { env } from 'node:process';
import { createPool } from 'movie-hub';
import { openEmbeddedDatabase } from 'movie-hub/dataset';

const scripts = ['./schema.sql', './data.sql'].map((file) => new URL(file, import.meta.url));

/** Returns a pool whose login may become shop_reader, and a function that removes everything. */
export async function openShop() {
  return env.DATABASE_URL ? openOnServer(env.DATABASE_URL) : openEmbedded();
}

async function openEmbedded() {
  const { pool, close } = await openEmbeddedDatabase();
  await install(pool);
  return { pool, close };
}

/** DATABASE_URL is the login of an owner who may create roles. The tools use their own login, which has no other rights. */
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
    throw new Error('This database already has a schema shop. Use another database for the example.');
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

/** Each file is one request, and so one transaction. */
async function install(pool) {
  for (const script of scripts) await pool.query(await readFile(script, 'utf8'));
}
