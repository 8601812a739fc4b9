import type { PoolClient } from 'pg';

/** What the catalogs say of a login, of the role that it serves as, and of what that role may read or write. */
export interface DatabaseFacts {
  login_is_unsafe: boolean;
  role_exists: boolean;
  role_is_unsafe: boolean;
  /** Whether the tables that a role of Movie Hub serves are there; true for any other role. */
  schema_exists: boolean;
  is_member: boolean;
  /** Whether the server replays what a primary has written. */
  is_replica: boolean;
  /** Whether a transaction that does not ask for it may change nothing: so it is on every replica. */
  is_read_only: boolean;
  /** Other roles of Movie Hub that the login may become. */
  too_much: string[];
  /** Tables that the login owns, or whose owner it may become, and whose policies do not bind an owner. */
  login_owns: string[];
  /** Tables without row-level security or without any policy. */
  unprotected: string[];
  /** Tables whose policies do not bind the role, because it owns them. */
  owned: string[];
  /** Views that run with their owner's rights, and what no policy can protect. */
  owners_views: string[];
  /** Tables of Movie Hub whose owner is bound too. */
  forced: string[];
  /** Whether triggers of Movie Hub's tables rest for a load: what they keep would become wrong by a change. */
  is_loading: boolean;
}

/** Reads the facts, from catalogs only. */
export async function readFacts(
  client: PoolClient,
  role: string,
  lookupTables: readonly string[],
): Promise<DatabaseFacts> {
  const { rows } = await client.query<DatabaseFacts>({ text, values: [role, lookupTables] });
  const facts = rows[0];
  if (facts === undefined) throw new Error('The catalogs gave no row.');
  return facts;
}

/** Since PostgreSQL 16 a member may be one that cannot act as the role; 15 does not know that privilege. */
const mayBecome = `CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END`;

/**
 * Exposed is what the role may read or write, and all of Movie Hub's own tables; also in schemas that it may not use, since
 * a view that runs with the reader's rights reads there without using the schema's name. Not what extensions grant to everybody,
 * as for statistics; not the tables of users and sessions to the role that keeps them.
 */
const text = `
  WITH mine AS (
    SELECT * FROM pg_roles WHERE pg_has_role(session_user, oid, ${mayBecome})
  ),
  relations AS (
    SELECT c.oid, c.relkind, c.relowner, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.relacl,
           n.nspname, n.nspname || '.' || c.relname AS name
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname !~ '^pg_(toast|temp)'
  ),
  exposed AS (
    SELECT x.*, r.oid AS role_id
    FROM relations AS x, pg_roles AS r
    WHERE r.rolname = $1
      AND NOT x.name = ANY ($2::text[])
      AND NOT ($1 = 'movie_hub_accounts' AND x.nspname = 'movie_hub_app')
      AND NOT (
        EXISTS (
          SELECT FROM pg_depend AS d
          WHERE d.classid = 'pg_class'::regclass AND d.objid = x.oid AND d.deptype = 'e'
        )
        AND NOT EXISTS (
          SELECT
          FROM (
            SELECT x.relacl AS acl
            UNION ALL
            SELECT a.attacl FROM pg_attribute AS a WHERE a.attrelid = x.oid
          ) AS granted, aclexplode(granted.acl) AS g
          WHERE g.grantee <> 0 AND pg_has_role(r.oid, g.grantee, 'USAGE')
        )
      )
      AND (
        (x.nspname = 'movie_hub' AND $1 IN ('movie_hub_reader', 'movie_hub_editor', 'movie_hub_accounts'))
        OR has_table_privilege(r.oid, x.oid, 'SELECT, INSERT, UPDATE, DELETE')
        OR has_any_column_privilege(r.oid, x.oid, 'SELECT, INSERT, UPDATE')
      )
  )
  SELECT
    EXISTS (SELECT FROM mine WHERE rolsuper OR rolbypassrls) AS login_is_unsafe,
    EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS role_exists,
    EXISTS (SELECT FROM pg_roles WHERE rolname = $1 AND (rolsuper OR rolbypassrls)) AS role_is_unsafe,
    CASE
      WHEN $1 = 'movie_hub_accounts' THEN EXISTS (SELECT FROM relations WHERE name = 'movie_hub_app.users')
      WHEN $1 IN ('movie_hub_reader', 'movie_hub_editor') THEN EXISTS (SELECT FROM relations WHERE name = 'movie_hub.titles')
      ELSE true
    END AS schema_exists,
    EXISTS (SELECT FROM mine WHERE rolname = $1) AS is_member,
    pg_is_in_recovery() AS is_replica,
    current_setting('transaction_read_only')::boolean AS is_read_only,
    ARRAY(
      SELECT r.rolname::text
      FROM pg_roles AS r
      WHERE r.rolname IN ('movie_hub_owner', 'movie_hub_reader', 'movie_hub_editor', 'movie_hub_accounts')
        AND $1 IN ('movie_hub_reader', 'movie_hub_editor', 'movie_hub_accounts')
        AND r.rolname <> $1
        AND pg_has_role(session_user, r.oid, 'MEMBER')
      ORDER BY 1
    ) AS too_much,
    ARRAY(
      SELECT name
      FROM exposed
      WHERE relkind IN ('r', 'p') AND NOT relforcerowsecurity AND relowner <> role_id
        AND pg_has_role(session_user, relowner, 'MEMBER')
      ORDER BY 1
    ) AS login_owns,
    ARRAY(
      SELECT name
      FROM exposed
      WHERE relkind IN ('r', 'p')
        AND (NOT relrowsecurity OR NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = exposed.oid))
      ORDER BY 1
    ) AS unprotected,
    ARRAY(
      SELECT name
      FROM exposed
      WHERE relkind IN ('r', 'p') AND relrowsecurity AND NOT relforcerowsecurity
        AND pg_has_role(role_id, relowner, 'USAGE')
      ORDER BY 1
    ) AS owned,
    ARRAY(
      SELECT name
      FROM exposed
      WHERE relkind IN ('m', 'f')
        OR (
          relkind = 'v' AND NOT EXISTS (
            SELECT FROM pg_options_to_table(exposed.reloptions) AS o
            WHERE o.option_name = 'security_invoker' AND o.option_value::boolean
          )
        )
      ORDER BY 1
    ) AS owners_views,
    ARRAY(
      SELECT name FROM relations WHERE nspname = 'movie_hub' AND relkind IN ('r', 'p') AND relforcerowsecurity ORDER BY 1
    ) AS forced,
    EXISTS (
      SELECT FROM pg_trigger AS t JOIN relations AS x ON x.oid = t.tgrelid
      WHERE x.nspname = 'movie_hub' AND t.tgname = 'load_is_waited_for' AND NOT t.tgisinternal
    ) AS is_loading`;
