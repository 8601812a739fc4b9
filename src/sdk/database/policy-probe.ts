import type { PoolClient, QueryConfig } from 'pg';
import { sqlStateOf } from './database-error';

/**
 * Tells whether a role's policies can read its settings: evaluates them all on a row of NULLs, in a new transaction.
 * No operator skips its other side for a NULL, so that a cast of a setting fails here as it does on a row.
 *
 * It does not find what a policy evaluates for some values of a row only, as in a CASE, nor a setting that the query itself reads.
 *
 * @returns What PostgreSQL threw when one of them failed for its data, else undefined. The transaction is left open.
 */
export async function faultOfPolicies(client: PoolClient, settings: QueryConfig): Promise<unknown> {
  try {
    await client.query('BEGIN READ ONLY');
    await client.query(settings);
    const { rows } = await client.query<{ text: string | null }>(policiesText);
    if (typeof rows[0]?.text === 'string') await client.query(rows[0].text);
    return undefined;
  } catch (cause) {
    return sqlStateOf(cause)?.startsWith('22') ? cause : undefined;
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
