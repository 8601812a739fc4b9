import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { createLogins } from '../../src/dataset/administrator';
import { openEmbeddedDatabase } from '../../src/dataset/embedded';
import { installSchema } from '../../src/dataset/install-schema';
import { demoDataFolder, loadImdb } from '../../src/dataset/load-imdb';
import { findChromium } from './find-chromium';
import { findPostgres, startPostgres } from './postgres-server';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server to test on, or undefined where the machine has no PostgreSQL. */
    server: { url: string; passwords: Record<'reader' | 'editor' | 'accounts', string> } | undefined;
    /** Folder with the files `empty` and `demo`: what embedded databases of the tests begin with. */
    snapshots: string;
    /** The browser to test with, or undefined where the machine has none. */
    chromium: string | undefined;
  }
}

/** Databases of the tests are copies of these two: one with the schema only, one with the demo data. */
export const templates = { empty: 'movie_hub_template_empty', demo: 'movie_hub_template_demo' };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const leftOut: string[] = [];
  const chromium = findChromium();
  project.provide('chromium', chromium);
  if (chromium === undefined)
    leftOut.push('the browser tests: install Chromium (Debian: apt-get install chromium)');

  const folder = findPostgres();
  if (folder === undefined)
    leftOut.push('the tests on a server: install PostgreSQL (Debian: apt-get install postgresql)');
  if (leftOut.length > 0) {
    const message = leftOut.map((what) => `LEFT OUT: ${what}`).join('\n');
    if (process.env.CI) throw new Error(`In CI nothing may be left out.\n${message}`);
    process.stderr.write(`${message}\n`);
  }

  project.provide('snapshots', await cachedSnapshots());
  const server = folder === undefined ? undefined : await startPostgres(folder);
  if (server !== undefined) process.stderr.write(`Tests on a server run on PostgreSQL ${server.version}.\n`);
  project.provide('server', server && { url: server.url, passwords: await makeTemplates(server.url) });
  return async () => {
    await server?.stop();
  };
}

/** Returns the folder of the snapshots, which are made again only when what they are made from has changed. */
async function cachedSnapshots(): Promise<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const hash = createHash('sha256');
  for (const folder of [
    'sql',
    'src/dataset',
    'src/sdk/database',
    'node_modules/@electric-sql/pglite/package.json',
  ])
    for (const file of filesUnder(join(root, folder)))
      hash.update(file.slice(root.length)).update(readFileSync(file));
  const cache = join(root, 'node_modules/.cache/movie-hub-tests');
  const folder = join(cache, hash.digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  const unfinished = join(cache, `unfinished-${randomBytes(6).toString('hex')}`);
  mkdirSync(unfinished, { recursive: true });
  await makeSnapshots(unfinished);
  // Another run may have made the same meanwhile.
  if (existsSync(folder)) rmSync(unfinished, { recursive: true });
  else renameSync(unfinished, folder);
  return folder;
}

function filesUnder(path: string): string[] {
  if (path.endsWith('.json')) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function makeSnapshots(folder: string): Promise<void> {
  const database = await openEmbeddedDatabase();
  const keep = async (name: keyof typeof templates) => {
    await writeFile(join(folder, name), Buffer.from(await (await database.snapshot()).arrayBuffer()));
  };
  await installSchema(database.pool, { hub: true });
  await keep('empty');
  await loadImdb(database.pool, demoDataFolder());
  await keep('demo');
  await database.close();
}

async function makeTemplates(url: string): Promise<Record<'reader' | 'editor' | 'accounts', string>> {
  const maintenance = new pg.Pool({ connectionString: url, max: 1 });
  for (const name of Object.values(templates)) await maintenance.query(`CREATE DATABASE ${name}`);
  const passwords = { reader: '', editor: '', accounts: '' };
  for (const name of Object.values(templates)) {
    const pool = new pg.Pool({ connectionString: databaseUrl(url, name), max: 1 });
    await installSchema(pool, { hub: true });
    if (name === templates.empty) {
      for (const login of await createLogins(pool)) passwords[login.purpose] = login.password ?? '';
    }
    if (name === templates.demo) await loadImdb(pool, demoDataFolder());
    await pool.end();
  }
  await maintenance.end();
  return passwords;
}

function databaseUrl(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
