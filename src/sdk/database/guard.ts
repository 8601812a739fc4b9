import type { Pool, PoolClient } from 'pg';
import { MovieHubError } from '../errors';
import { untilAborted } from '../until-aborted';
import { type ConnectOptions, cancelled, connect } from './connect';
import { databaseError, whileLoading } from './database-error';
import { type DatabaseFacts, readFacts } from './database-facts';
import { isEmbedded } from './embedded-connection';
import { SilenceWatch } from './silence-watch';

/** The catalogs answer in a few ms; a server that takes longer than this for them has fallen silent. */
const checkTimeoutMs = 5_000;

/** What `checkDatabase` takes. */
export interface CheckDatabaseOptions {
  /** Role that the pool's scope runs as: one of Movie Hub's, or one of your own that `defineEntitlements` names. */
  role: string;
  /**
   * Tables and views that the role may read without a policy, because what they hold is for everybody: names with their
   * schema, as in `shop.countries`.
   */
  lookupTables?: readonly string[];
}

/**
 * Refuses a database that row-level security would not protect. Reads catalogs only, so it costs the same at any size.
 *
 * The scopes on data, `withEntitlements` and `withEditor`, do so by themselves before their first transaction on a pool;
 * call it when your app starts to learn of it then.
 *
 * @throws MovieHubError `database_not_ready` when the schema or the role is missing, the login may not become the role, or the
 *   role is `movie_hub_editor` or `movie_hub_accounts` and the server takes no changes, as a replica does, or is `movie_hub_editor`
 *   and a load that rebuilds the tables is under way or was broken off;
 *   `database_unsafe` when the login is a superuser, has BYPASSRLS or may become a role that is or has (but for an
 *   embedded database, whose one login is a superuser), when the role may read or write a table without row-level security or
 *   without a policy, a table that it owns, or a view that runs as its owner, or when row-level security is forced on the
 *   owner of Movie Hub's tables (which would blind the search functions). Each message says what mends it.
 *   `database_busy` and `database_unavailable` when it cannot be reached.
 */
export async function checkDatabase(
  pool: Pool,
  options: CheckDatabaseOptions & ConnectOptions,
): Promise<void> {
  const client = await connect(pool, options);
  // A connection may break while it is held; without a listener that would end the process.
  const onLost = () => undefined;
  client.on('error', onLost);
  try {
    const watch = new SilenceWatch(client, checkTimeoutMs);
    const facts = await watch.await(readFacts(client, options.role, options.lookupTables ?? []));
    judge(facts, options.role, client);
  } catch (cause) {
    throw databaseError(cause, { client });
  } finally {
    client.off('error', onLost);
    client.release();
  }
}

const checks = new WeakMap<Pool, Map<string, Promise<void>>>();

/**
 * Checks a database once for each pool and role. What fails is tried again at the next call.
 *
 * @throws MovieHubError as `checkDatabase` does, but with words that a model or a user may read; what mends it is in the
 *   cause.
 */
export async function checkOnce(pool: Pool, options: CheckDatabaseOptions & ConnectOptions): Promise<void> {
  const ofPool = checks.get(pool) ?? new Map<string, Promise<void>>();
  checks.set(pool, ofPool);
  const key = JSON.stringify([options.role, options.lookupTables]);
  // Without the caller's signal: others wait for the same check.
  const { signal, ...shared } = options;
  if (signal?.aborted) throw cancelled();
  let check = ofPool.get(key);
  if (check === undefined) {
    check = checkDatabase(pool, shared);
    check.catch(() => ofPool.delete(key));
    ofPool.set(key, check);
  }
  try {
    await (signal ? untilAborted(check, signal) : check);
  } catch (cause) {
    if (signal?.aborted) throw cancelled(cause);
    throw inPublic(cause);
  }
}

function inPublic(cause: unknown): unknown {
  const { code } = databaseError(cause);
  if (cause instanceof StillLoading) return whileLoading(cause);
  if (code === 'database_unsafe')
    return new MovieHubError(code, 'The database is not set up safely, so nothing is served.', { cause });
  if (code === 'database_not_ready')
    return new MovieHubError(code, 'The database is not set up for this yet.', { cause });
  return cause;
}

