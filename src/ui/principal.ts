import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  defineQuery,
  MovieHubError,
  movieEntitlements,
  type ReadScope,
  runQuery,
  withAccounts,
  withEntitlements,
} from 'movie-hub';
import type { Pool } from 'pg';
import findPrincipalSql from '../../sql/hub/queries/find_principal.sql';
import type { Hub, Principal } from './hub-context';
import { loginPath, pageOf } from './next-path';
import { usernameOf } from './session/session';

/** Reads who a user is now; undefined when the account is gone or closed. */
async function findPrincipal(accounts: Pool, username: string): Promise<Principal | undefined> {
  const [row] = await withAccounts(accounts, (scope) => runQuery(scope, findPrincipalQuery, { username }));
  return row && { username: row.username, isAdmin: row.is_admin, titleTypes: row.title_types };
}

/** Returns who asks, on routes behind {@link requirePrincipal}; `undefined` before it ran. */
export function knownPrincipal(request: FastifyRequest): Principal | undefined {
  return principals.get(request);
}

/**
 * Returns who asks, on routes behind {@link requirePrincipal}.
 *
 * @throws MovieHubError `unauthenticated` on any other route.
 */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new MovieHubError('unauthenticated', 'Please log in.');
  return principal;
}

/** Reads from the database who asks, if anyone is signed in. */
export async function loadPrincipal(hub: Hub, request: FastifyRequest): Promise<Principal | undefined> {
  const username = usernameOf(request);
  const principal =
    username === undefined ? undefined : await findPrincipal(hub.options.pools.accounts, username);
  if (principal !== undefined) principals.set(request, principal);
  return principal;
}

/** Makes the hook that lets signed-in users pass and sends others to the login page, from where they come back. */
export function requirePrincipal(hub: Hub) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    if ((await loadPrincipal(hub, request)) !== undefined) return undefined;
    const login = loginPath(hub, pageOf(hub, request));
    // A redirect would be followed by htmx and the login page swapped into a part of this one.
    if (request.headers['hx-request'] !== undefined) {
      return reply.code(204).header('HX-Redirect', login).send();
    }
    return reply.redirect(login, 303);
  };
}

/** Lets administrators pass, behind {@link requirePrincipal}; others get 403. */
export async function requireAdmin(request: FastifyRequest): Promise<void> {
  if (!principalOf(request).isAdmin) {
    throw new MovieHubError('forbidden', 'This page is for administrators.');
  }
}

/** Runs work that reads what a user may see: the only way from a page to titles and people. */
export function readAs<Result>(
  hub: Hub,
  principal: Principal,
  work: (scope: ReadScope) => Promise<Result>,
): Promise<Result> {
  return withEntitlements(hub.options.pools.reader, movieEntitlements(principal), work);
}

/** Reads who a user is by now; undefined when his account is gone or closed. */
export function currentPrincipal(hub: Hub, { username }: Principal): Promise<Principal | undefined> {
  return findPrincipal(hub.options.pools.accounts, username);
}

const principals = new WeakMap<FastifyRequest, Principal>();

const findPrincipalQuery = defineQuery<
  { username: string; is_admin: boolean; title_types: number[] },
  { username: string }
>({ name: 'find_principal', sql: findPrincipalSql, parameters: ['username'] });
