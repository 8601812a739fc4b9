// What the benches measure on: a server of their own with the demo data and a team's table, or the embedded database.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { createPool } from 'movie-hub';
import {
  createLogins,
  demoDataFolder,
  installSchema,
  loadImdb,
  openEmbeddedDatabase,
} from 'movie-hub/dataset';
import pg from 'pg';

/**
 * Measures on a server, with URLs of the two logins in `urls`.
 *
 * @returns False when this machine has no server, after it was said what to install.
 */
export function onServer(measure) {
  return withServer(async (server) => measure({ urls: await prepare(server) }));
}

/**
 * Measures on a server with the schemas of the data and of the hub, and no data: with the superuser's pool in `admin`, and one for
 * each scope in `pools`, of so many connections.
 *
 * @returns False when this machine has no server, after it was said what to install.
 */
export function onHubServer(measure, max = 4) {
  return withServer(async (server) => {
    const admin = plainPool({ connectionString: server.url, max: 1 });
    await installSchema(admin, { hub: true });
    const pools = {};
    for (const { purpose, user, password } of await createLogins(admin))
      pools[purpose] = createPool({ connectionString: urlOf(server, user, password), max });
    try {
      await measure({ admin, pools });
    } finally {
      for (const pool of [admin, ...Object.values(pools)]) await pool.end();
    }
  });
}

/**
 * Measures on a server with nothing on it, by its superuser's URL.
 *
 * @returns False when this machine has no server, after it was said what to install.
 */
export function onBareServer(measure, settings) {
  return withServer(({ url }) => measure(url), settings);
}

async function withServer(work, settings) {
  const { findPostgres, startPostgres } = await importTypeScript('../support/postgres-server.ts');
  const folder = findPostgres();
  if (folder === undefined) {
    const install = 'install PostgreSQL (Debian: apt-get install postgresql)';
    process.stdout.write(`  LEFT OUT: what needs a server: ${install}\n`);
    return false;
  }
  const server = await startPostgres(folder, settings);
  process.stdout.write(`  on PostgreSQL ${server.version}\n`);
  try {
    await work(server);
  } finally {
    await server.stop();
  }
  return true;
}

/** Measures on an embedded database, with its pool in `pool`. */
export async function onEmbedded(measure) {
  process.stdout.write('  on the embedded database\n');
  const { pool, close } = await openEmbeddedDatabase();
  try {
    await fill(pool);
    await measure({ pool });
  } finally {
    await close();
  }
}

/** A plain pool of the driver. */
export function plainPool(config) {
  const pool = new pg.Pool(config);
  // The server may end first when a bench fails.
  pool.on('error', () => undefined);
  return pool;
}

async function prepare(server) {
  const admin = plainPool({ connectionString: server.url, max: 1 });
  try {
    await fill(admin);
    const { user, password } = (await createLogins(admin)).find(({ purpose }) => purpose === 'reader');
    await admin.query(`CREATE ROLE shop_login LOGIN NOINHERIT PASSWORD 'bench'`);
    await admin.query('GRANT shop_reader TO shop_login');
    return { movies: urlOf(server, user, password), shop: urlOf(server, 'shop_login', 'bench') };
  } finally {
    await admin.end();
  }
}

async function fill(admin) {
  await installSchema(admin);
  await loadImdb(admin, demoDataFolder());
  for (const statement of shop) await admin.query(statement);
}

const shop = [
  'CREATE SCHEMA shop',
  'CREATE ROLE shop_reader NOLOGIN',
  `CREATE TABLE shop.orders (order_id int PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL,
     placed_on date NOT NULL, total numeric(10, 2) NOT NULL)`,
  `INSERT INTO shop.orders
     SELECT n, n % 100, (ARRAY['open', 'paid', 'sent'])[1 + n % 3], date '2024-01-01' + n % 365, n * 1.25
     FROM generate_series(1, 10000) AS n`,
  'CREATE INDEX ON shop.orders (customer_id, order_id)',
  'ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY',
  `CREATE POLICY of_customer ON shop.orders
     USING (customer_id = nullif(current_setting('shop.customer', true), '')::int)`,
  'GRANT USAGE ON SCHEMA shop TO shop_reader',
  'GRANT SELECT ON shop.orders TO shop_reader',
  'VACUUM ANALYZE shop.orders',
];

function urlOf(server, user, password) {
  const url = new URL(server.url);
  url.username = user;
  url.password = password;
  return url.href;
}

/** The tests' own file, made JavaScript where its packages are found. */
export async function importTypeScript(path) {
  const cache = new URL('../../node_modules/.cache/movie-hub-bench/', import.meta.url);
  mkdirSync(fileURLToPath(cache), { recursive: true });
  const made = new URL(path.replace(/.*\/(.*)\.ts$/, '$1.mjs'), cache);
  // With what it takes from the library's own files; packages stay where they are.
  buildSync({
    entryPoints: [fileURLToPath(new URL(path, import.meta.url))],
    outfile: fileURLToPath(made),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
  return import(made.href);
}
