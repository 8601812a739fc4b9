import { defineQuery, MovieHubError, runQuery } from 'movie-hub';
import type { Pool } from 'pg';
import addThreadSql from '../../../sql/hub/queries/chat_add_thread.sql';
import deleteThreadSql from '../../../sql/hub/queries/chat_delete_thread.sql';
import latestThreadSql from '../../../sql/hub/queries/chat_latest_thread.sql';
import listThreadsSql from '../../../sql/hub/queries/chat_list_threads.sql';
import ownThreadSql from '../../../sql/hub/queries/chat_own_thread.sql';
import type { Principal } from '../hub-context';
import { type AccountScope, withAccounts } from '../scopes';
import { readTimeoutMs } from '../take-turn';
import { lockUser, recentUse } from './recent-use';

/** Most conversations in the list of them. */
const mostListed = 30;

/** A conversation as the list of them shows it. */
export interface ListedThread {
  readonly id: string;
  /** The first question of it that the user may see as entitled now. */
  readonly question: string;
  /** The day of its latest question, in UTC, such as 2026-01-31. */
  readonly askedOn: string;
}

/** Returns the id of the conversation that the user was in last, if there is one. */
export async function latestThread(scope: AccountScope, username: string): Promise<string | undefined> {
  const [row] = await runQuery(scope, latestThreadQuery, { username });
  return row?.thread_id;
}

/**
 * Finds the conversation that a page or a form names; `''` stands for the user's latest, if there is one.
 *
 * @throws MovieHubError `not_found` for another user's, and for one that does not exist: they are told apart by nothing.
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

/** Throws what {@link findThread} does, unless this is a conversation of the user. */
export async function requireThread(scope: AccountScope, username: string, threadId: string): Promise<void> {
  const parameters = { thread_id: threadId, username };
  const [row] = isId(threadId) ? await runQuery(scope, ownThreadQuery, parameters) : [];
  if (row === undefined) throw new MovieHubError('not_found', 'There is no such chat.');
}

/** Begins a conversation, or goes back to the empty one that the user has, and returns its id. */
export async function addThread(scope: AccountScope, username: string): Promise<string> {
  const [row] = await runQuery(scope, addThreadQuery, { username });
  return row?.thread_id ?? '';
}

/** Returns the conversations of a user in which there is something that he may see as entitled now, newest first. */
export async function listThreads(
  accounts: Pool,
  { username, titleTypes }: Principal,
): Promise<ListedThread[]> {
  const parameters = { username, title_types: titleTypes, most: mostListed };
  const rows = await withAccounts(accounts, (scope) => runQuery(scope, listThreadsQuery, parameters), {
    statementTimeoutMs: readTimeoutMs,
  });
  return rows.map(({ thread_id, question, asked_on }) => ({ id: thread_id, question, askedOn: asked_on }));
}

/**
 * Deletes what was said in a conversation of the user.
 *
 * @throws MovieHubError `conflict` while a question of it is being answered: what is said would come afterwards.
 */
export async function deleteThread(accounts: Pool, principal: Principal, threadId: string): Promise<void> {
  await withAccounts(accounts, async (scope) => {
    const { username } = await lockUser(scope, principal);
    const { isAnswering } = await recentUse(scope, { username, threadId });
    if (isAnswering)
      throw new MovieHubError('conflict', 'This chat is being answered. Stop it, then delete it.');
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
  { username: string; title_types: readonly number[]; most: number }
>({ name: 'chat_list_threads', sql: listThreadsSql, parameters: ['username', 'title_types', 'most'] });

const deleteThreadQuery = defineQuery<object, { thread_id: string; username: string }>({
  name: 'chat_delete_thread',
  sql: deleteThreadSql,
  parameters: ['thread_id', 'username'],
});
