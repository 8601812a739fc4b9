import type { PoolClient } from 'pg';
import { derivedTables, loadTables } from './tables';

/** Ids of titles whose search texts are built together. */
const sliceSize = 250_000;

/** What is left to do, phase by phase. Within a phase the order does not matter. */
export const phases = {
  doubles: 0,
  keys: 1,
  statistics: 2,
  fill: 3,
  indexes: 4,
  constraints: 5,
  people: 6,
  vacuum: 7,
  /** No steps: triggers are enabled together. */
  triggers: 8,
  /** Notes that all rows are loaded and all steps are planned. */
  planned: 9,
} as const;

const sources = Object.keys(loadTables);
const all = [...sources, ...derivedTables];

/** Drops constraints, indexes and triggers, and notes how to restore them. */
export async function takeApart(client: PoolClient): Promise<void> {
  // So that PostgreSQL qualifies names with their schemas.
  await client.query('SET LOCAL search_path = pg_catalog');
  const { rows } = await client.query<{ phase: number; label: string; make: string; drop: string }>(
    droppedSql,
    [all, [...derivedTables]],
  );
  let isCompact = false;
  // References before the keys that they need.
  rows.sort((a, b) => b.phase - a.phase);
  for (const { phase, label, make, drop } of rows) {
    // Once only the keys are left to be rewritten with the tables.
    if (phase === phases.keys && !isCompact) {
      await compact(client);
      isCompact = true;
    }
    await addStep(client, phase, label, make);
    await client.query(drop);
  }
  const triggers = await client.query<{ make: string }>(triggersSql, [all]);
  for (const { make } of triggers.rows) await addStep(client, phases.triggers, 'triggers', make);
  const vacuumed = await client.query<{ name: string }>(vacuumedSql, [all]);
  for (const { name } of vacuumed.rows) {
    // Reused space would break the order of rows, and of rows with the same key the last counts.
    await client.query(`ALTER TABLE ${name} SET (autovacuum_enabled = false)`);
    await addStep(client, phases.triggers, 'vacuum', `ALTER TABLE ${name} RESET (autovacuum_enabled)`);
  }
  for (const table of all) await client.query(`ALTER TABLE movie_hub.${table} DISABLE TRIGGER USER`);
  for (const table of sources) {
    await client.query(
      `CREATE TRIGGER load_is_waited_for BEFORE INSERT OR UPDATE OR DELETE ON movie_hub.${table}
       FOR EACH STATEMENT EXECUTE FUNCTION movie_hub.refuse_during_load()`,
    );
  }
}

/** Removes free space, so that new rows follow the old ones. */
async function compact(client: PoolClient): Promise<void> {
  for (const table of sources) {
    const { rowCount } = await client.query(`SELECT FROM movie_hub.${table} LIMIT 1`);
    const { rows } = await client.query<{ key: string }>(
      `SELECT quote_ident(c.relname) AS key FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       WHERE i.indrelid = 'movie_hub.${table}'::regclass AND i.indisprimary`,
    );
    if (rowCount === 0) await client.query(`TRUNCATE movie_hub.${table}`);
    else for (const { key } of rows) await client.query(`CLUSTER movie_hub.${table} USING ${key}`);
  }
}

/** Plans what follows once all rows are loaded, unless it is planned already. Derived tables are filled again. */
export async function planRebuild(client: PoolClient): Promise<void> {
  const planned = await client.query('SELECT FROM movie_hub_load.steps WHERE phase = $1', [phases.planned]);
  if (planned.rowCount !== 0) return;
  const steps: [phase: number, label: string, statement: string][] = [
    [phases.planned, 'all rows are loaded', ''],
    [phases.fill, 'search texts of people', fillNameTexts],
    [phases.fill, 'sort keys of titles', fillTitleLists],
    [phases.people, 'people from before the load', refreshPeople],
  ];
  const { rows } = await client.query<{ file: string }>(
    'SELECT file FROM movie_hub_load.files WHERE marks > 0',
  );
  const marked = { 'title.basics': loadTables.genres, 'title.crew': loadTables.crew };
  for (const { file } of rows) {
    const { name, mark } = marked[file as keyof typeof marked];
    const beforeMarks = `DELETE FROM movie_hub.${name} AS o
      USING (SELECT title_id, max(ctid) AS at FROM movie_hub.${name} WHERE ${mark} GROUP BY title_id) AS m
      WHERE o.title_id = m.title_id AND o.ctid <= m.at`;
    steps.push([phases.doubles, `doubles of ${name}`, noteDeleted(name, beforeMarks)]);
  }
  for (const table of sources)
    steps.push([phases.statistics, `statistics of ${table}`, `ANALYZE movie_hub.${table}`]);
  await client.query(`TRUNCATE ${derivedTables.map((table) => `movie_hub.${table}`).join(', ')}`);
  // The popular first, so that frequent reads are close together.
  for (const votes of ['>= 1000', 'BETWEEN 50 AND 999', 'BETWEEN 1 AND 49']) {
    steps.push([
      phases.fill,
      'search texts of titles',
      `${insertTexts} SELECT ${texts}, r.num_votes
       FROM movie_hub.computed_title_texts x JOIN movie_hub.ratings r ON r.title_id = x.title_id
       WHERE x.title_id = ANY (ARRAY(SELECT o.title_id FROM movie_hub.ratings o WHERE o.num_votes ${votes}))
       ORDER BY r.num_votes DESC`,
    ]);
  }
  const slices = await client.query<{ slice: number }>(
    `SELECT DISTINCT title_id / ${sliceSize} AS slice FROM movie_hub.titles ORDER BY slice`,
  );
  for (const { slice } of slices.rows) {
    steps.push([
      phases.fill,
      'search texts of titles',
      `${insertTexts} SELECT ${texts}, 0
       FROM movie_hub.computed_title_texts x
       WHERE x.title_id BETWEEN ${slice * sliceSize} AND ${(slice + 1) * sliceSize - 1}
         AND NOT EXISTS (SELECT FROM movie_hub.ratings r WHERE r.title_id = x.title_id AND r.num_votes > 0)`,
    ]);
  }
  for (const table of all)
    steps.push([phases.vacuum, `statistics of ${table}`, `VACUUM (ANALYZE) movie_hub.${table}`]);
  for (const step of steps) await addStep(client, ...step);
}

