import { defineQuery, MovieHubError, runQuery } from 'movie-hub';
import type { Pool } from 'pg';
import addThreadSql from '../../../sql/hub/queries/chat_add_thread.sql';
import deleteThreadSql from '../../../sql/hub/queries/chat_delete_thread.sql';
import latestThreadSql from '../../../sql/hub/queries/chat_latest_thread.sql';
import listThreadsSql from '../../../sql/hub/queries/chat_list_threads.sql';
import ownThreadSql from '../../../sql/hub/queries/chat_own_thread.sql';
import type { Principal } from '../hub-context';
import { readTimeoutMs } from '../request-limits';
import { type AccountScope, withAccounts } from '../scopes';
import { lockUser, recentUse } from './recent-use';

/** Maximum number of conversations in the list. */
const maxListed = 30;

/** A conversation in the list. */
export interface ListedThread {
  readonly id: string;
  /** Its first question that the user may see now. */
  readonly question: string;
  /** The day of its latest question, in UTC, such as 2026-01-31. */
  readonly askedOn: string;
}

/** Returns the id of the user's latest conversation, if any. */
export async function latestThread(scope: AccountScope, username: string): Promise<string | undefined> {
  const [row] = await runQuery(scope, latestThreadQuery, { username });
  return row?.thread_id;
}

/**
 * Finds the conversation with an id from a page or form; `''` means the user's latest, if any.
 *
 * @throws MovieHubError `not_found` for a conversation of another user, or one that does not exist, without a difference.
 */
export async function findThread(
  accounts: Pool,
  username: string,
  named: string,
): Promise<string | undefined> {
  return withAccounts(accounts, async (scope) => {
    if (named === '') return latestThread(scope, username);
    await requireThread(scope, username, named);
    return named;
  });
}

/** Throws like {@link findThread} unless this is the user's conversation. */
export async function requireThread(scope: AccountScope, username: string, threadId: string): Promise<void> {
  const parameters = { thread_id: threadId, username };
  const [row] = isId(threadId) ? await runQuery(scope, ownThreadQuery, parameters) : [];
  if (row === undefined) throw new MovieHubError('not_found', 'There is no such chat.');
}

/** Creates a conversation, or reuses the user's empty one, and returns its id. */
export async function addThread(scope: AccountScope, username: string): Promise<string> {
  const [row] = await runQuery(scope, addThreadQuery, { username });
  return row?.thread_id ?? '';
}

/** Returns a user's conversations with at least one turn that they may see now, newest first. */
export async function listThreads(
  accounts: Pool,
  { username, titleTypes }: Principal,
): Promise<ListedThread[]> {
  const parameters = { username, title_types: titleTypes, max_results: maxListed };
  const rows = await withAccounts(accounts, (scope) => runQuery(scope, listThreadsQuery, parameters), {
    statementTimeoutMs: readTimeoutMs,
  });
  return rows.map(({ thread_id, question, asked_on }) => ({ id: thread_id, question, askedOn: asked_on }));
}

/**
 * Deletes the text of the user's conversation.
 *
 * @throws MovieHubError `conflict` while an answer is running, because its text would be stored afterwards.
 */
export async function deleteThread(accounts: Pool, principal: Principal, threadId: string): Promise<void> {
  await withAccounts(accounts, async (scope) => {
    const { username } = await lockUser(scope, principal);
    const { isAnswering } = await recentUse(scope, { username, threadId });
    if (isAnswering)
      throw new MovieHubError(
        'conflict',
        'This chat is still answering. Stop the answer, then delete the chat.',
      );
    await runQuery(scope, deleteThreadQuery, { thread_id: threadId, username });
  });
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

const latestThreadQuery = defineQuery<{ thread_id: string }, { username: string }>({
  name: 'chat_latest_thread',
  sql: latestThreadSql,
  parameters: ['username'],
});

const ownThreadQuery = defineQuery<object, { thread_id: string; username: string }>({
  name: 'chat_own_thread',
  sql: ownThreadSql,
  parameters: ['thread_id', 'username'],
});

const addThreadQuery = defineQuery<{ thread_id: string }, { username: string }>({
  name: 'chat_add_thread',
  sql: addThreadSql,
  parameters: ['username'],
});

const listThreadsQuery = defineQuery<
  { thread_id: string; question: string; asked_on: string },
  { username: string; title_types: readonly number[]; max_results: number }
>({ name: 'chat_list_threads', sql: listThreadsSql, parameters: ['username', 'title_types', 'max_results'] });

const deleteThreadQuery = defineQuery<object, { thread_id: string; username: string }>({
  name: 'chat_delete_thread',
  sql: deleteThreadSql,
  parameters: ['thread_id', 'username'],
});
