import type { Pool, PoolClient, QueryConfig } from 'pg';
import { type Entitlements, isEntitlements } from '../entitlements/entitlements';
import { MovieHubError } from '../errors';
import { positiveInteger } from '../positive-integer';
import { databaseError } from './database-error';

/** Longest time that one statement may take, in ms, unless said otherwise. */
const defaultStatementTimeoutMs = 10_000;

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
export interface ScopeOptions {
  /** Longest time for one statement, in ms; 10,000 unless given. Enforced by the server, so not on an embedded one. */
  statementTimeoutMs?: number;
}

/** Runs work in a read-only transaction that sees only what the entitlements allow. The only way to the data. */
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
  return inTransaction<'read', Result>(pool, 'BEGIN READ ONLY', entitlements, work, options);
}

/**
 * Runs work that changes titles and people, and leaves its audit row, in one transaction.
 *
 * @param principal Who does it: the setting `movie_hub.principal` tells the database, which takes audit rows of nobody else.
 */
export async function withEditor<Result>(
  pool: Pool,
  principal: { readonly username: string },
  work: (scope: EditScope) => Promise<Result>,
  options: ScopeOptions = {},
): Promise<Result> {
  const as = { role: 'movie_hub_editor', settings: { 'movie_hub.principal': principal.username } };
  return inTransaction<'edit', Result>(pool, 'BEGIN', as, work, options);
}

/** Runs work on users, sessions, conversations and the audit trail; titles are out of its reach. */
export async function withAccounts<Result>(
  pool: Pool,
  work: (scope: AccountScope) => Promise<Result>,
  options: ScopeOptions = {},
): Promise<Result> {
  return inTransaction<'accounts', Result>(
    pool,
    'BEGIN',
    { role: 'movie_hub_accounts', settings: {} },
    work,
    options,
  );
}

const clients = new WeakMap<Scope, PoolClient>();
const closedScopes = new WeakSet<Scope>();

/**
 * Returns the connection of an open scope, or undefined when the scope may see nothing. For this folder only.
 *
 * @throws MovieHubError `internal` when the transaction has ended.
 */
export function clientOf(scope: Scope): PoolClient | undefined {
  if (closedScopes.has(scope))
    throw new MovieHubError('internal', 'This scope has ended: run queries inside its work.');
  return clients.get(scope);
}

async function inTransaction<Kind extends string, Result>(
  pool: Pool,
  begin: 'BEGIN' | 'BEGIN READ ONLY',
  as: { role: string; settings: Readonly<Record<string, string>> },
  work: (scope: Scope<Kind>) => Promise<Result>,
  options: ScopeOptions,
): Promise<Result> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw databaseError(cause);
  });
  // A connection may break between two statements; without a listener that would end the process.
  const onLost = () => undefined;
  client.on('error', onLost);
  const scope = openScope<Kind>(client);
  const run = (statement: string | QueryConfig) =>
    client.query(statement).catch((cause: unknown) => {
      throw databaseError(cause);
    });
  let broken: unknown;
  try {
    await run(begin);
    await run(localSettings(as, options));
    const result = await work(scope);
    closedScopes.add(scope);
    const { command } = await run('COMMIT');
    // PostgreSQL answers the COMMIT of a failed transaction with a rollback: work that swallowed the error is not done.
    if (command === 'ROLLBACK')
      throw new MovieHubError('query_failed', 'A query failed, so nothing was kept.');
    return result;
  } catch (cause) {
    closedScopes.add(scope);
    await client.query('ROLLBACK').catch((rollbackError: unknown) => {
      broken = rollbackError;
    });
    throw cause;
  } finally {
    client.off('error', onLost);
    // A connection whose rollback failed may still be in the transaction: it never goes back to the pool.
    client.release(broken === undefined ? undefined : true);
  }
}

/** Empty entitlements: the work runs without a connection, and no query of it gives a row. */
async function inNothing<Result>(work: (scope: ReadScope) => Promise<Result>): Promise<Result> {
  const scope = openScope<'read'>(undefined);
  try {
    return await work(scope);
  } finally {
    closedScopes.add(scope);
  }
}

function openScope<Kind extends string>(client: PoolClient | undefined): Scope<Kind> {
  const scope = Object.freeze({}) as Scope<Kind>;
  if (client !== undefined) clients.set(scope, client);
  return scope;
}

/** One statement sets all that is local to the transaction, as bound values; the role comes last and limits the rest. */
function localSettings(
  as: { role: string; settings: Readonly<Record<string, string>> },
  options: ScopeOptions,
): QueryConfig {
  const settings = {
    ...as.settings,
    statement_timeout: String(
      positiveInteger('statementTimeoutMs', options.statementTimeoutMs ?? defaultStatementTimeoutMs),
    ),
    role: as.role,
  };
  const values = Object.entries(settings).flat();
  const calls = Object.keys(settings).map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, true)`);
  return { text: `SELECT ${calls.join(', ')}`, values };
}