function judge(facts: DatabaseFacts, role: string, client: PoolClient): void {
  const isMovieHub = /^movie_hub_(reader|editor|accounts)$/.test(role);
  if (facts.role_is_unsafe)
    throw unsafe(
      `The role ${role} is a superuser or has BYPASSRLS, so row-level security would not hold. ` +
        `Run as an administrator: ALTER ROLE ${role} NOSUPERUSER NOBYPASSRLS.`,
    );
  if (facts.login_is_unsafe && !isEmbedded(client)) {
    throw unsafe(
      'This login, or a role that it may become, is a superuser or has BYPASSRLS, so row-level security would not hold. ' +
        `Serve with ${isMovieHub ? 'the logins that `movie-hub db install` makes' : `a login that may become ${role} and nothing else`}.`,
    );
  }
  if (isMovieHub && (!facts.role_exists || !facts.schema_exists))
    throw notReady('The database has no Movie Hub schema. Run: movie-hub db install');
  if (!facts.role_exists)
    throw notReady(`The database has no role ${role}. Run as an administrator: CREATE ROLE ${role}`);
  if (!facts.is_member) {
    throw notReady(
      `This login may not become ${role}. Use ${isMovieHub ? 'the login that `movie-hub db install` makes for it, or ' : ''}` +
        `one of its own that was granted ${role} and nothing else.`,
    );
  }
  if (facts.is_read_only && writes.has(role)) throw notReady(readOnly(facts, role));
  if (facts.is_loading && role === 'movie_hub_editor') throw new StillLoading();
  if (facts.too_much.length > 0 && !isEmbedded(client)) {
    const roles = facts.too_much.join(', ');
    throw unsafe(
      `This login may also act as ${roles}, so one part of the hub could do what another may. ` +
        `Run as an administrator: REVOKE ${roles} FROM the login and from ${role}.`,
    );
  }
  if (facts.login_owns.length > 0 && !isEmbedded(client)) {
    throw unsafe(
      `This login owns ${facts.login_owns.join(', ')}, or may become the owner, whom row-level security does not bind. ` +
        `Serve with a login that may become ${role} and nothing else.`,
    );
  }
  if (facts.unprotected.length > 0) {
    throw unsafe(
      `Without row-level security or without a policy: ${facts.unprotected.join(', ')}. ` +
        'Run: ALTER TABLE … ENABLE ROW LEVEL SECURITY, and create its policy. A table that everybody may read whole ' +
        'belongs among lookupTables.',
    );
  }
  if (facts.owned.length > 0) {
    throw unsafe(
      `${role} owns ${facts.owned.join(', ')}, and row-level security does not bind an owner. ` +
        'Run: ALTER TABLE … OWNER TO another role, or ALTER TABLE … FORCE ROW LEVEL SECURITY.',
    );
  }
  if (facts.owners_views.length > 0) {
    throw unsafe(
      `Read with the rights of their owner: ${facts.owners_views.join(', ')}. ` +
        'Run: ALTER VIEW … SET (security_invoker = true); row-level security cannot bind a materialized view or a foreign table.',
    );
  }
  if (facts.forced.length > 0) {
    throw unsafe(
      `Row-level security is forced on the owner, which blinds the search: ${facts.forced.join(', ')}. ` +
        'Run: ALTER TABLE … NO FORCE ROW LEVEL SECURITY.',
    );
  }
}

/** The roles whose scopes change something. */
const writes: ReadonlySet<string> = new Set(['movie_hub_editor', 'movie_hub_accounts']);

function readOnly({ is_replica }: DatabaseFacts, role: string): string {
  const pool = `the pool of ${role}`;
  return is_replica
    ? `This server is a replica, which takes no changes, and ${pool} has to make some. Point it at the primary (on Aurora the cluster endpoint); only the pool of movie_hub_reader may point at a replica.`
    : `This server takes no changes from ${pool}: default_transaction_read_only is on, for the server, the database or the login. ` +
        'Managed servers set it when their storage is full.';
}

/** A load that rebuilds the tables is under way, or was broken off. */
class StillLoading extends MovieHubError {
  constructor() {
    super(
      'database_not_ready',
      "A load of IMDb's files is under way or was broken off, so nothing can be edited: the triggers of the tables rest. " +
        'Wait for its end, or run movie-hub db load again.',
    );
  }
}

function unsafe(message: string): MovieHubError {
  return new MovieHubError('database_unsafe', message);
}

function notReady(message: string): MovieHubError {
  return new MovieHubError('database_not_ready', message);
}
