import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Hub } from '../hub-context';
import { cookiePath } from './session';

/** The cookie of a browser that has signed in: it proves which account, and lets nobody in. */
const deviceCookie = 'movie_hub_device';
/** How long a browser is known after its last login, in seconds: half a year. */
const knownFor = 183 * 24 * 3600;
/** What tries are counted in, in ms. */
const timeWindow = 60_000;
/** Accounts are counted in so many places: names that somebody makes up push no count out of memory. */
const places = 2 ** 16;

/**
 * Makes the function that counts a try to log in, right or wrong, and returns how many seconds it must wait; 0 when it may be
 * made now. What must wait is not counted for the account, so one address alone cannot use up its tries.
 *
 * These are the device cookies of OWASP's Authentication Cheat Sheet. Guesses at an account are counted over all addresses, whether or not
 * it exists; browsers that signed in to it have a count of their own, so a stranger can make only new browsers wait.
 *
 * @param max Tries in a minute: from one address with one name, and from all known browsers of an account. Three times as many
 *   from all other browsers with one name; ten times from one address.
 */
export function limitLogins(
  app: FastifyInstance,
  hub: Hub,
  max: number,
): (request: FastifyRequest, username: string) => Promise<number> {
  const nameOf = new WeakMap<FastifyRequest, string>();
  const limitBy = (most: number, keyOf: (request: FastifyRequest, name: string) => string) => {
    const keyGenerator = (request: FastifyRequest) => keyOf(request, nameOf.get(request) ?? '');
    // The plugin's types do not have `cache`, how many counts it holds.
    const options = { max: most, timeWindow, keyGenerator, cache: places };
    return app.createRateLimit(options);
  };
  const byDevice = [limitBy(max, (_, name) => name)];
  const byGuess = [
    app.createRateLimit({ max: max * 10, timeWindow }),
    limitBy(max, (request, name) => `${request.ip} ${name.slice(0, 64)}`),
    limitBy(max * 3, (_, name) => String(placeOf(name))),
  ];
  return async (request, username) => {
    nameOf.set(request, username);
    for (const limit of isKnownDevice(hub, request, username) ? byDevice : byGuess) {
      const count = await limit(request);
      if (!count.isAllowed && count.isExceeded) return Math.max(1, count.ttlInSeconds);
    }
    return 0;
  };
}

/** Lets a browser that has just signed in be known for this account. */
export function rememberDevice(hub: Hub, reply: FastifyReply, username: string): void {
  reply.setCookie(deviceCookie, proofFor(hub, username), {
    path: cookiePath(hub),
    httpOnly: true,
    sameSite: 'lax',
    secure: hub.options.secureCookies ?? 'auto',
    maxAge: knownFor,
  });
}

function isKnownDevice(hub: Hub, request: FastifyRequest, username: string): boolean {
  const given = Buffer.from(request.cookies[deviceCookie] ?? '');
  const expected = Buffer.from(proofFor(hub, username));
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function proofFor(hub: Hub, username: string): string {
  return createHmac('sha256', hub.options.sessionSecret)
    .update(`known device of ${username}`)
    .digest('base64url');
}

function placeOf(username: string): number {
  return createHash('sha256').update(username).digest().readUInt16BE(0);
}
