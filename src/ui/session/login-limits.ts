import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Hub } from '../hub-context';
import { cookiePath } from './session';

/** The cookie of a browser that has signed in: a random id, signed for the account. It cannot be used to sign in. */
const deviceCookie = 'movie_hub_device';
/** Half a year. */
const deviceCookieSeconds = 183 * 24 * 3600;
/** In ms. */
const timeWindow = 60_000;
/** User names are hashed into this many counters, so that invented names cannot push others out of memory. */
const buckets = 2 ** 16;

/**
 * Creates the function that counts a login attempt and returns the seconds to wait; 0 when it is allowed. Refused attempts are
 * not counted for the account, so a single address cannot use up its limit.
 *
 * These are the device cookies of OWASP's Authentication Cheat Sheet. Attempts on an account are counted over all addresses,
 * whether or not it exists. Each browser that has signed in to it has its own counter, so an attacker can only block new browsers.
 *
 * @param max Attempts per minute for one address and user name, and for each known browser of an account. Three times as many
 *   for one user name from all other browsers; ten times as many from one address.
 */
export function limitLogins(
  app: FastifyInstance,
  hub: Hub,
  max: number,
): (request: FastifyRequest, username: string) => Promise<number> {
  const nameOf = new WeakMap<FastifyRequest, string>();
  const limitBy = (max: number, keyOf: (request: FastifyRequest, name: string) => string) => {
    const keyGenerator = (request: FastifyRequest) => keyOf(request, nameOf.get(request) ?? '');
    // The plugin's types lack `cache`, the number of counters.
    const options = { max, timeWindow, keyGenerator, cache: buckets };
    return app.createRateLimit(options);
  };
  const byDevice = [limitBy(max, (request, name) => `${knownDevice(hub, request, name)} ${name}`)];
  const byGuess = [
    limitBy(max * 10, (request) => request.ip),
    limitBy(max, (request, name) => `${request.ip} ${name.slice(0, 64)}`),
    limitBy(max * 3, (_, name) => String(bucketOf(name))),
  ];
  return async (request, username) => {
    nameOf.set(request, username);
    for (const limit of knownDevice(hub, request, username) !== undefined ? byDevice : byGuess) {
      const count = await limit(request);
      if (!count.isAllowed && count.isExceeded) return Math.max(1, count.ttlInSeconds);
    }
    return 0;
  };
}

/** Marks a browser as known for this account after login. */
export function rememberDevice(hub: Hub, reply: FastifyReply, username: string): void {
  const id = randomBytes(16).toString('base64url');
  reply.setCookie(deviceCookie, `${id}.${proofFor(hub, username, id)}`, {
    path: cookiePath(hub),
    httpOnly: true,
    sameSite: 'lax',
    secure: hub.options.secureCookies ?? 'auto',
    maxAge: deviceCookieSeconds,
  });
}

/** Returns the id of a browser that has signed in to this account, or undefined. */
function knownDevice(hub: Hub, request: FastifyRequest, username: string): string | undefined {
  const [id = '', proof = ''] = (request.cookies[deviceCookie] ?? '').split('.');
  const given = Buffer.from(proof);
  const expected = Buffer.from(proofFor(hub, username, id));
  return given.length === expected.length && timingSafeEqual(given, expected) ? id : undefined;
}

function proofFor(hub: Hub, username: string, id: string): string {
  return createHmac('sha256', hub.options.sessionSecret)
    .update(`known device ${id} of ${username}`)
    .digest('base64url');
}

function bucketOf(username: string): number {
  return createHash('sha256').update(username).digest().readUInt16BE(0);
}
