// Disk and pages of the bench at scale.

const megabyte = 1024 * 1024;

/** The database on disk, and its large tables with their indexes, largest first; in MB. */
export async function sizesOf(admin, most = 8) {
  const { rows } = await admin.query(
    `SELECT c.relname AS table, pg_table_size(c.oid)::float8 AS bytes,
       (SELECT jsonb_object_agg(i.relname, pg_relation_size(i.oid)) FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
        WHERE x.indrelid = c.oid) AS indexes
     FROM pg_class AS c WHERE c.relnamespace = 'movie_hub'::regnamespace AND c.relkind = 'r'
     ORDER BY pg_total_relation_size(c.oid) DESC LIMIT ${most}`,
  );
  const { rows: whole } = await admin.query('SELECT pg_database_size(current_database())::float8 AS bytes');
  const tables = rows.map(({ table, bytes, indexes }) => ({
    table,
    mb: bytes / megabyte,
    indexes: Object.entries(indexes ?? {})
      .map(([name, size]) => ({ name, mb: size / megabyte }))
      .sort((a, b) => b.mb - a.mb),
  }));
  return { mb: whole[0].bytes / megabyte, tables };
}

export function printSizes({ mb, tables }) {
  const inMb = (figure) => `${Math.round(figure).toLocaleString('en')} MB`;
  process.stdout.write(`  the database takes ${inMb(mb)}\n`);
  for (const { table, mb: own, indexes } of tables) {
    const list = indexes.map(({ name, mb: size }) => `${name} ${inMb(size)}`).join(', ');
    process.stdout.write(`    ${table.padEnd(12)} ${inMb(own).padStart(10)}  ${list}\n`);
  }
}

/**
 * Counts the pages that the database reads while work runs: found in PostgreSQL's own memory, or asked of the system. What others do
 * in this database meanwhile counts too.
 */
export async function countPages(admin, work) {
  const before = await pagesOf(admin);
  const result = await work();
  const after = await pagesOf(admin);
  return { result, hit: after.hit - before.hit, read: after.read - before.read };
}

async function pagesOf(admin) {
  // Connections that are idle tell of their pages within a second.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const { rows } = await admin.query(
    'SELECT blks_hit::float8 AS hit, blks_read::float8 AS read FROM pg_stat_database WHERE datname = current_database()',
  );
  return rows[0];
}

/** Names who has the most acting roles: one of those whom the planner's statistics know as common. */
export async function busiestOf(admin) {
  const { rows } = await admin.query(
    `SELECT n.name_id, n.primary_name, n.birth_year, b.roles::integer
     FROM (
       SELECT k.name_id, (SELECT count(*) FROM movie_hub.principals AS p WHERE p.name_id = k.name_id
         AND p.category IN ('actor', 'actress', 'self', 'archive_footage')) AS roles
       FROM (
         SELECT unnest(most_common_vals::text::integer[]) AS name_id FROM pg_stats
         WHERE schemaname = 'movie_hub' AND tablename = 'principals' AND attname = 'name_id' LIMIT 5
       ) AS k
     ) AS b
     JOIN movie_hub.names AS n ON n.name_id = b.name_id
     ORDER BY b.roles DESC LIMIT 1`,
  );
  return rows[0];
}
