import { randomBytes } from 'node:crypto';
import { openEmbeddedDatabase } from 'movie-hub/dataset';
import type { Pool } from 'pg';
import { inject } from 'vitest';
import { poolOf } from './pool-of';

/** An empty database. Embedded, its pools are one and the same. */
export interface BareDatabase {
  readonly admin: Pool;
  /** Opens one more pool of one connection. */
  pool(login?: { user: string; password: string }): Pool;
  close(): Promise<void>;
}

/** Opens one, on the server that the tests share unless another is given; `settings` are of CREATE DATABASE. */
export async function openBare(
  kind: 'embedded' | 'server',
  url = inject('server')?.url ?? '',
  settings = '',
): Promise<BareDatabase> {
  if (kind === 'embedded') {
    const { pool, close } = await openEmbeddedDatabase();
    return { admin: pool, pool: () => pool, close };
  }
  const name = `movie_hub_bare_${randomBytes(6).toString('hex')}`;
  const set = poolOf(url);
  await set.query(`CREATE DATABASE ${name} ${settings}`);
  const pools: Pool[] = [];
  const pool = (login?: { user: string; password: string }) => {
    const own = new URL(url);
    own.pathname = `/${name}`;
    if (login) Object.assign(own, { username: login.user, password: login.password });
    const made = poolOf(own.href);
    pools.push(made);
    return made;
  };
  return {
    admin: pool(),
    pool,
    close: async () => {
      await Promise.all(pools.map((each) => each.end()));
      await set.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await set.end();
    },
  };
}

/** Everything in the two schemas, with rights and owners: equal before and after what must change nothing. */
export async function inventory(pool: Pool): Promise<unknown[]> {
  const { rows } = await pool.query(`
    SELECT 'class ' || c.oid::regclass || ' ' || c.relkind::text || ' ' || c.relowner::regrole || ' ' || COALESCE(c.relacl::text, '') AS what
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname LIKE 'movie_hub%' AND n.nspname <> 'movie_hub_install'
    UNION ALL SELECT 'function ' || p.oid::regprocedure || ' ' || p.proowner::regrole || ' ' || COALESCE(p.proacl::text, '')
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname LIKE 'movie_hub%'
    UNION ALL SELECT 'policy ' || policyname || ' ' || COALESCE(qual, '') FROM pg_policies WHERE schemaname LIKE 'movie_hub%'
    UNION ALL SELECT 'schema ' || nspname || ' ' || nspowner::regrole || ' ' || COALESCE(nspacl::text, '') FROM pg_namespace WHERE nspname LIKE 'movie_hub%' AND nspname <> 'movie_hub_install'
    ORDER BY 1`);
  return rows;
}

/** Names of the schemas that were installed. */
export const schemasOf = async (pool: Pool) =>
  (
    await pool.query<{ nspname: string }>(
      `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'movie_hub%' AND nspname <> 'movie_hub_install' ORDER BY 1`,
    )
  ).rows.map((row) => row.nspname);
