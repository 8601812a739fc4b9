import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Hub } from '../hub-context';
import { cookiePath } from './session';

/** The cookie of a browser that has signed in: its random id and a proof for which account. It lets nobody in. */
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
 * it exists; each browser that signed in to it has a count of its own, so a stranger can make only new browsers wait.
 *
 * @param max Tries in a minute: from one address with one name, and from each known browser of an account. Three times as many
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
  const byDevice = [limitBy(max, (request, name) => `${knownDevice(hub, request, name)} ${name}`)];
  const byGuess = [
    limitBy(max * 10, (request) => request.ip),
    limitBy(max, (request, name) => `${request.ip} ${name.slice(0, 64)}`),
    limitBy(max * 3, (_, name) => String(placeOf(name))),
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

/** Lets a browser that has just signed in be known for this account. */
export function rememberDevice(hub: Hub, reply: FastifyReply, username: string): void {
  const id = randomBytes(16).toString('base64url');
  reply.setCookie(deviceCookie, `${id}.${proofFor(hub, username, id)}`, {
    path: cookiePath(hub),
    httpOnly: true,
    sameSite: 'lax',
    secure: hub.options.secureCookies ?? 'auto',
    maxAge: knownFor,
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

function placeOf(username: string): number {
  return createHash('sha256').update(username).digest().readUInt16BE(0);
}
