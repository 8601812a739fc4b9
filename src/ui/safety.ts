import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MovieHubError } from 'movie-hub';
import type { Hub } from './hub-context';

/** Longest body of a form, in bytes. */
export const bodyLimit = 64 * 1024;

/** Sends the security headers with every answer: scripts and styles come from this hub only, and nobody may frame it. */
export async function sendSafetyHeaders(app: FastifyInstance, hub: Hub): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        // The style sheet draws the arrows of its form fields from data: images.
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'same-origin' },
    // A plugin under a prefix speaks for its host, but not for the host's other subdomains.
    strictTransportSecurity: hub.options.secureCookies === true ? { includeSubDomains: false } : false,
  });
}

/** Keeps what these routes answer out of every cache. */
export function forbidCaching(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => {
    reply.header('Cache-Control', 'no-store');
  });
}

/** Limits what may be sent to these routes, also where the host reads forms in its own way. */
export function limitBodies(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.bodyLimit ??= bodyLimit;
  });
}

/**
 * Refuses forms that another site sends to these routes, before anything of them is read.
 *
 * What tells is `Sec-Fetch-Site`, and `Origin` or, without it, `Referer`. A client that sends none of them is no browser of
 * today; for it the form token alone decides.
 */
export function checkOrigins(app: FastifyInstance, hub: Hub): void {
  app.addHook('onRequest', async (request) => {
    if (isReading(request) || isOwnSite(hub, request)) return;
    throw new MovieHubError(
      'forbidden',
      'This form seems to come from another site, so nothing was changed. Open the page again from the address of this site, and send it from there. If it happens each time, ask your administrator: behind a proxy the server must be told which proxy to trust.',
    );
  });
}

/** Refuses every form of these routes whose `_csrf` field does not fit the session. */
export function checkCsrfTokens(app: FastifyInstance): void {
  app.addHook('preHandler', (request: FastifyRequest, reply: FastifyReply, done) => {
    if (isReading(request)) done();
    else app.csrfProtection(request, reply, done);
  });
}

/** Tells whether a request changes nothing. */
export function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function isOwnSite(hub: Hub, request: FastifyRequest): boolean {
  const { origin, referer, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const from = origin ?? referer;
  if (from === undefined) return true;
  // A cookie for TLS only means that there is TLS, also where a proxy ends it that the server does not trust.
  const scheme = hub.options.secureCookies === true ? 'https' : request.protocol;
  const own = originOf(`${scheme}://${request.host}`);
  return own !== undefined && originOf(from) === own;
}

/** Returns scheme, host and port as browsers write them; undefined for `null` and other text. */
function originOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.origin : undefined;
}

/** Logs a warning, once, when Fastify believes an address in `X-Forwarded-For` whoever sends it. */
export function warnOfOpenProxy(app: FastifyInstance): void {
  let isKnown = false;
  app.addHook('onRequest', async (request) => {
    if (isKnown) return;
    isKnown = true;
    // A request of a stranger, in documentation addresses: nobody's list of proxies has the first.
    const raw = { headers: { 'x-forwarded-for': '192.0.2.1' }, socket: { remoteAddress: '203.0.113.1' } };
    if (Object.create(request, { raw: { value: raw } }).ip !== '192.0.2.1') return;
    app.log.warn(
      'Fastify trusts every sender of X-Forwarded-For (trustProxy), so limits by address hold for nobody. Set trustProxy to the addresses of your proxies.',
    );
  });
}
