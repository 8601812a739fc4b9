import type { FastifyReply, FastifyRequest } from 'fastify';
import { MovieHubError } from 'movie-hub';
import type { Hub } from '../hub-context';
import { hashOf } from './session-store';

/** The cookie of whoever is signed in, or is about to. */
export const sessionCookie = 'movie_hub_session';

/** Returns the path that the cookie is for: the hub's own. */
export function cookiePath(hub: Hub): string {
  return hub.url('') || '/';
}

/** What the hub keeps in a session. Who the user is and may see is read from the database each time. */
interface HubSession {
  sessionId: string;
  username?: string | undefined;
  flash?: string | undefined;
  signingIn?: SigningIn | undefined;
}

/** What is kept of somebody who was sent to another place to sign in. */
export interface SigningIn {
  /** Where he wanted to go. */
  next: string;
  /** What the login function wants to have when he comes back. */
  kept?: Readonly<Record<string, string>> | undefined;
}

/*
 * What changes a session saves it here: a failure then still has an error page. The plugin would save it when the answer
 * is on its way, and not at all where TLS ends at a proxy that the server does not trust.
 */

/**
 * Refuses paths that are the hub's only once they are decoded (`/%68ub` for `/hub`), with 404: the cookie is for its path
 * as it is written, so they have no session.
 */
export async function requireSession(request: FastifyRequest): Promise<void> {
  if (request.session.sessionId === undefined) throw new MovieHubError('not_found', 'There is no such page.');
}

/** Returns the user name of whoever is signed in. */
export function usernameOf(request: FastifyRequest): string | undefined {
  // A page that says that a file is not there has no session: files are served without one.
  return (request.session as HubSession | undefined)?.username;
}

/** Makes a form token for somebody who is not signed in, and keeps his session for it. */
export async function openAnonymously(request: FastifyRequest, reply: FastifyReply): Promise<string> {
  const token = reply.generateCsrf();
  await request.session.save();
  return token;
}

/** Keeps what is needed when he comes back who is sent away to sign in. */
export async function keepSigningIn(request: FastifyRequest, signingIn: SigningIn): Promise<void> {
  sessionOf(request).signingIn = signingIn;
  await request.session.save();
}

/** Returns what was kept, once. */
export async function takeSigningIn(request: FastifyRequest): Promise<SigningIn | undefined> {
  const session = sessionOf(request);
  const { signingIn } = session;
  if (signingIn === undefined) return undefined;
  session.signingIn = undefined;
  await request.session.save();
  return signingIn;
}

/** Returns what the table of sessions holds of this one's id. */
export function sessionHashOf(request: FastifyRequest): string {
  return hashOf(sessionOf(request).sessionId);
}

/** Signs a user in, under a new session id: one that was known before is worth nothing afterwards. */
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

/** Keeps a message for the next page. */
export async function keepFlash(request: FastifyRequest, message: string): Promise<void> {
  sessionOf(request).flash = message;
  await request.session.save();
}

/** Returns the message that was kept, once. */
export async function takeFlash(request: FastifyRequest): Promise<string | undefined> {
  const session = sessionOf(request);
  const message = session.flash;
  if (message === undefined) return undefined;
  session.flash = undefined;
  await request.session.save();
  return message;
}

/** Leaves the stored session as it is, whatever this request did to it: a failed save must not fail the error page too. */
export function leaveSession(request: FastifyRequest): void {
  Reflect.set(request, 'session', null);
}

/** The plugin's type is open to everybody's fields; ours are written here, not into everybody's type. */
function sessionOf(request: FastifyRequest): HubSession {
  return request.session as HubSession;
}
