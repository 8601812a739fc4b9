import { defineQuery, runQuery } from 'movie-hub';
import pageAuditSql from '../../../sql/hub/queries/page_audit.sql';
import pageToolCallsSql from '../../../sql/hub/queries/page_tool_calls.sql';
import type { AccountScope } from '../scopes';

/** A change on the audit page. */
export interface AuditLine {
  /** A whole number as text. */
  id: string;
  at_utc: string;
  actor: string;
  action: string;
  subject: string;
  detail: object;
}

/** A tool call on the audit page. */
export interface ToolCallLine {
  id: string;
  at_utc: string;
  username: string;
  server: string;
  tool: string;
  arguments: object;
  row_count: number | null;
  /** Null while its turn runs, and when its process ended first. */
  milliseconds: number | null;
  is_error: boolean | null;
}

/** Exact values to filter by; an empty text matches all. */
export interface AuditFilter {
  actor: string;
  action: string;
  /** For tool calls: the server. */
  subject: string;
}

/** Start of a page: after a row, before one, or at the top. */
export interface AuditPosition {
  olderThan?: string;
  newerThan?: string;
}

/** A page of rows, newest first. */
export interface AuditPage<Line> {
  lines: readonly Line[];
  hasOlder: boolean;
  hasNewer: boolean;
}

/** Reads a page of the audit trail. */
export function readAudit(
  scope: AccountScope,
  filter: AuditFilter,
  position: AuditPosition,
  limit: number,
): Promise<AuditPage<AuditLine>> {
  return readPage(position, limit, (limits) =>
    runQuery(scope, pageAuditQuery, { ...valuesOf(filter), ...limits }),
  );
}

/** Reads a page of tool calls. */
export function readToolCalls(
  scope: AccountScope,
  filter: AuditFilter,
  position: AuditPosition,
  limit: number,
): Promise<AuditPage<ToolCallLine>> {
  return readPage(position, limit, (limits) =>
    runQuery(scope, pageToolCallsQuery, { ...valuesOf(filter), ...limits }),
  );
}

/** Reads one row more than the page, to find out whether there are more. */
async function readPage<Line>(
  { olderThan, newerThan }: AuditPosition,
  limit: number,
  read: (limits: Limits) => Promise<Line[]>,
): Promise<AuditPage<Line>> {
  const isUpwards = newerThan !== undefined;
  const found = await read({
    older_than: isUpwards ? null : (olderThan ?? null),
    newer_than: newerThan ?? null,
    max_results: limit + 1,
  });
  const hasMore = found.length > limit;
  const lines = isUpwards ? found.slice(-limit) : found.slice(0, limit);
  return isUpwards
    ? { lines, hasNewer: hasMore, hasOlder: true }
    : { lines, hasNewer: olderThan !== undefined, hasOlder: hasMore };
}

type Limits = { older_than: string | null; newer_than: string | null; max_results: number };
type Values = { actor: string | null; action: string | null; subject: string | null };

function valuesOf({ actor, action, subject }: AuditFilter): Values {
  return { actor: actor || null, action: action || null, subject: subject || null };
}

const parameters = ['actor', 'action', 'subject', 'older_than', 'newer_than', 'max_results'] as const;

const pageAuditQuery = defineQuery<AuditLine, Values & Limits>({
  name: 'page_audit',
  sql: pageAuditSql,
  parameters: [...parameters],
});

const pageToolCallsQuery = defineQuery<ToolCallLine, Values & Limits>({
  name: 'page_tool_calls',
  sql: pageToolCallsSql,
  parameters: [...parameters],
});
