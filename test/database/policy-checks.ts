import { defineQuery, movieEntitlements, runQuery, withEntitlements } from 'movie-hub';
import type { Pool } from 'pg';
import type { QueryParameters } from '../../src/sdk/database/query';
import { withEditor } from '../../src/ui/scopes';
import type { TestDatabase } from '../support/databases';
import { seed } from '../support/seed';

/** A statement about one policy that is true while the policy stands. */
interface PolicyCheck {
  policy: string;
  what: string;
  check: (database: TestDatabase) => Promise<boolean>;
}

/** One movie, one TV series and its episode; each of the children tables has a row for every one of them. */
export async function seedEveryTable(admin: Pool): Promise<void> {
  const rows = { genres: ['Drama'], akas: ['Anders'], votes: 100 };
  await seed(admin, [
    {
      id: 101,
      type: 1,
      title: 'Open Water',
      cast: [{ id: 1, name: 'Ann' }],
      directors: [{ id: 4, name: 'Dora' }],
      ...rows,
    },
    {
      id: 103,
      type: 3,
      title: 'Hidden Series',
      cast: [{ id: 2, name: 'Bob' }],
      directors: [{ id: 5, name: 'Dirk' }],
      ...rows,
    },
    {
      id: 104,
      type: 4,
      title: 'Hidden Episode',
      cast: [{ id: 3, name: 'Cid' }],
      directors: [{ id: 5, name: 'Dirk' }],
      parent: { id: 103, type: 3, season: 1, episode: 1 },
      ...rows,
    },
  ]);
}

const readerTables: readonly {
  table: string;
  key: string;
  visible: (types: readonly number[]) => readonly number[];
}[] = [
  { table: 'title_types', key: 'title_type_id', visible: (types) => types },
  ...['titles', 'genres', 'ratings', 'akas', 'principals', 'crew', 'title_lists'].map((table) => ({
    table,
    key: 'title_id',
    visible: (types: readonly number[]) => types.map((type) => 100 + type),
  })),
  {
    table: 'names',
    key: 'name_id',
    visible: (types) => {
      const people: Record<number, number[]> = { 1: [1, 4], 3: [2, 5], 4: [3, 5] };
      return [...new Set(types.flatMap((type) => people[type] ?? []))];
    },
  },
  {
    table: 'episodes',
    key: 'title_id',
    visible: (types) => (types.includes(3) && types.includes(4) ? [104] : []),
  },
];

const readerChecks: PolicyCheck[] = readerTables.flatMap(({ table, key, visible }) =>
  [[1], [3], [4], [3, 4], [1, 3, 4]].map((types) => ({
    policy: `${table}_reader`,
    what: `a reader of ${types.join(', ')} sees just the rows of those types`,
    check: async ({ pools }: TestDatabase) => {
      const query = defineQuery<{ key: number }>({
        name: `read_${table}`,
        sql: `SELECT DISTINCT ${key} AS key FROM movie_hub.${table} ORDER BY 1`,
        parameters: [],
      });
      const rows = await withEntitlements(pools.reader, movieEntitlements({ titleTypes: types }), (scope) =>
        runQuery(scope, query, {}),
      );
      const expected = [...visible(types)].sort((a, b) => a - b);
      return JSON.stringify(rows.map((row) => row.key)) === JSON.stringify(expected);
    },
  })),
);

/** What an editor does to each table: it must work, and what it wrote must come back (`RETURNING` reads). */
const editorWrites: Readonly<Record<string, string>> = {
  title_types: 'SELECT title_type_id FROM movie_hub.title_types WHERE title_type_id = 3',
  titles: `UPDATE movie_hub.titles SET start_year = 2000 WHERE title_id = 103 RETURNING title_id`,
  genres: `INSERT INTO movie_hub.genres VALUES (103, 3, 'Comedy') ON CONFLICT (title_id, genre) DO UPDATE SET genre = 'Comedy' RETURNING title_id`,
  ratings: 'UPDATE movie_hub.ratings SET num_votes = 100 WHERE title_id = 103 RETURNING title_id',
  akas: `UPDATE movie_hub.akas SET title = 'Anders' WHERE title_id = 103 RETURNING title_id`,
  episodes: 'UPDATE movie_hub.episodes SET season_number = 1 WHERE title_id = 104 RETURNING title_id',
  names: 'UPDATE movie_hub.names SET birth_year = 1950 WHERE name_id = 2 RETURNING name_id',
  principals: `UPDATE movie_hub.principals SET characters = '["Bee"]' WHERE title_id = 103 RETURNING title_id`,
  crew: 'UPDATE movie_hub.crew SET ordering = 1 WHERE title_id = 103 RETURNING title_id',
  title_texts: 'SELECT DISTINCT title_id FROM movie_hub.title_texts WHERE title_id = 103',
};

const editorChecks: PolicyCheck[] = Object.entries(editorWrites).map(([table, sql]) => ({
  policy: `${table}_editor`,
  what: 'an editor reads and writes rows of every type',
  check: async ({ pools }) => {
    const query = defineQuery<object, QueryParameters>({ name: `edit_${table}`, sql, parameters: [] });
    const rows = await withEditor(pools.editor, { username: 'admin' }, (scope) => runQuery(scope, query, {}));
    return rows.length === 1;
  },
}));

/** Tables that no reader has a right to: their policies must hold all the same, should one be granted by mistake. */
const searchChecks: PolicyCheck[] = ['title_texts', 'name_texts'].flatMap((table) =>
  [[1], [3, 4]].map((types) => ({
    policy: `${table}_reader`,
    what: `a reader of ${types.join(', ')} would see just the rows of those types, and sees none`,
    check: async ({ admin }: TestDatabase) => {
      const client = await admin.connect();
      const read = `SELECT DISTINCT title_type AS type FROM movie_hub.${table} ORDER BY 1`;
      const asReader = `SET LOCAL ROLE movie_hub_reader; SET LOCAL rls.types = '{${types.join(',')}}'`;
      try {
        await client.query(`BEGIN; ${asReader}`);
        const refused = await client.query(read).catch((error: { code?: string }) => error.code);
        await client.query(
          `ROLLBACK; BEGIN; GRANT SELECT ON movie_hub.${table} TO movie_hub_reader; ${asReader}`,
        );
        const { rows } = await client.query<{ type: number }>(read);
        return refused === '42501' && JSON.stringify(rows.map((row) => row.type)) === JSON.stringify(types);
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
    },
  })),
);

export const policyChecks: readonly PolicyCheck[] = [...readerChecks, ...searchChecks, ...editorChecks];
