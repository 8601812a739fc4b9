import { defineQuery, runQuery } from 'movie-hub';
import pageAuditSql from '../../../sql/hub/queries/page_audit.sql';
import pageToolCallsSql from '../../../sql/hub/queries/page_tool_calls.sql';
import type { AccountScope } from '../scopes';

/** A change, as the audit page shows it. */
export interface AuditLine {
  /** A whole number as text. */
  id: string;
  at_utc: string;
  actor: string;
  action: string;
  subject: string;
  detail: object;
}

/** A call of a tool, as the audit page shows it. */
export interface ToolCallLine {
  id: string;
  at_utc: string;
  username: string;
  server: string;
  tool: string;
  arguments: object;
  row_count: number | null;
  /** Null while its turn runs, and when the process went before its end. */
  milliseconds: number | null;
  is_error: boolean | null;
}

/** What is asked for; a blank text asks for all. */
export interface AuditFilter {
  actor: string;
  action: string;
  /** Of calls of tools: the server. */
  subject: string;
}

/** Where a page stands: behind one line, before one, or at the top. */
export interface AuditPlace {
  olderThan?: string;
  newerThan?: string;
}

/** One page of lines, newest first. */
export interface AuditPage<Line> {
  lines: readonly Line[];
  hasOlder: boolean;
  hasNewer: boolean;
}

/** Reads a page of the audit trail. */
export function readAudit(
  scope: AccountScope,
  filter: AuditFilter,
  place: AuditPlace,
  most: number,
): Promise<AuditPage<AuditLine>> {
  return readPage(place, most, (limits) =>
    runQuery(scope, pageAuditQuery, { ...valuesOf(filter), ...limits }),
  );
}

/** Reads a page of the calls of tools. */
export function readToolCalls(
  scope: AccountScope,
  filter: AuditFilter,
  place: AuditPlace,
  most: number,
): Promise<AuditPage<ToolCallLine>> {
  return readPage(place, most, (limits) =>
    runQuery(scope, pageToolCallsQuery, { ...valuesOf(filter), ...limits }),
  );
}

/** One line more than is shown tells whether there are more in the direction of reading. */
async function readPage<Line>(
  { olderThan, newerThan }: AuditPlace,
  most: number,
  read: (limits: Limits) => Promise<Line[]>,
): Promise<AuditPage<Line>> {
  const isUpwards = newerThan !== undefined;
  const found = await read({
    older_than: isUpwards ? null : (olderThan ?? null),
    newer_than: newerThan ?? null,
    most: most + 1,
  });
  const hasMore = found.length > most;
  const lines = isUpwards ? found.slice(-most) : found.slice(0, most);
  return isUpwards
    ? { lines, hasNewer: hasMore, hasOlder: true }
    : { lines, hasNewer: olderThan !== undefined, hasOlder: hasMore };
}

type Limits = { older_than: string | null; newer_than: string | null; most: number };
type Values = { actor: string | null; action: string | null; subject: string | null };

function valuesOf({ actor, action, subject }: AuditFilter): Values {
  return { actor: actor || null, action: action || null, subject: subject || null };
}

const parameters = ['actor', 'action', 'subject', 'older_than', 'newer_than', 'most'] as const;

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
