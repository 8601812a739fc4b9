import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MovieHubError } from 'movie-hub';
import type { Hub } from './hub-context';

/** Maximum size of a form, in bytes. */
export const bodyLimit = 64 * 1024;

/** Sends security headers with every response: scripts and styles from this hub only, and no framing. */
export async function sendSafetyHeaders(app: FastifyInstance, hub: Hub): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        // The style sheet uses data: images for the arrows of form fields.
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'same-origin' },
    // A plugin may decide for its host, but not for the subdomains.
    strictTransportSecurity: hub.options.secureCookies === true ? { includeSubDomains: false } : false,
  });
}

/** Forbids caching of these routes' responses. */
export function forbidCaching(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => {
    reply.header('Cache-Control', 'no-store');
  });
}

/** Limits the size of requests to these routes, even if the host app has its own form parser. */
export function limitBodies(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.bodyLimit ??= bodyLimit;
  });
}

/**
 * Refuses forms from other sites before their bodies are read.
 *
 * It checks `Sec-Fetch-Site`, and `Origin` or, without it, `Referer`. A client that sends none of them is not a current browser;
 * for it only the form token is checked.
 */
export function checkOrigins(app: FastifyInstance, hub: Hub): void {
  app.addHook('onRequest', async (request) => {
    if (isReading(request) || isOwnSite(hub, request)) return;
    throw new MovieHubError(
      'forbidden',
      'The form was sent from another site, so nothing was changed. Open the page again at this site’s address and send the form from there. If this happens every time, ask your administrator to set trustProxy for the proxy in front of this server.',
    );
  });
}

/** Refuses forms whose `_csrf` field does not match the session. */
export function checkCsrfTokens(app: FastifyInstance): void {
  app.addHook('preHandler', (request: FastifyRequest, reply: FastifyReply, done) => {
    if (isReading(request)) done();
    else app.csrfProtection(request, reply, done);
  });
}

/** Returns whether a request only reads. */
export function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function isOwnSite(hub: Hub, request: FastifyRequest): boolean {
  const { origin, referer, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const from = origin ?? referer;
  if (from === undefined) return true;
  // Secure cookies mean that TLS is used, even if it ends at a proxy that the server does not trust.
  const scheme = hub.options.secureCookies === true ? 'https' : request.protocol;
  const own = originOf(`${scheme}://${request.host}`);
  return own !== undefined && originOf(from) === own;
}

/** Returns a normalised origin; undefined for `null` and other text. */
function originOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.origin : undefined;
}

/** Logs a warning, once, when Fastify trusts `X-Forwarded-For` from any sender. */
export function warnOfOpenProxy(app: FastifyInstance): void {
  let isChecked = false;
  app.addHook('onRequest', async (request) => {
    if (isChecked) return;
    isChecked = true;
    // A request from documentation addresses, which are in nobody's list of proxies.
    const raw = { headers: { 'x-forwarded-for': '192.0.2.1' }, socket: { remoteAddress: '203.0.113.1' } };
    if (Object.create(request, { raw: { value: raw } }).ip !== '192.0.2.1') return;
    app.log.warn(
      'Fastify trusts X-Forwarded-For from every sender (trustProxy), so limits by address can be bypassed. Set trustProxy to the addresses of your proxies.',
    );
  });
}
