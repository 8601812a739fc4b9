import { defineQuery, MovieHubError, runQuery } from 'movie-hub';
import createUserSql from '../../../sql/hub/queries/create_user.sql';
import findAccountSql from '../../../sql/hub/queries/find_account.sql';
import lockAdminsSql from '../../../sql/hub/queries/lock_admins.sql';
import pageUsersSql from '../../../sql/hub/queries/page_users.sql';
import setAdminSql from '../../../sql/hub/queries/set_admin.sql';
import setDisabledSql from '../../../sql/hub/queries/set_disabled.sql';
import setPasswordSql from '../../../sql/hub/queries/set_password.sql';
import type { Principal } from '../hub-context';
import type { AccountScope } from '../scopes';
import { type AuditAction, addAudit } from './audit';
import { endSessionsOf } from './sessions';
import type { UserRow } from './users';

/** An account, for administrators. */
export interface Account extends UserRow {
  has_password: boolean;
  /** In UTC. */
  created: string;
  /** The number of open sessions. */
  sessions: number;
}

/** Reads one account; undefined when there is none. */
export async function findAccount(scope: AccountScope, username: string): Promise<Account | undefined> {
  const [row] = await runQuery(scope, findAccountQuery, { username });
  return row;
}

/** Reads a page of users by name. */
export function pageUsers(
  scope: AccountScope,
  { prefix, after, limit }: { prefix: string; after: string; limit: number },
): Promise<UserRow[]> {
  return runQuery(scope, pageUsersQuery, { prefix, after, max_results: limit });
}

/** Adds a user; returns false when the name is taken. */
export async function createUser(
  scope: AccountScope,
  actor: Principal,
  user: { username: string; passwordHash: string; isAdmin: boolean; titleTypes: readonly number[] },
): Promise<boolean> {
  const { username, passwordHash, isAdmin, titleTypes } = user;
  const [row] = await runQuery(scope, createUserQuery, {
    username,
    password_hash: passwordHash,
    is_admin: isAdmin,
    title_types: titleTypes,
  });
  if (row === undefined) return false;
  await audit(scope, actor, 'user.create', username, { is_admin: isAdmin, title_types: titleTypes });
  return true;
}

/** Sets a user's password and ends their sessions except `except`; returns false when there is no such user. */
export async function setPassword(
  scope: AccountScope,
  actor: Principal,
  username: string,
  passwordHash: string,
  except = '',
): Promise<boolean> {
  const [row] = await runQuery(scope, setPasswordQuery, { username, password_hash: passwordHash });
  if (row === undefined) return false;
  const sessions = await endSessionsOf(scope, username, except);
  await audit(scope, actor, 'user.password', username, { sessions_ended: sessions });
  return true;
}

/**
 * Disables an account and ends its sessions, or enables it. Does nothing when it is already in that state.
 *
 * @returns The reason for a refusal: administrators cannot disable themselves.
 */
export async function setDisabled(
  scope: AccountScope,
  actor: Principal,
  username: string,
  isDisabled: boolean,
): Promise<string | undefined> {
  if (username === actor.username) return 'You cannot disable your own account. Ask another administrator.';
  const [row] = await runQuery(scope, setDisabledQuery, { username, is_disabled: isDisabled });
  if (row === undefined) return undefined;
  const detail = { before: { disabled: !isDisabled }, after: { disabled: isDisabled } };
  if (isDisabled) {
    const sessions = await endSessionsOf(scope, username);
    await audit(scope, actor, 'user.disable', username, { ...detail, sessions_ended: sessions });
  } else await audit(scope, actor, 'user.enable', username, detail);
  return undefined;
}

/**
 * Makes a user an administrator, or removes that right. Does nothing when it is already so.
 *
 * @returns The reason for a refusal: administrators cannot change their own right.
 */
export async function setAdmin(
  scope: AccountScope,
  actor: Principal,
  username: string,
  isAdmin: boolean,
): Promise<string | undefined> {
  if (username === actor.username)
    return 'You cannot remove your own administrator right. Ask another administrator.';
  const [row] = await runQuery(scope, setAdminQuery, { username, is_admin: isAdmin });
  if (row === undefined) return undefined;
  await audit(scope, actor, 'user.admin', username, {
    before: { is_admin: !isAdmin },
    after: { is_admin: isAdmin },
  });
  return undefined;
}

/** Ends all sessions of a user. */
export async function signOutEverywhere(
  scope: AccountScope,
  actor: Principal,
  username: string,
): Promise<void> {
  const sessions = await endSessionsOf(scope, username);
  await audit(scope, actor, 'user.sign_out', username, { sessions_ended: sessions });
}

/**
 * Checks that the actor is still an administrator, and locks all administrators until the end of the scope. Concurrent changes
 * wait and check again, so there is always at least one administrator.
 *
 * @throws MovieHubError `forbidden` when the actor is no longer an administrator.
 */
export async function lockAdmin(scope: AccountScope, actor: Principal): Promise<void> {
  const admins = await runQuery(scope, lockAdminsQuery, {});
  if (!admins.some(({ username }) => username === actor.username))
    throw new MovieHubError('forbidden', 'This page is for administrators.');
}

async function audit(
  scope: AccountScope,
  actor: Principal,
  action: AuditAction,
  subject: string,
  detail: object,
): Promise<void> {
  await addAudit(scope, actor, { action, subject, detail });
}

const findAccountQuery = defineQuery<Account, { username: string }>({
  name: 'find_account',
  sql: findAccountSql,
  parameters: ['username'],
});

const pageUsersQuery = defineQuery<UserRow, { prefix: string; after: string; max_results: number }>({
  name: 'page_users',
  sql: pageUsersSql,
  parameters: ['prefix', 'after', 'max_results'],
});

const createUserQuery = defineQuery<
  { username: string },
  { username: string; password_hash: string; is_admin: boolean; title_types: readonly number[] }
>({
  name: 'create_user',
  sql: createUserSql,
  parameters: ['username', 'password_hash', 'is_admin', 'title_types'],
});

const setPasswordQuery = defineQuery<{ username: string }, { username: string; password_hash: string }>({
  name: 'set_password',
  sql: setPasswordSql,
  parameters: ['username', 'password_hash'],
});

const lockAdminsQuery = defineQuery<{ username: string }>({
  name: 'lock_admins',
  sql: lockAdminsSql,
  parameters: [],
});

const setAdminQuery = defineQuery<{ username: string }, { username: string; is_admin: boolean }>({
  name: 'set_admin',
  sql: setAdminSql,
  parameters: ['username', 'is_admin'],
});

const setDisabledQuery = defineQuery<{ username: string }, { username: string; is_disabled: boolean }>({
  name: 'set_disabled',
  sql: setDisabledSql,
  parameters: ['username', 'is_disabled'],
});
