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
  /** Without one the user cannot log in with a password: for a hub with a login function. */
  password?: string;
  /** Title types that the user may see, listed one by one; by default none. */
  titleTypes?: readonly number[];
  /** May use the admin pages; by default false. */
  isAdmin?: boolean;
  /** The demo's login page shows the password; by default false. */
  isDemo?: boolean;
}

/** A user on the admin page. */
export interface UserRow {
  username: string;
  is_admin: boolean;
  title_types: number[];
  is_disabled: boolean;
}

/** A demo account. */
export interface DemoUserRow {
  username: string;
  is_admin: boolean;
  title_types: number[];
}

/** In characters. */
export const maxPasswordLength = 1000;
/** Stored instead of a hash; matches no password. */
export const noPassword = '!';

/**
 * Adds a user of the hub.
 *
 * @param accounts The pool of the accounts login.
 * @throws MovieHubError `invalid_argument` for an invalid user name or password; `invalid_entitlements`; `conflict` when the
 *   user exists, before hashing.
 */
export async function addUser(
  accounts: Pool,
  user: NewUser,
  options: HashPasswordOptions = {},
): Promise<void> {
  const { username, password, titleTypes = [], isAdmin = false, isDemo = false } = user;
  if (!isUsername(username)) {
    throw new MovieHubError(
      'invalid_argument',
      'A user name has up to 64 lower case letters, digits and . _ @ -, and starts with a letter or digit.',
    );
  }
  if (password !== undefined && (password === '' || password.length > maxPasswordLength)) {
    throw new MovieHubError('invalid_argument', `A password has 1 to ${maxPasswordLength} characters.`);
  }
  movieEntitlements({ titleTypes });
  if (await withAccounts(accounts, (scope) => hasUser(scope, username)))
    throw new MovieHubError('conflict', `The user ${username} already exists.`);
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

/** Returns whether a text is a valid user name. */
export function isUsername(text: string): boolean {
  return /^[a-z0-9][a-z0-9._@-]{0,63}$/.test(text);
}

/** Returns whether a user exists. */
export async function hasUser(scope: AccountScope, username: string): Promise<boolean> {
  const rows = isUsername(username) ? await runQuery(scope, findUserQuery, { username }) : [];
  return rows.length > 0;
}

/** Returns a user's password hash; undefined for a missing or disabled account. */
export async function findPasswordHash(scope: AccountScope, username: string): Promise<string | undefined> {
  const [row] = isUsername(username) ? await runQuery(scope, findLoginQuery, { username }) : [];
  return row?.password_hash;
}

/** Returns those of the accounts that still have the demo's passwords. */
export function findDemoUsers(scope: AccountScope, usernames: readonly string[]): Promise<DemoUserRow[]> {
  return runQuery(scope, findDemoUsersQuery, { usernames });
}

/** Reads the first 50 users by name. */
export function listUsers(scope: AccountScope): Promise<UserRow[]> {
  return runQuery(scope, listUsersQuery, {});
}

/** Sets a user's title types, from their next request on; returns false when there is no such user. */
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
