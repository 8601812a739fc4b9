/** A table that rows of IMDb's files go to. */
export interface LoadTable {
  readonly name: string;
  /** In the order in which rows are written. */
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** Columns that triggers keep: what the files say is written with new rows and never over old ones. */
  readonly kept?: readonly string[];
  /** Columns that are written only when the triggers rest. */
  readonly rebuilt?: readonly string[];
  /** What finds rows that an editor made his own, or undefined where newer files always win. */
  readonly edited?: 'title' | 'name';
  /**
   * Tells marks among the rows: what came before a mark of a title, in the files or by an earlier load, does not count any more. No
   * line of a file has such values.
   */
  readonly mark?: string;
}

/** The place that marks have in the order of a title's rows, and the genre of marks. */
export const marks = { ordering: -2_000_000_000, genre: ',' } as const;
const orderingMark = `ordering = ${marks.ordering}`;

const tables = {
  titles: {
    columns: 'title_id title_type primary_title original_title is_adult start_year end_year runtime_minutes',
    key: 'title_id',
    edited: 'title',
  },
  genres: {
    columns: 'title_id title_type genre',
    key: 'title_id genre',
    edited: 'title',
    mark: `genre = '${marks.genre}'`,
  },
  names: {
    columns: 'name_id primary_name birth_year death_year professions title_types',
    key: 'name_id',
    rebuilt: 'title_types',
    edited: 'name',
  },
  principals: {
    columns: 'title_id ordering title_type name_id category job characters title_year title_votes',
    key: 'title_id ordering',
    kept: 'title_year title_votes',
    edited: 'title',
    mark: orderingMark,
  },
  ratings: { columns: 'title_id title_type average_rating num_votes', key: 'title_id' },
  akas: {
    columns: 'title_id ordering title_type title region language types attributes is_original_title',
    key: 'title_id ordering',
    edited: 'title',
    mark: orderingMark,
  },
  episodes: {
    columns: 'title_id title_type parent_title_id parent_title_type season_number episode_number',
    key: 'title_id',
    edited: 'title',
  },
  crew: {
    columns: 'title_id title_type role ordering name_id title_year',
    key: 'title_id role name_id',
    kept: 'title_year',
    edited: 'title',
    mark: orderingMark,
  },
} satisfies Record<string, TableLine>;

interface TableLine {
  columns: string;
  key: string;
  kept?: string;
  rebuilt?: string;
  edited?: 'title' | 'name';
  mark?: string;
}

export type LoadTableName = keyof typeof tables;

/** The tables that hold what the files say. */
export const loadTables = Object.fromEntries(
  Object.entries<TableLine>(tables).map(([name, line]) => [
    name,
    {
      name,
      columns: line.columns.split(' '),
      key: line.key.split(' '),
      ...(line.kept && { kept: line.kept.split(' ') }),
      ...(line.rebuilt && { rebuilt: line.rebuilt.split(' ') }),
      ...(line.edited && { edited: line.edited }),
      ...(line.mark && { mark: line.mark }),
    },
  ]),
) as unknown as Readonly<Record<LoadTableName, LoadTable>>;

/** The tables that are made of these, and that triggers keep. */
export const derivedTables = ['title_lists', 'title_texts', 'name_texts'] as const;
