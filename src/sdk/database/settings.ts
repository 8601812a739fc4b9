import { createHash } from 'node:crypto';
import type { PoolClient, QueryConfig } from 'pg';
import type { MovieHubError } from '../errors';
import { milliseconds } from '../options';
import { isEmbedded } from './connect';
import { entitlementsError, sqlStateOf } from './database-error';

/** What a transaction takes. */
export interface TransactionOptions {
  /** Longest time for one statement, in ms; 10,000 unless given. Enforced by the server, so not on an embedded one. */
  statementTimeoutMs?: number;
  /**
   * Keeps the statements prepared on each connection, under names; false unless given. It saves the server their planning. In a scope
   * that reads, one that a changed table has made stale is run again without its name; for that a plain pool waits once more
   * for the second query of a scope and those after it. PgBouncer before 1.21 gains nothing by it, and RDS Proxy pins connections for it.
   */
  preparedStatements?: boolean;
}

/** Longest time that one statement may take, in ms, unless said otherwise. */
const defaultStatementTimeoutMs = 10_000;

/**
 * Returns the longest time that one statement may take, in ms.
 *
 * @throws MovieHubError `invalid_argument` when it is no time.
 */
export function statementTimeoutOf({ statementTimeoutMs }: TransactionOptions): number {
  return milliseconds('statementTimeoutMs', statementTimeoutMs ?? defaultStatementTimeoutMs);
}

/** What a transaction runs as. */
export interface LocalSettings {
  readonly role: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** One statement sets all that is local to the transaction, as bound values; the role comes last and limits the rest. */
export function localSettings(as: LocalSettings, options: TransactionOptions): QueryConfig {
  const settings = {
    ...as.settings,
    statement_timeout: String(statementTimeoutOf(options)),
    // Values come as text, and are to have one form whatever the login was set to.
    datestyle: 'ISO',
    extra_float_digits: '1',
    role: as.role,
  };
  const values = Object.entries(settings).flat();
  const calls = Object.keys(settings).map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, true)`);
  const text = `SELECT ${calls.join(', ')}`;
  return { text, values, ...(options.preparedStatements && { name: preparedName('settings', text) }) };
}

const names = new Map<string, string>();

/** Names a prepared statement after what it is and a hash of its text: the same text has the same name everywhere. */
export function preparedName(statement: string, text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  // PostgreSQL cuts names at 63 bytes.
  const name = `${statement.replace(/\W/g, '_').slice(0, 40)}_${hash}`;
  names.set(text, name);
  return name;
}

/** A statement that was prepared before its tables changed, or that somebody discarded, fails on its connection for ever. */
export function isStale(failure: unknown): boolean {
  return /^(0A000|26000|42P05)$/.test(stateOf(failure) ?? '');
}

/**
 * States of statements that may be well when they are prepared anew: those, and what PostgreSQL says of names, types, operators and values
 * that it cannot read, since the types of parameters are those of the first time. Not a right that is missing.
 */
export function mayBeStale(failure: unknown): boolean {
  return /^(0A000|26000|XX000|22003|22007|22008|22P02|42(?!501)...)$/.test(stateOf(failure) ?? '');
}

/** Returns the SQLSTATE of the driver's error, or of the one that it became. */
export function stateOf(failure: unknown): string | undefined {
  return sqlStateOf(failure) ?? sqlStateOf((failure as { cause?: unknown } | undefined)?.cause);
}

/** An embedded database has one connection for all, which cannot be closed: there the statements go. False on a server. */
export async function forgetPrepared(client: PoolClient): Promise<boolean> {
  if (!isEmbedded(client)) return false;
  await client.query('DEALLOCATE ALL').catch(() => undefined);
  Object.assign(client.connection, { parsedStatements: {}, submittedNamedStatements: {} });
  return true;
}

/**
 * Checks whether a role's policies can read its settings: evaluates them all on a row of NULLs, in a new transaction.
 * No operator skips its other side for a NULL, so that a cast of a setting fails here as it does on a row.
 *
 * It does not find what a policy evaluates for some values of a row only, as in a CASE, nor a setting that the query itself reads.
 *
 * @returns `invalid_entitlements` when one of them failed for its data, else undefined. The transaction is left open.
 */
export async function findEntitlementsFault(
  client: PoolClient,
  as: LocalSettings,
  options: TransactionOptions,
): Promise<MovieHubError | undefined> {
  const settings = localSettings(as, { ...options, preparedStatements: false });
  try {
    await client.query('BEGIN READ ONLY');
    await client.query(settings);
    const { rows } = await client.query<{ text: string | null }>(policiesText);
    if (typeof rows[0]?.text === 'string') await client.query(rows[0].text);
    return undefined;
  } catch (cause) {
    return sqlStateOf(cause)?.startsWith('22') ? entitlementsError(cause) : undefined;
  }
}

/** OFFSET 0 hides from the planner that the row is one of NULLs: it would not evaluate the rest. */
const policiesText = `
  SELECT 'SELECT ' || string_agg(
      format('(SELECT (%s) IS NULL FROM (SELECT (NULL::%s).* OFFSET 0) AS %I)', p.expression, p.name, p.alias), ', '
    ) AS text
  FROM (
    SELECT DISTINCT e.expression, c.oid::regclass AS name, c.relname AS alias
    FROM pg_catalog.pg_policy AS p
    JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid,
      unnest(ARRAY[pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)]) AS e (expression)
    WHERE e.expression IS NOT NULL AND c.relrowsecurity
      AND has_schema_privilege(c.relnamespace, 'USAGE')
      AND has_any_column_privilege(c.oid, 'SELECT')
      AND EXISTS (
        SELECT FROM unnest(p.polroles) AS r (role_id)
        WHERE r.role_id = 0 OR pg_has_role(r.role_id, 'USAGE')
      )
  ) AS p`;
