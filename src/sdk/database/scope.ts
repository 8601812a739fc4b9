import type { Pool } from 'pg';
import { MovieHubError } from '../errors';
import { ensureChecked } from './check-again';
import type { ConnectOptions } from './connect';
import { type Entitlements, isEntitlements } from './entitlements';
import type { LocalSettings, TransactionOptions } from './settings';
import { Transaction } from './transaction';

declare const scopeKind: unique symbol;

/** A transaction to run queries in; see `runQuery`. Its kind cannot be taken for another's. */
export interface Scope<Kind extends string = string> {
  readonly [scopeKind]: Kind;
}
/** Reads what the entitlements allow, and nothing else. */
export type ReadScope = Scope<'read'>;

/** Who a scope that may write runs as. */
export interface WriteRole {
  readonly role: string;
  /** Settings that are local to the transaction, such as who makes the change. */
  readonly settings?: Readonly<Record<string, string>>;
  /** True for tables that no policy protects: the login is not checked, and may be an administrator's. */
  readonly isUnchecked?: boolean;
}

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
  return inTransaction<'read', Result>(pool, entitlements, work, { ...options, isReadOnly: true });
}

/**
 * Runs work that may write, in one transaction as a role of your own, such as an administrator's. Its policies and grants decide
 * what the work may do. Data that users see is read through {@link withEntitlements}.
 *
 * @typeParam Kind A name for such scopes: a function that takes one kind takes no other.
 * @throws MovieHubError as `withEntitlements` does; `database_not_ready` also when the pool leads to a replica. A connection that
 *   accepts no writes, as after a failover, is closed.
 */
export async function withRole<Kind extends string, Result>(
  pool: Pool,
  as: WriteRole,
  work: (scope: Scope<Kind>) => Promise<Result>,
  options: ScopeOptions = {},
): Promise<Result> {
  const { role, settings = {}, isUnchecked = false } = as;
  if (!isUnchecked) await ensureChecked(pool, { ...options, role });
  return inTransaction<Kind, Result>(pool, { role, settings }, work, {
    ...options,
    isReadOnly: false,
    mayPipeline: !isUnchecked,
  });
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
  as: LocalSettings,
  work: (scope: Scope<Kind>) => Promise<Result>,
  options: ScopeOptions & { isReadOnly: boolean; mayPipeline?: boolean },
): Promise<Result> {
  const transaction = await Transaction.begin(pool, as, options);
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
