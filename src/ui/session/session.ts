import type { FastifyReply, FastifyRequest } from 'fastify';
import { MovieHubError } from 'movie-hub';
import type { Hub } from '../hub-context';
import { hashOf } from './session-store';

/** The session cookie. */
export const sessionCookie = 'movie_hub_session';

/** Returns the path of the hub's cookies. */
export function cookiePath(hub: Hub): string {
  return hub.url('') || '/';
}

/** Session data. The user's rights are not part of it: they are read from the database for each request. */
interface HubSession {
  sessionId: string;
  username?: string | undefined;
  flash?: string | undefined;
  pendingLogin?: PendingLogin | undefined;
}

/** Kept while a browser is redirected to another site to sign in. */
export interface PendingLogin {
  /** Path to return to. */
  next: string;
  /** Data that the login function asked to save. */
  saved?: Readonly<Record<string, string>> | undefined;
}

/*
 * Functions that change a session also save it, so that a failure still gets an error page. The plugin would save it while the
 * response is being sent, and not at all when TLS ends at a proxy that the server does not trust.
 */

/**
 * Refuses paths that match the hub's prefix only after decoding (`/%68ub` for `/hub`), with 404: the browser sends no cookie for
 * them, so they have no session.
 */
export async function requireSession(request: FastifyRequest): Promise<void> {
  if (request.session.sessionId === undefined) throw new MovieHubError('not_found', 'There is no such page.');
}

/** Returns the user name of the signed-in user. */
export function usernameOf(request: FastifyRequest): string | undefined {
  // The 404 page of a static file has no session.
  return (request.session as HubSession | undefined)?.username;
}

/** Creates a form token for a user who is not signed in, and saves their session. */
export async function openAnonymously(request: FastifyRequest, reply: FastifyReply): Promise<string> {
  const token = reply.generateCsrf();
  await request.session.save();
  return token;
}

/** Saves the data of a login that continues at another site. */
export async function savePendingLogin(request: FastifyRequest, pendingLogin: PendingLogin): Promise<void> {
  sessionOf(request).pendingLogin = pendingLogin;
  await request.session.save();
}

/** Returns and removes the data of a pending login. */
export async function takePendingLogin(request: FastifyRequest): Promise<PendingLogin | undefined> {
  const session = sessionOf(request);
  const { pendingLogin } = session;
  if (pendingLogin === undefined) return undefined;
  session.pendingLogin = undefined;
  await request.session.save();
  return pendingLogin;
}

/** Returns the hash of this session's id, as stored in the table. */
export function sessionHashOf(request: FastifyRequest): string {
  return hashOf(sessionOf(request).sessionId);
}

/** Signs a user in under a new session id, which prevents session fixation. */
export async function signIn(request: FastifyRequest, reply: FastifyReply, username: string): Promise<void> {
  await request.session.regenerate();
  sessionOf(request).username = username;
  reply.generateCsrf();
  await request.session.save();
}

/** Signs the user out: the session is deleted, and the browser forgets its cookie. */
export async function signOut(request: FastifyRequest, reply: FastifyReply, hub: Hub): Promise<void> {
  await request.session.destroy();
  reply.clearCookie(sessionCookie, { path: cookiePath(hub) });
}

/** Saves a message for the next page. */
export async function setFlash(request: FastifyRequest, message: string): Promise<void> {
  sessionOf(request).flash = message;
  await request.session.save();
}

/** Returns and removes the message for this page. */
export async function takeFlash(request: FastifyRequest): Promise<string | undefined> {
  const session = sessionOf(request);
  const message = session.flash;
  if (message === undefined) return undefined;
  session.flash = undefined;
  await request.session.save();
  return message;
}

/** Prevents saving the session of this request: a failed save must not also fail the error page. */
export function discardSessionChanges(request: FastifyRequest): void {
  Reflect.set(request, 'session', null);
}

/** Typed access to the session, without extending the plugin's global type. */
function sessionOf(request: FastifyRequest): HubSession {
  return request.session as HubSession;
}
