import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  defineQuery,
  MovieHubError,
  movieEntitlements,
  type ReadScope,
  runQuery,
  withEntitlements,
} from 'movie-hub';
import findPrincipalSql from '../../sql/hub/queries/find_principal.sql';
import lockPrincipalSql from '../../sql/hub/queries/lock_principal.sql';
import type { Hub, Principal } from './hub-context';
import { loginPath, pageOf } from './next-path';
import { closeSignal, readTimeoutMs } from './request-limits';
import { type AccountScope, withAccounts } from './scopes';
import { sessionHashOf, usernameOf } from './session/session';

/** Returns the signed-in user, if {@link loadPrincipal} has found one. */
export function knownPrincipal(request: FastifyRequest): Principal | undefined {
  return principals.get(request);
}

/**
 * Returns the signed-in user, on routes behind {@link requirePrincipal}.
 *
 * @throws MovieHubError `unauthenticated` on any other route.
 */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new MovieHubError('unauthenticated', 'Please log in.');
  return principal;
}

/** Reads the signed-in user, if any, from the database. */
export async function loadPrincipal(hub: Hub, request: FastifyRequest): Promise<Principal | undefined> {
  const isSignedIn = usernameOf(request) !== undefined;
  const principal = isSignedIn ? await currentPrincipal(hub, sessionHashOf(request)) : undefined;
  if (principal === undefined) principals.delete(request);
  else principals.set(request, principal);
  return principal;
}

/** Reads the user of a session; undefined when the session has ended, or the account is deleted or disabled. */
export function currentPrincipal(hub: Hub, session: string): Promise<Principal | undefined> {
  return withAccounts(hub.options.pools.accounts, async (scope) =>
    principalIn(session, await runQuery(scope, findPrincipalQuery, { session })),
  );
}

/**
 * Reads and locks the user of a session until the end of the scope: the session cannot end and the account cannot be disabled
 * before that. Other scopes that lock the same user wait.
 *
 * @throws MovieHubError `unauthenticated` when the session has ended.
 */
export async function lockPrincipal(scope: AccountScope, { session }: Principal): Promise<Principal> {
  const principal = principalIn(session, await runQuery(scope, lockPrincipalQuery, { session }));
  if (principal === undefined) throw new MovieHubError('unauthenticated', 'Please log in.');
  return principal;
}

/** Creates the hook that redirects users who are not signed in to the login page, which returns them here. */
export function requirePrincipal(hub: Hub) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    if ((await loadPrincipal(hub, request)) !== undefined) {
      if (!signals.has(request)) signals.set(request, closeSignal(reply));
      return undefined;
    }
    const login = loginPath(hub, pageOf(hub, request));
    // htmx would follow a redirect and swap the login page into a part of this one.
    if (request.headers['hx-request'] !== undefined) {
      return reply.code(204).header('HX-Redirect', login).send();
    }
    return reply.redirect(login, 303);
  };
}

/** Refuses users who are not administrators with 403, behind {@link requirePrincipal}. */
export async function requireAdmin(request: FastifyRequest): Promise<void> {
  if (!principalOf(request).isAdmin) {
    throw new MovieHubError('forbidden', 'This page is for administrators.');
  }
}

/**
 * Runs work with the user's entitlements: the only way from a page to titles and people.
 *
 * @throws MovieHubError `too_many_requests` when too many pages of the user are waiting; `query_timeout` after 2 seconds.
 */
export function readAs<Result>(
  hub: Hub,
  request: FastifyRequest,
  work: (scope: ReadScope) => Promise<Result>,
): Promise<Result> {
  return runQueued(hub, request, (principal) => readUnqueued(hub, principal, work));
}

/** Does the same without waiting for other pages: for a file that is already being sent. */
export function readUnqueued<Result>(
  hub: Hub,
  principal: Principal,
  work: (scope: ReadScope) => Promise<Result>,
): Promise<Result> {
  const limits = { statementTimeoutMs: readTimeoutMs };
  return withEntitlements(hub.options.pools.reader, movieEntitlements(principal), work, limits);
}

/**
 * Runs the work of a page, one page of a user at a time.
 *
 * @throws MovieHubError `too_many_requests` when too many are waiting; `cancelled` when the browser left while waiting.
 */
export function runQueued<Result>(
  hub: Hub,
  request: FastifyRequest,
  work: (principal: Principal) => Promise<Result>,
): Promise<Result> {
  const principal = principalOf(request);
  return hub.queuePage(principal.username, () => work(principal), signals.get(request));
}

const principals = new WeakMap<FastifyRequest, Principal>();
/** For each request, a signal that its browser has left. */
const signals = new WeakMap<FastifyRequest, AbortSignal>();

interface PrincipalRow {
  username: string;
  is_admin: boolean;
  title_types: number[];
}

function principalIn(session: string, [row]: PrincipalRow[]): Principal | undefined {
  return row && { username: row.username, isAdmin: row.is_admin, titleTypes: row.title_types, session };
}

const findPrincipalQuery = defineQuery<PrincipalRow, { session: string }>({
  name: 'find_principal',
  sql: findPrincipalSql,
  parameters: ['session'],
});

const lockPrincipalQuery = defineQuery<PrincipalRow, { session: string }>({
  name: 'lock_principal',
  sql: lockPrincipalSql,
  parameters: ['session'],
});
