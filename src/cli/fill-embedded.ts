import { demoDataFolder, installSchema, loadImdb } from 'movie-hub/dataset';
import type { Pool } from 'pg';
import { demoUsers } from './demo-users';
import { importHub } from './import-hub';

/** Updates the schema, and loads the demo data into an empty database: enough for the tools. */
export async function fillForTools(pool: Pool): Promise<void> {
  await installSchema(pool);
  if (await isEmpty(pool, 'movie_hub.titles')) await loadImdb(pool, demoDataFolder());
}

/** Does the same with the hub's own schema, and adds the demo users when there are none. */
export async function fillForHub(pool: Pool): Promise<void> {
  await installSchema(pool, { hub: true });
  const work: Promise<unknown>[] = [];
  // Passwords are hashed in other threads, which takes a second, while the data is loaded.
  if (await isEmpty(pool, 'movie_hub_app.users')) {
    const { addUser } = await importHub();
    for (const { sees: _, ...user } of demoUsers) work.push(addUser(pool, { ...user, isDemo: true }));
  }
  if (await isEmpty(pool, 'movie_hub.titles')) work.push(loadImdb(pool, demoDataFolder()));
  await Promise.all(work);
}

async function isEmpty(pool: Pool, table: 'movie_hub.titles' | 'movie_hub_app.users'): Promise<boolean> {
  const { rows } = await pool.query<{ empty: boolean }>(`SELECT NOT EXISTS (SELECT FROM ${table}) AS empty`);
  return rows[0]?.empty ?? true;
}
