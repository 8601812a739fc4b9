import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Html, renderHtml } from './html';
import type { Hub } from './hub-context';
import { knownPrincipal } from './principal';
import { page, type Section } from './views/layout';

/** Sends markup as it is: a part of a page, for htmx. */
export function sendHtml(reply: FastifyReply, content: Html, status = 200): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').send(renderHtml(content));
}

/** Sends a full page for whoever asks. */
export function sendPage(
  hub: Hub,
  request: FastifyRequest,
  reply: FastifyReply,
  view: { title: string; active?: Section; content: Html; status?: number },
): FastifyReply {
  const { title, active, content, status } = view;
  const principal = knownPrincipal(request);
  const csrfToken = principal ? reply.generateCsrf() : '';
  return sendHtml(reply, page({ hub, principal, title, active, csrfToken, content }), status);
}

/** Tells whether htmx asks for a part of a page, and marks the answer as depending on it. */
export function wantsPart(request: FastifyRequest, reply: FastifyReply): boolean {
  reply.header('Vary', 'HX-Request-Type');
  return request.headers['hx-request-type'] === 'partial';
}
