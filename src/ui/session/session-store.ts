import { createHash } from 'node:crypto';
import type { FastifySessionOptions } from '@fastify/session';
import { defineQuery, runQuery } from 'movie-hub';
import type { Pool } from 'pg';
import endSql from '../../../sql/hub/queries/end_session.sql';
import findSql from '../../../sql/hub/queries/find_session.sql';
import saveSql from '../../../sql/hub/queries/save_session.sql';
import startSql from '../../../sql/hub/queries/start_session.sql';
import { withAccounts } from '../scopes';
import type { SessionLimits } from './session-limits';

/** Lifetime of a session before login, in minutes. */
const anonymousMinutes = 60;

type SessionStore = NonNullable<FastifySessionOptions['store']>;
type StoredSession = Parameters<SessionStore['set']>[1];

/**
 * Creates the session plugin's store, on `movie_hub_app.sessions`.
 *
 * The table holds the SHA-256 of each session id, so that nobody who reads it can use one. Deleting a row signs that browser out
 * at its next request, even if a running request saves its session afterwards.
 */
export function createSessionStore(accounts: Pool, limits: SessionLimits): SessionStore {
  return {
    get(sessionId, callback) {
      settle(find(accounts, sessionId, limits), callback);
    },
    set(sessionId, session, callback) {
      settle(save(accounts, sessionId, session, limits), callback);
    },
    destroy(sessionId, callback) {
      const parameters = { session_hash: hashOf(sessionId) };
      const ended = withAccounts(accounts, (scope) => runQuery(scope, endQuery, parameters));
      settle(
        ended.then(() => undefined),
        callback,
      );
    },
  };
}

async function find(
  accounts: Pool,
  sessionId: string,
  { idleMinutes, maxMinutes }: SessionLimits,
): Promise<StoredSession | null> {
  const parameters = {
    session_hash: hashOf(sessionId),
    idle_minutes: idleMinutes,
    max_minutes: maxMinutes,
  };
  const [row] = await withAccounts(accounts, (scope) => runQuery(scope, findQuery, parameters));
  if (row === undefined) return null;
  const { username, data } = row;
  return { ...data, ...(username !== null && { username }), isStored: true } as unknown as StoredSession;
}

async function save(
  accounts: Pool,
  sessionId: string,
  session: StoredSession,
  limits: SessionLimits,
): Promise<void> {
  const { cookie: _, isStored, username, ...data } = { ...session } as StoredSession & SessionFields;
  const session_hash = hashOf(sessionId);
  await withAccounts(accounts, async (scope) => {
    if (isStored) return runQuery(scope, saveQuery, { session_hash, data });
    const minutes =
      username === undefined ? anonymousMinutes : Math.min(limits.idleMinutes, limits.maxMinutes);
    return runQuery(scope, startQuery, { session_hash, username: username ?? null, data, minutes });
  });
}

/** Fields with their own columns: the rest is `data`. */
interface SessionFields {
  username?: string;
  /** Set on sessions that were read from the table. */
  isStored?: boolean;
}

/** Returns the hash of a session id, as stored in the table. */
export function hashOf(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('base64url');
}

/** Passes a promise's result to the plugin's callback, outside the promise, so that an error of the callback is not caught here. */
function settle<Value>(
  work: Promise<Value>,
  callback: (error: unknown, value?: Value | undefined) => void,
): void {
  work.then(
    (value) => setImmediate(callback, null, value),
    (error: unknown) => setImmediate(callback, error),
  );
}

const findQuery = defineQuery<
  { username: string | null; data: object },
  { session_hash: string; idle_minutes: number; max_minutes: number }
>({
  name: 'find_session',
  sql: findSql,
  parameters: ['session_hash', 'idle_minutes', 'max_minutes'],
});

const startQuery = defineQuery<
  object,
  { session_hash: string; username: string | null; data: object; minutes: number }
>({ name: 'start_session', sql: startSql, parameters: ['session_hash', 'username', 'data', 'minutes'] });

const saveQuery = defineQuery<object, { session_hash: string; data: object }>({
  name: 'save_session',
  sql: saveSql,
  parameters: ['session_hash', 'data'],
});

const endQuery = defineQuery<object, { session_hash: string }>({
  name: 'end_session',
  sql: endSql,
  parameters: ['session_hash'],
});
