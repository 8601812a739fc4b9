import { defineQuery, runQuery } from 'movie-hub';
import endOwnSql from '../../../sql/hub/queries/end_own_session.sql';
import endAllSql from '../../../sql/hub/queries/end_sessions_of.sql';
import listSql from '../../../sql/hub/queries/list_sessions.sql';
import type { AccountScope } from '../scopes';

/** A session on the account page. Times are in UTC. */
export interface SessionRow {
  session_hash: string;
  begun: string;
  last_seen: string;
}

/** Reads up to 100 sessions of a user, most recently used first. */
export function listSessions(
  scope: AccountScope,
  username: string,
  idleMinutes: number,
): Promise<SessionRow[]> {
  return runQuery(scope, listQuery, { username, idle_minutes: idleMinutes });
}

/** Ends a session if it belongs to the user; returns whether it did. */
export async function endOwnSession(
  scope: AccountScope,
  username: string,
  sessionHash: string,
): Promise<boolean> {
  const rows = await runQuery(scope, endOwnQuery, { username, session_hash: sessionHash });
  return rows.length > 0;
}

/** Ends the sessions of a user, except `except`, and returns their number. */
export async function endSessionsOf(scope: AccountScope, username: string, except = ''): Promise<number> {
  return (await runQuery(scope, endAllQuery, { username, except })).length;
}

const listQuery = defineQuery<SessionRow, { username: string; idle_minutes: number }>({
  name: 'list_sessions',
  sql: listSql,
  parameters: ['username', 'idle_minutes'],
});

const endOwnQuery = defineQuery<object, { username: string; session_hash: string }>({
  name: 'end_own_session',
  sql: endOwnSql,
  parameters: ['username', 'session_hash'],
});

const endAllQuery = defineQuery<object, { username: string; except: string }>({
  name: 'end_sessions_of',
  sql: endAllSql,
  parameters: ['username', 'except'],
});
