import type { PoolClient } from 'pg';
import { installedSchema } from '../installed-schema';

/** What the catalogs say of a login, of the role that it serves as, and of what that role may read or write. */
export interface DatabaseFacts {
  /** As in 150004. */
  readonly version: number;
  /** The login's name, quoted; null when it is the role itself, or that of an embedded database. */
  readonly login: string | null;
  /** Attributes beyond those of an ordinary login: SUPERUSER, BYPASSRLS, CREATEROLE, CREATEDB, REPLICATION. */
  readonly login_powers: readonly string[];
  readonly role_powers: readonly string[];
  readonly role_exists: boolean;
  /** Whether the tables of an installed role are there; true for any other role. */
  readonly schema_exists: boolean;
  /** Whether the login may become the role. */
  readonly is_member: boolean;
  /** Whether the server replays what a primary has written. */
  readonly is_replica: boolean;
  /** Whether a transaction that does not ask for it may change nothing: so it is on every replica. */
  readonly is_read_only: boolean;
  /** Whether triggers of the installed tables rest for a load: what they maintain would become wrong by a change. */
  readonly is_loading: boolean;
  /** Memberships of the login and of the role, but for that of the login in the role. */
  readonly memberships: readonly Membership[];
  /** The database, when the login or the role owns it. */
  readonly owned_database: readonly Fault[];
  /** Tables and views that the login owns. */
  readonly login_owns: readonly Fault[];
  /** Rights on tables and views that the login has without becoming the role. */
  readonly login_grants: readonly Fault[];
  /** Rights of the login or the role on system catalogs, and on functions that reach files and other sessions. */
  readonly catalog_grants: readonly Fault[];
  /** TRUNCATE, TRIGGER, REFERENCES and MAINTAIN, which no policy limits. */
  readonly past_policies: readonly Fault[];
  /** CREATE on the database, or on a schema of another owner. */
  readonly may_create: readonly Fault[];
  /** Tables without row-level security or without any policy. */
  readonly unprotected: readonly Fault[];
  /** Tables in a schema that another installed role has to itself. */
  readonly private: readonly Fault[];
  /** Partitions, and other tables that inherit, which may be read past their parent's policies. */
  readonly unprotected_parts: readonly Fault[];
  /** Tables whose policies do not bind the role, because it owns them. */
  readonly owned: readonly Fault[];
  /** Views that run with their owner's rights. */
  readonly owners_views: readonly Fault[];
  /** Materialized views and foreign tables, which no policy can protect. */
  readonly unprotectable: readonly Fault[];
  /** Installed tables whose owner is bound too. */
  readonly forced: readonly Fault[];
}

/** Something that the check refuses. */
export interface Fault {
  /** What it is about, for people. */
  readonly name: string;
  /** The statement that puts it right; with an ellipsis where only a person can say what belongs there. */
  readonly sql: string;
}

/** A membership, whose `name` is that of the role that was granted. */
export interface Membership extends Fault {
  readonly member: string;
  /** Whether the role is, or may become, a superuser or one with BYPASSRLS. */
  readonly is_unbound: boolean;
}

/**
 * Reads the facts, from catalogs only.
 *
 * @param isEmbedded Leaves the login out: an embedded database has one, a superuser.
 */
export async function readFacts(
  client: PoolClient,
  role: string,
  lookupTables: readonly string[],
  isEmbedded: boolean,
): Promise<DatabaseFacts> {
  const installed = installedSchema.roles.get(role);
  const { name, load } = installedSchema;
  const ownSchemas = [...installedSchema.roles.values()].flatMap(({ ownSchema }) => ownSchema ?? []);
  const values = [
    role,
    lookupTables,
    isEmbedded,
    name,
    installed?.table,
    installed?.ownSchema,
    load.trigger,
    ownSchemas,
    installedSchema.owner,
  ];
  const { rows } = await client.query<{ facts: string }>({ text, values });
  if (rows[0] === undefined) throw new Error('The catalogs returned no row.');
  return JSON.parse(rows[0].facts) as DatabaseFacts;
}

