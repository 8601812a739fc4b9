import type { Pool } from 'pg';
import { MovieHubError } from '../errors';
import { databaseError } from './database-error';

/** What `checkDatabase` takes. */
export interface CheckDatabaseOptions {
  /** Role that the pool's scope runs as. */
  role: 'movie_hub_reader' | 'movie_hub_editor' | 'movie_hub_accounts';
  /** True for an embedded database, whose one login is a superuser. */
  isEmbedded?: boolean;
}

interface Facts {
  login_is_unsafe: boolean;
  role_exists: boolean;
  schema_exists: boolean;
  hub_exists: boolean;
  is_member: boolean;
  too_much: string[];
  unprotected: string[];
  forced: string[];
}

/**
 * Refuses a database that row-level security would not protect. Reads catalogs only, so it costs the same at any size.
 *
 * @throws MovieHubError `database_not_ready` when the schema or the role is missing or the login may not become the role;
 *   `database_unsafe` when the login is a superuser, has BYPASSRLS or may become a role that is or has, when a table has
 *   no row-level security or no policy, or when it is forced on the owner (which would blind the search functions). Each
 *   message says what mends it.
 */
export async function checkDatabase(pool: Pool, options: CheckDatabaseOptions): Promise<void> {
  const facts = await readFacts(pool, options.role);
  if (facts.login_is_unsafe && !options.isEmbedded) {
    throw new MovieHubError(
      'database_unsafe',
      'This login, or a role that it may become, is a superuser or has BYPASSRLS, so row-level security would not hold. ' +
        'Serve with the logins that `movie-hub db install` makes.',
    );
  }
  const isReady = options.role === 'movie_hub_accounts' ? facts.hub_exists : facts.schema_exists;
  if (!isReady || !facts.role_exists) {
    throw new MovieHubError(
      'database_not_ready',
      'The database has no Movie Hub schema. Run: movie-hub db install',
    );
  }
  if (!facts.is_member) {
    throw new MovieHubError(
      'database_not_ready',
      `This login may not become ${options.role}. Use the login that \`movie-hub db install\` makes for it, ` +
        `or one of its own that was granted ${options.role} and nothing else.`,
    );
  }
  if (facts.too_much.length > 0 && !options.isEmbedded) {
    throw new MovieHubError(
      'database_unsafe',
      `This login may also act as ${facts.too_much.join(', ')}, so one part of the hub could do what another may. ` +
        `Run as an administrator: REVOKE ${facts.too_much.join(', ')} FROM the login and from ${options.role}.`,
    );
  }
  if (facts.unprotected.length > 0) {
    throw new MovieHubError(
      'database_unsafe',
      `Without row-level security or without a policy: ${facts.unprotected.join(', ')}. ` +
        'Run: ALTER TABLE … ENABLE ROW LEVEL SECURITY, and create its policy.',
    );
  }
  if (facts.forced.length > 0) {
    throw new MovieHubError(
      'database_unsafe',
      `Row-level security is forced on the owner, which blinds the search: ${facts.forced.join(', ')}. ` +
        'Run: ALTER TABLE … NO FORCE ROW LEVEL SECURITY.',
    );
  }
}

/** Since PostgreSQL 16 a member may be one that cannot act as the role; 15 does not know that privilege. */
const mayBecome = `CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END`;

async function readFacts(pool: Pool, role: string): Promise<Facts> {
  try {
    const { rows } = await pool.query<Facts>(
      `WITH mine AS (
         SELECT * FROM pg_roles WHERE pg_has_role(session_user, oid, ${mayBecome})
       )
       SELECT
         EXISTS (SELECT FROM mine WHERE rolsuper OR rolbypassrls) AS login_is_unsafe,
         EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS role_exists,
         EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE n.nspname = 'movie_hub' AND c.relname = 'titles') AS schema_exists,
         EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE n.nspname = 'movie_hub_app' AND c.relname = 'users') AS hub_exists,
         EXISTS (SELECT FROM mine WHERE rolname = $1) AS is_member,
         ARRAY(SELECT r.rolname::text FROM pg_roles r
               WHERE r.rolname IN ('movie_hub_owner', 'movie_hub_reader', 'movie_hub_editor', 'movie_hub_accounts')
                 AND r.rolname <> $1 AND pg_has_role(session_user, r.oid, 'MEMBER') ORDER BY 1) AS too_much,
         ARRAY(SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'movie_hub' AND c.relkind IN ('r', 'p')
                 AND (NOT c.relrowsecurity OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
               ORDER BY 1) AS unprotected,
         ARRAY(SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'movie_hub' AND c.relkind IN ('r', 'p') AND c.relforcerowsecurity
               ORDER BY 1) AS forced`,
      [role],
    );
    const facts = rows[0];
    if (facts === undefined) throw new Error('The catalogs gave no row.');
    return facts;
  } catch (cause) {
    throw databaseError(cause);
  }
}
