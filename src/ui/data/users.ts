import { defineQuery, MovieHubError, movieEntitlements, runQuery } from 'movie-hub';
import type { Pool } from 'pg';
import addUserSql from '../../../sql/hub/queries/add_user.sql';
import findDemoUsersSql from '../../../sql/hub/queries/find_demo_users.sql';
import findLoginSql from '../../../sql/hub/queries/find_login.sql';
import findUserSql from '../../../sql/hub/queries/find_user.sql';
import listUsersSql from '../../../sql/hub/queries/list_users.sql';
import setTitleTypesSql from '../../../sql/hub/queries/set_title_types.sql';
import type { Principal } from '../hub-context';
import { type AccountScope, withAccounts } from '../scopes';
import { type HashPasswordOptions, hashPassword } from '../session/password';
import { addAudit } from './audit';

/** A user to add. */
export interface NewUser {
  /** Lower case letters, digits and `._@-`, up to 64 of them. */
  username: string;
  /** Without one nobody logs in with a password as this user: for a hub with a login of its own. */
  password?: string;
  /** Title types that the user may see, listed one by one; none unless given. */
  titleTypes?: readonly number[];
  /** May use the admin pages; false unless given. */
  isAdmin?: boolean;
  /** Has a password that the demo's login page shows; false unless given. */
  isDemo?: boolean;
}

/** A user as the admin page shows him. */
export interface UserRow {
  username: string;
  is_admin: boolean;
  title_types: number[];
  is_disabled: boolean;
}

/** An account of the demo. */
export interface DemoUserRow {
  username: string;
  is_admin: boolean;
  title_types: number[];
}

/** Longest password, in characters. */
export const longestPassword = 1000;
/** Stands where a hash would, and fits no password. */
export const noPassword = '!';

/**
 * Adds a user of the hub.
 *
 * @param accounts The pool of the accounts login.
 * @throws MovieHubError `invalid_argument` for a user name or a password that cannot be; `invalid_entitlements`; `conflict`,
 *   before any hashing, when the user is there already.
 */
export async function addUser(
  accounts: Pool,
  user: NewUser,
  options: HashPasswordOptions = {},
): Promise<void> {
  const { username, password, titleTypes = [], isAdmin = false, isDemo = false } = user;
  if (!isUsername(username)) {
    const form = 'lower case letters, digits and . _ @ -, beginning with a letter or digit, up to 64 of them';
    throw new MovieHubError('invalid_argument', `A user name has ${form}.`);
  }
  if (password !== undefined && (password === '' || password.length > longestPassword)) {
    throw new MovieHubError('invalid_argument', `A password has 1 to ${longestPassword} characters.`);
  }
  movieEntitlements({ titleTypes });
  if (await withAccounts(accounts, (scope) => hasUser(scope, username)))
    throw new MovieHubError('conflict', `There is a user ${username} already.`);
  const password_hash = password === undefined ? noPassword : await hashPassword(password, options);
  const row = {
    username,
    password_hash,
    is_admin: isAdmin,
    title_types: [...new Set(titleTypes)],
    is_demo: isDemo,
  };
  await withAccounts(accounts, (scope) => runQuery(scope, addUserQuery, row));
}

/** Tells whether a text can be a user name at all. */
export function isUsername(text: string): boolean {
  return /^[a-z0-9][a-z0-9._@-]{0,63}$/.test(text);
}

/** Tells whether there is such a user. */
export async function hasUser(scope: AccountScope, username: string): Promise<boolean> {
  const rows = isUsername(username) ? await runQuery(scope, findUserQuery, { username }) : [];
  return rows.length > 0;
}

/** Returns the hash to check a password against; undefined for an account that is not there, or closed. */
export async function findPasswordHash(scope: AccountScope, username: string): Promise<string | undefined> {
  const [row] = await runQuery(scope, findLoginQuery, { username });
  return row?.password_hash;
}

/** Tells whether there is such an account, and it is open. */
export async function isOpenAccount(scope: AccountScope, username: string): Promise<boolean> {
  const rows = isUsername(username) ? await runQuery(scope, findLoginQuery, { username }) : [];
  return rows.length > 0;
}

/** Returns those of the accounts that still have the demo's passwords. */
export function findDemoUsers(scope: AccountScope, usernames: readonly string[]): Promise<DemoUserRow[]> {
  return runQuery(scope, findDemoUsersQuery, { usernames });
}

/** Reads the users by name; the first 50. */
export function listUsers(scope: AccountScope): Promise<UserRow[]> {
  return runQuery(scope, listUsersQuery, {});
}

/** Changes what a user may see, from his next request on; tells whether there is such a user. */
export async function setTitleTypes(
  scope: AccountScope,
  actor: Principal,
  username: string,
  titleTypes: readonly number[],
): Promise<boolean> {
  if (!isUsername(username)) return false;
  const [row] = await runQuery(scope, setTitleTypesQuery, { username, title_types: titleTypes });
  if (row === undefined) return false;
  await addAudit(scope, actor, {
    action: 'user.entitlements',
    subject: username,
    detail: { before: row.before, after: titleTypes },
  });
  return true;
}

const findUserQuery = defineQuery<{ username: string }, { username: string }>({
  name: 'find_user',
  sql: findUserSql,
  parameters: ['username'],
});

const addUserQuery = defineQuery<
  object,
  {
    username: string;
    password_hash: string;
    is_admin: boolean;
    title_types: readonly number[];
    is_demo: boolean;
  }
>({
  name: 'add_user',
  sql: addUserSql,
  parameters: ['username', 'password_hash', 'is_admin', 'title_types', 'is_demo'],
});

const findLoginQuery = defineQuery<{ username: string; password_hash: string }, { username: string }>({
  name: 'find_login',
  sql: findLoginSql,
  parameters: ['username'],
});

const findDemoUsersQuery = defineQuery<DemoUserRow, { usernames: readonly string[] }>({
  name: 'find_demo_users',
  sql: findDemoUsersSql,
  parameters: ['usernames'],
});

const listUsersQuery = defineQuery<UserRow>({ name: 'list_users', sql: listUsersSql, parameters: [] });

const setTitleTypesQuery = defineQuery<
  { before: number[] },
  { username: string; title_types: readonly number[] }
>({ name: 'set_title_types', sql: setTitleTypesSql, parameters: ['username', 'title_types'] });
