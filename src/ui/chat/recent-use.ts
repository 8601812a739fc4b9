import { defineQuery, runQuery } from 'movie-hub';
import endCutOffSql from '../../../sql/hub/queries/chat_end_cut_off.sql';
import recentUseSql from '../../../sql/hub/queries/chat_recent_use.sql';
import type { Principal } from '../hub-context';
import { lockPrincipal } from '../principal';
import type { AccountScope } from '../scopes';

/** What a user has asked of late, in whichever process. */
export interface RecentUse {
  /** His questions that are being answered now. */
  readonly running: number;
  /** Whether one of this conversation is. */
  readonly isAnswering: boolean;
  /** How long he has to wait until he may ask again, in seconds, by the questions of a minute; 0 or less: not at all. */
  readonly waitForMinute: number;
  /** The same by the tokens of a day. */
  readonly waitForTokens: number;
}

/**
 * Lets one question of a user begin at a time: until the end of the scope nobody else counts what he asked. Returns who he
 * is, and what he may see, until then.
 *
 * @throws MovieHubError as {@link lockPrincipal}.
 */
export async function lockUser(scope: AccountScope, principal: Principal): Promise<Principal> {
  const current = await lockPrincipal(scope, principal);
  await runQuery(scope, endCutOffQuery, { username: current.username });
  return current;
}

/** Counts what a user has asked of late. Without limits nothing has to be waited for. */
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
