import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createLogins } from '../../src/dataset/administrator';
import { openEmbeddedDatabase } from '../../src/dataset/embedded';
import { installSchema } from '../../src/dataset/install-schema';
import { demoDataFolder, loadImdb } from '../../src/dataset/load-imdb';
import { copyDataFolder, type PostgresServer, serve, startPostgres } from './postgres-server';

/** Databases of the tests are copies of these two: one with the schema only, one with the demo data. */
export const templates = { empty: 'movie_hub_template_empty', demo: 'movie_hub_template_demo' };

export type Passwords = Record<'reader' | 'editor' | 'accounts', string>;

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the templates are made from: they are made again when any of these files has changed. */
const madeFrom = ['sql', 'src/dataset', 'src/sdk/database', 'test/support/templates.ts'];

/** Keeps what takes long to make from one run to the next. */
export const cacheFolder = join(root, 'node_modules/.cache/movie-hub-tests');

/** Returns a folder with the files `empty` and `demo`: what embedded databases begin with. */
export function embeddedSnapshots(): Promise<string> {
  const version = readFileSync(join(root, 'node_modules/@electric-sql/pglite/package.json'));
  return cached(`embedded-${hashOf(version)}`, makeSnapshots);
}

/** Starts a server that has the templates and the logins of the three scopes. */
export async function startWithTemplates(
  programs: string,
): Promise<{ server: PostgresServer; passwords: Passwords }> {
  const version = execFileSync(join(programs, 'postgres'), ['--version']);
  const folder = await cached(`server-${hashOf(version)}`, (unfinished) => makeCluster(programs, unfinished));
  const passwords = JSON.parse(readFileSync(join(folder, 'passwords.json'), 'utf8'));
  return { server: await serve(programs, copyDataFolder(join(folder, 'data')), []), passwords };
}

async function makeSnapshots(folder: string): Promise<void> {
  const database = await openEmbeddedDatabase();
  const keep = async (name: keyof typeof templates) => {
    const snapshot = await database.snapshot();
    writeFileSync(join(folder, name), Buffer.from(await snapshot.arrayBuffer()));
  };
  await installSchema(database.pool, { hub: true });
  await keep('empty');
  await loadImdb(database.pool, demoDataFolder());
  await keep('demo');
  await database.close();
}

async function makeCluster(programs: string, folder: string): Promise<void> {
  const server = await startPostgres(programs);
  const run = async (database: string, work: (pool: pg.Pool) => Promise<unknown>) => {
    const url = new URL(server.url);
    url.pathname = `/${database}`;
    const pool = new pg.Pool({ connectionString: url.href, max: 1 });
    // The server may stop before the last socket is closed.
    pool.on('error', () => undefined);
    await work(pool);
    await pool.end();
  };
  const passwords: Passwords = { reader: '', editor: '', accounts: '' };
  await run('postgres', (pool) => pool.query(`CREATE DATABASE ${templates.empty}`));
  await run(templates.empty, async (pool) => {
    await installSchema(pool, { hub: true });
    for (const login of await createLogins(pool)) passwords[login.purpose] = login.password ?? '';
  });
  await run('postgres', (pool) =>
    pool.query(`CREATE DATABASE ${templates.demo} TEMPLATE ${templates.empty}`),
  );
  await run(templates.demo, (pool) => loadImdb(pool, demoDataFolder()));
  await server.stop((data) => cpSync(data, join(folder, 'data'), { recursive: true }));
  writeFileSync(join(folder, 'passwords.json'), JSON.stringify(passwords));
}

function hashOf(what: Buffer): string {
  const hash = createHash('sha256').update(what);
  for (const path of madeFrom.map((each) => join(root, each)).filter((path) => existsSync(path))) {
    for (const file of filesUnder(path)) hash.update(file.slice(root.length)).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}

function filesUnder(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Returns a folder of the cache, which is made when it is not there. What no run has used for two days is removed. */
async function cached(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder, name);
  if (existsSync(folder)) {
    utimesSync(folder, new Date(), new Date());
    return folder;
  }
  const unfinished = join(cacheFolder, `unfinished-${randomBytes(6).toString('hex')}`);
  mkdirSync(unfinished, { recursive: true });
  const twoDaysAgo = Date.now() - 2 * 24 * 3_600_000;
  for (const each of readdirSync(cacheFolder).map((entry) => join(cacheFolder, entry))) {
    if (statSync(each).mtimeMs < twoDaysAgo) rmSync(each, { recursive: true, force: true });
  }
  await make(unfinished);
  // Another run may have made the same meanwhile.
  if (existsSync(folder)) rmSync(unfinished, { recursive: true });
  else renameSync(unfinished, folder);
  return folder;
}
