/** A table that receives rows of IMDb's files. */
export interface LoadTable {
  readonly name: string;
  /** In the order in which rows are written. */
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** Columns that triggers maintain: written with new rows, and never over old ones. */
  readonly maintained: readonly string[];
  /** Columns that are written in a rebuild only, while triggers are disabled. */
  readonly rebuilt: readonly string[];
  /** Which rows of editors newer files leave alone; undefined where newer files always win. */
  readonly edited: 'title' | 'name' | undefined;
  /** Condition of marks among the rows: a mark replaces earlier rows of its title. No line of a file has such values. */
  readonly mark: string | undefined;
}

export const marks = { ordering: -2_000_000_000, genre: ',' } as const;
const orderingMark = `ordering = ${marks.ordering}`;

function table(
  name: string,
  columns: string,
  key: string,
  options: { maintained?: string; rebuilt?: string; edited?: 'title' | 'name'; mark?: string } = {},
): LoadTable {
  const { maintained, rebuilt, edited, mark } = options;
  const words = (text: string | undefined) => text?.split(' ') ?? [];
  return {
    name,
    columns: words(columns),
    key: words(key),
    maintained: words(maintained),
    rebuilt: words(rebuilt),
    edited,
    mark,
  };
}

/** The tables with the contents of the files. */
export const loadTables = {
  titles: table(
    'titles',
    'title_id title_type primary_title original_title is_adult start_year end_year runtime_minutes',
    'title_id',
    { edited: 'title' },
  ),
  genres: table('genres', 'title_id title_type genre', 'title_id genre', {
    edited: 'title',
    mark: `genre = '${marks.genre}'`,
  }),
  names: table('names', 'name_id primary_name birth_year death_year professions title_types', 'name_id', {
    rebuilt: 'title_types',
    edited: 'name',
  }),
  principals: table(
    'principals',
    'title_id ordering title_type name_id category job characters title_year title_votes',
    'title_id ordering',
    { maintained: 'title_year title_votes', edited: 'title', mark: orderingMark },
  ),
  ratings: table('ratings', 'title_id title_type average_rating num_votes', 'title_id'),
  akas: table(
    'akas',
    'title_id ordering title_type title region language types attributes is_original_title',
    'title_id ordering',
    { edited: 'title', mark: orderingMark },
  ),
  episodes: table(
    'episodes',
    'title_id title_type parent_title_id parent_title_type season_number episode_number',
    'title_id',
    { edited: 'title' },
  ),
  crew: table('crew', 'title_id title_type role ordering name_id title_year', 'title_id role name_id', {
    maintained: 'title_year',
    edited: 'title',
    mark: orderingMark,
  }),
} satisfies Record<string, LoadTable>;

export type LoadTableName = keyof typeof loadTables;

/** The tables that triggers derive from these. */
export const derivedTables = ['title_lists', 'title_texts', 'name_texts'] as const;

/** Name of the temporary table in which rows wait to be merged. */
export const stageOf = (table: LoadTable) => `pg_temp.stage_${table.name}`;

/** Creates the temporary table, without generated columns and constraints. */
export function stageSql({ columns, name }: LoadTable): string {
  return `CREATE TEMPORARY TABLE stage_${name} ON COMMIT DROP AS SELECT ${columns.join(', ')} FROM movie_hub.${name} WITH NO DATA`;
}

/** Returns the statements that merge staged rows into their table: only rows that differ are written, and rows of editors stay. */
export function mergeSql(table: LoadTable): string[] {
  const { name, key, maintained, rebuilt, mark } = table;
  const stage = stageOf(table);
  const columns = table.columns.filter((column) => !rebuilt.includes(column));
  const values = columns.filter((column) => !key.includes(column) && !maintained.includes(column));
  const list = (names: readonly string[], of: string) => names.map((column) => `${of}.${column}`).join(', ');
  const sameKey = key.map((column) => `o.${column} = s.${column}`).join(' AND ');
  const unlessEdited = (rows: string) =>
    table.edited === undefined
      ? ''
      : ` AND NOT EXISTS (SELECT FROM movie_hub.${table.edited}s AS e WHERE e.${table.edited}_id = ${rows}.${table.edited}_id AND e.is_edited)`;
  const differs =
    values.length === 0 ? '' : ` OR (${list(values, 'o')}) IS DISTINCT FROM (${list(values, 's')})`;
  const assigned = values.map((column) => `${column} = excluded.${column}`).join(', ');
  const merge = `
    INSERT INTO movie_hub.${name} (${columns.join(', ')})
    SELECT ${list(columns, 's')}
    FROM (${stagedSql(table)}) AS s
    LEFT JOIN movie_hub.${name} AS o ON ${sameKey}
    WHERE (o.${key[0]} IS NULL${differs})${unlessEdited('s')}
    ON CONFLICT (${key.join(', ')}) ${values.length === 0 ? 'DO NOTHING' : `DO UPDATE SET ${assigned}`}`;
  if (mark === undefined) return [`ANALYZE ${stage}`, merge];
  // Within the stage, a mark replaces earlier rows of its title; in the table, rows that the title no longer has.
  const beforeMarks = `
    DELETE FROM ${stage} AS g
    USING (SELECT title_id, max(ctid) AS at FROM ${stage} WHERE ${mark} GROUP BY title_id) AS m
    WHERE g.title_id = m.title_id AND g.ctid < m.at`;
  const outdated = `
    DELETE FROM movie_hub.${name} AS o
    WHERE o.title_id IN (SELECT title_id FROM ${stage} WHERE ${mark})
      AND NOT EXISTS (SELECT FROM ${stage} AS s WHERE ${sameKey})${unlessEdited('o')}`;
  return [`ANALYZE ${stage}`, beforeMarks, merge, outdated];
}

/** The last staged row of each key, with the types that titles have in the database, where an editor may have changed them. */
function stagedSql(table: LoadTable): string {
  const { columns, key, name, mark } = table;
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
  const counted = mark === undefined ? '' : ` WHERE NOT (g.${mark})`;
  return `SELECT DISTINCT ON (${keys}) ${selected} FROM ${stageOf(table)} AS g ${joins.join(' ')}${counted} ORDER BY ${keys}, g.ctid DESC`;
}
