import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Hub } from './hub-context';

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

/** Refuses every form of these routes whose `_csrf` field does not fit the session. */
export function checkCsrfTokens(app: FastifyInstance): void {
  app.addHook('preHandler', (request: FastifyRequest, reply: FastifyReply, done) => {
    if (request.method === 'GET' || request.method === 'HEAD') done();
    else app.csrfProtection(request, reply, done);
  });
}
