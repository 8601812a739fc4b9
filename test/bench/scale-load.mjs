// Loading of the bench at scale: databases of a size, and the loader beside psql's \copy.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installSchema } from 'movie-hub/dataset';
import { plainPool } from './database.mjs';

const run = promisify(execFile);
const child = fileURLToPath(new URL('scale-child.mjs', import.meta.url));

/** Tables that one file fills alone, so that the time of the file is that of the table. */
const compared = { principals: 'title.principals', names: 'name.basics', akas: 'title.akas' };
/** The last of these files in the order of a load. */
const lastCompared = 'title.akas';

export function databaseUrl(server, name) {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/**
 * Makes the database of a size where it is not there: files are generated where they are not there, the schema is installed, and all
 * is loaded.
 *
 * @returns Its URL, and what generating and loading took in a process of its own, where that was done.
 */
export async function databaseOf(titles, { server, filesOf }) {
  const name = `titles_${titles}`;
  const url = databaseUrl(server, name);
  const isThere = await onDatabase(server, async (admin) => {
    const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await admin.query(`CREATE DATABASE ${name}`);
    return rowCount > 0;
  });
  if (isThere) {
    await refuseHalfLoaded(url, name);
    return { url };
  }
  const { folder, generated } = await filesOf(titles);
  await onDatabase(url, installSchema);
  const loaded = await inChild({ load: { url, folder } });
  await onDatabase(url, (admin) => admin.query('VACUUM (ANALYZE)'));
  return { url, generated, loaded };
}

/** Returns what gives the folder with the files of a size, from the folder where they are kept, if any; and what removes others. */
export function filesIn(kept) {
  const temporary = kept === undefined ? mkdtempSync(join(tmpdir(), 'movie-hub-bench-')) : undefined;
  const filesOf = async (titles) => {
    const folder = join(kept ?? temporary, `imdb-${titles}`);
    if (existsSync(join(folder, 'title.principals.tsv.gz'))) return { folder };
    return { folder, generated: await inChild({ generate: { titles, folder } }) };
  };
  const remove = () => temporary && rmSync(temporary, { recursive: true, force: true });
  return { filesOf, remove };
}

/**
 * Times the loader and psql's \copy in turns, each into tables without indexes: what \copy loads are the rows that the loader made of
 * the same file, in PostgreSQL's own format.
 *
 * @returns For each table its rows, and the best ms of each.
 */
export async function besideCopy({ server, from, folder, psql, rounds = 3 }) {
  const scratch = `scratch_${process.pid}`;
  const url = databaseUrl(server, scratch);
  const rowsFolder = mkdtempSync(join(tmpdir(), 'movie-hub-bench-'));
  const best = {};
  const keep = (table, way, ms) => {
    best[table] ??= {};
    best[table][way] = Math.min(best[table][way] ?? Number.POSITIVE_INFINITY, ms);
  };
  try {
    const columns = await onDatabase(from, columnsOf);
    for (const [table, list] of Object.entries(columns)) {
      const { stdout } = await run(psql, [
        from,
        '-c',
        `\\copy movie_hub.${table} (${list}) TO '${join(rowsFolder, table)}'`,
      ]);
      best[table] = { rows: Number(/COPY (\d+)/.exec(stdout)[1]) };
    }
    for (let round = 0; round < rounds; round += 1) {
      await onDatabase(server, (admin) => admin.query(`CREATE DATABASE ${scratch}`));
      await onDatabase(url, installSchema);
      const { files } = await inChild({ load: { url, folder, endsWith: lastCompared } });
      for (const [table, file] of Object.entries(compared)) keep(table, 'loadMs', files[file].ms);
      for (const [table, list] of Object.entries(columns)) {
        const bare = `CREATE TABLE bare_${table} (LIKE movie_hub.${table} INCLUDING DEFAULTS INCLUDING GENERATED)`;
        await onDatabase(url, (admin) => admin.query(bare));
        const before = performance.now();
        await run(psql, [url, '-c', `\\copy bare_${table} (${list}) FROM '${join(rowsFolder, table)}'`]);
        keep(table, 'copyMs', performance.now() - before);
      }
      await onDatabase(server, (admin) => admin.query(`DROP DATABASE ${scratch}`));
    }
  } finally {
    rmSync(rowsFolder, { recursive: true, force: true });
    await onDatabase(server, (admin) => admin.query(`DROP DATABASE IF EXISTS ${scratch}`));
  }
  return best;
}

/** What is not generated can be copied. */
async function columnsOf(admin) {
  const columns = {};
  for (const table of Object.keys(compared)) {
    const { rows } = await admin.query(
      `SELECT string_agg(attname, ', ' ORDER BY attnum) AS list FROM pg_attribute
       WHERE attrelid = 'movie_hub.${table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    );
    columns[table] = rows[0].list;
  }
  return columns;
}

async function refuseHalfLoaded(url, name) {
  const isHalf = await onDatabase(url, async (admin) => {
    const { rows } = await admin.query(`SELECT to_regclass('movie_hub_load.loads') IS NOT NULL AS is_there`);
    if (!rows[0].is_there) return true;
    return (await admin.query('SELECT FROM movie_hub_load.loads')).rowCount > 0;
  });
  if (isHalf)
    throw new Error(`The load of the database ${name} is not finished. Finish it, or drop the database.`);
}

async function inChild(work) {
  const { stdout } = await run(process.execPath, [child, JSON.stringify(work)]);
  return JSON.parse(stdout);
}

export async function onDatabase(connectionString, work) {
  const admin = plainPool({ connectionString, max: 1 });
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
