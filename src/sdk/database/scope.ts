import type { Pool } from 'pg';
import { type Entitlements, isEntitlements } from '../entitlements/entitlements';
import { MovieHubError } from '../errors';
import { ensureChecked } from './check-again';
import type { ConnectOptions } from './connect';
import { Transaction, type TransactionOptions } from './transaction';

declare const scopeKind: unique symbol;

/** A transaction to run queries in; see `runQuery`. Its kind cannot be taken for another's. */
export interface Scope<Kind extends string = string> {
  readonly [scopeKind]: Kind;
}
/** Reads what the entitlements allow, and nothing else. */
export type ReadScope = Scope<'read'>;
/** Reads and writes titles and people. */
export type EditScope = Scope<'edit'>;
/** Reads and writes the hub's own tables; sees no title. */
export type AccountScope = Scope<'accounts'>;

/** What every scope takes. */
export interface ScopeOptions extends TransactionOptions, ConnectOptions {
  /** Tables that the role may read without a policy; see `checkDatabase`. */
  lookupTables?: readonly string[];
  /**
   * How often the database is checked while it is in use, in ms; 60,000 unless given. Nothing runs on a check that is older than
   * twice that.
   */
  checkIntervalMs?: number;
}

/**
 * Runs work in a read-only transaction that sees only what the entitlements allow. The only way to the data.
 *
 * Before the first transaction on a pool the database is checked, and then again and again in the background while it is in use;
 * see `checkDatabase`. From the first check that fails nothing is run until one passes. On a pool with the driver's
 * pipeline mode (`createPool` has it) the begin and the settings go out together with the first query.
 *
 * @throws MovieHubError `invalid_entitlements`; `database_unsafe` and `database_not_ready` when the check fails;
 *   `database_busy`, `database_unavailable`; `cancelled` when the signal aborts, after the query has been ended in PostgreSQL;
 *   and whatever the work throws.
 */
export async function withEntitlements<Result>(
  pool: Pool,
  entitlements: Entitlements,
  work: (scope: ReadScope) => Promise<Result>,
  options: ScopeOptions = {},
): Promise<Result> {
  if (!isEntitlements(entitlements)) {
    throw new MovieHubError('invalid_entitlements', 'Entitlements must come from defineEntitlements.');
  }
  if (entitlements.isEmpty) return inNothing(work);
  await ensureChecked(pool, { ...options, role: entitlements.role });
  return inTransaction<'read', Result>(pool, 'BEGIN READ ONLY', entitlements, work, options);
}

/**
 * Runs work that changes titles and people, and leaves its audit row, in one transaction.
 *
 * @param principal Who does it: the setting `movie_hub.principal` tells triggers of your own. It is no proof: the login may set it too.
 * @throws MovieHubError as `withEntitlements` does; `database_not_ready` also when the pool leads to a replica. A connection that
 *   takes no more changes, as after a failover, is closed.
 */
export async function withEditor<Result>(
  pool: Pool,
  principal: { readonly username: string },
  work: (scope: EditScope) => Promise<Result>,
  options: ScopeOptions = {},
): Promise<Result> {
  const as = { role: 'movie_hub_editor', settings: { 'movie_hub.principal': principal.username } };
  await ensureChecked(pool, { ...options, role: as.role });
  return inTransaction<'edit', Result>(pool, 'BEGIN', as, work, options);
}

/**
 * Runs work on users, sessions, conversations and the audit trail; titles are out of its reach.
 *
 * Row-level security protects none of these tables, so an administrator's login may do it too, as commands do: this scope
 * checks no login, and sends nothing ahead of its begin.
 *
 * @throws MovieHubError `database_not_ready` for a change on a replica, whose connection is closed; and as the other scopes do.
 */
export async function withAccounts<Result>(
  pool: Pool,
  work: (scope: AccountScope) => Promise<Result>,
  options: ScopeOptions = {},
): Promise<Result> {
  const as = { role: 'movie_hub_accounts', settings: {} };
  return inTransaction<'accounts', Result>(pool, 'BEGIN', as, work, { ...options, mayPipeline: false });
}

/** Undefined for a scope that may see nothing. */
const transactions = new WeakMap<Scope, Transaction | undefined>();

/**
 * Returns the transaction of an open scope, or undefined when the scope may see nothing. For this folder only.
 *
 * @throws MovieHubError `internal` when the transaction has ended.
 */
export function transactionOf(scope: Scope): Transaction | undefined {
  if (!transactions.has(scope))
    throw new MovieHubError('internal', 'This scope has ended: run queries inside its work.');
  return transactions.get(scope);
}

async function inTransaction<Kind extends string, Result>(
  pool: Pool,
  begin: 'BEGIN' | 'BEGIN READ ONLY',
  as: { role: string; settings: Readonly<Record<string, string>> },
  work: (scope: Scope<Kind>) => Promise<Result>,
  options: ScopeOptions & { mayPipeline?: boolean },
): Promise<Result> {
  const transaction = await Transaction.begin(pool, begin, as, options);
  const scope = openScope<Kind>(transaction);
  try {
    const result = await work(scope);
    transactions.delete(scope);
    await transaction.commit();
    return result;
  } catch (cause) {
    transactions.delete(scope);
    throw await transaction.rollBack(cause);
  } finally {
    await transaction.release();
  }
}

/** Empty entitlements: the work runs without a connection, and no query of it gives a row. */
async function inNothing<Result>(work: (scope: ReadScope) => Promise<Result>): Promise<Result> {
  const scope = openScope<'read'>(undefined);
  try {
    return await work(scope);
  } finally {
    transactions.delete(scope);
  }
}

function openScope<Kind extends string>(transaction: Transaction | undefined): Scope<Kind> {
  const scope = Object.freeze({}) as Scope<Kind>;
  transactions.set(scope, transaction);
  return scope;
}
