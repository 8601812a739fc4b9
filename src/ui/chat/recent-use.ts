import { defineQuery, runQuery } from 'movie-hub';
import endCutOffSql from '../../../sql/hub/queries/chat_end_cut_off.sql';
import recentUseSql from '../../../sql/hub/queries/chat_recent_use.sql';
import type { Principal } from '../hub-context';
import { lockPrincipal } from '../principal';
import type { AccountScope } from '../scopes';

/** A user's recent questions, in all processes. */
export interface RecentUse {
  /** Number of running answers. */
  readonly running: number;
  /** Whether this conversation has a running answer. */
  readonly isAnswering: boolean;
  /** Seconds until the limit per minute allows a question; 0 or less: now. */
  readonly waitForMinute: number;
  /** The same for the tokens per day. */
  readonly waitForTokens: number;
}

/**
 * Locks a user until the end of the scope, so that their questions are counted one at a time. Returns the user with their
 * entitlements.
 *
 * @throws MovieHubError as {@link lockPrincipal}.
 */
export async function lockUser(scope: AccountScope, principal: Principal): Promise<Principal> {
  const current = await lockPrincipal(scope, principal);
  await runQuery(scope, endCutOffQuery, { username: current.username });
  return current;
}

/** Reads a user's recent usage. Without limits the waiting times are 0. */
export async function recentUse(
  scope: AccountScope,
  of: { username: string; threadId: string; perMinute?: number; tokensPerDay?: number | undefined },
): Promise<RecentUse> {
  const [row] = await runQuery(scope, recentUseQuery, {
    username: of.username,
    thread_id: of.threadId,
    per_minute: of.perMinute ?? 1,
    tokens_per_day: of.tokensPerDay ?? null,
  });
  return {
    running: row?.running ?? 0,
    isAnswering: row?.is_answering ?? false,
    waitForMinute: row?.wait_for_minute ?? 0,
    waitForTokens: row?.wait_for_tokens ?? 0,
  };
}

const endCutOffQuery = defineQuery<object, { username: string }>({
  name: 'chat_end_cut_off',
  sql: endCutOffSql,
  parameters: ['username'],
});

const recentUseQuery = defineQuery<
  {
    running: number;
    is_answering: boolean;
    wait_for_minute: number | null;
    wait_for_tokens: number | null;
  },
  { username: string; thread_id: string; per_minute: number; tokens_per_day: number | null }
>({
  name: 'chat_recent_use',
  sql: recentUseSql,
  parameters: ['username', 'thread_id', 'per_minute', 'tokens_per_day'],
});