const fillNameTexts = `
  INSERT INTO movie_hub.name_texts (name_id, title_type, num_votes, birth_year, key, words)
  SELECT n.name_id, y.title_type, COALESCE(v.num_votes, 0), COALESCE(n.birth_year, 0), replace(n.key_text, ' ', ''), strip(n.search)
  FROM movie_hub.names n
  CROSS JOIN LATERAL unnest(n.title_types) AS y (title_type)
  LEFT JOIN (
    -- Few titles have votes, and so do few credits.
    SELECT s.name_id, s.title_type, sum(s.num_votes) AS num_votes
    FROM (
      SELECT p.name_id, p.title_type, p.title_id, p.title_votes AS num_votes FROM movie_hub.principals p WHERE p.title_votes > 0
      UNION
      SELECT w.name_id, w.title_type, w.title_id, r.num_votes
      FROM movie_hub.crew w JOIN movie_hub.ratings r ON r.title_id = w.title_id AND r.num_votes > 0
    ) s
    GROUP BY s.name_id, s.title_type
  ) v ON v.name_id = n.name_id AND v.title_type = y.title_type`;

const fillTitleLists = `
  INSERT INTO movie_hub.title_lists (title_id, genre, title_type, sort_title, start_year, num_votes, rating)
  SELECT title_id, genre, title_type, sort_title, start_year, num_votes, rating FROM movie_hub.computed_title_lists`;

const insertTexts =
  'INSERT INTO movie_hub.title_texts (title_id, text_number, title_type, start_year, key, plain, words, num_votes)';
const texts = 'x.title_id, x.text_number, x.title_type, x.start_year, x.key, x.plain, x.words';

const refreshPeople = `
  SELECT movie_hub.refresh_name_types(c.people), movie_hub.refresh_name_texts(c.people)
  FROM (SELECT ARRAY(
    SELECT unnest(kept_names) FROM movie_hub_load.loads UNION SELECT name_id FROM movie_hub_load.people
  ) AS people) AS c`;

/** Makes a statement that deletes from `o` note the people of these rows, since their types may change. */
export function noteDeleted(table: string, statement: string): string {
  if (table !== 'crew' && table !== 'principals') return statement;
  return `WITH gone AS (${statement} RETURNING o.name_id)
    INSERT INTO movie_hub_load.people (name_id) SELECT DISTINCT name_id FROM gone`;
}

/** Enables the triggers again. */
export async function enableTriggers(client: PoolClient): Promise<void> {
  for (const table of sources) await client.query(`DROP TRIGGER load_is_waited_for ON movie_hub.${table}`);
  const { rows } = await client.query<{ statement: string }>(
    'SELECT statement FROM movie_hub_load.steps WHERE phase = $1 ORDER BY step',
    [phases.triggers],
  );
  for (const { statement } of rows) await client.query(statement);
  await client.query('DELETE FROM movie_hub_load.steps');
  await client.query('DELETE FROM movie_hub_load.people');
}

async function addStep(client: PoolClient, phase: number, label: string, statement: string): Promise<void> {
  await client.query(
    `INSERT INTO movie_hub_load.steps (step, phase, label, statement)
     SELECT COALESCE(max(step), 0) + 1, $1, $2, $3 FROM movie_hub_load.steps`,
    [phase, label, statement],
  );
}

/** Keys of source tables come first, since filling the derived tables reads along them. */
const droppedSql = `
  WITH tables AS (
    SELECT c.oid, c.relname, c.relname = ANY ($2::text[]) AS is_derived
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'movie_hub' AND c.relname = ANY ($1::text[])
  )
  SELECT CASE WHEN k.contype = 'f' THEN ${phases.constraints} WHEN t.is_derived THEN ${phases.indexes} ELSE ${phases.keys} END AS phase,
    CASE WHEN k.contype = 'f' THEN 'references of ' ELSE 'keys of ' END || c.relname AS label,
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)) AS make,
    format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname) AS drop
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  LEFT JOIN tables t ON t.oid = k.conrelid
  WHERE (k.contype IN ('p', 'u') AND t.oid IS NOT NULL)
    OR (k.contype = 'f' AND (t.oid IS NOT NULL OR k.confrelid IN (SELECT oid FROM tables)))
  UNION ALL
  SELECT ${phases.indexes}, 'index ' || i.indexrelid::regclass, pg_get_indexdef(i.indexrelid), format('DROP INDEX %s', i.indexrelid::regclass)
  FROM pg_index i JOIN tables t ON t.oid = i.indrelid
  WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))`;

const triggersSql = `
  SELECT format('ALTER TABLE %s ENABLE %s TRIGGER %I', t.tgrelid::regclass,
    CASE t.tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, t.tgname) AS make
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'movie_hub' AND c.relname = ANY ($1::text[]) AND NOT t.tgisinternal AND t.tgenabled <> 'D'`;

/** Tables without a setting for autovacuum. */
const vacuumedSql = `
  SELECT c.oid::regclass::text AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'movie_hub' AND c.relname = ANY ($1::text[])
    AND NOT EXISTS (SELECT FROM pg_options_to_table(c.reloptions) AS o WHERE o.option_name = 'autovacuum_enabled')`;