/** Since PostgreSQL 16 a member may be one that cannot act as the role; 15 does not know that privilege. */
const mayBecome = `CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END`;

/** Roles of managed servers that decide how a login authenticates, and give it nothing else. */
const authenticationRoles = `('rds_iam', 'rds_ad', 'cloudsqliamuser', 'cloudsqliamserviceaccount', 'cloudsqliamgroup', 'azure_ad_user')`;

const faults = (select: string) =>
  `(SELECT COALESCE(jsonb_agg(to_jsonb(f) ORDER BY f.name, f.sql), '[]') FROM (${select}) AS f)`;

const powers = (of: string) => `(
  SELECT COALESCE(jsonb_agg(p.name), '[]')
  FROM ${of} AS r CROSS JOIN LATERAL (VALUES
    ('SUPERUSER', r.rolsuper), ('BYPASSRLS', r.rolbypassrls), ('CREATEROLE', r.rolcreaterole),
    ('CREATEDB', r.rolcreatedb), ('REPLICATION', r.rolreplication)
  ) AS p (name, has)
  WHERE p.has
)`;

/** Grants in an access list that reach the login or the role. PUBLIC has what the role has; the login has it with everybody. */
const granteeOf = `CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END`;

/**
 * `both_roles` holds the login, its roles for authentication, and the role: other memberships are faults by themselves, and what they give goes with them. `exposed` is what
 * the role may read or write, and all installed tables; also in schemas that it may not use, since a view that runs
 * with the reader's rights reads there without using the schema's name. Not what extensions grant to everybody, as for
 * statistics; not the tables of users and sessions to the role that keeps them.
 */
