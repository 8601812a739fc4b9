import type { Pool } from 'pg';
import sql from '../../../sql/queries/describe_schema.sql';
import { type Entitlements, type EntitlementsSource, resolveEntitlements } from '../database/entitlements';
import { defineQuery } from '../database/query';
import { runLimitedQuery } from '../database/run-query';
import { type ServerResource, toolFailure } from '../tools/tool';
import { type CallOptions, withLimitedEntitlements } from './call-limits';

interface ColumnRow {
  table_name: string;
  table_comment: string | null;
  column_name: string;
  type: string;
  nullable: boolean;
  is_key: boolean;
  refers_to: string | null;
  column_comment: string | null;
}

const query = defineQuery<ColumnRow>({ name: 'describe_schema', sql, parameters: [] });

/** More than any schema that a person or a model could read. */
const limits = { maxRows: 5_000, maxBytes: 1_000_000, isLast: true };

/**
 * Makes the resource that describes the tables which the user's role may read, with their comments, for developers and
 * their tools. It holds no row, and for a user who may see nothing it is empty.
 */
export function schemaResource(
  pool: Pool,
  source: EntitlementsSource<Entitlements>,
  options: Omit<CallOptions, 'signal'>,
): ServerResource {
  return {
    uri: 'schema://tables',
    name: 'schema',
    title: 'Tables and columns',
    description: 'The tables that may be read, their columns with types and keys, and the comments on them.',
    mimeType: 'text/markdown',
    read: async ({ signal }) => {
      let principal: unknown;
      try {
        const entitlements = await resolveEntitlements(source);
        principal = entitlements.principal;
        const { rows, truncated } = await withLimitedEntitlements(
          pool,
          entitlements,
          (scope) => runLimitedQuery(scope, query, {}, limits),
          { ...options, signal },
        );
        return { text: describe(rows, truncated !== false), rows: rows.length, principal };
      } catch (error) {
        return { ...toolFailure(error), principal };
      }
    },
  };
}

function describe(rows: readonly ColumnRow[], truncated: boolean): string {
  if (rows.length === 0) return 'There is no table that may be read.';
  const lines: string[] = [];
  let table: string | undefined;
  for (const row of rows) {
    if (row.table_name !== table) {
      table = row.table_name;
      lines.push('', `## ${table}`, ...(row.table_comment ? [row.table_comment] : []), '');
    }
    lines.push(column(row));
  }
  if (truncated) lines.push('', 'There are more tables than are described here.');
  return lines.join('\n').trim();
}

function column({ column_name, type, nullable, is_key, refers_to, column_comment }: ColumnRow): string {
  const facts = [
    type,
    is_key ? 'key' : nullable ? 'may be NULL' : '',
    refers_to ? `refers to ${refers_to}` : '',
  ];
  const comment = column_comment ? `: ${column_comment}` : '';
  return `- \`${column_name}\` (${facts.filter((fact) => fact !== '').join(', ')})${comment}`;
}
