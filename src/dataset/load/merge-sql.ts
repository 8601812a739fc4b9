import type { LoadTable } from './tables';

/** Names of the temporary tables that rows wait in until they are merged. */
export const stageOf = (table: LoadTable) => `pg_temp.stage_${table.name}`;

/** Makes the temporary table of a table, without its generated columns and constraints. */
export function stageSql(table: LoadTable): string {
  const { columns, name } = table;
  return `CREATE TEMPORARY TABLE stage_${name} ON COMMIT DROP AS SELECT ${columns.join(', ')} FROM movie_hub.${name} WITH NO DATA`;
}

/**
 * Brings the rows of a table up to date with those staged: what differs is changed, what is new is added, and nothing else is written. Of
 * several rows with one key the last counts. Rows that an editor made his own stay.
 */
export function mergeSql(table: LoadTable): string {
  const { key, kept = [], rebuilt = [] } = table;
  const columns = table.columns.filter((column) => !rebuilt.includes(column));
  const values = columns.filter((column) => !key.includes(column) && !kept.includes(column));
  const list = (names: readonly string[], of: string) => names.map((name) => `${of}.${name}`).join(', ');
  const conflict =
    values.length === 0
      ? 'DO NOTHING'
      : `DO UPDATE SET ${values.map((name) => `${name} = excluded.${name}`).join(', ')}`;
  const differs =
    values.length === 0 ? '' : ` OR (${list(values, 'o')}) IS DISTINCT FROM (${list(values, 's')})`;
  return `
    INSERT INTO movie_hub.${table.name} (${columns.join(', ')})
    SELECT ${list(columns, 's')}
    FROM (${stagedSql(table)}) AS s
    LEFT JOIN movie_hub.${table.name} AS o ON ${onKey(table, 'o', 's')}
    WHERE (o.${key[0]} IS NULL${differs})${unlessEdited(table, 's')}
    ON CONFLICT (${key.join(', ')}) ${conflict}`;
}

/** The staged rows, each key once, with the types that titles have in the database: an editor may have changed them. */
function stagedSql(table: LoadTable): string {
  const { columns, key, name } = table;
  const joined: Record<string, string> = {};
  const joins: string[] = [];
  if (name !== 'titles' && columns.includes('title_type')) {
    joins.push('JOIN movie_hub.titles AS t ON t.title_id = g.title_id');
    joined.title_type = 't.title_type';
  }
  if (columns.includes('parent_title_type')) {
    joins.push('JOIN movie_hub.titles AS p ON p.title_id = g.parent_title_id');
    joined.parent_title_type = 'p.title_type';
  }
  if (name !== 'names' && columns.includes('name_id'))
    joins.push('JOIN movie_hub.names AS n ON n.name_id = g.name_id');
  const selected = columns.map((column) => `${joined[column] ?? `g.${column}`} AS ${column}`).join(', ');
  const keys = key.map((column) => `g.${column}`).join(', ');
  const counted = table.mark ? ` WHERE NOT (g.${table.mark})` : '';
  return `SELECT DISTINCT ON (${keys}) ${selected} FROM ${stageOf(table)} AS g ${joins.join(' ')}${counted} ORDER BY ${keys}, g.ctid DESC`;
}

/** Takes out of the staged rows what came before the last mark of its title. */
export function unmarkSql(table: LoadTable): string {
  return `
    DELETE FROM ${stageOf(table)} AS g
    USING (SELECT title_id, max(ctid) AS at FROM ${stageOf(table)} WHERE ${table.mark} GROUP BY title_id) AS m
    WHERE g.title_id = m.title_id AND g.ctid < m.at`;
}

/** Deletes what the newer lines of a title do not have any more: a mark tells which titles there are newer lines of. */
export function withoutSql(table: LoadTable): string {
  return `
    DELETE FROM movie_hub.${table.name} AS o
    WHERE o.title_id IN (SELECT title_id FROM ${stageOf(table)} WHERE ${table.mark})
      AND NOT EXISTS (SELECT FROM ${stageOf(table)} AS s WHERE ${onKey(table, 'o', 's')})${unlessEdited(table, 'o')}`;
}

const onKey = ({ key }: LoadTable, one: string, other: string) =>
  key.map((name) => `${one}.${name} = ${other}.${name}`).join(' AND ');

function unlessEdited({ edited }: LoadTable, rows: string): string {
  if (edited === undefined) return '';
  return ` AND NOT EXISTS (SELECT FROM movie_hub.${edited}s AS e WHERE e.${edited}_id = ${rows}.${edited}_id AND e.is_edited)`;
}