const text = `
  WITH served AS (
    SELECT * FROM pg_roles WHERE rolname = $1
  ),
  me AS (
    SELECT * FROM pg_roles WHERE rolname = session_user AND rolname <> $1 AND NOT $3::boolean
  ),
  both_roles (who, oid) AS (
    SELECT 'login'::text, oid FROM me
    UNION ALL
    SELECT 'login', r.oid FROM pg_roles AS r JOIN pg_auth_members AS m ON m.roleid = r.oid
    WHERE r.rolname IN ${authenticationRoles} AND m.member IN (SELECT oid FROM me)
    UNION ALL
    SELECT 'role', oid FROM served
  ),
  relations AS (
    SELECT c.oid, c.relkind, c.relowner, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.relacl, n.nspname,
           n.nspname || '.' || c.relname AS name,
           format('%I.%I', n.nspname, c.relname) AS quoted,
           EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = c.oid) AS is_part,
           EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid) AS has_policy,
           EXISTS (
             SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
           ) AS is_of_extension
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname !~ '^pg_(toast|temp)'
  ),
  held AS (
    SELECT x.oid, x.name, x.quoted, g.privilege_type, r.who, ${granteeOf} AS grantee
    FROM relations AS x
    CROSS JOIN LATERAL (
      SELECT * FROM aclexplode(x.relacl)
      UNION ALL
      SELECT a.* FROM pg_attribute AS t, aclexplode(t.attacl) AS a WHERE t.attrelid = x.oid AND t.attacl IS NOT NULL
    ) AS g
    JOIN both_roles AS r ON r.oid = g.grantee OR (g.grantee = 0 AND r.who = 'role' AND r.oid IN (SELECT oid FROM served))
    WHERE g.grantee <> x.relowner AND NOT (g.grantee = 0 AND x.is_of_extension)
  ),
  exposed AS (
    SELECT x.*, x.relowner IN (SELECT oid FROM both_roles WHERE who = 'role') AS is_owned,
      (
        SELECT format('REVOKE ALL ON %s FROM %s', x.quoted, string_agg(DISTINCT h.grantee, ', '))
        FROM held AS h
        WHERE h.oid = x.oid AND h.who = 'role'
        HAVING count(*) > 0
      ) AS revoke
    FROM relations AS x
    WHERE EXISTS (SELECT FROM served)
      AND NOT x.name = ANY ($2::text[])
      AND x.nspname IS DISTINCT FROM $6::text
      AND (
        (x.nspname = $4 AND NOT x.is_part AND $5::text IS NOT NULL)
        OR x.relowner IN (SELECT oid FROM both_roles WHERE who = 'role')
        OR x.oid IN (
          SELECT h.oid FROM held AS h
          WHERE h.who = 'role' AND h.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
        )
      )
  ),
  faulty AS (
    SELECT *, nspname = ANY ($8::text[]) AND revoke IS NOT NULL AS is_private
    FROM exposed WHERE relkind IN ('r', 'p') AND NOT (relrowsecurity AND has_policy)
  )
  SELECT jsonb_build_object(
    'version', current_setting('server_version_num')::integer,
    'login', (SELECT quote_ident(rolname) FROM me),
    'login_powers', ${powers('me')},
    'role_powers', ${powers('served')},
    'role_exists', EXISTS (SELECT FROM served),
    'schema_exists', $5::text IS NULL OR EXISTS (SELECT FROM relations WHERE name = $5),
    'is_member', EXISTS (SELECT FROM served WHERE pg_has_role(session_user, oid, ${mayBecome})),
    'is_replica', pg_is_in_recovery(),
    'is_read_only', current_setting('transaction_read_only')::boolean,
    'is_loading', EXISTS (
      SELECT FROM pg_trigger AS t JOIN relations AS x ON x.oid = t.tgrelid
      WHERE x.nspname = $4 AND t.tgname = $7 AND NOT t.tgisinternal
    ),
    'memberships', ${faults(`
      SELECT DISTINCT quote_ident(r.rolname) AS name, quote_ident(m.rolname) AS member,
        format('REVOKE %I FROM %I', r.rolname, m.rolname) AS sql,
        EXISTS (
          SELECT FROM pg_roles AS u WHERE (u.rolsuper OR u.rolbypassrls) AND pg_has_role(r.oid, u.oid, 'MEMBER')
        ) AS is_unbound
      FROM pg_auth_members AS a JOIN pg_roles AS r ON r.oid = a.roleid JOIN pg_roles AS m ON m.oid = a.member
      WHERE (
          m.oid IN (SELECT oid FROM me UNION ALL SELECT oid FROM served)
          OR (m.oid IN (SELECT oid FROM both_roles WHERE who = 'login') AND m.rolname IN ${authenticationRoles})
        )
        AND (m.oid IN (SELECT oid FROM served) OR r.oid NOT IN (SELECT oid FROM served))
        AND NOT (m.oid IN (SELECT oid FROM me) AND r.rolname IN ${authenticationRoles})
    `)},
    'owned_database', ${faults(`
      SELECT quote_ident(r.rolname) AS name, format('ALTER DATABASE %I OWNER TO …', d.datname) AS sql
      FROM pg_database AS d JOIN pg_roles AS r ON r.oid = d.datdba
      WHERE d.datname = current_database() AND r.oid IN (SELECT oid FROM me UNION ALL SELECT oid FROM served)
    `)},
    'login_owns', ${faults(`
      SELECT name, format('ALTER TABLE %s OWNER TO …', quoted) AS sql
      FROM relations
      WHERE relowner IN (SELECT oid FROM both_roles WHERE who = 'login')
    `)},
    'login_grants', ${faults(`
      SELECT string_agg(DISTINCT name, ', ') AS name,
        format('REVOKE ALL ON %s FROM %s', string_agg(DISTINCT quoted, ', '), grantee) AS sql
      FROM held
      WHERE who = 'login'
      GROUP BY grantee
    `)},
    'catalog_grants', ${faults(`
      SELECT DISTINCT o.name, format('REVOKE ALL ON %s FROM %s', o.name, ${granteeOf}) AS sql
      FROM (
        SELECT format('TABLE pg_catalog.%I', relname) AS name, relacl AS acl
        FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace
        UNION ALL
        SELECT format('FUNCTION pg_catalog.%I(%s)', proname, pg_get_function_identity_arguments(oid)), proacl
        FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace
          AND proname ~ '^(pg_read_|pg_ls_|pg_stat_file|pg_file_|lo_import|lo_export|pg_terminate_backend|pg_cancel_backend|pg_reload_conf)'
      ) AS o CROSS JOIN LATERAL aclexplode(o.acl) AS g
      WHERE g.grantee IN (SELECT oid FROM me WHERE NOT rolsuper UNION ALL SELECT oid FROM served WHERE NOT rolsuper)
    `)},
    'past_policies', ${faults(`
      SELECT privileges || ' on ' || string_agg(name, ', ' ORDER BY name) AS name,
        format('REVOKE %s ON %s FROM %s', privileges, string_agg(quoted, ', ' ORDER BY quoted), grantee) AS sql
      FROM (
        SELECT grantee, name, quoted, string_agg(DISTINCT privilege_type, ', ') AS privileges
        FROM held
        WHERE who = 'role' AND privilege_type IN ('TRUNCATE', 'TRIGGER', 'REFERENCES', 'MAINTAIN')
        GROUP BY grantee, name, quoted
      ) AS beyond
      GROUP BY grantee, privileges
    `)},
    'may_create', ${faults(`
      SELECT DISTINCT o.name, format('REVOKE CREATE ON %s FROM %s', o.name, ${granteeOf}) AS sql
      FROM (
        SELECT format('SCHEMA %I', nspname) AS name, nspowner AS owner, nspacl AS acl
        FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)'
        UNION ALL
        SELECT format('DATABASE %I', datname), datdba, datacl FROM pg_database WHERE datname = current_database()
      ) AS o CROSS JOIN LATERAL aclexplode(o.acl) AS g
      WHERE g.privilege_type = 'CREATE' AND g.grantee <> o.owner
        AND (g.grantee = 0 OR g.grantee IN (SELECT oid FROM both_roles))
        AND EXISTS (SELECT FROM served)
    `)},
    'unprotected', ${faults(`
      SELECT name, concat_ws('; ',
        CASE WHEN NOT relrowsecurity THEN format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', quoted) END,
        CASE WHEN NOT has_policy THEN format('CREATE POLICY … ON %s TO %I USING (…)', quoted, $1) END) AS sql
      FROM faulty WHERE NOT is_private AND (NOT is_part OR revoke IS NULL)
    `)},
    'private', ${faults('SELECT name, revoke AS sql FROM faulty WHERE is_private')},
    'unprotected_parts', ${faults('SELECT name, revoke AS sql FROM faulty WHERE is_part AND NOT is_private AND revoke IS NOT NULL')},
    'owned', ${faults(`
      SELECT name, CASE
        WHEN nspname = $4 THEN format('ALTER TABLE %s OWNER TO %I', quoted, $9::text)
        ELSE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', quoted)
      END AS sql
      FROM exposed
      WHERE relkind IN ('r', 'p') AND is_owned AND (nspname = $4 OR NOT relforcerowsecurity)
    `)},
    'owners_views', ${faults(`
      SELECT name, format('ALTER VIEW %s SET (security_invoker = true)', quoted) AS sql
      FROM exposed
      WHERE relkind = 'v' AND NOT EXISTS (
        SELECT FROM pg_options_to_table(exposed.reloptions) AS o
        WHERE o.option_name = 'security_invoker' AND o.option_value::boolean
      )
    `)},
    'unprotectable', ${faults(`
      SELECT name, COALESCE(revoke, format('ALTER TABLE %s OWNER TO …', quoted)) AS sql
      FROM exposed
      WHERE relkind IN ('m', 'f')
    `)},
    'forced', ${faults(`
      SELECT name, format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', quoted) AS sql
      FROM relations
      WHERE nspname = $4 AND relkind IN ('r', 'p') AND relforcerowsecurity
    `)}
  )::text AS facts`;
