import { defineQuery, runQuery } from 'movie-hub';
import endOwnSql from '../../../sql/hub/queries/end_own_session.sql';
import endAllSql from '../../../sql/hub/queries/end_sessions_of.sql';
import listSql from '../../../sql/hub/queries/list_sessions.sql';
import type { AccountScope } from '../scopes';

/** A session, as its user sees it: times are in UTC. */
export interface SessionRow {
  session_hash: string;
  begun: string;
  last_seen: string;
}

/** Reads the sessions of a user, the one used last first; at most 100. */
export function listSessions(
  scope: AccountScope,
  username: string,
  idleMinutes: number,
): Promise<SessionRow[]> {
  return runQuery(scope, listQuery, { username, idle_minutes: idleMinutes });
}

/** Ends one session of a user; another's is left alone. */
export async function endOwnSession(
  scope: AccountScope,
  username: string,
  sessionHash: string,
): Promise<boolean> {
  const rows = await runQuery(scope, endOwnQuery, { username, session_hash: sessionHash });
  return rows.length > 0;
}

/** Ends the sessions of a user, but for one if wanted, and returns how many there were. */
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
