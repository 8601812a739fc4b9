import { type Scope, withRole } from 'movie-hub';
import type { Pool } from 'pg';

type ScopeOptions = NonNullable<Parameters<typeof withRole>[3]>;

/** Reads and writes titles and people. */
export type EditScope = Scope<'edit'>;
/** Reads and writes the hub's own tables, but no titles. */
export type AccountScope = Scope<'accounts'>;

/**
 * Runs work that changes titles and people, and writes its audit row, in one transaction.
 *
 * @param principal Who makes the change. The setting `movie_hub.principal` passes it to your own triggers. It is not proof: the login can set it.
 * @throws MovieHubError as `withRole` does.
 */
export function withEditor<Result>(
  pool: Pool,
  principal: { readonly username: string },
  work: (scope: EditScope) => Promise<Result>,
  options: ScopeOptions = {},
): Promise<Result> {
  const settings = { 'movie_hub.principal': principal.username };
  return withRole(pool, { role: 'movie_hub_editor', settings }, work, options);
}

/**
 * Runs work on users, sessions, conversations and the audit trail, without access to titles.
 *
 * No row-level security protects these tables, so a command may use an administrator's login: the login is not checked.
 *
 * @throws MovieHubError as `withRole` does.
 */
export function withAccounts<Result>(
  pool: Pool,
  work: (scope: AccountScope) => Promise<Result>,
  options: ScopeOptions = {},
): Promise<Result> {
  return withRole(pool, { role: 'movie_hub_accounts', isUnchecked: true }, work, options);
}
