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
import { type AccountScope, withAccounts } from './scopes';
import { sessionHashOf, usernameOf } from './session/session';
import { readTimeoutMs, whenGone } from './take-turn';

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
  const isSignedIn = usernameOf(request) !== undefined;
  const principal = isSignedIn ? await currentPrincipal(hub, sessionHashOf(request)) : undefined;
  if (principal === undefined) principals.delete(request);
  else principals.set(request, principal);
  return principal;
}

/** Reads whose session this is by now; undefined when it has ended, or the account is gone or closed. */
export function currentPrincipal(hub: Hub, session: string): Promise<Principal | undefined> {
  return withAccounts(hub.options.pools.accounts, async (scope) =>
    principalIn(session, await runQuery(scope, findPrincipalQuery, { session })),
  );
}

/**
 * Reads whose session this is, and keeps it so to the end of the scope: what is done in it is done before the session is
 * ended or the account closed. One scope of a user that does so follows another.
 *
 * @throws MovieHubError `unauthenticated` when it is nobody's any more.
 */
export async function lockPrincipal(scope: AccountScope, { session }: Principal): Promise<Principal> {
  const principal = principalIn(session, await runQuery(scope, lockPrincipalQuery, { session }));
  if (principal === undefined) throw new MovieHubError('unauthenticated', 'Please log in.');
  return principal;
}

/** Makes the hook that lets signed-in users pass and sends others to the login page, from where they come back. */
export function requirePrincipal(hub: Hub) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    if ((await loadPrincipal(hub, request)) !== undefined) {
      if (!signals.has(request)) signals.set(request, whenGone(reply));
      return undefined;
    }
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

/**
 * Runs work that reads what whoever asks may see: the only way from a page to titles and people.
 *
 * @throws MovieHubError `too_many_requests` when too many pages of the user are being read; `query_timeout` after 2 seconds.
 */
export function readAs<Result>(
  hub: Hub,
  request: FastifyRequest,
  work: (scope: ReadScope) => Promise<Result>,
): Promise<Result> {
  return inTurn(hub, request, (principal) => readNow(hub, principal, work));
}

/** Does the same without waiting for other pages: for a file, of which a part is sent already. */
export function readNow<Result>(
  hub: Hub,
  principal: Principal,
  work: (scope: ReadScope) => Promise<Result>,
): Promise<Result> {
  const limits = { statementTimeoutMs: readTimeoutMs };
  return withEntitlements(hub.options.pools.reader, movieEntitlements(principal), work, limits);
}

/**
 * Runs work of a page for whoever asks, when few other pages of that user are at work.
 *
 * @throws MovieHubError `too_many_requests` when too many are; `cancelled` when the browser left before its turn came.
 */
export function inTurn<Result>(
  hub: Hub,
  request: FastifyRequest,
  work: (principal: Principal) => Promise<Result>,
): Promise<Result> {
  const principal = principalOf(request);
  return hub.takeTurn(principal.username, () => work(principal), signals.get(request));
}

const principals = new WeakMap<FastifyRequest, Principal>();
/** Of each request the signal that its browser has left. */
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
